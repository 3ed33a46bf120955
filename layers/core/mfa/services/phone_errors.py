"""What can go wrong with phone numbers: one class per answer that a caller can act on.

GatehouseError
├── MessageRefusedError                      no message now: too many
├── InvalidInputError
│   └── NumberRefusedError, MessageNotSentError
└── ConflictError
    └── PhoneLimitError, PhoneKnownError, PhoneNotPendingError, PhonesChangedError
"""

from typing import Final

from mfa.domain.phones import MAX_PHONES, NumberRefusal
from mfa.errors import ConflictError, GatehouseError, InvalidInputError

_WHY: Final = {
    NumberRefusal.NOT_A_NUMBER: "number must be a phone number in international form, such as +49 151 23456789",
    NumberRefusal.COUNTRY: "this organisation sends no messages to numbers of that country",
    NumberRefusal.LINE_TYPE: "number must be one of a mobile phone: others cannot get codes, or cost extra",
}


class NumberRefusedError(InvalidInputError):
    """Raised for a number that never gets a message."""

    def __init__(self, refusal: NumberRefusal) -> None:
        super().__init__(refusal.value, _WHY[refusal])


class MessageRefusedError(GatehouseError):
    """Raised when no message is sent now. Which limit it was is for the log."""

    def __init__(self) -> None:
        super().__init__("no message can be sent now, because there were too many; try again later")


class MessageNotSentError(InvalidInputError):
    """Raised when the provider does not take messages to a number. Why is for the log."""

    def __init__(self) -> None:
        super().__init__("message-not-sent", "no message can be sent to this number; ask your administrator why")


class PhoneLimitError(ConflictError):
    """Raised when a user has as many numbers as there is room for."""

    def __init__(self) -> None:
        super().__init__(f"a user has at most {MAX_PHONES} phone numbers; remove one first")


class PhoneKnownError(ConflictError):
    """Raised when the number is one of the user's already."""

    def __init__(self) -> None:
        super().__init__("this number is one of yours already")


class PhoneNotPendingError(ConflictError):
    """Raised when no such number waits for a code (any more)."""

    def __init__(self) -> None:
        super().__init__("this number is not waiting for a code (any more); add it again")


class PhonesChangedError(ConflictError):
    """Raised when another request of the same user changed the numbers at the same moment."""

    def __init__(self) -> None:
        super().__init__("the phone numbers were changed at the same time; list them and try again")
