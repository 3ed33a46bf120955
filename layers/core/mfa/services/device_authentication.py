"""Who sends this request? Every request of a device is signed by its key over what it asks for and when.

A request is good for five minutes to either side of our clock, and a copy of it as well: so what a copy could do again
(a decision) is guarded by its own condition. A device counts while its user's hot item lists it.
"""

from dataclasses import dataclass, field
from typing import Final

from mfa.domain.device_signatures import request_octets
from mfa.domain.factors import CodeFactors, SubscriberState
from mfa.domain.push_devices import PushDevice
from mfa.ports import Clock, LoginStore
from mfa.push_ports import PushDeviceStore, SignatureVerifier
from mfa.services.push_errors import ClockWrongError, DeviceRefusedError

MAX_SKEW_MS: Final = 300_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """``path`` as it came, without a query. ``time_ms`` is what the device's clock showed."""

    device_id: str
    time_ms: int
    signature: bytes = field(repr=False)
    method: str
    path: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedDevice:
    """A device that has signed, and its user's hot item as it is now."""

    device: PushDevice
    factors: CodeFactors

    @property
    def device_id(self) -> str:
        return self.device.device_id

    @property
    def user_id(self) -> str:
        return self.device.user_id

    @property
    def position(self) -> int:
        """By which digit it is named at a login: 1 is the one that is asked without any."""
        return self.factors.devices.index(self.device_id) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAuthentication:
    devices: PushDeviceStore
    logins: LoginStore
    verifier: SignatureVerifier
    clock: Clock

    def authenticate(self, request: SignedRequest) -> PairedDevice:
        """Raises ClockWrongError, DeviceRefusedError."""
        now_ms = int(self.clock.now() * 1000)
        if abs(now_ms - request.time_ms) > MAX_SKEW_MS:
            raise ClockWrongError(now_ms)
        paired = self._paired(request.device_id)
        octets = request_octets(request.device_id, request.method, request.path, request.time_ms, request.body)
        if paired is None or not self.verifier.verify_signature(paired.device.public_key, octets, request.signature):
            raise DeviceRefusedError
        return paired

    def _paired(self, device_id: str) -> PairedDevice | None:
        device = self.devices.read(device_id)
        factors = None if device is None else self.logins.read(device.user_id)
        if device is None or factors is None or factors.state is not SubscriberState.ACTIVE:
            return None
        return PairedDevice(device=device, factors=factors) if device_id in factors.devices else None
