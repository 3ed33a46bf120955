"""What can go wrong with phone numbers: one class per answer that a caller can act on.

GatehouseError
├── MessageRefusedError                      no message now: too many
├── InvalidInputError
│   └── NumberRefusedError, MessageNotSentError, CallNotPlacedError
└── ConflictError
    └── PhoneLimitError, PhoneKnownError, PhoneNotPendingError, PhonesChangedError, CallsNotDeployedError
"""

from typing import Final

from mfa.domain.phones import MAX_PHONES, NumberRefusal, PhoneWay
from mfa.errors import ConflictError, GatehouseError, InvalidInputError

_WHY: Final = {
    NumberRefusal.NOT_A_NUMBER: "number must be a phone number in international form, such as +49 151 23456789",
    NumberRefusal.COUNTRY: "this organisation sends no messages to numbers of that country",
    NumberRefusal.LINE_TYPE: "number must be one of a mobile phone: others cannot get codes, or cost extra",
}
_WHY_NOT_CALLED: Final = {
    NumberRefusal.COUNTRY: "this organisation calls no numbers of that country",
    NumberRefusal.LINE_TYPE: "number must be one of a mobile phone or a fixed line: others cost extra",
}


class NumberRefusedError(InvalidInputError):
    """Raised for a number that never gets a message, or a call."""

    def __init__(self, refusal: NumberRefusal, way: PhoneWay = PhoneWay.MESSAGE) -> None:
        why = _WHY | _WHY_NOT_CALLED if way is PhoneWay.CALL else _WHY
        super().__init__(refusal.value, why[refusal])


class CallsNotDeployedError(ConflictError):
    """Raised when a call is asked for where there is nothing to call by."""

    def __init__(self) -> None:
        super().__init__("this organisation makes no phone calls; have the code sent by message")


class MessageRefusedError(GatehouseError):
    """Raised when no message is sent now. Which limit it was is for the log."""

    def __init__(self) -> None:
        super().__init__("no code can be sent or spoken now, because there were too many; try again later")


class MessageNotSentError(InvalidInputError):
    """Raised when the provider does not take messages to a number. Why is for the log."""

    def __init__(self) -> None:
        super().__init__("message-not-sent", "no message can be sent to this number; ask your administrator why")


class CallNotPlacedError(InvalidInputError):
    """Raised when the provider does not call a number. Why is for the log."""

    def __init__(self) -> None:
        super().__init__("call-not-placed", "this number cannot be called; ask your administrator why")


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
