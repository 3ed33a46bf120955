"""LoginTransactionStore and PushTransactionStore in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mfa.domain.factors import SubscriberState
from mfa.domain.login_transactions import LoginTransaction, TransactionState, check_move
from mfa.domain.reasons import RejectReason
from mfa.domain.sealing import Sealed
from mfa.errors import ConditionRefusedError, UnreadableItemError
from tests.fakes.state import State

if TYPE_CHECKING:
    from mfa.push_ports import StoredDecision


class InMemoryTransactions:
    def __init__(self, state: State) -> None:
        self._state = state

    def put(self, transaction: LoginTransaction) -> None:
        with self._state.call("transactions.put"):
            if transaction.login_id in self._state.transactions:
                raise ConditionRefusedError("that login waits already")
            self._state.transactions[transaction.login_id] = transaction

    def read(self, login_ids: Sequence[str]) -> Mapping[str, LoginTransaction | UnreadableItemError]:
        with self._state.call("transactions.read"):
            known = self._state.transactions
            return {login_id: _readable(known[login_id]) for login_id in login_ids if login_id in known}

    def spoil(self, login_id: str) -> None:
        """Make the stored item one that cannot be read."""
        found = self._state.transactions[login_id]
        self._state.transactions[login_id] = replace(found, state="mislaid")  # type: ignore[arg-type]

    def move(self, login_id: str, state: TransactionState, now: float, reason: RejectReason | None = None) -> None:
        with self._state.call("transactions.move"):
            self._move(login_id, state, now, reason)

    def decide(self, decision: "StoredDecision") -> None:
        with self._state.call("transactions.decide"):
            item = self._state.factors.get(decision.user_id)
            is_active = item is not None and item.state is SubscriberState.ACTIVE
            if item is None or not is_active or decision.device_id not in item.devices:
                raise ConditionRefusedError("the device does not count")
            self._move(decision.login_id, decision.state, decision.at, decision.reason)

    def claim_sending(self, login_id: str, at: float, task_token: Sealed | None) -> None:
        with self._state.call("transactions.claim_sending"):
            found = self._state.transactions.get(login_id)
            if found is None or found.state is not TransactionState.PENDING or found.sent_at is not None:
                raise ConditionRefusedError("it is not to be sent")
            self._state.transactions[login_id] = replace(found, sent_at=at, task_token=task_token)

    def note_told(self, login_id: str, at: float) -> None:
        with self._state.call("transactions.note_told"):
            found = self._state.transactions.get(login_id)
            if found is None or found.told_at is not None:
                raise ConditionRefusedError("it was told before")
            self._state.transactions[login_id] = replace(found, told_at=at)

    def _move(self, login_id: str, state: TransactionState, now: float, reason: RejectReason | None) -> None:
        check_move(TransactionState.PENDING, state)
        found = self._state.transactions.get(login_id)
        if found is None or found.state is not TransactionState.PENDING:
            raise ConditionRefusedError("that login is not pending")
        if (now >= found.expires_at) != (state is TransactionState.EXPIRED):
            raise ConditionRefusedError("its time forbids it")
        self._state.transactions[login_id] = replace(found, state=state, decided_at=now, reason=reason)


def _readable(transaction: LoginTransaction) -> LoginTransaction | UnreadableItemError:
    if transaction.state in TransactionState:
        return transaction
    return UnreadableItemError(f"login {transaction.login_id} is stored in a way that makes no sense")
