"""Every error of the enrolment API over HTTP, in one place: problem details (RFC 9457) with a stable code.

The rule: whatever a caller sends is answered with 4xx; 503 says that a dependency failed; 500 is a fault of ours.
"""

from collections.abc import Mapping
from typing import Final

from mfa.contract import ContractError, Problem
from mfa.domain.document_reading import InvalidDocumentError
from mfa.errors import ConflictError, GatehouseError, InvalidInputError, NotFoundError, UnavailableError
from mfa.services.enrollment_errors import (
    EnrollmentCodeRefusedError,
    FactorLimitError,
    FactorNotPendingError,
    NameTakenError,
    RealmMissingError,
    SessionRefusedError,
    StartedTwiceError,
    TriesUsedUpError,
    WrongCodeError,
)

RETRY_AFTER_SECONDS: Final = 5
MAX_TOLD_MISTAKES: Final = 200

_NO_HEADERS: Final[Mapping[str, str]] = {}


class RefusedRequestError(Exception):
    """Raised for a request that is refused before any service sees it."""

    def __init__(self, problem: Problem, headers: Mapping[str, str]) -> None:
        super().__init__(problem.detail)
        self.problem = problem
        self.headers = headers


def refused(status: int, code: str, detail: str, headers: Mapping[str, str] = _NO_HEADERS) -> RefusedRequestError:
    return RefusedRequestError(Problem(status, code, detail), headers)


# The most special class stands first: the first match decides. None: the error brings its own code.
_ANSWERS: Final[tuple[tuple[type[Exception], int, str | None], ...]] = (
    (ContractError, 400, "bad-request"),
    (SessionRefusedError, 401, "session-refused"),
    (EnrollmentCodeRefusedError, 404, "enrollment-code-refused"),
    (NotFoundError, 404, "not-found"),
    (WrongCodeError, 422, None),
    (InvalidInputError, 400, None),
    (NameTakenError, 409, "name-taken"),
    (RealmMissingError, 409, "realm-missing"),
    (FactorLimitError, 409, "factor-limit"),
    (FactorNotPendingError, 409, "factor-not-pending"),
    (TriesUsedUpError, 409, "tries-used-up"),
    (StartedTwiceError, 409, "started-twice"),
    (ConflictError, 409, "conflict"),
    (UnavailableError, 503, "unavailable"),
)
_HEADERS: Final[Mapping[int, Mapping[str, str]]] = {
    401: {"www-authenticate": 'Bearer realm="gatehouse", error="invalid_token"'},
    503: {"retry-after": str(RETRY_AFTER_SECONDS)},
}
_UNAVAILABLE: Final = "a service behind this one does not answer; nothing was decided, try again in a moment"
FAULT: Final = Problem(500, "internal-fault", "this is a fault of the server; it was recorded")


def problem_of(error: ContractError | GatehouseError) -> tuple[Problem, Mapping[str, str]] | None:
    """The answer to an expected error, with its headers; None if the error is a fault of ours."""
    for kind, status, code in _ANSWERS:
        if isinstance(error, kind):
            detail = _UNAVAILABLE if status == 503 else str(error)
            return Problem(status, code or _own_code(error), detail), _HEADERS.get(status, _NO_HEADERS)
    return None


def problem_with_mistakes(error: InvalidDocumentError) -> Problem:
    """All mistakes of a document with their places (JSON Pointer, RFC 6901), as far as a person would read them."""
    told = tuple({"path": one.pointer, "detail": one.text} for one in error.mistakes[:MAX_TOLD_MISTAKES])
    more = f", of which the first {len(told)} are told" if len(told) < len(error.mistakes) else ""
    return Problem(
        422,
        "invalid-configuration",
        f"the configuration has {len(error.mistakes)} mistake(s){more}; nothing was changed",
        errors=told,
    )


def _own_code(error: Exception) -> str:
    return error.code if isinstance(error, InvalidInputError) else "bad-request"
