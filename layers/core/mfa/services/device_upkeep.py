"""What a device asks for itself: who it is, where it can be rung, and whether ringing works."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from mfa.contract import ContractError
from mfa.domain.push_devices import Passkey, PushSubscription
from mfa.domain.rate_limit import TokenBuckets
from mfa.domain.subscribers import Subscriber
from mfa.errors import NotFoundError
from mfa.ports import Clock, SubscriberStore
from mfa.push_ports import (
    PushDelivery,
    PushDeviceStore,
    PushLedgerStore,
    PushMessage,
    PushSender,
    SignatureVerifier,
    VapidKeys,
)
from mfa.services.device_authentication import PairedDevice
from mfa.services.push_errors import DeviceRefusedError, EndpointRefusedError, RingsTooOftenError

RINGS_AT_ONCE: Final = 3
SECONDS_PER_RING: Final = 60
_RING_SECONDS: Final = 60  # a test that rings later surprises
_TEST: Final = b'{"id":"test"}'


def rings() -> TokenBuckets[str]:
    """By device; each instance of a function counts for itself, which is enough against a finger that taps on."""
    return TokenBuckets(burst=RINGS_AT_ONCE, per_second=1 / SECONDS_PER_RING)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceDetails:
    """``now`` in Unix seconds, and ``muted_at``: since when the user gets no prompts; None if they do."""

    paired: PairedDevice
    subscriber: Subscriber
    vapid_public_key: bytes
    muted_at: int | None
    now: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceUpkeep:
    devices: PushDeviceStore
    ledgers: PushLedgerStore
    subscribers: SubscriberStore
    sender: PushSender
    verifier: SignatureVerifier
    vapid_keys: VapidKeys
    clock: Clock
    limit: TokenBuckets[str] = field(default_factory=rings)

    def describe(self, device: PairedDevice) -> DeviceDetails:
        subscriber = self.subscribers.read(device.user_id)
        if subscriber is None:  # removed since the request was verified
            raise DeviceRefusedError
        return DeviceDetails(
            paired=device,
            subscriber=subscriber,
            vapid_public_key=self.vapid_keys.public_key(),
            muted_at=self.ledgers.read(device.user_id).muted_at,
            now=self.clock.now(),
        )

    def passkey(self, device: PairedDevice) -> Passkey:
        if device.device.passkey is None:
            raise NotFoundError("this device has no passkey")
        return device.device.passkey

    def subscribe(self, device: PairedDevice, subscription: PushSubscription) -> None:
        """Raises EndpointRefusedError: we contact nobody but push services, whatever a device says."""
        if not self.sender.admits(subscription.endpoint):
            raise EndpointRefusedError
        if not self.verifier.is_public_key(subscription.public_key):
            raise ContractError("p256dh must be a point of P-256")
        self.devices.subscribe(device.user_id, device.device_id, subscription)

    def unsubscribe(self, device: PairedDevice) -> None:
        self.devices.subscribe(device.user_id, device.device_id, None)

    def ring(self, device: PairedDevice) -> PushDelivery:
        """Raises RingsTooOftenError."""
        subscription = device.device.subscription
        if subscription is None:
            return PushDelivery(was_taken=False, detail="this device has not allowed notifications")
        if not self.limit.take(device.device_id, self.clock.now()):
            raise RingsTooOftenError
        delivery = self.sender.send(subscription, PushMessage(payload=_TEST, seconds=_RING_SECONDS, topic="test"))
        if delivery.is_gone:
            with suppress(NotFoundError):
                self.unsubscribe(device)
        return delivery
