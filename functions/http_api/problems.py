"""Every error over HTTP, as problem details (RFC 9457) with a stable code.

The rule: whatever a caller sends is answered with 4xx; 503 says that a dependency failed; 500 is a fault of ours. Which
error gets which answer, each function says in a table of its own.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from mfa.contract import ContractError, Problem
from mfa.errors import GatehouseError, InvalidInputError, UnavailableError

RETRY_AFTER_SECONDS: Final = 5

type Headers = Mapping[str, str]
type Answers = Sequence[tuple[type[Exception], int, str | None, Headers]]
"""Which class of errors gets which status, code and headers. The most special class stands first: the first match
decides. None instead of a code: the error brings its own."""

NO_HEADERS: Final[Headers] = {}


class RefusedRequestError(Exception):
    """Raised for a request that is refused before any service sees it."""

    def __init__(self, problem: Problem, headers: Headers) -> None:
        super().__init__(problem.detail)
        self.problem = problem
        self.headers = headers


def refused(status: int, code: str, detail: str, headers: Headers = NO_HEADERS) -> RefusedRequestError:
    return RefusedRequestError(Problem(status, code, detail), headers)


COMMON: Final[Answers] = (
    (ContractError, 400, "bad-request", NO_HEADERS),
    (InvalidInputError, 400, None, NO_HEADERS),
    (UnavailableError, 503, "unavailable", {"retry-after": str(RETRY_AFTER_SECONDS)}),
)
_UNAVAILABLE: Final = "a service behind this one does not answer; nothing was decided, try again in a moment"
FAULT: Final = Problem(500, "internal-fault", "this is a fault of the server; it was recorded")


def problem_of(error: ContractError | GatehouseError, answers: Answers) -> tuple[Problem, Headers] | None:
    """The answer to an expected error, with its headers; None if the error is a fault of ours."""
    for kind, status, code, headers in answers:
        if isinstance(error, kind):
            detail = _UNAVAILABLE if status == 503 else str(error)
            return Problem(status, code or _own_code(error), detail), headers
    return None


def _own_code(error: Exception) -> str:
    return error.code if isinstance(error, InvalidInputError) else "bad-request"
