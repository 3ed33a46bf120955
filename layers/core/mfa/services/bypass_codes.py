"""The administrator's way to let somebody in for a time: a code with a number of uses, an end and a reason.

It is shown to the administrator once. It proves less than a factor does, since two people know it: it opens no portal
and ends no count of wrong codes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from mfa.domain.recovery import (
    DEFAULT_BYPASS_SECONDS,
    MAX_BYPASS_CODES,
    MAX_BYPASS_SECONDS,
    MAX_BYPASS_USES,
    MAX_REASON_OCTETS,
    BypassCode,
    RecoveryCodes,
)
from mfa.domain.subscribers import Subscriber
from mfa.errors import ConditionRefusedError, InvalidInputError, NotFoundError
from mfa.ports import AuditTrail, Clock, Random, SubscriberStore, Vault
from mfa.recovery_ports import RecoveryCodeStore
from mfa.services.enrollment_errors import BypassLimitError, CodesChangedError
from mfa.services.enrollment_events import SubscriberEvent
from mfa.services.enrollment_names import checked_label, find_subscriber
from mfa.services.enrollment_realms import Realms
from mfa.services.recovery_codes import new_codes, typed_digest

BYPASS_ID_OCTETS = 8  # in hexadecimal digits: an id that begins with a dash would be an option of the command


@dataclass(frozen=True, slots=True, kw_only=True)
class BypassRequest:
    """What an administrator wants. None: the default."""

    uses: int | None
    valid_seconds: int | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeBypass:
    """The only time that the code is shown."""

    code: str = field(repr=False)
    bypass: BypassCode


@dataclass(frozen=True, slots=True, kw_only=True)
class BypassAdministration:
    """Each method takes the names as they were sent and the ``actor``, the ARN of the administrator."""

    store: RecoveryCodeStore
    subscribers: SubscriberStore
    realms: Realms
    vault: Vault
    clock: Clock
    random: Random
    audit: AuditTrail

    def make(self, username: str, realm: str | None, wanted: BypassRequest, actor: str) -> MadeBypass:
        """Raises InvalidInputError, NotFoundError, BypassLimitError, CodesChangedError."""
        uses, seconds = _checked(wanted)
        reason = checked_label("reason", wanted.reason, max_octets=MAX_REASON_OCTETS)
        subscriber = self._find(username, realm)
        held, now = self.store.read(subscriber.user_id), int(self.clock.now())
        over = [one.bypass_id for one in held.bypasses.values() if not one.is_usable(now)]
        if len(held.bypasses) - len(over) >= MAX_BYPASS_CODES:
            raise BypassLimitError
        (code,) = new_codes(self.random, 1)
        bypass = BypassCode(
            bypass_id=self.random.octets(BYPASS_ID_OCTETS).hex(),
            digest=typed_digest(self.vault, subscriber.user_id, code),
            uses=uses,
            left=uses,
            expires_at=now + seconds,
            reason=reason,
            created_at=now,
            created_by=actor,
        )
        self._add(held, bypass, over)
        self._record(
            SubscriberEvent.BYPASS_CODE_MADE,
            subscriber,
            actor,
            bypass_id=bypass.bypass_id,
            uses=str(uses),
            expires_at=str(bypass.expires_at),
            reason=reason,
        )
        return MadeBypass(code=code, bypass=bypass)

    def list(self, username: str, realm: str | None) -> Sequence[BypassCode]:
        """Those that somebody could still use, the newest first."""
        held, now = self.store.read(self._find(username, realm).user_id), self.clock.now()
        usable = [bypass for bypass in held.bypasses.values() if bypass.is_usable(now)]
        return sorted(usable, key=lambda bypass: (-bypass.created_at, bypass.bypass_id))

    def revoke(self, username: str, realm: str | None, bypass_id: str, actor: str) -> None:
        """Raises NotFoundError, CodesChangedError."""
        subscriber = self._find(username, realm)
        held = self.store.read(subscriber.user_id)
        if bypass_id not in held.bypasses:
            raise NotFoundError("there is no such bypass code")
        try:
            self.store.revoke_bypass(held, bypass_id)
        except ConditionRefusedError:
            raise CodesChangedError from None
        self._record(SubscriberEvent.BYPASS_CODE_REVOKED, subscriber, actor, bypass_id=bypass_id)

    def _add(self, held: RecoveryCodes, bypass: BypassCode, over: Sequence[str]) -> None:
        try:
            self.store.add_bypass(held, bypass, over)
        except ConditionRefusedError:
            raise CodesChangedError from None

    def _find(self, username: str, realm: str | None) -> Subscriber:
        return find_subscriber(self.subscribers, self.realms.choose(realm), username)

    def _record(self, event: SubscriberEvent, subscriber: Subscriber, actor: str, **details: str) -> None:
        main = subscriber.aliases[0]
        named = {"username": main.name, "realm": main.realm, **details}
        self.audit.subscriber_changed(event, subscriber.user_id, named, actor)


def _checked(wanted: BypassRequest) -> tuple[int, int]:
    uses = 1 if wanted.uses is None else wanted.uses
    if not 1 <= uses <= MAX_BYPASS_USES:
        raise InvalidInputError("uses", f"uses must be from 1 to {MAX_BYPASS_USES}")
    seconds = DEFAULT_BYPASS_SECONDS if wanted.valid_seconds is None else wanted.valid_seconds
    if not 1 <= seconds <= MAX_BYPASS_SECONDS:
        raise InvalidInputError("valid-seconds", f"the code may be valid for 1 to {MAX_BYPASS_SECONDS} seconds")
    return uses, seconds
