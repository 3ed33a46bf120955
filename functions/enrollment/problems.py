"""Every error of the enrolment API, and how it is answered."""

from typing import Final

from http_api.problems import COMMON, NO_HEADERS, Answers, Headers
from mfa.contract import Problem
from mfa.domain.document_reading import InvalidDocumentError
from mfa.errors import ConflictError, NotFoundError
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
from mfa.services.phone_errors import (
    MessageNotSentError,
    MessageRefusedError,
    NumberRefusedError,
    PhoneKnownError,
    PhoneLimitError,
    PhoneNotPendingError,
    PhonesChangedError,
)
from mfa.services.push_errors import (
    DeviceLimitError,
    DevicesChangedError,
    PasskeyRefusedError,
    SignatureRefusedError,
)

MAX_TOLD_MISTAKES: Final = 200
RETRY_MESSAGES_AFTER_SECONDS: Final = 600

_CHALLENGE: Final[Headers] = {"www-authenticate": 'Bearer realm="gatehouse", error="invalid_token"'}
ANSWERS: Final[Answers] = (
    (
        SessionRefusedError,
        401,
        "session-refused",
        {"www-authenticate": 'Bearer realm="gatehouse", error="invalid_token"'},
    ),
    (EnrollmentCodeRefusedError, 404, "enrollment-code-refused", NO_HEADERS),
    (NotFoundError, 404, "not-found", NO_HEADERS),
    (WrongCodeError, 422, None, NO_HEADERS),
    (NameTakenError, 409, "name-taken", NO_HEADERS),
    (RealmMissingError, 409, "realm-missing", NO_HEADERS),
    (FactorLimitError, 409, "factor-limit", NO_HEADERS),
    (FactorNotPendingError, 409, "factor-not-pending", NO_HEADERS),
    (TriesUsedUpError, 409, "tries-used-up", NO_HEADERS),
    (StartedTwiceError, 409, "started-twice", NO_HEADERS),
    (SignatureRefusedError, 403, "signature-refused", NO_HEADERS),
    (PasskeyRefusedError, 422, None, NO_HEADERS),
    (DeviceLimitError, 409, "device-limit", NO_HEADERS),
    (DevicesChangedError, 409, "devices-changed", NO_HEADERS),
    (NumberRefusedError, 422, None, NO_HEADERS),
    (MessageRefusedError, 429, "too-many-messages", {"retry-after": str(RETRY_MESSAGES_AFTER_SECONDS)}),
    (MessageNotSentError, 422, None, NO_HEADERS),
    (PhoneLimitError, 409, "phone-limit", NO_HEADERS),
    (PhoneKnownError, 409, "phone-known", NO_HEADERS),
    (PhoneNotPendingError, 409, "phone-not-pending", NO_HEADERS),
    (PhonesChangedError, 409, "phones-changed", NO_HEADERS),
    (ConflictError, 409, "conflict", NO_HEADERS),
    *COMMON,
)


def problem_with_mistakes(error: Exception) -> Problem | None:
    """All mistakes of a document with their places (JSON Pointer, RFC 6901), as far as a person would read them; None
    if the error is not about a document."""
    if not isinstance(error, InvalidDocumentError):
        return None
    told = tuple({"path": one.pointer, "detail": one.text} for one in error.mistakes[:MAX_TOLD_MISTAKES])
    more = f", of which the first {len(told)} are told" if len(told) < len(error.mistakes) else ""
    return Problem(
        422,
        "invalid-configuration",
        f"the configuration has {len(error.mistakes)} mistake(s){more}; nothing was changed",
        errors=told,
    )
