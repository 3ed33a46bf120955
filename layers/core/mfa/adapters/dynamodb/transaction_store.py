"""LoginTransactionStore on DynamoDB: conditional writes, and one consistent BatchGetItem for all that an edge holds.

Items are read one by one out of the batch, so that a broken one harms none of the others.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.door import door
from mfa.adapters.dynamodb.tables import Tables, TransactionItem
from mfa.domain.login_transactions import LoginTransaction, TransactionState, check_move
from mfa.errors import UnreadableItemError

KEPT_SECONDS: Final = 86_400  # after its end, for whoever looks into what happened

type RawItem = dict[str, dict[str, Any]]
"""By attribute, then by DynamoDB's name of the type."""


class DynamoDbTransactionStore:
    def __init__(self, tables: Tables) -> None:
        self._item = tables.transaction
        self._connection = tables.connection

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

    def read(self, login_ids: Sequence[str]) -> Mapping[str, LoginTransaction | UnreadableItemError]:
        by_key = {keys.transaction(login_id): login_id for login_id in login_ids}
        with door():
            found = {by_key[item["pk"]["S"], item["sk"]["S"]]: item for item in self._items(list(by_key))}
        return {login_id: self._read(login_id, item) for login_id, item in found.items()}

    def _items(self, wanted: Sequence[keys.Key]) -> Iterator[RawItem]:
        """As DynamoDB has them: ``batch_get`` of the model would stop at the first that it cannot read."""
        table = self._item.Meta.table_name
        left: Any = [{"pk": pk, "sk": sk} for pk, sk in wanted]
        while left:
            answer = self._connection.batch_get_item(table, left, consistent_read=True)
            yield from answer["Responses"].get(table, ())
            left = answer["UnprocessedKeys"].get(table, {}).get("Keys")

    def _read(self, login_id: str, item: RawItem) -> LoginTransaction | UnreadableItemError:
        try:
            return _transaction(login_id, self._item.from_raw_data(item))
        except (TypeError, ValueError) as error:  # an attribute is missing, of another type, or an unknown word
            return UnreadableItemError(
                f"login {login_id} is stored in a way that makes no sense: {type(error).__name__}"
            )

    def move(self, login_id: str, state: TransactionState, now: int) -> None:
        check_move(TransactionState.PENDING, state)
        item = self._item
        in_time = item.expires_at <= now if state is TransactionState.EXPIRED else item.expires_at > now
        with door():
            item(*keys.transaction(login_id)).update(
                actions=[item.state.set(state.value), item.decided_at.set(now)],
                condition=(item.state == TransactionState.PENDING.value) & in_time,
            )


def _transaction(login_id: str, item: TransactionItem) -> LoginTransaction:
    """Raises TypeError or ValueError."""
    return LoginTransaction(
        login_id=login_id,
        client=_text(item.client),
        user_id=_text(item.user_id),
        username=_text(item.username),
        source_ip=_text(item.source_ip),
        config_revision=_text(item.config_revision),
        state=TransactionState(item.state),
        created_at=int(item.created_at),
        expires_at=int(item.expires_at),
        attributes=tuple((str(name), str(value)) for name, value in item.attributes),
        hold_ms=int(item.hold_ms),
    )


def _text(value: str | None) -> str:
    """PynamoDB gives None for an attribute that is missing."""
    if value is None:
        raise ValueError("an attribute is missing")
    return value
