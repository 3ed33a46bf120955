"""Receipts: what is kept of every decision beside the log, one small item each, and sealed by the minute.

A receipt is made of the line that the audit trail wrote. Whoever writes such lines (an emitter: one process of one
function) numbers them, so that one that never arrives leaves a hole. A tally says which numbers arrived, and counts
what gets no receipt: decisions about nobody (made-up names must not fill a table) and those of the canary.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final

MARK: Final = "gatehouse_record"  # the field of a line that is for receipts or events; its value is a RecordKind
CONFIGURATION: Final = "@configuration"  # whose receipts are the changes of the configuration: no user has that id
LATE_AFTER_SECONDS: Final = 120
KEY_OCTETS: Final = 16
FINGERPRINT_OCTETS: Final = KEY_OCTETS + 32

type Range = tuple[int, int]  # first and last number, both included


class RecordKind(StrEnum):
    LOGIN = "login"
    CHANGE = "change"  # of a subscriber, or what belongs to one
    CONFIGURATION = "configuration"
    ALARM = "alarm"  # something to tell people about at once; it has no number and no receipt


class EntryKind(StrEnum):
    RECEIPT = "receipt"
    TALLY = "tally"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item that is sealed. ``owner`` is the user of a receipt, or the emitter of a tally; ``name`` tells it from
    the owner's others and sorts them by time; ``minute`` (Unix minutes) is when it was received; ``body`` is JSON."""

    kind: EntryKind
    owner: str
    name: str
    minute: int
    body: str

    @property
    def fingerprint(self) -> bytes:
        """16 octets of which entry it is, then 32 of what it says."""
        key = sha256(f"{self.kind}\x00{self.owner}\x00{self.name}".encode()).digest()[:KEY_OCTETS]
        return key + sha256(self.body.encode()).digest()


def receipt_name(at_ms: int, emitter: str, number: int) -> str:
    return f"{at_ms:013d}#{emitter}#{number}"


def earliest_name(at_ms: int) -> str:
    """No receipt of that moment or later sorts before it."""
    return f"{at_ms:013d}"


def tally_name(first: int) -> str:
    return f"{first:012d}"


def ranges_of(numbers: Iterable[int]) -> tuple[Range, ...]:
    """Each number once, as few ranges as possible, in order."""
    return tuple(_merged((number, number) for number in numbers))


def holes(known: Iterable[Range], before: Sequence[Range]) -> tuple[Range, ...]:
    """The numbers from 1 on that are in none of ``known`` and stand directly before one of ``before``, which are."""
    present = _merged(known)
    ends = (0, *(last for _, last in present))
    missing = {low: (ends[at] + 1, low - 1) for at, (low, _) in enumerate(present) if low > ends[at] + 1}
    return tuple(missing[first] for first, _ in before if first in missing)


def _merged(ranges: Iterable[Range]) -> list[Range]:
    merged: list[Range] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def is_late(at_ms: int, received_at: float) -> bool:
    return received_at - at_ms / 1000 > LATE_AFTER_SECONDS
