"""What recovery and bypass codes need from outside, beside ``ports``: a login by another factor loads none of it."""

from collections.abc import Sequence
from typing import Protocol

from mfa.domain.recovery import BypassCode, RecoveryCodes


class RecoveryCodeStore(Protocol):
    """The codes of one user (U#id / REC). Adapters and fakes pass the same contract suite; every method may raise
    UnavailableError.

    A use is one conditional write. What changes the codes themselves is bound to the version that was read, and tells
    the hot item in the same transaction until when there are any; it raises ConditionRefusedError if the codes were
    changed meanwhile, or the user is not active."""

    def read(self, user_id: str) -> RecoveryCodes:
        """Strongly consistent. Without any code: version 0."""
        ...

    def use_recovery_code(self, user_id: str, digest: bytes, login_id: str, at: int) -> None:
        """Raises ConditionRefusedError unless it is unused."""
        ...

    def use_bypass_code(self, user_id: str, bypass_id: str, login_id: str, at: int) -> None:
        """Count one use down. Raises ConditionRefusedError if none is left, its time is over at ``at``, it was revoked,
        or that login has used it before."""
        ...

    def renew(self, seen: RecoveryCodes, digests: Sequence[bytes], at: int) -> None:
        """A whole new set of recovery codes. None of the old ones works from then on."""
        ...

    def add_bypass(self, seen: RecoveryCodes, bypass: BypassCode, forget: Sequence[str]) -> None:
        """One more, in place of those to be forgotten."""
        ...

    def revoke_bypass(self, seen: RecoveryCodes, bypass_id: str) -> None:
        """Take it away. Of a disabled user as well."""
        ...
