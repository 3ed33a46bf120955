"""Keep each accounting record once. Whoever sends it again is told the same: it is kept."""

from mfa.contract.accounting import AccountingRequest
from mfa.domain.accounting import AccountingRecord
from mfa.domain.reasons import RejectReason
from mfa.errors import ConditionRefusedError
from mfa.ports import AccountingStore, AuditTrail, Clock
from mfa.services.configuration import ConfigurationService

_DAY_SECONDS = 86_400


class AccountingService:
    def __init__(
        self,
        *,
        configuration: ConfigurationService,
        store: AccountingStore,
        audit: AuditTrail,
        clock: Clock,
        retention_days: int,
    ) -> None:
        self._configuration = configuration
        self._store = store
        self._audit = audit
        self._clock = clock
        self._kept_seconds = retention_days * _DAY_SECONDS

    def keep(self, request: AccountingRequest, role: str | None) -> RejectReason | None:
        """None once the record is kept, now or before; else why it is not. ``role`` is the IAM role of the edge.

        Raises UnavailableError: then nobody knows, and the client sends it again."""
        client = self._configuration.client(request.client, request.config_revision, role)
        if isinstance(client, RejectReason):
            return client
        now = int(self._clock.now())
        record = AccountingRecord(event=request, received_at=now, expires_at=now + self._kept_seconds)
        try:
            self._store.add(record)
        except ConditionRefusedError:  # kept before: this one was sent again
            return None
        self._audit.accounting_kept(record)
        return None
