"""What can go wrong in enrolment beyond the errors of ``mfa.errors``: one class per answer that a caller can act on.

GatehouseError
├── SessionRefusedError                      no, unknown, ended or expired session
├── SignInRefusedError                       whatever it was: a stranger learns nothing
├── ChangesNotAllowedError                   this session may look, but change nothing, or not any more
├── TooManyRequestsError                     from one address, or about one user
├── NotFoundError
│   └── EnrollmentCodeRefusedError           unknown, used and expired codes look the same
├── InvalidInputError
│   └── WrongCodeError                       the confirmation code is not the one the authenticator shows
│       └── WrongSentCodeError               or not the one that came by message or call
└── ConflictError
    ├── NameTakenError, RealmMissingError
    ├── FactorLimitError, FactorNotPendingError, TriesUsedUpError, StartedTwiceError
    └── BypassLimitError, CodesChangedError
"""

from mfa.domain.factors import MAX_FACTORS
from mfa.domain.recovery import MAX_BYPASS_CODES
from mfa.errors import ConflictError, GatehouseError, InvalidInputError, NotFoundError


class SessionRefusedError(GatehouseError):
    """Raised when a request carries no session that is open now."""

    def __init__(self) -> None:
        super().__init__("no open enrolment session; redeem an enrolment code to open one")


class EnrollmentCodeRefusedError(NotFoundError):
    """Raised for any enrolment code that opens nothing. Which rule it broke is not told to a stranger."""

    def __init__(self) -> None:
        super().__init__("this enrolment code does not exist, was used or has expired; ask for a new one")


class WrongCodeError(InvalidInputError):
    """Raised when a confirmation code does not match. The factor stays pending."""

    def __init__(self, tries_left: int, advice: str = "check the key and the device's clock") -> None:
        tries = {0: "no try is left, start again", 1: "1 try is left"}.get(tries_left, f"{tries_left} tries are left")
        super().__init__("wrong-code", f"the code does not match: {advice}; {tries}")


class WrongSentCodeError(WrongCodeError):
    """Raised when it is not the code that came to a phone number. The number still waits for it."""

    def __init__(self, tries_left: int) -> None:
        super().__init__(tries_left, "only the one that came last counts, by message or call")


class NameTakenError(ConflictError):
    """Raised when a name of a new subscriber belongs to somebody already."""

    def __init__(self) -> None:
        super().__init__("a user with one of these names exists already")


class RealmMissingError(ConflictError):
    """Raised while no configuration names a realm: users cannot be told apart without one."""

    def __init__(self) -> None:
        super().__init__("no realm is configured yet; apply a configuration first")


class FactorLimitError(ConflictError):
    """Raised when a subscriber has as many factors as there is room for."""

    def __init__(self) -> None:
        super().__init__(f"a user has at most {MAX_FACTORS} factors; remove one first")


class FactorNotPendingError(ConflictError):
    """Raised when a factor was confirmed already: by an earlier call, or by one at the same time."""

    def __init__(self) -> None:
        super().__init__("this factor is not waiting for a confirmation (any more)")


class TriesUsedUpError(ConflictError):
    """Raised when a pending factor had all its tries, even if the code is right this time."""

    def __init__(self) -> None:
        super().__init__("too many wrong codes for this factor; start again with a new key")


class StartedTwiceError(ConflictError):
    """Raised when another request of the same user started a factor at the same moment."""

    def __init__(self) -> None:
        super().__init__("another factor was started at the same time; list the factors and start again")


class BypassLimitError(ConflictError):
    """Raised when a user has as many bypass codes as anybody may."""

    def __init__(self) -> None:
        super().__init__(f"a user has at most {MAX_BYPASS_CODES} bypass codes that can be used; revoke one first")


class CodesChangedError(ConflictError):
    """Raised when somebody else changed the user's recovery or bypass codes at the same moment, or disabled them."""

    def __init__(self) -> None:
        super().__init__("the user is disabled, or somebody changed the user's codes at the same time; try again")


class SignInRefusedError(GatehouseError):
    """Raised when a sign-in does not prove who it is. The reason is in the audit record only."""

    def __init__(self) -> None:
        super().__init__(
            "that did not work: the name, the password or the code is wrong, was used, or is locked for now"
        )


class CodeTestRefusedError(InvalidInputError):
    """Raised when a code that is only tried out would open nothing now. The reason is in the audit record only."""

    def __init__(self) -> None:
        super().__init__(
            "code-refused", "this code would open nothing now: it is wrong, was used, or codes are locked for a while"
        )


class ChangesNotAllowedError(GatehouseError):
    """Raised when a session may not change factors. ``code`` tells whether signing in again would help."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class TooManyRequestsError(GatehouseError):
    """Raised when an address or a user had all requests of a window of time."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too many tries; wait {retry_after} seconds")
        self.retry_after = retry_after
