"""From lines of the log to receipts, and to events on the bus.

The log delivers each line at least once, so everything here can be done again: what is stored already stays as it is.
The tally of a delivery is written last: where a delivery failed half-way and never came again, its numbers are missing.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mfa.domain.canary import is_canary
from mfa.domain.receipts import (
    CONFIGURATION,
    MARK,
    Entry,
    EntryKind,
    RecordKind,
    is_late,
    ranges_of,
    receipt_name,
    tally_name,
)
from mfa.domain.tallies import Tally
from mfa.errors import InvalidInputError
from mfa.ports import Clock
from mfa.receipt_ports import EventBus, ReceiptStore
from mfa.services.weighty import weighty

DAY: Final = 24 * 3600
# What a receipt says; the rest of a line is of use to who reads logs.
_FACTS: Final[Mapping[RecordKind, tuple[str, ...]]] = {
    RecordKind.LOGIN: (
        "login_id",
        "client",
        "source_ip",
        "calling_station",
        "username",
        "outcome",
        "reason",
        "typed",
        "factor_id",
        "replayed",
        "locks",
        "protocol",
        "rule",
        "exemption",
        "upstream",
        "directory",
        "prompt",
        "message_id",
        "fault",
        "config_revision",
        "duration_ms",
    ),
    RecordKind.CHANGE: ("event", "details", "actor"),
    RecordKind.CONFIGURATION: ("event", "subject", "details", "actor"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the audit trail, read."""

    kind: RecordKind
    emitter: str
    number: int
    at_ms: int
    fields: Mapping[str, Any]

    @property
    def is_canary(self) -> bool:
        return is_canary(self.fields.get("client"), self.fields.get("username"))

    @property
    def owner(self) -> str | None:
        """Whose receipt it is; None for nobody's."""
        if self.kind is RecordKind.CONFIGURATION:
            return CONFIGURATION
        return self.fields.get("user_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptService:
    store: ReceiptStore
    bus: EventBus
    clock: Clock
    retention_days: int
    report_fault: Callable[[BaseException], None]

    def take(self, texts: Sequence[str]) -> None:
        """Keep what these lines of the log say. Raises UnavailableError: then they must be delivered again."""
        lines = list(self._read(texts))
        received_at = self.clock.now()
        numbered = [line for line in lines if line.kind is not RecordKind.ALARM]
        for emitter, of_emitter in _by_emitter(numbered).items():
            self._keep(emitter, of_emitter, received_at)
        events = [event for line in lines if (event := weighty(line.kind, line.at_ms, line.fields)) is not None]
        if events:
            self.bus.publish(events)

    def _keep(self, emitter: str, lines: Sequence[Line], received_at: float) -> None:
        until = int(received_at) + self.retention_days * DAY
        for line in lines:
            if line.owner is not None and not line.is_canary:
                self.store.add(_receipt(line, line.owner, received_at), until)
        self.store.add(_tally(emitter, lines, received_at), until)

    def _read(self, texts: Iterable[str]) -> Iterator[Line]:
        for text in texts:
            try:
                line = _line(text)
            except (ValueError, KeyError, TypeError):  # ours cannot look so; its number will be missing
                self.report_fault(InvalidInputError("not-a-record", "a line is marked as a record and is none"))
                continue
            if line is not None:
                yield line


def _line(text: str) -> Line | None:
    """None for a line that only mentions the mark."""
    fields = json.loads(text) if text.lstrip().startswith("{") else None
    if not isinstance(fields, dict) or MARK not in fields:
        return None
    kind = RecordKind(fields[MARK])
    number = 0 if kind is RecordKind.ALARM else int(fields["number"])
    emitter = "" if kind is RecordKind.ALARM else str(fields["emitter"])
    return Line(kind, emitter, number, int(fields["at_ms"]), fields)


def _by_emitter(lines: Iterable[Line]) -> Mapping[str, list[Line]]:
    by_emitter: defaultdict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_emitter[line.emitter].append(line)
    return by_emitter


def _receipt(line: Line, owner: str, received_at: float) -> Entry:
    facts = {name: value for name in _FACTS[line.kind] if (value := line.fields.get(name)) is not None}
    facts |= {"kind": line.kind, "at_ms": line.at_ms, "late": is_late(line.at_ms, received_at)}
    return Entry(
        kind=EntryKind.RECEIPT,
        owner=owner,
        name=receipt_name(line.at_ms, line.emitter, line.number),
        minute=int(received_at) // 60,
        body=json.dumps(facts, sort_keys=True, separators=(",", ":")),
    )


def _tally(emitter: str, lines: Sequence[Line], received_at: float) -> Entry:
    numbers = ranges_of(line.number for line in lines)
    tally = Tally(
        numbers=numbers,
        strangers=Counter(_reason(line) for line in lines if line.owner is None and not line.is_canary),
        canary=sum(line.is_canary for line in lines),
    )
    return Entry(
        kind=EntryKind.TALLY,
        owner=emitter,
        name=tally_name(numbers[0][0]),
        minute=int(received_at) // 60,
        body=tally.to_json(),
    )


def _reason(line: Line) -> str:
    return str(line.fields.get("reason") or line.fields.get("outcome") or "none")
