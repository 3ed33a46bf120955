"""CallStore on DynamoDB: which call belongs to a login or a number, and the decision that its keys make."""

from collections.abc import Sequence
from typing import Final

from pynamodb.exceptions import DoesNotExist
from pynamodb.transactions import TransactWrite

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.door import door, in_spite_of_others
from mfa.adapters.dynamodb.items import raw_phone
from mfa.adapters.dynamodb.tables import Tables
from mfa.call_ports import StoredCallDecision
from mfa.domain.factors import SubscriberState
from mfa.domain.login_transactions import TransactionState, check_move
from mfa.domain.phone_calls import NumberCall
from mfa.domain.phones import VerifiedPhone

_CLEANED_UP_AFTER_SECONDS: Final = 86_400


class DynamoDbCallStore:
    def __init__(self, tables: Tables) -> None:
        self._login = tables.transaction
        self._number = tables.number_call
        self._factors = tables.factors
        self._connection = tables.connection

    def note_contact(self, login_id: str, contact_id: str) -> None:
        item = self._login
        with door():
            item(*keys.transaction(login_id)).update(
                actions=[item.contact_id.set(contact_id)],
                condition=(item.state == TransactionState.PENDING.value) & item.contact_id.does_not_exist(),
            )

    def decide_by_call(self, decision: StoredCallDecision, phones: Sequence[VerifiedPhone]) -> None:
        check_move(TransactionState.PENDING, decision.state)
        in_spite_of_others(lambda: self._decide(decision, phones))

    def _decide(self, decision: StoredCallDecision, phones: Sequence[VerifiedPhone]) -> None:
        item, factors = self._login, self._factors
        why = [] if decision.reason is None else [item.reason.set(decision.reason.value)]
        is_pending = (item.state == TransactionState.PENDING.value) & (item.expires_at > decision.at)
        is_its_own = (item.contact_id == decision.contact_id) & (item.phone_id == decision.phone_id)
        still_counts = factors.phones == [raw_phone(one) for one in phones]
        with door(), TransactWrite(connection=self._connection) as write:
            write.update(
                item(*keys.transaction(decision.login_id)),
                actions=[
                    item.state.set(decision.state.value),
                    item.decided_at.set(decision.at),
                    item.decided_by.set(decision.phone_id),
                    *why,
                ],
                condition=is_pending & is_its_own,
            )
            write.condition_check(
                factors,
                *keys.factors(decision.user_id),
                condition=(factors.state == SubscriberState.ACTIVE.value) & still_counts,
            )

    def put_number_call(self, call: NumberCall) -> None:
        item = self._number(
            *keys.number_call(call.call_id),
            user_id=call.user_id,
            phone_id=call.phone_id,
            expires_at=call.expires_at,
            contact_id=call.contact_id,
            ttl=call.expires_at + _CLEANED_UP_AFTER_SECONDS,
        )
        with door():
            item.save(condition=self._number.pk.does_not_exist())

    def note_number_contact(self, call_id: str, contact_id: str) -> None:
        item = self._number
        with door():
            item(*keys.number_call(call_id)).update(
                actions=[item.contact_id.set(contact_id)],
                condition=item.pk.exists() & item.contact_id.does_not_exist(),
            )

    def number_call(self, call_id: str) -> NumberCall | None:
        with door():
            try:
                item = self._number.get(*keys.number_call(call_id), consistent_read=True)
            except DoesNotExist:
                return None
        return NumberCall(
            call_id=call_id,
            user_id=item.user_id,
            phone_id=item.phone_id,
            expires_at=int(item.expires_at),
            contact_id=item.contact_id,
        )
