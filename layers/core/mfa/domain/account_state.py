"""What the directory's own record of an account says before any password is sent: may it log on, and would one more
wrong password lock it?"""

from dataclasses import dataclass
from typing import Final

from mfa.contract.directory import DirectoryResult
from mfa.domain.windows_values import FILETIME_UNITS, NEVER, filetime_of_unix

# Bits of userAccountControl and of msDS-User-Account-Control-Computed (MS-ADTS 2.2.16).
ACCOUNT_DISABLE: Final = 0x0000_0002
LOCKOUT: Final = 0x0000_0010
PASSWORD_EXPIRED: Final = 0x0080_0000

TRIES_LEFT_TO_THE_USER: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """Attributes of the account as they stand in the directory: times are FILETIMEs, absent ones are 0.

    ``computed`` is msDS-User-Account-Control-Computed. It alone knows whether a lock has run out, and how old this
    user's password may get. ``bad_password_count`` counts on one domain controller and is not replicated."""

    control: int
    computed: int = 0
    password_last_set: int = 0
    bad_password_count: int = 0
    bad_password_time: int = 0
    account_expires: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LockoutPolicy:
    """After ``threshold`` wrong passwords, each within ``window_seconds`` of the one before, the account is locked.
    No threshold (0): never."""

    threshold: int
    window_seconds: float


def refusal(state: AccountState, now: float) -> DirectoryResult | None:
    """Why no password at all would let the account in; None if the password decides."""
    if state.control & ACCOUNT_DISABLE:
        return DirectoryResult.DISABLED
    if state.computed & LOCKOUT:
        return DirectoryResult.LOCKED
    if state.account_expires not in {0, NEVER} and state.account_expires <= filetime_of_unix(now):
        return DirectoryResult.ACCOUNT_EXPIRED
    if state.computed & PASSWORD_EXPIRED:
        return DirectoryResult.PASSWORD_EXPIRED if state.password_last_set else DirectoryResult.MUST_CHANGE_PASSWORD
    return None


def is_withheld(state: AccountState, policy: LockoutPolicy, now: float, *, others_asking: int = 0) -> bool:
    """So many wrong passwords stand already that what is left belongs to the user at the desk. Those that are being
    asked about count as wrong: else many at once would all see the same count, and lock the account together.

    With a threshold of 1 or 2 nobody could ever log in by that rule. There, one wrong password is what withholds."""
    if policy.threshold <= 0:
        return False
    return _wrong_passwords(state, policy, now) + others_asking >= max(1, policy.threshold - TRIES_LEFT_TO_THE_USER)


def _wrong_passwords(state: AccountState, policy: LockoutPolicy, now: float) -> int:
    """badPwdCount is put back at the next try, not when the window ends: until then its age has to be looked at."""
    if policy.window_seconds == float("inf"):
        return state.bad_password_count
    oldest = filetime_of_unix(now) - round(policy.window_seconds * FILETIME_UNITS)
    return state.bad_password_count if state.bad_password_time >= oldest else 0
