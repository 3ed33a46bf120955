"""Whether what was sealed is still what is there, and in words what is not."""

import hmac
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from mfa.domain.receipts import Entry, EntryKind
from mfa.domain.seals import (
    FIRST,
    FIRST_LOOK_BACK,
    PURPOSE,
    Seal,
    difference,
    fingerprints_of,
    last_minute_overdue,
    last_minute_to_seal,
    root_of,
)
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
    SEALED_LATE = "sealed_late"
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
    """Of the minutes ``first`` to ``last``, those after ``last`` being too young to miss a seal. ``began_at``
    is when the first seal of all was made, in Unix seconds, if it is among them: it is of an earlier minute."""

    first: int
    last: int
    seals: int
    entries: int
    strangers: int
    late: int
    findings: tuple[Finding, ...]
    newest: Seal | None
    began_at: int | None


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
        last = self._last_to_judge(last, now)
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
            began_at=next((seal.sealed_at for seal in judged if seal.previous == FIRST), None),
        )

    def _last_to_judge(self, last: int, now: float) -> int:
        """A minute is due before the sealer's next run can have come to it. Up to the newest seal every minute has one;
        after it none is missed before it is overdue."""
        last, overdue = min(last, last_minute_to_seal(now)), last_minute_overdue(now)
        if last <= overdue:
            return last
        newest = self.store.newest_seal()
        return overdue if newest is None else min(last, max(overdue, newest.minute))

    def _findings(self, first: int, last: int, seals: Sequence[Seal]) -> Iterator[Finding]:
        if not seals:
            yield from self._nothing_sealed(first, last)
            return
        for at, seal in enumerate(seals):
            before = seals[at - 1] if at else None
            yield from self._of_the_chain(seal, before, first)
            if seal.minute >= first:
                yield from self._of_the_seal(seal)
        yield from self._sealed_late(first, seals)
        if seals[-1].minute < last:
            yield from self._after(seals[-1].minute + 1, last)

    def _nothing_sealed(self, first: int, last: int) -> Iterator[Finding]:
        """Before sealing began there is nothing to find; otherwise seals have been removed."""
        newest = self.store.newest_seal()
        if newest is None:
            words = "nothing at all is sealed: the sealer has not run yet, or all seals have been removed"
            yield Finding(FindingKind.NOT_SEALED, first, words)
            return
        if newest.minute < first:
            yield _not_sealed(first)
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
        yield _not_sealed(first)

    def _of_the_seal(self, seal: Seal) -> Iterator[Finding]:
        if not self._is_ours(seal):
            words = f"the seal of {_clock(seal.minute)} is not one that Gatehouse made"
            yield Finding(FindingKind.SEAL_CHANGED, seal.minute, words)
            return
        entries = self.store.of_minute(seal.minute)
        if root_of(fingerprints_of(entries)) != seal.root:
            yield from _differences(seal, entries)
        for entry in entries:
            if entry.kind is EntryKind.TALLY:
                yield from self._never_arrived(seal.minute, entry)

    def _is_ours(self, seal: Seal) -> bool:
        expected = self.vault.digest(PURPOSE, replace(seal, mac="").message).hex()
        return hmac.compare_digest(expected, seal.mac)

    def _sealed_late(self, first: int, seals: Sequence[Seal]) -> Iterator[Finding]:
        """Either the sealer stood still, or somebody has removed seals, and what was below them, and let it make them
        once more. What it made is genuine, so only its log can tell."""
        late = [seal for seal in seals if seal.minute >= first and seal.is_late() and self._is_ours(seal)]
        if not late:
            return
        begun_at = self._begun_at(first, seals)
        yield from _late(seal for seal in late if seal.is_late(begun_at))

    def _begun_at(self, first: int, seals: Sequence[Seal]) -> int:
        """When the chain began, if that can be what made one of ``seals`` late; or else 0."""
        earlier = self.store.seals(first - FIRST_LOOK_BACK, first - 1)
        begin = next((seal for seal in (*earlier, *seals) if seal.previous == FIRST and self._is_ours(seal)), None)
        return begin.sealed_at if begin else 0

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


def _late(seals: Iterable[Seal]) -> Iterator[Finding]:
    """One for minutes that follow each other."""
    spans: list[list[Seal]] = []
    for seal in seals:
        if spans and seal.minute == spans[-1][-1].minute + 1:
            spans[-1].append(seal)
        else:
            spans.append([seal])
    for span in spans:
        minutes = f"{_span(span[0].minute, span[-1].minute)} {'was' if len(span) == 1 else 'were'} sealed late or again"
        words = f"{minutes}, at {_clock(span[-1].sealed_at // 60)}: compare with the sealer's log"
        yield Finding(FindingKind.SEALED_LATE, span[0].minute, words)


def _span(first: int, last: int) -> str:
    if first == last:
        return f"the minute {_clock(first)}"
    return f"the minutes from {_clock(first)} to {_clock(last)}"


def _not_sealed(first: int) -> Finding:
    words = f"no minute from {_clock(first)} on is sealed: the sealer is late or has stopped"
    return Finding(FindingKind.NOT_SEALED, first, words)


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
