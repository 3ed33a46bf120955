"""Sealing: once a minute, every minute that is over and not sealed yet, each seal over the one before it."""

from dataclasses import dataclass, replace
from typing import Final

from mfa.domain.receipts import FINGERPRINT_OCTETS, Entry, EntryKind
from mfa.domain.seals import (
    FIRST,
    FIRST_LOOK_BACK,
    MOST_FINGERPRINTS,
    PURPOSE,
    Seal,
    fingerprints_of,
    last_minute_to_seal,
    root_of,
)
from mfa.errors import ConditionRefusedError, SealBrokenError
from mfa.ports import Clock, Vault
from mfa.receipt_ports import ReceiptStore
from mfa.services.receipt_gaps import missing_before, strangers_in, was_late

MOST_AT_ONCE: Final = 120  # minutes, where the sealer did not run for a while: the next run goes on
CLOCKS_APART: Final = 5  # minutes: another run may have had a faster clock
DAY: Final = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class SealReport:
    """What one run did: ``behind`` minutes are still to be sealed."""

    sealed: int
    entries: int
    late: int
    holes: int
    behind: int
    newest: Seal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    store: ReceiptStore
    vault: Vault
    clock: Clock
    retention_days: int

    def seal(self) -> SealReport:
        """Raises UnavailableError, and SealBrokenError for a seal that nobody can have made yet: going on behind it
        would leave out all the time before. What is sealed by then stays so."""
        newest, last = self.store.newest_seal(), last_minute_to_seal(self.clock.now())
        if newest is not None and newest.minute > last + CLOCKS_APART:
            raise SealBrokenError(
                "the newest seal is of the future: somebody else has written it, or the clock is wrong"
            )
        first = newest.minute + 1 if newest else last - FIRST_LOOK_BACK
        made: list[Seal] = []
        for minute in range(first, min(last, first + MOST_AT_ONCE - 1) + 1):
            try:
                newest = self._seal_minute(minute, newest)
            except ConditionRefusedError:  # another run is at it: it goes on
                break
            made.append(newest)
        return SealReport(
            sealed=len(made),
            entries=sum(seal.entries for seal in made),
            late=sum(seal.late for seal in made),
            holes=sum(seal.holes for seal in made),
            behind=max(0, last - first + 1 - len(made)),
            newest=newest,
        )

    def _seal_minute(self, minute: int, before: Seal | None) -> Seal:
        entries, now = self.store.of_minute(minute), int(self.clock.now())
        fingerprints = fingerprints_of(entries)
        seal = Seal(
            minute=minute,
            previous=before.mac if before else FIRST,
            root=root_of(fingerprints),
            entries=len(entries),
            late=sum(map(was_late, entries)),
            strangers=sum(map(strangers_in, entries)),
            holes=sum(self._missing(entry) for entry in entries if entry.kind is EntryKind.TALLY),
            sealed_at=now,
            fingerprints=fingerprints if len(fingerprints) <= MOST_FINGERPRINTS * FINGERPRINT_OCTETS else b"",
        )
        seal = replace(seal, mac=self.vault.digest(PURPOSE, seal.message).hex())
        self.store.put_seal(seal, now + self.retention_days * DAY)
        return seal

    def _missing(self, tally: Entry) -> int:
        return sum(last - first + 1 for first, last in missing_before(self.store, tally))
