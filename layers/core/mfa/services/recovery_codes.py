"""The user's own way back in: ten recovery codes, shown once, renewed as a whole."""

from dataclasses import dataclass, field

from mfa.domain.one_time_codes import canonical_code, spelled
from mfa.domain.recovery import CODE_CHARACTERS, RECOVERY_CODES, RecoveryCodes
from mfa.errors import ConditionRefusedError
from mfa.ports import AuditTrail, Clock, Random, Vault
from mfa.recovery_ports import RecoveryCodeStore
from mfa.services.enrollment_errors import CodesChangedError
from mfa.services.enrollment_events import SUBSCRIBER_ACTOR, SubscriberEvent
from mfa.services.enrollment_sessions import Claimant
from mfa.services.recovery_digests import code_digest

_CODE_OCTETS = 8  # 60 bits of them are used


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeCodes:
    """The only time that they are shown."""

    codes: tuple[str, ...] = field(repr=False)
    made_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryEnrollment:
    store: RecoveryCodeStore
    vault: Vault
    clock: Clock
    random: Random
    audit: AuditTrail

    def show(self, claimant: Claimant) -> RecoveryCodes:
        """How many are left; nobody can read the codes themselves."""
        return self.store.read(claimant.user_id)

    def renew(self, claimant: Claimant) -> MadeCodes:
        """Raises CodesChangedError if another renewal, or an administrator, was faster."""
        user_id, now = claimant.user_id, int(self.clock.now())
        codes = new_codes(self.random, RECOVERY_CODES)
        digests = [typed_digest(self.vault, user_id, code) for code in codes]
        try:
            self.store.renew(self.store.read(user_id), digests, now)
        except ConditionRefusedError:
            raise CodesChangedError from None
        details = {"codes": str(len(codes))}
        self.audit.subscriber_changed(SubscriberEvent.RECOVERY_CODES_MADE, user_id, details, SUBSCRIBER_ACTOR)
        return MadeCodes(codes=codes, made_at=now)


def new_codes(random: Random, count: int) -> tuple[str, ...]:
    """Each in groups of four. One of digits only would be read as something else where it is typed."""
    codes: dict[str, None] = {}
    while len(codes) < count:
        code = spelled(int.from_bytes(random.octets(_CODE_OCTETS)), CODE_CHARACTERS)
        if not code.replace("-", "").isdigit():
            codes[code] = None
    return tuple(codes)


def typed_digest(vault: Vault, user_id: str, code: str) -> bytes:
    """Of a code that was made here."""
    characters = canonical_code(code)
    if characters is None:
        raise ValueError("that is no code")
    return code_digest(vault, user_id, characters)
