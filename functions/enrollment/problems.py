"""Every error of the enrolment API, and how it is answered."""

from typing import Final

from http_api.problems import COMMON, NO_HEADERS, Answers, Headers
from mfa.contract import Problem
from mfa.domain.document_reading import InvalidDocumentError
from mfa.errors import ConflictError, NotFoundError
from mfa.services.enrollment_errors import (
    BypassLimitError,
    ChangesNotAllowedError,
    CodesChangedError,
    CodeTestRefusedError,
    EnrollmentCodeRefusedError,
    FactorLimitError,
    FactorNotPendingError,
    NameTakenError,
    RealmMissingError,
    SessionRefusedError,
    SignInRefusedError,
    StartedTwiceError,
    TooManyRequestsError,
    TriesUsedUpError,
    WrongCodeError,
)
from mfa.services.invitation_errors import (
    AddressMissingError,
    EnrolledBeforeError,
    InvitedBeforeError,
    MailNotSentError,
    MailOffError,
    PortalMissingError,
)
from mfa.services.phone_errors import (
    CallNotPlacedError,
    CallsNotDeployedError,
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
from mfa.services.token_claims import CLAIM_SECONDS
from mfa.services.token_errors import (
    ImportClosedError,
    ImportIncompleteError,
    TokenChangedError,
    TokenFreeError,
    TokenRefusedError,
    TokenTakenError,
    TokenTriesSpentError,
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
    (SignInRefusedError, 401, "sign-in-refused", {"www-authenticate": 'Bearer realm="gatehouse"'}),
    (TooManyRequestsError, 429, "too-many-requests", NO_HEADERS),
    (EnrollmentCodeRefusedError, 404, "enrollment-code-refused", NO_HEADERS),
    (NotFoundError, 404, "not-found", NO_HEADERS),
    (WrongCodeError, 422, None, NO_HEADERS),
    (CodeTestRefusedError, 422, None, NO_HEADERS),
    (NameTakenError, 409, "name-taken", NO_HEADERS),
    (RealmMissingError, 409, "realm-missing", NO_HEADERS),
    (FactorLimitError, 409, "factor-limit", NO_HEADERS),
    (FactorNotPendingError, 409, "factor-not-pending", NO_HEADERS),
    (TriesUsedUpError, 409, "tries-used-up", NO_HEADERS),
    (StartedTwiceError, 409, "started-twice", NO_HEADERS),
    (BypassLimitError, 409, "bypass-limit", NO_HEADERS),
    (CodesChangedError, 409, "codes-changed", NO_HEADERS),
    (SignatureRefusedError, 403, "signature-refused", NO_HEADERS),
    (PasskeyRefusedError, 422, None, NO_HEADERS),
    (DeviceLimitError, 409, "device-limit", NO_HEADERS),
    (DevicesChangedError, 409, "devices-changed", NO_HEADERS),
    (NumberRefusedError, 422, None, NO_HEADERS),
    (MessageRefusedError, 429, "too-many-messages", {"retry-after": str(RETRY_MESSAGES_AFTER_SECONDS)}),
    (MessageNotSentError, 422, None, NO_HEADERS),
    (CallNotPlacedError, 422, None, NO_HEADERS),
    (CallsNotDeployedError, 409, "calls-not-deployed", NO_HEADERS),
    (PhoneLimitError, 409, "phone-limit", NO_HEADERS),
    (PhoneKnownError, 409, "phone-known", NO_HEADERS),
    (PhoneNotPendingError, 409, "phone-not-pending", NO_HEADERS),
    (PhonesChangedError, 409, "phones-changed", NO_HEADERS),
    (TokenRefusedError, 422, None, NO_HEADERS),
    (TokenTakenError, 409, "token-taken", NO_HEADERS),
    (TokenFreeError, 409, "token-free", NO_HEADERS),
    (TokenChangedError, 409, "token-changed", NO_HEADERS),
    (TokenTriesSpentError, 429, "tries-spent", {"retry-after": str(CLAIM_SECONDS)}),
    (ImportClosedError, 409, "import-closed", NO_HEADERS),
    (ImportIncompleteError, 409, "import-incomplete", NO_HEADERS),
    (InvitedBeforeError, 409, "invited-before", NO_HEADERS),
    (EnrolledBeforeError, 409, "enrolled-before", NO_HEADERS),
    (MailOffError, 409, "mail-off", NO_HEADERS),
    (PortalMissingError, 409, "portal-missing", NO_HEADERS),
    (AddressMissingError, 422, None, NO_HEADERS),
    (MailNotSentError, 422, None, NO_HEADERS),
    (ConflictError, 409, "conflict", NO_HEADERS),
    *COMMON,
)


def special_problem(error: Exception) -> Problem | None:
    """What the table cannot say."""
    if isinstance(error, ChangesNotAllowedError):
        return Problem(403, error.code, str(error))
    return problem_with_mistakes(error)


def retry_after(error: Exception) -> Headers:
    """When it is worth another try, where the error knows."""
    return {"retry-after": str(error.retry_after)} if isinstance(error, TooManyRequestsError) else NO_HEADERS


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
