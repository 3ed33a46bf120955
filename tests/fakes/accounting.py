"""AccountingStore in memory."""

from mfa.domain.accounting import AccountingRecord
from mfa.errors import ConditionRefusedError
from tests.fakes.state import State


class InMemoryAccounting:
    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, record: AccountingRecord) -> None:
        with self._state.call("accounting.add"):
            kept = self._state.accounting
            if any((record.session, moment) in kept for moment in (record.moment, *record.neighbours)):
                raise ConditionRefusedError("that event was kept before")
            kept[record.session, record.moment] = record
