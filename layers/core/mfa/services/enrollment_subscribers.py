"""The administrator's side of enrolment: who is a subscriber, and who may enrol.

Every change goes to the audit trail with the administrator who made it. Nothing here can read a seed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from mfa.contract import fields
from mfa.domain.factors import CodeFactors, SubscriberState
from mfa.domain.notices import MAIL
from mfa.domain.push_ledger import PushLedger
from mfa.domain.subscribers import Subscriber
from mfa.errors import ConflictError, InvalidInputError
from mfa.ports import AuditTrail, Clock, EnrollmentCode, Random, SubscriberStore, Vault
from mfa.push_ports import PushDeviceStore, PushLedgerStore
from mfa.services.device_pairing import PlacedDevice, placed
from mfa.services.enrollment_codes import DEFAULT_VALID_MINUTES, MAX_VALID_MINUTES, code_digest, new_code
from mfa.services.enrollment_errors import NameTakenError
from mfa.services.enrollment_events import SubscriberEvent
from mfa.services.enrollment_names import checked_address, checked_label, find_subscriber, new_aliases
from mfa.services.enrollment_realms import Realms
from mfa.services.prompt_ending import PromptEnding

USER_ID_OCTETS: Final = 16

_STATE_EVENTS: Final = {
    SubscriberState.ACTIVE: SubscriberEvent.ENABLED,
    SubscriberState.DISABLED: SubscriberEvent.DISABLED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberDetails:
    """What an administrator may see. The factors' seeds stay sealed; ``now`` is when this was true."""

    subscriber: Subscriber
    factors: CodeFactors
    devices: Sequence[PlacedDevice]
    ledger: PushLedger
    now: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubscriber:
    """What an administrator writes of a new user. Without ``realm`` it is the only one there is."""

    username: str
    display_name: str | None = None
    upn: str | None = None
    realm: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """A new enrolment code, shown once. ``expires_at`` in Unix seconds."""

    code: str = field(repr=False)
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberAdministration:
    """Each method takes the names as they were sent and the ``actor``, the ARN of the administrator."""

    store: SubscriberStore
    devices: PushDeviceStore
    prompts: PromptEnding
    ledgers: PushLedgerStore
    realms: Realms
    vault: Vault
    clock: Clock
    random: Random
    audit: AuditTrail

    def check(self, wanted: NewSubscriber) -> Subscriber:
        """What ``create`` would store; it raises what that would raise, and nothing is written."""
        subscriber = self._new(wanted)
        if any(self.store.find(alias) is not None for alias in subscriber.aliases):
            raise NameTakenError
        return subscriber

    def create(self, wanted: NewSubscriber, actor: str) -> SubscriberDetails:
        subscriber = self._new(wanted)
        try:
            self.store.create(subscriber)
        except ConflictError:
            raise NameTakenError from None
        self._record(SubscriberEvent.CREATED, subscriber, actor)
        return self._details(subscriber)

    def _new(self, wanted: NewSubscriber) -> Subscriber:
        aliases = new_aliases(self.realms.choose(wanted.realm), wanted.username, wanted.upn)
        label = aliases[0].name if wanted.display_name is None else wanted.display_name
        return Subscriber(
            user_id=fields.base64url(self.random.octets(USER_ID_OCTETS)),
            display_name=checked_label("display_name", label),
            aliases=aliases,
            state=SubscriberState.ACTIVE,
            created_at=self._now(),
            email=None if wanted.email is None else checked_address(wanted.email),
        )

    def show(self, username: str, realm: str | None) -> SubscriberDetails:
        return self._details(self._find(username, realm))

    def remove(self, username: str, realm: str | None, actor: str) -> None:
        subscriber = self._find(username, realm)
        self.store.remove(subscriber)
        self._record(SubscriberEvent.REMOVED, subscriber, actor)

    def unlock(self, username: str, realm: str | None, actor: str) -> SubscriberDetails:
        subscriber = self._find(username, realm)
        self.store.unlock(subscriber.user_id)
        self._record(SubscriberEvent.UNLOCKED, subscriber, actor)
        return self._details(subscriber)

    def set_state(self, username: str, realm: str | None, state: SubscriberState, actor: str) -> SubscriberDetails:
        subscriber = self._find(username, realm)
        self.store.set_state(subscriber.user_id, state)
        self._record(_STATE_EVENTS[state], subscriber, actor)
        return self._details(self._find(username, realm))

    def set_email(self, username: str, realm: str | None, email: str | None, actor: str) -> SubscriberDetails:
        """Where notices go from now on; None: nowhere."""
        subscriber = self._find(username, realm)
        self.store.set_email(subscriber.user_id, None if email is None else checked_address(email))
        self._record(SubscriberEvent.EMAIL_CHANGED, subscriber, actor, email=MAIL)
        return self._details(self._find(username, realm))

    def issue_code(self, username: str, realm: str | None, valid_minutes: int | None, actor: str) -> IssuedCode:
        minutes = DEFAULT_VALID_MINUTES if valid_minutes is None else valid_minutes
        if not 1 <= minutes <= MAX_VALID_MINUTES:
            raise InvalidInputError("valid-minutes", f"valid_minutes must be from 1 to {MAX_VALID_MINUTES}")
        subscriber = self._find(username, realm)
        issued = IssuedCode(new_code(self.random), self._now() + minutes * 60)
        self.store.add_enrollment_code(
            EnrollmentCode(
                digest=code_digest(self.vault, issued.code),
                user_id=subscriber.user_id,
                expires_at=issued.expires_at,
            )
        )
        self._record(SubscriberEvent.CODE_ISSUED, subscriber, actor, expires_at=str(issued.expires_at))
        return issued

    def remove_device(self, username: str, realm: str | None, device_id: str, actor: str) -> None:
        subscriber = self._find(username, realm)
        self.devices.remove(subscriber.user_id, device_id)
        self.prompts.device_removed(subscriber.user_id, device_id)
        self._record(SubscriberEvent.DEVICE_REMOVED, subscriber, actor, device_id=device_id)

    def unmute_push(self, username: str, realm: str | None, actor: str) -> None:
        subscriber = self._find(username, realm)
        self.ledgers.unmute(subscriber.user_id)
        self._record(SubscriberEvent.PUSH_UNMUTED, subscriber, actor)

    def _find(self, username: str, realm: str | None) -> Subscriber:
        return find_subscriber(self.store, self.realms.choose(realm), username)

    def _details(self, subscriber: Subscriber) -> SubscriberDetails:
        user_id = subscriber.user_id
        factors = self.store.factors(user_id)
        return SubscriberDetails(
            subscriber=subscriber,
            factors=factors,
            devices=placed(factors.devices, self.devices.of_user(user_id)) if factors.devices else (),
            ledger=self.ledgers.read(user_id),
            now=self._now(),
        )

    def _record(self, event: SubscriberEvent, subscriber: Subscriber, actor: str, **details: str) -> None:
        main = subscriber.aliases[0]
        self.audit.subscriber_changed(
            event, subscriber.user_id, {"username": main.name, "realm": main.realm, **details}, actor
        )

    def _now(self) -> int:
        return int(self.clock.now())
