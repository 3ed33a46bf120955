"""The end of a login that nobody decided: noted once, by whoever notices it first, with its record."""

from dataclasses import replace

from mfa.contract.login import Outcome
from mfa.domain.login_transactions import LoginTransaction, TransactionState
from mfa.domain.reasons import RejectReason
from mfa.ports import AuditTrail, LoginRecord, LoginTransactionStore


def expire(
    transactions: LoginTransactionStore, audit: AuditTrail, transaction: LoginTransaction, now: float
) -> LoginTransaction:
    """``transaction`` as it is then. Raises ConditionRefusedError if its time is not over or it was decided just
    before, UnavailableError."""
    transactions.move(transaction.login_id, TransactionState.EXPIRED, now)
    audit.login_decided(_record(transaction, now))
    return replace(transaction, state=TransactionState.EXPIRED)


def _record(transaction: LoginTransaction, now: float) -> LoginRecord:
    return LoginRecord(
        login_id=transaction.login_id,
        client=transaction.client,
        source_ip=transaction.source_ip,
        username=transaction.username,
        user_id=transaction.user_id,
        outcome=Outcome.REJECT.value,
        reason=RejectReason.EXPIRED,
        factor_id=None,
        replayed=False,
        config_revision=transaction.config_revision,
        nas={},
        duration_ms=round((now - transaction.created_at) * 1000),
    )
