"""The record of how a login ended that waited for a person, whoever ended it."""

from mfa.contract.login import Outcome
from mfa.domain.login_transactions import LoginTransaction
from mfa.domain.reasons import RejectReason
from mfa.ports import LoginRecord


def decision_record(
    transaction: LoginTransaction, reason: RejectReason | None, at: float, *, fault: str | None = None
) -> LoginRecord:
    """An Accept if there is no reason against it. The factor is the device or the number that was asked."""
    return LoginRecord(
        login_id=transaction.login_id,
        client=transaction.client,
        source_ip=transaction.source_ip,
        username=transaction.username,
        user_id=transaction.user_id,
        outcome=(Outcome.ACCEPT if reason is None else Outcome.REJECT).value,
        reason=reason,
        factor_id=transaction.asked_id,
        replayed=False,
        config_revision=transaction.config_revision,
        nas={},
        duration_ms=round((at - transaction.created_at) * 1000),
        prompt=transaction.login_id,
        fault=fault,
    )
