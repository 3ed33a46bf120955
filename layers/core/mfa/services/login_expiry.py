"""The end of a login that nobody decided: noted once, by whoever notices it first, with its record."""

from dataclasses import replace

from mfa.domain.login_transactions import LoginTransaction, TransactionState
from mfa.domain.reasons import RejectReason
from mfa.ports import AuditTrail, LoginTransactionStore
from mfa.services.decision_records import decision_record


def expire(
    transactions: LoginTransactionStore, audit: AuditTrail, transaction: LoginTransaction, now: float
) -> LoginTransaction:
    """``transaction`` as it is then. Raises ConditionRefusedError if its time is not over or it was decided just
    before, UnavailableError."""
    transactions.move(transaction.login_id, TransactionState.EXPIRED, now, RejectReason.EXPIRED)
    audit.login_decided(decision_record(transaction, RejectReason.EXPIRED, now))
    return replace(transaction, state=TransactionState.EXPIRED)
