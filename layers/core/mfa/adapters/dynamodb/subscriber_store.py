"""SubscriberStore on DynamoDB: who exists, under which names, and with which factors.

What must hold together is written in one transaction. The state (active, disabled) lives in the hot item only,
where every login's condition looks.
"""

from collections.abc import Sequence
from dataclasses import replace

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition, size
from pynamodb.expressions.update import Action

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.door import door
from mfa.adapters.dynamodb.enrollment_items import EnrollmentItems
from mfa.adapters.dynamodb.invitation_store import forget_invitation
from mfa.adapters.dynamodb.items import code_factors, raw_factor
from mfa.adapters.dynamodb.notice_store import forget_notices
from mfa.adapters.dynamodb.phone_store import forget_phones
from mfa.adapters.dynamodb.push_device_store import forget_push
from mfa.adapters.dynamodb.tables import FactorsItem, ProfileItem, Tables, plain
from mfa.adapters.dynamodb.token_store import carry_over, free
from mfa.domain import throttle
from mfa.domain.factors import MAX_FACTORS, CodeFactor, CodeFactors, FactorState, SubscriberState
from mfa.domain.subscribers import Subscriber
from mfa.domain.user_names import Alias, AliasKind
from mfa.errors import ConditionRefusedError, ConflictError, NotFoundError
from mfa.ports import AcceptedCode


