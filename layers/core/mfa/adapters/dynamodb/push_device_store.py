"""PushDeviceStore on DynamoDB: a device, the way from its id to its user, and its place in the user's hot item.

The hot item's list decides. What comes or goes changes it in the same transaction, under the condition that it still
is as it was seen.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.door import door
from mfa.adapters.dynamodb.tables import PushDeviceItem, Tables, plain_or_none
from mfa.domain.factors import CodeFactors, SubscriberState
from mfa.domain.push_devices import Passkey, PushDevice, PushSubscription
from mfa.errors import ConditionRefusedError, NotFoundError, UnavailableError

_REMOVAL_TRIES: Final = 5  # how often the list may change while one is taken out of it


class DynamoDbPushDeviceStore:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._item = tables.push_device
        self._hot = tables.factors

    def add(self, device: PushDevice, seen: CodeFactors) -> None:
        owner = self._tables.owned
        active = self._hot.state == SubscriberState.ACTIVE.value
        with door(), self._transaction() as transaction:
            transaction.update(
                self._hot(*keys.factors(device.user_id)),
                actions=[self._hot.devices.set([*seen.devices, device.device_id])],
                condition=active & self._lists(seen.devices),
            )
            transaction.save(_raw(self._item, device), condition=self._item.pk.does_not_exist())
            transaction.save(
                owner(*keys.device_owner(device.device_id), user_id=device.user_id),
                condition=owner.pk.does_not_exist(),
            )

    def read(self, device_id: str) -> PushDevice | None:
        with door():
            try:
                user_id = self._tables.owned.get(*keys.device_owner(device_id), consistent_read=True).user_id
                return _device(self._item.get(*keys.push_device(user_id, device_id), consistent_read=True))
            except DoesNotExist:
                return None

    def of_user(self, user_id: str) -> Sequence[PushDevice]:
        with door():
            return [_device(item) for item in _items_of(self._tables, user_id)]

    def reorder(self, seen: CodeFactors, wanted: Sequence[str]) -> None:
        with door():
            self._hot(*keys.factors(seen.user_id)).update(
                actions=[self._hot.devices.set(list(wanted))],
                condition=self._hot.pk.exists() & self._lists(seen.devices),
            )

    def rename(self, user_id: str, device_id: str, name: str) -> None:
        self._change(user_id, device_id, [self._item.name.set(name)])

    def subscribe(self, user_id: str, device_id: str, subscription: PushSubscription | None) -> None:
        held = self._item.subscription
        action = held.remove() if subscription is None else held.set(_raw_subscription(subscription))
        self._change(user_id, device_id, [action])

    def set_passkey(self, user_id: str, device_id: str, passkey: Passkey) -> None:
        self._change(user_id, device_id, [self._item.passkey.set(_raw_passkey(passkey))])

    def note_use(self, user_id: str, device_id: str, at: int, passkey: Passkey | None) -> None:
        used = [self._item.last_used_at.set(at)]
        if passkey is not None:
            held = self._item.passkey
            counted = [*used, held["sign_count"].set(passkey.sign_count)]
            with suppress(NotFoundError):  # another passkey took its place: it has a count of its own
                self._change(user_id, device_id, counted, held["credential_id"] == passkey.credential_id)
                return
        self._change(user_id, device_id, used)

    def remove(self, user_id: str, device_id: str) -> None:
        for _ in range(_REMOVAL_TRIES):
            listed = self._listed(user_id)
            if device_id not in listed:
                raise NotFoundError("there is no such device")
            try:
                self._take_out(user_id, device_id, listed)
            except ConditionRefusedError:  # another device came, went or moved at the same moment
                continue
            return
        raise UnavailableError("the user's devices change too often to remove one")

    def _take_out(self, user_id: str, device_id: str, listed: Sequence[str]) -> None:
        with door(), self._transaction() as transaction:
            transaction.update(
                self._hot(*keys.factors(user_id)),
                actions=[self._hot.devices.set([one for one in listed if one != device_id])],
                condition=self._hot.pk.exists() & self._lists(listed),
            )
            transaction.delete(self._item(*keys.push_device(user_id, device_id)))
            transaction.delete(self._tables.owned(*keys.device_owner(device_id)))

    def _listed(self, user_id: str) -> list[str]:
        with door():
            try:
                return list(self._hot.get(*keys.factors(user_id), consistent_read=True).devices or ())
            except DoesNotExist:
                raise NotFoundError("there is no such user") from None

    def _lists(self, devices: Sequence[str]) -> Condition:
        """That the hot item has exactly these devices, in this order."""
        same: Condition = self._hot.devices == list(devices)
        return same if devices else same | self._hot.devices.does_not_exist()

    def _change(
        self, user_id: str, device_id: str, actions: Sequence[Action], condition: Condition | None = None
    ) -> None:
        exists = self._item.pk.exists()
        try:
            with door():
                self._item(*keys.push_device(user_id, device_id)).update(
                    actions=list(actions), condition=exists if condition is None else exists & condition
                )
        except ConditionRefusedError:
            raise NotFoundError("there is no such device") from None

    def _transaction(self) -> TransactWrite:
        return TransactWrite(connection=self._tables.connection)


def forget_push(tables: Tables, user_id: str) -> None:
    """The devices and the ledger of a user whose hot item is gone, so that no device counts any more."""
    with door():
        tables.push_ledger(*keys.push_ledger(user_id)).delete()
        for item in _items_of(tables, user_id):
            tables.owned(*keys.device_owner(item.device_id)).delete()
            item.delete()


def _items_of(tables: Tables, user_id: str) -> list[PushDeviceItem]:
    item = tables.push_device
    prefix = item.sk.startswith(keys.DEVICE_PREFIX)
    return list(item.query(keys.subscriber(user_id), prefix, consistent_read=True))


def _device(item: PushDeviceItem) -> PushDevice:
    return PushDevice(
        device_id=item.device_id,
        user_id=item.user_id,
        name=item.name,
        public_key=item.public_key,
        created_at=int(item.created_at),
        subscription=_subscription(plain_or_none(item.subscription)),
        passkey=_passkey(plain_or_none(item.passkey)),
        last_used_at=_seconds(item.last_used_at),
    )


def _seconds(value: float | None) -> int | None:
    return None if value is None else int(value)


def _subscription(raw: Mapping[str, Any] | None) -> PushSubscription | None:
    if raw is None:
        return None
    return PushSubscription(endpoint=raw["endpoint"], public_key=raw["public_key"], auth_secret=raw["auth_secret"])


def _passkey(raw: Mapping[str, Any] | None) -> Passkey | None:
    if raw is None:
        return None
    return Passkey(credential_id=raw["credential_id"], public_key=raw["public_key"], sign_count=int(raw["sign_count"]))


def _raw(item: type[PushDeviceItem], device: PushDevice) -> PushDeviceItem:
    return item(
        *keys.push_device(device.user_id, device.device_id),
        device_id=device.device_id,
        user_id=device.user_id,
        name=device.name,
        public_key=device.public_key,
        created_at=device.created_at,
        subscription=_raw_subscription(device.subscription) if device.subscription else None,
        passkey=_raw_passkey(device.passkey) if device.passkey else None,
        last_used_at=device.last_used_at,
    )


def _raw_subscription(subscription: PushSubscription) -> dict[str, object]:
    return {
        "endpoint": subscription.endpoint,
        "public_key": subscription.public_key,
        "auth_secret": subscription.auth_secret,
    }


def _raw_passkey(passkey: Passkey) -> dict[str, object]:
    return {
        "credential_id": passkey.credential_id,
        "public_key": passkey.public_key,
        "sign_count": passkey.sign_count,
    }
