"""Push without a network: a sender, a waker and a trail that remember, and a place for the VAPID key."""

from dataclasses import dataclass, field

from mfa.domain.push_devices import PushSubscription
from mfa.domain.sealing import Sealed
from mfa.errors import ConditionRefusedError
from mfa.push_ports import PushDelivery, PushEvent, PushMessage, PushNote
from tests.fakes.state import State

KNOWN_ENDPOINT = "https://push.example.test/"


@dataclass
class FakeSender:
    """``delivery`` is what it answers."""

    delivery: PushDelivery = field(default_factory=lambda: PushDelivery(was_taken=True, detail="taken"))
    sent: list[tuple[PushSubscription, PushMessage]] = field(default_factory=list)

    def send(self, subscription: PushSubscription, message: PushMessage) -> PushDelivery:
        self.sent.append((subscription, message))
        return self.delivery

    def admits(self, endpoint: str) -> bool:
        return endpoint.startswith(KNOWN_ENDPOINT)


@dataclass
class FakeWaker:
    woken: list[tuple[str, str]] = field(default_factory=list)

    def wake(self, task_token: str, login_id: str) -> None:
        self.woken.append((task_token, login_id))


@dataclass
class RecordingTrail:
    notes: list[PushNote] = field(default_factory=list)

    def noted(self, note: PushNote) -> None:
        self.notes.append(note)

    @property
    def events(self) -> list[PushEvent]:
        return [note.event for note in self.notes]


class InMemoryVapidKeyStore:
    def __init__(self, state: State | None = None) -> None:
        self.state = state or State()
        self._key: Sealed | None = None

    def read(self) -> Sealed | None:
        with self.state.call("vapid_key.read"):
            return self._key

    def create(self, key: Sealed) -> None:
        with self.state.call("vapid_key.create"):
            if self._key is not None:
                raise ConditionRefusedError("there is one already")
            self._key = key