class DynamoDbSubscriberStore(EnrollmentItems):
    """The enrolment codes and sessions are in the base class."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self._item = tables.factors
        self._count = size(tables.factors.factors)  # type: ignore[no-untyped-call] # PynamoDB leaves it untyped

    def create(self, subscriber: Subscriber) -> None:
        try:
            with door(), self._transaction() as transaction:
                for item in (self._new_factors(subscriber), self._new_profile(subscriber)):
                    transaction.save(item, condition=self._tables.owned.pk.does_not_exist())
                for alias in subscriber.aliases:
                    name = self._tables.owned(*keys.alias(alias), user_id=subscriber.user_id)
                    transaction.save(name, condition=self._tables.owned.pk.does_not_exist())
        except ConditionRefusedError:
            raise ConflictError("a user with that name exists already") from None

    def find(self, alias: Alias) -> Subscriber | None:
        with door():
            try:
                user_id = self._tables.owned.get(*keys.alias(alias), consistent_read=True).user_id
            except DoesNotExist:
                return None
        return self.read(user_id)

    def read(self, user_id: str) -> Subscriber | None:
        with door():
            try:
                profile = self._tables.profile.get(*keys.profile(user_id), consistent_read=True)
                state = self._item.get(*keys.factors(user_id), consistent_read=True).state
            except DoesNotExist:
                return None
        return _subscriber(profile, SubscriberState(state))

    def remove(self, subscriber: Subscriber) -> None:
        """The first transaction ends all: without names and factors no code, session or login leads anywhere. How far
        the user's tokens are is noted before, or nobody would know."""
        user_id, item = subscriber.user_id, self._factors_left(subscriber.user_id)
        tokens = [] if item is None else [one for one in item.factors.values() if one.serial is not None]
        carry_over(self._tables, user_id, tokens)
        try:
            self._remove_names_and_factors(subscriber, item)
        except ConditionRefusedError:
            raise NotFoundError("the user is gone, and a name belongs to another user now") from None
        free(self._tables, user_id, tokens)
        self._remove_codes_and_sessions(user_id)
        forget_push(self._tables, user_id)
        forget_phones(self._tables, user_id)
        forget_notices(self._tables, user_id)
        forget_invitation(self._tables, user_id)

    def _factors_left(self, user_id: str) -> CodeFactors | None:
        try:
            return self.factors(user_id)
        except NotFoundError:  # the removal was cut off before, and goes on
            return None

    def _remove_names_and_factors(self, subscriber: Subscriber, item: CodeFactors | None) -> None:
        name, user_id = self._tables.owned, subscriber.user_id
        ours = name.pk.does_not_exist() | (name.user_id == user_id)
        names = dict.fromkeys((*subscriber.aliases, *_linked_account(subscriber, item)))
        with door(), self._transaction() as transaction:
            for alias in names:
                transaction.delete(name(*keys.alias(alias)), condition=ours)
            transaction.delete(self._item(*keys.factors(user_id)))
            transaction.delete(self._tables.recovery(*keys.recovery(user_id)))
            transaction.delete(self._tables.profile(*keys.profile(user_id)))

    def rename(self, subscriber: Subscriber, aliases: tuple[Alias, ...], display_name: str) -> Subscriber:
        after = replace(subscriber, aliases=aliases, display_name=display_name)
        try:
            self._write_names(subscriber, after)
        except ConditionRefusedError:
            self.factors(subscriber.user_id)  # raises NotFoundError if that is why
            raise ConflictError(
                "one of the new names belongs to somebody else, or the user to another account"
            ) from None
        return after

    def _write_names(self, before: Subscriber, after: Subscriber) -> None:
        name, user_id = self._tables.owned, before.user_id
        free_or_ours = name.pk.does_not_exist() | (name.user_id == user_id)
        with door(), self._transaction() as transaction:
            for alias in before.aliases:
                if alias not in after.aliases:
                    transaction.delete(name(*keys.alias(alias)), condition=free_or_ours)
            for alias in after.aliases:
                transaction.save(name(*keys.alias(alias), user_id=user_id), condition=free_or_ours)
            transaction.save(self._new_profile(after), condition=self._tables.profile.pk.exists())
            if after.object_guid is not None:
                linked = self._item.object_guid
                mine = linked.does_not_exist() | (linked == after.object_guid)
                transaction.update(
                    self._item(*keys.factors(user_id)),
                    actions=[linked.set(after.object_guid)],
                    condition=self._item.pk.exists() & mine,
                )

    def set_state(self, user_id: str, state: SubscriberState) -> None:
        self._change_known(user_id, [self._item.state.set(state.value)], self._item.pk.exists())

    def set_email(self, user_id: str, email: str | None) -> None:
        held = self._tables.profile.email
        action = held.remove() if email is None else held.set(email)
        try:
            with door():
                self._tables.profile(*keys.profile(user_id)).update(
                    actions=[action], condition=self._tables.profile.pk.exists()
                )
        except ConditionRefusedError:
            raise NotFoundError("there is no such user") from None

    def unlock(self, user_id: str) -> None:
        opened = [
            self._item.tries.set(0),
            self._item.gate.set(throttle.GATE_STEP),
            self._item.successes.set(self._item.successes + 1),
        ]
        self._change_known(user_id, opened, self._item.pk.exists())

    def factors(self, user_id: str) -> CodeFactors:
        with door():
            try:
                item = self._item.get(*keys.factors(user_id), consistent_read=True)
            except DoesNotExist:
                raise NotFoundError("there is no such user") from None
        return code_factors(user_id, item)

    def add_pending_factor(self, user_id: str, factor: CodeFactor, replaces: str | None) -> None:
        actions: list[Action] = [
            self._item.factors[factor.factor_id].set(raw_factor(factor)),
            self._item.pending.set(factor.factor_id),
        ]
        if replaces is None:
            free = self._item.pending.does_not_exist() & (self._count < MAX_FACTORS)
        else:
            actions.append(self._item.factors[replaces].remove())
            free = (self._item.pending == replaces) & (self._count <= MAX_FACTORS)
        self._change(user_id, actions, self._is_active() & free)

    def activate_factor(self, user_id: str, factor_id: str, used: AcceptedCode, now: int) -> None:
        factor = self._item.factors[factor_id]
        actions = [
            factor["state"].set(FactorState.ACTIVE.value),
            factor["last_step"].set(used.moving_factor),
            factor["drift"].set(used.drift),
            factor["offset"].set(used.offset),
            factor["last_used_at"].set(now),
            self._item.pending.remove(),
        ]
        self._change(user_id, actions, self._is_pending(factor_id))

    def charge_confirmation(self, user_id: str, factor_id: str, at: int) -> int:
        count = self._item.factors[factor_id]["confirmations"]
        item = self._change(
            user_id,
            [count.set(count + 1), self._item.factors[factor_id]["last_confirmation_at"].set(at)],
            self._is_pending(factor_id),
        )
        return int(plain(item.factors)[factor_id]["confirmations"])

    def rename_factor(self, user_id: str, factor_id: str, name: str) -> None:
        factor = self._item.factors[factor_id]
        try:
            self._change(user_id, [factor["name"].set(name)], factor.exists())
        except ConditionRefusedError:
            raise NotFoundError("there is no such factor") from None

    def remove_factor(self, user_id: str, factor_id: str) -> None:
        """A pending factor also gives its place free, so there are two shapes of the same write."""
        removed = self._item.factors[factor_id].remove()
        known = self._item.factors[factor_id].exists()
        is_pending = self._item.pending == factor_id
        try:
            self._change(user_id, [removed], known & (self._item.pending.does_not_exist() | ~is_pending))
        except ConditionRefusedError:
            try:
                self._change(user_id, [removed, self._item.pending.remove()], known & is_pending)
            except ConditionRefusedError:
                raise NotFoundError("there is no such factor") from None

    def _change(self, user_id: str, actions: Sequence[Action], condition: Condition) -> FactorsItem:
        item = self._item(*keys.factors(user_id))
        with door():
            item.update(actions=list(actions), condition=condition)
        return item

    def _change_known(self, user_id: str, actions: Sequence[Action], condition: Condition) -> None:
        try:
            self._change(user_id, actions, condition)
        except ConditionRefusedError:
            raise NotFoundError("there is no such user") from None

    def _is_pending(self, factor_id: str) -> Condition:
        pending: Condition = self._is_active() & (self._item.factors[factor_id]["state"] == FactorState.PENDING.value)
        return pending

    def _new_factors(self, subscriber: Subscriber) -> FactorsItem:
        return self._item(
            *keys.factors(subscriber.user_id),
            state=subscriber.state.value,
            tries=throttle.FRESH.tries,
            gate=throttle.FRESH.gate,
            last_try_at=throttle.FRESH.last_try_at,
            successes=throttle.FRESH.successes,
            object_guid=subscriber.object_guid,
        )

    def _new_profile(self, subscriber: Subscriber) -> ProfileItem:
        return self._tables.profile(
            *keys.profile(subscriber.user_id),
            user_id=subscriber.user_id,
            display_name=subscriber.display_name,
            aliases=[[alias.realm, alias.kind.value, alias.name] for alias in subscriber.aliases],
            created_at=subscriber.created_at,
            email=subscriber.email,
        )


def _linked_account(subscriber: Subscriber, item: CodeFactors | None) -> tuple[Alias, ...]:
    """The account that a login has linked, which is no name of the profile."""
    if item is None or item.object_guid is None:
        return ()
    return (Alias(subscriber.aliases[0].realm, AliasKind.GUID, item.object_guid),)


def _subscriber(profile: ProfileItem, state: SubscriberState) -> Subscriber:
    return Subscriber(
        user_id=profile.user_id,
        display_name=profile.display_name,
        aliases=tuple(Alias(realm, AliasKind(kind), name) for realm, kind, name in profile.aliases),
        state=state,
        created_at=int(profile.created_at),
        email=profile.email,
    )
