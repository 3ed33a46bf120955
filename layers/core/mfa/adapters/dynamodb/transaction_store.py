"""LoginTransactionStore and PushTransactionStore on DynamoDB: conditional writes, and one consistent BatchGetItem for
all that an edge holds.

Items are read one by one out of the batch, so that a broken one harms none of the others.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.door import door, in_spite_of_others
from mfa.adapters.dynamodb.sealed_items import raw_sealed, sealed
from mfa.adapters.dynamodb.tables import Tables, TransactionItem, plain_or_none
from mfa.domain.factors import SubscriberState
from mfa.domain.login_transactions import LoginTransaction, TransactionState, check_move
from mfa.domain.push import PushApproval, PushPrompt
from mfa.domain.reasons import RejectReason
from mfa.domain.sealing import Sealed
from mfa.errors import UnavailableError, UnreadableItemError

if TYPE_CHECKING:
    from mfa.push_ports import StoredDecision

MOST_READS: Final = 3  # without a pause between them: whoever is throttled must not ask for ever, an edge asks again
KEPT_SECONDS: Final = 86_400  # after its end, for whoever looks into what happened

type RawItem = dict[str, dict[str, Any]]
"""By attribute, then by DynamoDB's name of the type."""


class DynamoDbTransactionStore:
    def __init__(self, tables: Tables) -> None:
        self._item = tables.transaction
        self._factors = tables.factors
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
            prompt=None if transaction.prompt is None else _raw_prompt(transaction.prompt),
            phone_id=transaction.phone_id,
            ttl=int(transaction.expires_at) + KEPT_SECONDS,
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
        reads = 0
        while left:
            if reads == MOST_READS:
                raise UnavailableError("DynamoDB leaves items unread: it is throttled")
            reads += 1
            answer = self._connection.batch_get_item(table, left, consistent_read=True)
            yield from answer["Responses"].get(table, ())
            left = answer["UnprocessedKeys"].get(table, {}).get("Keys")

    def _read(self, login_id: str, item: RawItem) -> LoginTransaction | UnreadableItemError:
        try:
            return _transaction(login_id, self._item.from_raw_data(item))
        except (
            LookupError,
            TypeError,
            ValueError,
        ) as error:  # an attribute is missing, of another type, an unknown word
            return UnreadableItemError(
                f"login {login_id} is stored in a way that makes no sense: {type(error).__name__}"
            )

    def move(self, login_id: str, state: TransactionState, now: float, reason: RejectReason | None = None) -> None:
        check_move(TransactionState.PENDING, state)
        with door():
            self._item(*keys.transaction(login_id)).update(
                actions=self._decided(state, now, reason), condition=self._is_pending(now, state)
            )

    def decide(self, decision: "StoredDecision") -> None:
        check_move(TransactionState.PENDING, decision.state)
        in_spite_of_others(lambda: self._decide(decision))

    def _decide(self, decision: "StoredDecision") -> None:
        factors, item = self._factors, self._item
        still_counts = (factors.state == SubscriberState.ACTIVE.value) & factors.devices.contains(decision.device_id)
        with door(), TransactWrite(connection=self._connection) as write:
            write.update(
                item(*keys.transaction(decision.login_id)),
                actions=[
                    *self._decided(decision.state, decision.at, decision.reason),
                    item.decided_by.set(decision.device_id),
                ],
                condition=self._is_pending(decision.at, decision.state),
            )
            write.condition_check(factors, *keys.factors(decision.user_id), condition=still_counts)

    def claim_sending(self, login_id: str, at: float, task_token: Sealed | None) -> None:
        item = self._item
        token = [] if task_token is None else [item.task_token.set(raw_sealed(task_token))]
        with door():
            item(*keys.transaction(login_id)).update(
                actions=[item.sent_at.set(at), *token],
                condition=(item.state == TransactionState.PENDING.value) & item.sent_at.does_not_exist(),
            )

    def note_told(self, login_id: str, at: float) -> None:
        item = self._item
        with door():
            item(*keys.transaction(login_id)).update(
                actions=[item.told_at.set(at)], condition=item.pk.exists() & item.told_at.does_not_exist()
            )

    def _decided(self, state: TransactionState, now: float, reason: RejectReason | None) -> list[Action]:
        why = [] if reason is None else [self._item.reason.set(reason.value)]
        return [self._item.state.set(state.value), self._item.decided_at.set(now), *why]

    def _is_pending(self, now: float, state: TransactionState) -> Condition:
        item = self._item
        in_time = item.expires_at <= now if state is TransactionState.EXPIRED else item.expires_at > now
        condition: Condition = (item.state == TransactionState.PENDING.value) & in_time
        return condition


def _transaction(login_id: str, item: TransactionItem) -> LoginTransaction:
    """Raises LookupError, TypeError or ValueError."""
    return LoginTransaction(
        login_id=login_id,
        client=_text(item.client),
        user_id=_text(item.user_id),
        username=_text(item.username),
        source_ip=_text(item.source_ip),
        config_revision=_text(item.config_revision),
        state=TransactionState(item.state),
        created_at=_number(item.created_at),
        expires_at=_number(item.expires_at),
        attributes=tuple((str(name), str(value)) for name, value in item.attributes),
        hold_ms=int(item.hold_ms),
        prompt=_prompt(plain_or_none(item.prompt)),
        phone_id=item.phone_id,
        contact_id=item.contact_id,
        sent_at=item.sent_at,
        task_token=_sealed(plain_or_none(item.task_token)),
        decided_at=item.decided_at,
        reason=_reason(item.reason),
        told_at=item.told_at,
    )


def _raw_prompt(prompt: PushPrompt) -> dict[str, object]:
    raw: dict[str, object] = {
        "device_id": prompt.device_id,
        "nonce": prompt.nonce,
        "address": prompt.address,
        "approval": prompt.approval.value,
    }
    return raw if prompt.number is None else {**raw, "number": raw_sealed(prompt.number)}


def _prompt(raw: Mapping[str, Any] | None) -> PushPrompt | None:
    """Raises LookupError, TypeError or ValueError."""
    if raw is None:
        return None
    return PushPrompt(
        device_id=_text(raw["device_id"]),
        nonce=_text(raw["nonce"]),
        address=_text(raw["address"]),
        approval=PushApproval(raw["approval"]),
        number=_sealed(raw.get("number")),
    )


def _sealed(raw: Mapping[str, Any] | None) -> Sealed | None:
    return None if raw is None else sealed(raw)


def _reason(value: str | None) -> RejectReason | None:
    return None if value is None else RejectReason(value)


def _number(value: float | None) -> float:
    """PynamoDB gives None for an attribute that is missing."""
    if value is None:
        raise ValueError("an attribute is missing")
    return value


def _text(value: str | None) -> str:
    """PynamoDB gives None for an attribute that is missing."""
    if value is None:
        raise ValueError("an attribute is missing")
    return value
