"""What becomes of prompts in a list, and a place for the sealed VAPID key."""

from dataclasses import dataclass, field

from mfa.domain.sealing import Sealed
from mfa.errors import ConditionRefusedError
from mfa.push_ports import PushEvent, PushNote
from tests.fakes.state import State


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
