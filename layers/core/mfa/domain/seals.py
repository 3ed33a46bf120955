"""Seals: one for each minute, over all that was received in it, and each over the one before it.

The root is a Merkle tree's as in RFC 6962 section 2.1 (a leaf is hashed with 0, a node with 1 before it, so that no
node passes for a leaf). The seal is an HMAC under a key that KMS guards, over the root, the counts and the seal before;
so what was sealed cannot be changed, removed, added to or moved by anybody who has the table alone.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from mfa.domain.receipts import FINGERPRINT_OCTETS, KEY_OCTETS, Entry

PURPOSE: Final = "receipt-seal"  # of the key
SETTLE_SECONDS: Final = 120  # after its end a minute is sealed: all that was being written has been written by then
OVERDUE_AFTER_SECONDS: Final = 300  # a run comes up to a minute later, and may fail; five that do in a row do not pass
LATE_AFTER_SECONDS: Final = 900  # so long after it was due, what is sealed may have been changed before
FIRST_LOOK_BACK: Final = 60  # minutes before the newest that are sealed in the first run of all
MOST_FINGERPRINTS: Final = 7000  # kept with a seal: an item of the table holds 400 kB
FIRST: Final = ""  # what the first seal has in place of the one before


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """``minute`` in Unix minutes, ``previous`` and ``mac`` in hexadecimal digits, ``sealed_at`` in Unix seconds.
    ``entries`` counts what is under the root, ``late`` and ``strangers`` what of it came late, and the decisions that
    are only counted; ``holes`` the numbers that had not arrived then. ``fingerprints`` tell later which entry it is
    that differs; without them (too many) only that one does."""

    minute: int
    previous: str
    root: str
    entries: int
    late: int
    strangers: int
    holes: int
    sealed_at: int
    mac: str = ""
    fingerprints: bytes = field(default=b"", repr=False)

    def is_late(self, begun_at: int = 0) -> bool:
        """``begun_at`` is when the chain's first seal was made: none of it can be older. Unix seconds."""
        due = max((self.minute + 1) * 60 + SETTLE_SECONDS, begun_at)
        return self.sealed_at > due + LATE_AFTER_SECONDS

    @property
    def message(self) -> bytes:
        """What the HMAC is over."""
        facts = {
            "minute": self.minute,
            "previous": self.previous,
            "root": self.root,
            "entries": self.entries,
            "late": self.late,
            "strangers": self.strangers,
            "holes": self.holes,
            "sealed_at": self.sealed_at,
        }
        return json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Between what was sealed and what is there: how many are gone, and which were changed or added since."""

    missing: int = 0
    changed: tuple[Entry, ...] = ()
    added: tuple[Entry, ...] = ()


def fingerprints_of(entries: Iterable[Entry]) -> bytes:
    """In the one order that all agree on."""
    return b"".join(sorted(entry.fingerprint for entry in entries))


def root_of(fingerprints: bytes) -> str:
    leaves = [sha256(b"\0" + one).digest() for one in _split(fingerprints)]
    return _tree(leaves).hex()


def difference(sealed: bytes, entries: Sequence[Entry]) -> Difference:
    before = {one[:KEY_OCTETS]: one for one in _split(sealed)}
    present = {entry.fingerprint[:KEY_OCTETS]: entry for entry in entries}
    return Difference(
        missing=len(before.keys() - present.keys()),
        changed=tuple(one for key, one in present.items() if key in before and before[key] != one.fingerprint),
        added=tuple(one for key, one in present.items() if key not in before),
    )


def last_minute_to_seal(now: float) -> int:
    return int(now - SETTLE_SECONDS) // 60 - 1


def last_minute_overdue(now: float) -> int:
    """The last one whose seal should be there by now, even if the sealer's newest runs came to nothing."""
    return last_minute_to_seal(now - OVERDUE_AFTER_SECONDS)


def _split(fingerprints: bytes) -> list[bytes]:
    return [
        fingerprints[start : start + FINGERPRINT_OCTETS] for start in range(0, len(fingerprints), FINGERPRINT_OCTETS)
    ]


def _tree(leaves: Sequence[bytes]) -> bytes:
    """As RFC 6962 defines it: split at the largest power of two below the number of leaves."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1" + _tree(leaves[:half]) + _tree(leaves[half:])).digest()
