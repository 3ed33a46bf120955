"""ReceiptStore in memory, and an EventBus that keeps what it was given."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from mfa.domain.receipts import Entry, EntryKind, earliest_name
from mfa.domain.seals import Seal
from mfa.errors import ConditionRefusedError, UnavailableError
from mfa.receipt_ports import WeightyEvent
from tests.fakes.state import State


class InMemoryReceipts:
    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, entry: Entry, kept_until: int) -> bool:
        del kept_until
        with self._state.call("receipts.add"):
            key = (entry.kind, entry.owner, entry.name)
            if key in self._state.entries:
                return False
            self._state.entries[key] = entry
            return True

    def of_user(self, user_id: str, since_ms: int, most: int) -> Sequence[Entry]:
        with self._state.call("receipts.of_user"):
            found = [one for one in self._of(EntryKind.RECEIPT, user_id) if one.name >= earliest_name(since_ms)]
            return found[-most:]

    def of_minute(self, minute: int) -> Sequence[Entry]:
        with self._state.call("receipts.of_minute"):
            return [one for one in self._state.entries.values() if one.minute == minute]

    def tally_before(self, tally: Entry) -> Entry | None:
        with self._state.call("receipts.tally_before"):
            before = [one for one in self._of(EntryKind.TALLY, tally.owner) if one.name < tally.name]
            return before[-1] if before else None

    def tallies(self, emitter: str) -> Sequence[Entry]:
        with self._state.call("receipts.tallies"):
            return self._of(EntryKind.TALLY, emitter)

    def put_seal(self, seal: Seal, kept_until: int) -> None:
        del kept_until
        with self._state.call("receipts.put_seal"):
            if seal.minute in self._state.seals:
                raise ConditionRefusedError("that minute is sealed")
            self._state.seals[seal.minute] = seal

    def newest_seal(self) -> Seal | None:
        with self._state.call("receipts.newest_seal"):
            return self._state.seals[max(self._state.seals)] if self._state.seals else None

    def seals(self, first: int, last: int) -> Sequence[Seal]:
        with self._state.call("receipts.seals"):
            return [seal for minute, seal in sorted(self._state.seals.items()) if first <= minute <= last]

    def _of(self, kind: EntryKind, owner: str) -> list[Entry]:
        found = [one for one in self._state.entries.values() if (one.kind, one.owner) == (kind, owner)]
        return sorted(found, key=lambda one: one.name)


@dataclass
class RecordingBus:
    events: list[WeightyEvent] = field(default_factory=list)
    is_down: bool = False

    def publish(self, events: Sequence[WeightyEvent]) -> None:
        if self.is_down:
            raise UnavailableError("the bus is down")
        self.events.extend(events)
