"""Codes for whoever has lost the phone: ten recovery codes that users keep themselves, and bypass codes that an
administrator makes for a time.

Nobody knows a code but the person: what is stored are keyed digests. A code that was used stays known for as long as
its set, with the login that used it: so the same packet gets the same answer, and a used code is told from a wrong one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hmac import compare_digest
from typing import Final

from mfa.domain.reasons import RejectReason

RECOVERY_CODES: Final = 10
CODE_CHARACTERS: Final = 12  # 60 bits, of which a user's throttle lets 100 be guessed
RECOVERY_FACTOR: Final = "recovery"  # what the record names where it would name a factor
ALWAYS: Final = 2**40  # recovery codes have no end

MAX_BYPASS_CODES: Final = 5
MAX_BYPASS_USES: Final = 10
DEFAULT_BYPASS_SECONDS: Final = 24 * 3600
MAX_BYPASS_SECONDS: Final = 30 * 24 * 3600
MAX_REASON_OCTETS: Final = 200


@dataclass(frozen=True, slots=True)
class CodeUse:
    """Which login used a code, and when (Unix seconds)."""

    login_id: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BypassCode:
    """``left`` of ``uses`` are left; ``used_by`` holds the logins. ``created_by`` is the administrator. Times in Unix
    seconds."""

    bypass_id: str
    digest: bytes = field(repr=False)
    uses: int
    left: int
    expires_at: int
    reason: str
    created_at: int
    created_by: str
    used_by: Mapping[str, int] = field(default_factory=dict)

    def is_usable(self, now: float) -> bool:
        return self.left > 0 and self.expires_at > now


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodes:
    """All such codes of one user (U#id / REC). ``version`` counts what users and administrators change, not the uses.
    ``made_at`` is 0 while there was no set of recovery codes yet."""

    user_id: str
    version: int = 0
    made_at: int = 0
    unused: frozenset[bytes] = field(default=frozenset(), repr=False)
    used: Mapping[bytes, CodeUse] = field(default_factory=dict, repr=False)
    bypasses: Mapping[str, BypassCode] = field(default_factory=dict)

    @property
    def until(self) -> int:
        """When the last of them ends, for the user's hot item; 0 if there is none."""
        ends = (bypass.expires_at for bypass in self.bypasses.values())
        return ALWAYS if self.made_at else max(ends, default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCode:
    """A code that is right. ``is_mine`` tells that this very login has used it already, ``left`` how many of its kind
    are left once it is used."""

    digest: bytes = field(repr=False)
    bypass_id: str | None
    is_mine: bool
    left: int

    @property
    def factor_id(self) -> str:
        return RECOVERY_FACTOR if self.bypass_id is None else self.bypass_id


def find_code(held: RecoveryCodes, digest: bytes, login_id: str, now: float) -> FoundCode | RejectReason:
    """Which code has this digest, or why none does. Every digest is compared, in constant time."""
    if not held.made_at and not held.bypasses:
        return RejectReason.NOT_ENROLLED
    is_unused = _holds(held.unused, digest)
    is_used = _holds(held.used, digest)
    bypasses = [bypass for bypass in held.bypasses.values() if compare_digest(bypass.digest, digest)]
    if is_unused:
        return FoundCode(digest=digest, bypass_id=None, is_mine=False, left=len(held.unused) - 1)
    if is_used:
        is_mine = held.used[digest].login_id == login_id
        used = FoundCode(digest=digest, bypass_id=None, is_mine=True, left=len(held.unused))
        return used if is_mine else RejectReason.CODE_USED
    return _bypass(bypasses[0], login_id, now) if bypasses else RejectReason.WRONG_CODE


def _bypass(bypass: BypassCode, login_id: str, now: float) -> FoundCode | RejectReason:
    found = FoundCode(
        digest=bypass.digest, bypass_id=bypass.bypass_id, is_mine=login_id in bypass.used_by, left=bypass.left
    )
    if found.is_mine:
        return found
    if bypass.expires_at <= now:
        return RejectReason.BYPASS_EXPIRED
    return replace(found, left=bypass.left - 1) if bypass.left > 0 else RejectReason.CODE_USED


def _holds(digests: Iterable[bytes], digest: bytes) -> bool:
    return sum(compare_digest(known, digest) for known in digests) > 0
