"""Every error that services and adapters raise.

GatehouseError
├── UnavailableError        a dependency did not answer in time or refused: fail closed, try again later
│   └── ContendedError      two writes met: nothing was written, and it is worth another try at once
├── ConditionRefusedError   a conditional write found other facts than the caller expected
├── NotFoundError           there is no such thing, or it is not yours (the two look the same)
├── ConflictError           it exists already
├── InvalidInputError       the caller sent something that can never work
├── UnreadableItemError     what is stored makes no sense: one item, and nobody else's
└── SealBrokenError         sealed octets do not open: wrong key, wrong owner or tampering
"""


class GatehouseError(Exception):
    """Base of all. The text is for people and holds no secret."""


class UnavailableError(GatehouseError):
    """Raised by adapters when DynamoDB, KMS or another dependency fails, throttles or is too slow."""


class ContendedError(UnavailableError):
    """Raised when a write of several items met another write of one of them. Nothing was written."""


class ConditionRefusedError(GatehouseError):
    """Raised by stores when the condition of a write does not hold. Nothing was written."""


class NotFoundError(GatehouseError):
    """Raised when the thing asked for does not exist or belongs to somebody else."""


class ConflictError(GatehouseError):
    """Raised when something with that name exists already."""


class InvalidInputError(GatehouseError):
    """Raised when input breaks a rule. ``code`` is stable and machine-readable, the text says what to do."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class UnreadableItemError(GatehouseError):
    """What a store has instead of an item that breaks its schema. It is handed over with the readable ones, not raised,
    so that one broken item harms nobody else's."""


class SealBrokenError(GatehouseError):
    """Raised when sealed octets fail their authentication: another key, another owner, or tampering."""
