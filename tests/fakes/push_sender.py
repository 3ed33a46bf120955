"""A push service that keeps what it is handed, and the key by which it would know us."""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from mfa.domain.push_devices import PushSubscription
from mfa.push_ports import PushDelivery, PushMessage
from tests.fakes.phone import new_key, raw_public_key

KNOWN_SERVICE = "https://push.example.test/"
TAKEN = PushDelivery(was_taken=True, detail="201")
GONE = PushDelivery(was_taken=False, is_gone=True, detail="410")

_VAPID = new_key()


class FakeVapidKeys:
    """The same for all tests, since nothing of a deployment depends on it."""

    def public_key(self) -> bytes:
        return raw_public_key(_VAPID)

    def private_key(self) -> EllipticCurvePrivateKey:
        return _VAPID


@dataclass
class FakePushSender:
    """``answer`` is what becomes of every message."""

    answer: PushDelivery = TAKEN
    sent: list[tuple[PushSubscription, PushMessage]] = field(default_factory=list)

    def send(self, subscription: PushSubscription, message: PushMessage) -> PushDelivery:
        self.sent.append((subscription, message))
        return self.answer

    def admits(self, endpoint: str) -> bool:
        return endpoint.startswith(KNOWN_SERVICE)
