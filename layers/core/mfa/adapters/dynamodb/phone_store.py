"""PhoneStore on DynamoDB: the numbers that count in the hot item, and beside it the one that waits for its code."""

from collections.abc import Sequence
from typing import Final

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.door import door
from mfa.adapters.dynamodb.items import raw_phone
from mfa.adapters.dynamodb.sealed_items import raw_sealed, sealed
from mfa.adapters.dynamodb.tables import PendingPhoneItem, Tables, plain
from mfa.domain.factors import CodeFactors, SubscriberState
from mfa.domain.phones import PhoneWay, VerifiedPhone, with_phone
from mfa.sms_ports import PendingPhone

_CLEANED_UP_AFTER_SECONDS: Final = 86_400


class DynamoDbPhoneStore:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._hot = tables.factors
        self._pending = tables.pending_phone

    def put_pending(self, pending: PendingPhone) -> None:
        item = self._pending(
            *keys.pending_phone(pending.user_id),
            phone_id=pending.phone_id,
            name=pending.name,
            number=raw_sealed(pending.number),
            region=pending.region,
            code=raw_sealed(pending.code),
            tries=pending.tries,
            expires_at=pending.expires_at,
            way=pending.way.value,
            ttl=pending.expires_at + _CLEANED_UP_AFTER_SECONDS,
        )
        with door(), self._transaction() as transaction:
            transaction.condition_check(self._hot, *keys.factors(pending.user_id), condition=self._is_active())
            transaction.save(item)

    def pending(self, user_id: str) -> PendingPhone | None:
        with door():
            try:
                item = self._pending.get(*keys.pending_phone(user_id), consistent_read=True)
            except DoesNotExist:
                return None
        return _pending(user_id, item)

    def charge(self, user_id: str, phone_id: str, now: int, most: int) -> PendingPhone:
        pending, item = self._pending, self._pending(*keys.pending_phone(user_id))
        with door():
            item.update(
                actions=[pending.tries.set(pending.tries + 1)],
                condition=(pending.phone_id == phone_id) & (pending.expires_at > now) & (pending.tries < most),
            )
        return _pending(user_id, item)

    def confirm(self, phone: VerifiedPhone, seen: CodeFactors) -> None:
        messages = self._hot.messages
        with door(), self._transaction() as transaction:
            transaction.delete(
                self._pending(*keys.pending_phone(seen.user_id)),
                condition=self._pending.phone_id == phone.phone_id,
            )
            transaction.update(
                self._hot(*keys.factors(seen.user_id)),
                actions=[
                    self._hot.phones.set([raw_phone(one) for one in with_phone(seen.phones, phone)]),
                    messages.set(messages | {}),  # codes that are sent later are put into it one by one
                ],
                condition=self._is_active() & self._has(seen.phones),
            )

    def replace(self, seen: CodeFactors, phones: Sequence[VerifiedPhone]) -> None:
        with door():
            self._hot(*keys.factors(seen.user_id)).update(
                actions=[self._hot.phones.set([raw_phone(one) for one in phones])],
                condition=self._hot.pk.exists() & self._has(seen.phones),
            )

    def _has(self, phones: Sequence[VerifiedPhone]) -> Condition:
        """That the hot item has exactly these phones, in this order."""
        same: Condition = self._hot.phones == [raw_phone(one) for one in phones]
        return same if phones else same | self._hot.phones.does_not_exist()

    def _is_active(self) -> Condition:
        active: Condition = self._hot.state == SubscriberState.ACTIVE.value
        return active

    def _transaction(self) -> TransactWrite:
        return TransactWrite(connection=self._tables.connection)


def forget_phones(tables: Tables, user_id: str) -> None:
    """What is kept beside the hot item of a user who is gone."""
    with door():
        tables.pending_phone(*keys.pending_phone(user_id)).delete()
        tables.sms_ledger(*keys.sms_ledger(user_id)).delete()


def _pending(user_id: str, item: PendingPhoneItem) -> PendingPhone:
    return PendingPhone(
        user_id=user_id,
        phone_id=item.phone_id,
        name=item.name,
        number=sealed(plain(item.number)),
        region=item.region,
        code=sealed(plain(item.code)),
        expires_at=int(item.expires_at),
        tries=int(item.tries),
        way=PhoneWay(item.way or PhoneWay.MESSAGE),
    )
