"""What can go wrong with devices and their decisions: one class per answer that an app can act on.

GatehouseError
├── DeviceRefusedError                       unknown, removed, of a disabled user, wrongly signed: all look the same
├── ClockWrongError
├── SignatureRefusedError                    of a decision, an assertion or a pairing; it changes nothing
├── TooLateError                             the login has ended without a decision
├── RingsTooOftenError
├── InvalidInputError
│   └── NumberMissingError, PasskeyNeededError, PasskeyRefusedError, EndpointRefusedError
└── ConflictError
    └── DecidedAlreadyError, DeviceLimitError, DevicesChangedError
"""

from mfa.domain.push_devices import MAX_DEVICES
from mfa.errors import ConflictError, GatehouseError, InvalidInputError


class DeviceRefusedError(GatehouseError):
    """Raised for every request that is not signed by a device that counts. Which rule it broke is not told."""

    def __init__(self) -> None:
        super().__init__("this request is not signed by a device that is paired (any more)")


class ClockWrongError(GatehouseError):
    """Raised when a request is signed for another time. The text ends with ours, in Unix milliseconds."""

    def __init__(self, now_ms: int) -> None:
        super().__init__(f"the device's clock is wrong by more than five minutes; now is {now_ms}")
        self.now_ms = now_ms


class SignatureRefusedError(GatehouseError):
    """Raised when a signature does not fit what it is said to sign. Nothing was changed."""

    def __init__(self) -> None:
        super().__init__("the signature does not fit; nothing was changed")


class TooLateError(GatehouseError):
    """Raised when a decision comes after the end of its login."""

    def __init__(self) -> None:
        super().__init__("this login has ended; start again if it was yours")


class RingsTooOftenError(GatehouseError):
    """Raised when a device has itself rung too often."""

    def __init__(self) -> None:
        super().__init__("this device was rung several times just now; wait a minute")


class NumberMissingError(InvalidInputError):
    """Raised when an approval lacks the number that it needs. It costs no guess."""

    def __init__(self) -> None:
        super().__init__("number-missing", "enter the number that was typed at the login")


class PasskeyNeededError(InvalidInputError):
    """Raised when an approval lacks the assertion that it needs, or the device has no passkey."""

    def __init__(self) -> None:
        super().__init__("passkey-needed", "approving this login needs the passkey of the device")


class PasskeyRefusedError(InvalidInputError):
    """Raised when a new passkey proves nothing."""

    def __init__(self) -> None:
        super().__init__("passkey-refused", "this passkey was not made for this device, this session and this portal")


class EndpointRefusedError(InvalidInputError):
    """Raised for an endpoint that is not one of a known push service."""

    def __init__(self) -> None:
        super().__init__("endpoint-refused", "the endpoint is not one of a known push service")


class DecidedAlreadyError(ConflictError):
    """Raised when a login was decided before: the first decision stands."""

    def __init__(self) -> None:
        super().__init__("this login was decided already")


class DeviceLimitError(ConflictError):
    """Raised when a user has as many devices as there are digits for."""

    def __init__(self) -> None:
        super().__init__(f"a user has at most {MAX_DEVICES} devices; remove one first")


class DevicesChangedError(ConflictError):
    """Raised when another request of the same user added, removed or moved a device at the same moment."""

    def __init__(self) -> None:
        super().__init__("the devices were changed at the same time; list them and try again")
