"""The door: no error of PynamoDB or botocore leaves the adapter."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException, TransactWriteError

from mfa.errors import ConditionRefusedError, ContendedError, UnavailableError

_REFUSED = "ConditionalCheckFailed"
_CONTENDED = "TransactionConflict"
MOST_TRIES: Final = 4  # at once; another write takes milliseconds


@contextmanager
def door() -> Iterator[None]:
    try:
        yield
    except PynamoDBException as error:
        if _is_refusal(error):
            raise ConditionRefusedError("the item is not as expected") from None
        if _is_contended(error):
            raise ContendedError("DynamoDB did not do it: another write of the same item was under way") from None
        cause = _response_code(error) or type(error.cause or error).__name__
        raise UnavailableError(f"DynamoDB did not do it: {cause}") from None
    except BotoCoreError as error:
        raise UnavailableError(f"DynamoDB cannot be reached: {type(error).__name__}") from None


def in_spite_of_others(write: Callable[[], None]) -> None:
    """Do what must not fail because somebody else writes the same user's hot item at this moment, which anybody can
    cause who knows a name. Raises ContendedError in the end, and whatever else ``write`` does."""
    for _ in range(MOST_TRIES - 1):
        with suppress(ContendedError):
            write()
            return
    write()


def _is_refusal(error: PynamoDBException) -> bool:
    """A transaction refused for any other reason as well (a conflict, throttling) is worth another try."""
    if isinstance(error, TransactWriteError):
        return _why_cancelled(error) == {_REFUSED}
    return _response_code(error) == f"{_REFUSED}Exception"


def _is_contended(error: PynamoDBException) -> bool:
    return isinstance(error, TransactWriteError) and _CONTENDED in _why_cancelled(error)


def _why_cancelled(error: TransactWriteError) -> set[str]:
    return {reason.code for reason in error.cancellation_reasons if reason is not None}


def _response_code(error: PynamoDBException) -> str | None:
    """PynamoDB's own ``cause_response_code`` fails on errors without a response, such as timeouts."""
    if isinstance(error.cause, ClientError):
        return error.cause.response.get("Error", {}).get("Code")
    return None
