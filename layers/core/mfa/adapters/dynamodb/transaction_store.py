"""LoginTransactionStore on DynamoDB: conditional writes, and one consistent BatchGetItem for all that an edge holds."""

from collections.abc import Mapping, Sequence
from typing import Final

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.door import door
from mfa.adapters.dynamodb.tables import Tables, TransactionItem
from mfa.domain.login_transactions import LoginTransaction, TransactionState, check_move

KEPT_SECONDS: Final = 86_400  # after its end, for whoever looks into what happened


class DynamoDbTransactionStore:
    def __init__(self, tables: Tables) -> None:
        self._item = tables.transaction

    def put(self, transaction: LoginTransaction) -> None:
        item = self._item(
            *keys.transaction(transaction.login_id),
            login_id=transaction.login_id,
            client=transaction.client,
            user_id=transaction.user_id,
            username=transaction.username,
            source_ip=transaction.source_ip,
            config_revision=transaction.config_revision,
            state=transaction.state.value,
            created_at=transaction.created_at,
            expires_at=transaction.expires_at,
            attributes=[list(pair) for pair in transaction.attributes],
            hold_ms=transaction.hold_ms,
            ttl=transaction.expires_at + KEPT_SECONDS,
        )
        with door():
            item.save(condition=self._item.pk.does_not_exist())

    def read(self, login_ids: Sequence[str]) -> Mapping[str, LoginTransaction]:
        wanted = [keys.transaction(login_id) for login_id in dict.fromkeys(login_ids)]
        with door():
            found = list(self._item.batch_get(wanted, consistent_read=True)) if wanted else []
        return {item.login_id: _transaction(item) for item in found}

    def move(self, login_id: str, state: TransactionState, now: int) -> None:
        check_move(TransactionState.PENDING, state)
        item = self._item
        in_time = item.expires_at <= now if state is TransactionState.EXPIRED else item.expires_at > now
        with door():
            item(*keys.transaction(login_id)).update(
                actions=[item.state.set(state.value), item.decided_at.set(now)],
                condition=(item.state == TransactionState.PENDING.value) & in_time,
            )


def _transaction(item: TransactionItem) -> LoginTransaction:
    return LoginTransaction(
        login_id=item.login_id,
        client=item.client,
        user_id=item.user_id,
        username=item.username,
        source_ip=item.source_ip,
        config_revision=item.config_revision,
        state=TransactionState(item.state),
        created_at=int(item.created_at),
        expires_at=int(item.expires_at),
        attributes=tuple((str(name), str(value)) for name, value in item.attributes),
        hold_ms=int(item.hold_ms),
    )
