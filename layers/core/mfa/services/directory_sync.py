"""Keep a realm's users like the members of groups of its directory.

Planning only reads. Each step is applied by itself and can be applied again: a sync that was cut off is taken up by
the next one, and one name that cannot be taken holds up nobody else.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from mfa.contract import fields
from mfa.contract.directory import DirectoryAccount, DirectoryResult
from mfa.domain.directory_sync import SyncChange, SyncedUser, SyncPlan, SyncStep, plan_sync
from mfa.domain.factors import SubscriberState
from mfa.domain.policy_document import read_sid
from mfa.domain.subscribers import Subscriber
from mfa.domain.user_names import Alias, AliasKind, NameRefusedError, Realm, canonical_name
from mfa.errors import ConflictError, GatehouseError, InvalidInputError, NotFoundError, UnavailableError
from mfa.ports import AuditTrail, Clock, Directory, Random, SubscriberStore, SyncStore
from mfa.services.enrollment_events import SubscriberEvent
from mfa.services.enrollment_names import MAX_LABEL_OCTETS
from mfa.services.enrollment_realms import Realms

USER_ID_OCTETS: Final = 16
PLAN_SECONDS: Final = 12.0  # what the directory may take: the function that plans has 15 s


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncResult:
    """``refused`` says why the step was not taken; None if it was."""

    change: SyncChange
    refused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectorySync:
    realms: Realms
    directory: Directory
    subscribers: SubscriberStore
    synced: SyncStore
    clock: Clock
    random: Random
    audit: AuditTrail

    def plan(self, realm_name: str | None, groups: Sequence[str]) -> SyncPlan:
        """``groups`` are SIDs; an account of several counts once. Raises InvalidInputError, UnavailableError."""
        realm, groups = self._realm(realm_name), [_sid(group) for group in groups]
        deadline = self.clock.now() + PLAN_SECONDS
        accounts = [account for group in groups for account in self._members(realm, group, deadline)]
        return plan_sync(accounts, self.synced.known(realm.name))

    def apply(self, realm_name: str | None, changes: Iterable[SyncChange], actor: str) -> Sequence[SyncResult]:
        realm = self._realm(realm_name)
        return [self._one(realm, change, actor) for change in changes]

    def _realm(self, name: str | None) -> Realm:
        realm = self.realms.choose(name)
        if realm.directory is None:
            raise InvalidInputError("no-directory", f"realm {realm.name} has no directory; add it to the configuration")
        return realm

    def _members(self, realm: Realm, group: str, deadline: float) -> Sequence[DirectoryAccount]:
        answer = self.directory.list_members(realm, group, deadline)
        if answer.result is DirectoryResult.UNKNOWN_USER:
            raise InvalidInputError("no-such-group", f"the directory has no group with the SID {group}")
        if answer.result is not DirectoryResult.FOUND:
            raise UnavailableError(f"the directory did not tell the members: {answer.detail or answer.result.value}")
        return answer.members

    def _one(self, realm: Realm, change: SyncChange, actor: str) -> SyncResult:
        try:
            self._take(realm, change, actor)
        except NameRefusedError as error:
            return SyncResult(change=change, refused=str(error))
        except UnavailableError:  # the rest would fail, too
            raise
        except GatehouseError as error:
            return SyncResult(change=change, refused=str(error))
        return SyncResult(change=change)

    def _take(self, realm: Realm, change: SyncChange, actor: str) -> None:
        guid = Alias(realm.name, AliasKind.GUID, change.object_guid)
        subscriber = self.subscribers.find(guid)
        if change.step is SyncStep.LEAVE:
            self._leave(realm, subscriber, change, actor)
            return
        names = _aliases(realm, change)
        if subscriber is None:
            subscriber = self._adopted(names, change, actor) or self._created(names, change, actor)
        elif subscriber.aliases != names or subscriber.display_name != _label(change):
            subscriber = self._renamed(subscriber, names, change, actor)
        if change.step is SyncStep.RETURN:
            self._set_state(subscriber, SubscriberState.ACTIVE, actor)
        self.synced.note(realm.name, _synced(change, subscriber.user_id, is_member=True))

    def _leave(self, realm: Realm, subscriber: Subscriber | None, change: SyncChange, actor: str) -> None:
        if subscriber is not None:  # else an administrator has removed the user already
            self._set_state(subscriber, SubscriberState.DISABLED, actor)
        user_id = "" if subscriber is None else subscriber.user_id
        self.synced.note(realm.name, _synced(change, user_id, is_member=False))

    def _adopted(self, names: Sequence[Alias], change: SyncChange, actor: str) -> Subscriber | None:
        """A user whom an administrator created under that name, before anybody knew the account."""
        existing = next((found for name in names if (found := self.subscribers.find(name)) is not None), None)
        if existing is None:
            return None
        if any(alias.kind is AliasKind.GUID for alias in existing.aliases):
            raise ConflictError("the name belongs to the user of another account; remove that user first")
        return self._renamed(existing, names, change, actor)

    def _created(self, names: tuple[Alias, ...], change: SyncChange, actor: str) -> Subscriber:
        subscriber = Subscriber(
            user_id=fields.base64url(self.random.octets(USER_ID_OCTETS)),
            display_name=_label(change),
            aliases=names,
            state=SubscriberState.ACTIVE,
            created_at=int(self.clock.now()),
        )
        self.subscribers.create(subscriber)
        self._record(SubscriberEvent.CREATED, subscriber, actor)
        return subscriber

    def _renamed(self, before: Subscriber, names: Sequence[Alias], change: SyncChange, actor: str) -> Subscriber:
        after = self.subscribers.rename(before, tuple(names), _label(change))
        self._record(SubscriberEvent.RENAMED, after, actor, was=before.aliases[0].name)
        return after

    def _set_state(self, subscriber: Subscriber, state: SubscriberState, actor: str) -> None:
        try:
            self.subscribers.set_state(subscriber.user_id, state)
        except NotFoundError:
            return
        event = SubscriberEvent.ENABLED if state is SubscriberState.ACTIVE else SubscriberEvent.DISABLED
        self._record(event, subscriber, actor)

    def _record(self, event: SubscriberEvent, subscriber: Subscriber, actor: str, **details: str) -> None:
        main = subscriber.aliases[0]
        told = {"username": main.name, "realm": main.realm, "by": "directory_sync", **details}
        self.audit.subscriber_changed(event, subscriber.user_id, told, actor)


def _sid(group: str) -> str:
    try:
        return read_sid(group)
    except ValueError as error:
        raise InvalidInputError("no-such-group", str(error)) from None


def _aliases(realm: Realm, change: SyncChange) -> tuple[Alias, ...]:
    """All names, each once. A userPrincipalName with a suffix that the realm does not have is left out: nobody could
    log in by it. Raises NameRefusedError."""
    names = [canonical_name(change.sam_account_name, realm)]
    suffix = (change.user_principal_name or "").rpartition("@")[2].casefold()
    if change.user_principal_name is not None and suffix in {known.casefold() for known in realm.upn_suffixes}:
        names.append(canonical_name(change.user_principal_name, realm))
    return (*dict.fromkeys(names), Alias(realm.name, AliasKind.GUID, change.object_guid))


def _label(change: SyncChange) -> str:
    """A directory may hold longer names than we show."""
    label = (change.display_name or change.sam_account_name).strip(" ") or change.sam_account_name
    return label.encode()[:MAX_LABEL_OCTETS].decode(errors="ignore")


def _synced(change: SyncChange, user_id: str, *, is_member: bool) -> SyncedUser:
    return SyncedUser(
        object_guid=change.object_guid,
        user_id=user_id,
        sam_account_name=change.sam_account_name,
        user_principal_name=change.user_principal_name,
        display_name=change.display_name,
        is_member=is_member,
    )
