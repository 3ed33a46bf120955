"""Whether what was sealed is still what is there, and in words what is not."""

import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from mfa.domain.receipts import Entry, EntryKind
from mfa.domain.seals import FIRST, PURPOSE, Seal, difference, fingerprints_of, last_minute_to_seal, root_of
from mfa.errors import InvalidInputError
from mfa.ports import Clock, Vault
from mfa.receipt_ports import ReceiptStore
from mfa.services.receipt_gaps import missing_before

MOST_MINUTES: Final = 60  # of one call; some milliseconds each
DAY_MINUTES: Final = 24 * 60


class FindingKind(StrEnum):
    NOT_SEALED = "not_sealed"
    SEAL_MISSING = "seal_missing"
    SEAL_CHANGED = "seal_changed"
    CHAIN_BROKEN = "chain_broken"
    MISSING = "missing"
    CHANGED = "changed"
    ADDED = "added"
    DIFFERENT = "different"
    NEVER_ARRIVED = "never_arrived"


@dataclass(frozen=True, slots=True)
class Finding:
    kind: FindingKind
    minute: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Of the minutes ``first`` to ``last``, those after ``last`` being too young for a seal. ``began`` is the minute of
    the first seal of all, if it is among them."""

    first: int
    last: int
    seals: int
    entries: int
    strangers: int
    late: int
    findings: tuple[Finding, ...]
    newest: Seal | None
    began: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditVerification:
    store: ReceiptStore
    vault: Vault
    clock: Clock
    retention_days: int

    def verify(self, first: int, last: int) -> Verification:
        """Minutes are Unix minutes. Raises InvalidInputError for a span that is too long or ends before it begins."""
        if not 0 <= last - first < MOST_MINUTES:
            raise InvalidInputError("bad-span", f"ask for 1 to {MOST_MINUTES} minutes at once")
        now = self.clock.now()
        first = max(first, int(now) // 60 - (self.retention_days - 1) * DAY_MINUTES)
        last = min(last, last_minute_to_seal(now))
        seals = self.store.seals(first - 1, last) if first <= last else ()
        judged = [seal for seal in seals if seal.minute >= first]
        return Verification(
            first=first,
            last=last,
            seals=len(judged),
            entries=sum(seal.entries for seal in judged),
            strangers=sum(seal.strangers for seal in judged),
            late=sum(seal.late for seal in judged),
            findings=tuple(self._findings(first, last, seals)) if first <= last else (),
            newest=judged[-1] if judged else None,
            began=next((seal.minute for seal in judged if seal.previous == FIRST), None),
        )

    def _findings(self, first: int, last: int, seals: Sequence[Seal]) -> Iterator[Finding]:
        if not seals:
            yield from self._nothing_sealed(first, last)
            return
        for at, seal in enumerate(seals):
            before = seals[at - 1] if at else None
            yield from self._of_the_chain(seal, before, first)
            if seal.minute >= first:
                yield from self._of_the_seal(seal)
        if seals[-1].minute < last:
            yield from self._after(seals[-1].minute + 1, last)

    def _nothing_sealed(self, first: int, last: int) -> Iterator[Finding]:
        """Before sealing began there is nothing to find; otherwise seals have been removed."""
        newest = self.store.newest_seal()
        if newest is None or newest.minute < first:
            yield Finding(FindingKind.NOT_SEALED, first, f"no minute is sealed from {_clock(first)} to {_clock(last)}")
            return
        following = next(iter(self.store.seals(last + 1, newest.minute)), newest)
        if following.previous != FIRST:
            yield _seals_missing(first, last)

    def _of_the_chain(self, seal: Seal, before: Seal | None, first: int) -> Iterator[Finding]:
        starts = seal.previous == FIRST
        expected = first if before is None else before.minute + 1
        if seal.minute > expected and not (starts and before is None):
            yield _seals_missing(expected, seal.minute - 1)
        elif before is not None and seal.previous != before.mac:
            words = f"the seal of {_clock(seal.minute)} does not follow from the one before it"
            yield Finding(FindingKind.CHAIN_BROKEN, seal.minute, words)

    def _after(self, first: int, last: int) -> Iterator[Finding]:
        newest = self.store.newest_seal()
        if newest is not None and newest.minute >= first:
            yield _seals_missing(first, min(last, newest.minute - 1))
            return
        words = f"no minute is sealed from {_clock(first)} to {_clock(last)}: the sealer is late"
        yield Finding(FindingKind.NOT_SEALED, first, words)

    def _of_the_seal(self, seal: Seal) -> Iterator[Finding]:
        expected = self.vault.digest(PURPOSE, replace(seal, mac="").message).hex()
        if not hmac.compare_digest(expected, seal.mac):
            words = f"the seal of {_clock(seal.minute)} is not one that Gatehouse made"
            yield Finding(FindingKind.SEAL_CHANGED, seal.minute, words)
            return
        entries = self.store.of_minute(seal.minute)
        if root_of(fingerprints_of(entries)) != seal.root:
            yield from _differences(seal, entries)
        for entry in entries:
            if entry.kind is EntryKind.TALLY:
                yield from self._never_arrived(seal.minute, entry)

    def _never_arrived(self, minute: int, tally: Entry) -> Iterator[Finding]:
        for first, last in missing_before(self.store, tally):
            many = f"record {first} has" if first == last else f"records {first} to {last} have"
            words = f"{many} never arrived from {tally.owner}, some time before {_clock(minute)}"
            yield Finding(FindingKind.NEVER_ARRIVED, minute, words)


def _differences(seal: Seal, entries: Sequence[Entry]) -> Iterator[Finding]:
    if root_of(seal.fingerprints) != seal.root:
        words = f"what was received at {_clock(seal.minute)} is not what was sealed ({len(entries)} of {seal.entries})"
        yield Finding(FindingKind.DIFFERENT, seal.minute, words)
        return
    found = difference(seal.fingerprints, entries)
    if found.missing:
        words = f"{found.missing} of {seal.entries} entries that were received at {_clock(seal.minute)} are gone"
        yield Finding(FindingKind.MISSING, seal.minute, words)
    for entry in found.changed:
        yield Finding(FindingKind.CHANGED, seal.minute, f"{_named(entry)} was changed after it was sealed")
    for entry in found.added:
        yield Finding(FindingKind.ADDED, seal.minute, f"{_named(entry)} was added after its minute was sealed")


def _seals_missing(first: int, last: int) -> Finding:
    span = f"of {_clock(first)} is" if first == last else f"from {_clock(first)} to {_clock(last)} are"
    return Finding(FindingKind.SEAL_MISSING, first, f"the seal{'' if first == last else 's'} {span} missing")


def _named(entry: Entry) -> str:
    if entry.kind is EntryKind.TALLY:
        return f"the tally of {entry.owner}"
    moment, _, rest = entry.name.partition("#")
    seconds = int(moment) // 1000 if moment.isdigit() else 0
    return f"the receipt {rest} of {entry.owner} at {datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _clock(minute: int) -> str:
    return f"{datetime.fromtimestamp(minute * 60, UTC):%Y-%m-%d %H:%M} UTC"
