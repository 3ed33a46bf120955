"""Which numbered records never arrived, and what else an entry's body tells to who seals or verifies."""

import json
from collections.abc import Iterable

from mfa.domain.receipts import Entry, EntryKind, Range, holes
from mfa.domain.tallies import Tally
from mfa.receipt_ports import ReceiptStore


def missing_before(store: ReceiptStore, tally: Entry) -> tuple[Range, ...]:
    """The numbers that no tally has, directly before those of this one. In nearly every case one read tells."""
    try:
        numbers = Tally.from_json(tally.body).numbers
    except ValueError:  # not ours: that it was changed is told where seals are compared
        return ()
    if len(numbers) == 1 and (numbers[0][0] == 1 or _continues(store, tally, numbers[0][0])):
        return ()
    return holes(_known(store.tallies(tally.owner)), numbers)


def strangers_in(entry: Entry) -> int:
    if entry.kind is not EntryKind.TALLY:
        return 0
    try:
        return sum(Tally.from_json(entry.body).strangers.values())
    except ValueError:
        return 0


def was_late(entry: Entry) -> bool:
    if entry.kind is not EntryKind.RECEIPT:
        return False
    try:
        return json.loads(entry.body).get("late") is True
    except (ValueError, AttributeError):
        return False


def _continues(store: ReceiptStore, tally: Entry, first: int) -> bool:
    before = store.tally_before(tally)
    return before is not None and any(last == first - 1 for _, last in _known([before]))


def _known(tallies: Iterable[Entry]) -> list[Range]:
    known: list[Range] = []
    for tally in tallies:
        try:
            known.extend(Tally.from_json(tally.body).numbers)
        except ValueError:
            continue
    return known
