"""What receipts, their seals and events need from outside, as protocols; ``mfa.ports`` says how they are read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from mfa.domain.receipts import Entry
from mfa.domain.seals import Seal


class ReceiptStore(Protocol):
    """Receipts and tallies (L#user, TALLY#emitter), and their seals (SEALS)."""

    def add(self, entry: Entry, kept_until: int) -> bool:
        """Whether it is new. What is there stays as it is. ``kept_until`` in Unix seconds."""
        ...

    def of_user(self, user_id: str, since_ms: int, most: int) -> Sequence[Entry]:
        """The newest ``most`` receipts from that moment (Unix milliseconds) on, the oldest first."""
        ...

    def of_minute(self, minute: int) -> Sequence[Entry]:
        """All that was received in it. Not strongly consistent: ask a minute that is over for a while."""
        ...

    def tally_before(self, tally: Entry) -> Entry | None:
        """The one before it of the same emitter."""
        ...

    def tallies(self, emitter: str) -> Sequence[Entry]: ...

    def put_seal(self, seal: Seal, kept_until: int) -> None:
        """Raises ConditionRefusedError if that minute is sealed."""
        ...

    def newest_seal(self) -> Seal | None: ...

    def seals(self, first: int, last: int) -> Sequence[Seal]:
        """Those of the minutes ``first`` to ``last``, in order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightyEvent:
    """For whoever listens on the event bus. ``kind`` is the detail-type, ``at_ms`` when it happened."""

    kind: str
    at_ms: int
    detail: Mapping[str, object]


class EventBus(Protocol):
    def publish(self, events: Sequence[WeightyEvent]) -> None:
        """All of them. Raises UnavailableError if one was not taken; then others may have been."""
        ...
