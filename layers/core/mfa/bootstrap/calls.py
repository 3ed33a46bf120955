"""Phone calls: one is placed while a login waits, and what is pressed decides it."""

from functools import cached_property
from typing import TYPE_CHECKING

from mfa.bootstrap.foundation import late
from mfa.settings import SettingsError

if TYPE_CHECKING:
    from mfa.bootstrap.foundation import Foundation
    from mfa.bootstrap.push import Push
    from mfa.bootstrap.stores import Stores
    from mfa.call_ports import PhoneCaller
    from mfa.services.call_decisions import CallDecisions
    from mfa.services.call_dispatch import CallDispatch
    from mfa.services.calls import Calls as CallService


class Calls:
    def __init__(self, base: "Foundation", stores: "Stores", *, push: "Push") -> None:
        self._base = base
        self._stores = stores
        self._push = push

    @cached_property
    def service(self) -> "CallService":
        from mfa.adapters.sms.trail import LoggedSmsTrail
        from mfa.domain.sms_caps import Channel
        from mfa.services.calls import Calls as CallService

        settings = self._base.settings
        return CallService(
            store=self._stores.sms,
            caller=late(lambda: self.caller),
            policy=settings.calls,
            vault=self._base.vault,
            trail=LoggedSmsTrail(
                Channel.CALL, service_name=settings.service_name, metrics_namespace=settings.metrics_namespace
            ),
        )

    @cached_property
    def caller(self) -> "PhoneCaller":
        """Raises SettingsError."""
        from mfa.adapters.phone_calls.connect import ConnectCaller

        base, connect = self._base, self._base.settings.connect
        if connect is None or connect.flow is None:
            raise SettingsError("CONNECT_INSTANCE_ARN and CONNECT_FLOW_ARN must be set where calls are made")
        return ConnectCaller(
            make_client=lambda service, config: base.make_client(service, config, connect.endpoint_url),
            instance=connect.instance,
            flow=connect.flow,
            source_number=connect.source_number,
            queue=connect.queue,
        )

    @cached_property
    def dispatch(self) -> "CallDispatch":
        from mfa.services.call_dispatch import CallDispatch

        return CallDispatch(
            calls=self.service,
            store=self._stores.phone_calls,
            transactions=self._stores.transactions,
            logins=self._stores.logins,
            vault=self._base.vault,
            clock=self._base.clock,
            audit=self._base.audit,
            company=self._base.settings.issuer,
        )

    @cached_property
    def decisions(self) -> "CallDecisions":
        from mfa.services.call_decisions import CallDecisions

        base, stores = self._base, self._stores
        return CallDecisions(
            transactions=stores.transactions,
            calls=stores.phone_calls,
            logins=stores.logins,
            phones=stores.phones,
            ledgers=stores.push_ledgers,
            vault=base.vault,
            waker=self._push.waker,
            audit=base.audit,
            clock=base.clock,
            pause=base.pause,
            report_fault=base.report_fault,
        )
