"""LoginTransactionStore in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mfa.domain.login_transactions import LoginTransaction, TransactionState, check_move
from mfa.errors import ConditionRefusedError, UnreadableItemError
from tests.fakes.state import State


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

    def move(self, login_id: str, state: TransactionState, now: int) -> None:
        with self._state.call("transactions.move"):
            check_move(TransactionState.PENDING, state)
            found = self._state.transactions.get(login_id)
            if found is None or found.state is not TransactionState.PENDING:
                raise ConditionRefusedError("that login is not pending")
            if (now >= found.expires_at) != (state is TransactionState.EXPIRED):
                raise ConditionRefusedError("its time forbids it")
            self._state.transactions[login_id] = replace(found, state=state)


def _readable(transaction: LoginTransaction) -> LoginTransaction | UnreadableItemError:
    if transaction.state in TransactionState:
        return transaction
    return UnreadableItemError(f"login {transaction.login_id} is stored in a way that makes no sense")
