"""Receipts: made of the log, sealed by the minute, verified and read as a user's story."""

from functools import cached_property
from typing import TYPE_CHECKING

from mfa.settings import SettingsError

if TYPE_CHECKING:
    from mfa.adapters.seal_log import LoggedSeals
    from mfa.bootstrap.foundation import Foundation
    from mfa.bootstrap.stores import Stores
    from mfa.services.audit_verification import AuditVerification
    from mfa.services.login_trace import LoginTrace
    from mfa.services.receipts import ReceiptService
    from mfa.services.sealing import Sealing


class Receipts:
    def __init__(self, base: "Foundation", stores: "Stores") -> None:
        self._base = base
        self._stores = stores

    @cached_property
    def service(self) -> "ReceiptService":
        """Raises SettingsError: without a bus nobody would hear of an event."""
        from mfa.adapters.event_bus import EventBridgeBus
        from mfa.services.receipts import ReceiptService

        base, bus = self._base, self._base.settings.event_bus
        if bus is None:
            raise SettingsError("the environment variable EVENT_BUS is not set")
        return ReceiptService(
            store=self._stores.receipts,
            bus=EventBridgeBus(make_client=base.make_client, bus=bus),
            clock=base.clock,
            retention_days=base.settings.receipt_retention_days,
            report_fault=base.report_fault,
        )

    @cached_property
    def sealing(self) -> "Sealing":
        from mfa.services.sealing import Sealing

        return Sealing(
            store=self._stores.receipts,
            vault=self._base.vault,
            clock=self._base.clock,
            retention_days=self._base.settings.receipt_retention_days,
        )

    @cached_property
    def seal_log(self) -> "LoggedSeals":
        from mfa.adapters.seal_log import LoggedSeals

        settings = self._base.settings
        return LoggedSeals(service_name=settings.service_name, metrics_namespace=settings.metrics_namespace)

    @cached_property
    def verification(self) -> "AuditVerification":
        from mfa.services.audit_verification import AuditVerification

        return AuditVerification(
            store=self._stores.receipts,
            vault=self._base.vault,
            clock=self._base.clock,
            retention_days=self._base.settings.receipt_retention_days,
        )

    @cached_property
    def trace(self) -> "LoginTrace":
        from mfa.services.enrollment_realms import Realms
        from mfa.services.login_trace import LoginTrace

        return LoginTrace(
            store=self._stores.receipts,
            subscribers=self._stores.subscribers,
            realms=Realms(self._stores.configurations),
            clock=self._base.clock,
        )
