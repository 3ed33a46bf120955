"""PushLedgerStore in memory. The conditions are those of the real adapter."""

from dataclasses import replace

from mfa.domain.push_ledger import PushLedger
from mfa.errors import ConditionRefusedError
from tests.fakes.state import State


class InMemoryPushLedgers:
    def __init__(self, state: State) -> None:
        self._state = state

    def read(self, user_id: str) -> PushLedger:
        with self._state.call("push_ledgers.read"):
            return self._stored(user_id)

    def save(self, ledger: PushLedger) -> None:
        with self._state.call("push_ledgers.save"):
            if self._stored(ledger.user_id).version != ledger.version:
                raise ConditionRefusedError("somebody else wrote it meanwhile")
            self._state.push_ledgers[ledger.user_id] = replace(ledger, version=ledger.version + 1)

    def mute(self, user_id: str, at: int) -> None:
        with self._state.call("push_ledgers.mute"):
            found = self._stored(user_id)
            self._state.push_ledgers[user_id] = replace(found, muted_at=at, version=found.version + 1)

    def unmute(self, user_id: str) -> None:
        with self._state.call("push_ledgers.unmute"):
            found = self._stored(user_id)
            self._state.push_ledgers[user_id] = replace(
                found, muted_at=None, prompts=(), unanswered=0, version=found.version + 1
            )

    def _stored(self, user_id: str) -> PushLedger:
        return self._state.push_ledgers.get(user_id) or PushLedger(user_id=user_id)
