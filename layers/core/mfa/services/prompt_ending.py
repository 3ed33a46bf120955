"""The prompt of a device that is removed: nobody can answer it any more, so whoever waits is told at once.

The removal is what protects, and is made before: a device that does not count decides nothing. This only ends the wait,
so a fault here is no fault of the removal. The execution that holds the login ends by its own time.
"""

from contextlib import suppress
from dataclasses import dataclass

from mfa.domain.login_transactions import LoginTransaction, TransactionState
from mfa.domain.reasons import RejectReason
from mfa.errors import ConditionRefusedError, UnavailableError
from mfa.ports import AuditTrail, Clock, LoginTransactionStore
from mfa.push_ports import PushLedgerStore
from mfa.services.decision_records import decision_record


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptEnding:
    ledgers: PushLedgerStore
    transactions: LoginTransactionStore
    audit: AuditTrail
    clock: Clock

    def device_removed(self, user_id: str, device_id: str) -> None:
        with suppress(UnavailableError, ConditionRefusedError):  # the latter: it was decided, or ran out, just before
            waiting = self._waiting(user_id)
            if waiting is not None and waiting.prompt is not None and waiting.prompt.device_id == device_id:
                self._cancel(waiting)

    def _waiting(self, user_id: str) -> LoginTransaction | None:
        last = self.ledgers.read(user_id).last
        found = None if last is None else self.transactions.read([last.login_id]).get(last.login_id)
        is_waiting = isinstance(found, LoginTransaction) and found.state is TransactionState.PENDING
        return found if isinstance(found, LoginTransaction) and is_waiting else None

    def _cancel(self, waiting: LoginTransaction) -> None:
        now = round(self.clock.now(), 3)
        self.transactions.move(waiting.login_id, TransactionState.CANCELLED, now, RejectReason.CANCELLED)
        self.audit.login_decided(decision_record(waiting, RejectReason.CANCELLED, now))
