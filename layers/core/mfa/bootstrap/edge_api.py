"""What the edge asks for: logins, the results of those that wait, accounting, and its configuration."""

from functools import cached_property
from typing import TYPE_CHECKING

from mfa.bootstrap.foundation import late

if TYPE_CHECKING:
    from mfa.bootstrap.foundation import Foundation
    from mfa.bootstrap.messages import Messages
    from mfa.bootstrap.push import Push
    from mfa.bootstrap.stores import Stores
    from mfa.domain.ms_chap import Des
    from mfa.services.accounting import AccountingService
    from mfa.services.configuration import ConfigurationService
    from mfa.services.login import LoginService
    from mfa.services.polls import PollService


class EdgeApi:
    """What not every login needs is late: a cold start loads neither directory nor push nor messages."""

    def __init__(self, base: "Foundation", stores: "Stores", *, push: "Push", messages: "Messages") -> None:
        self._base = base
        self._stores = stores
        self._push = push
        self._messages = messages

    @cached_property
    def logins(self) -> "LoginService":
        from mfa.services.client_observation import ObservedClients
        from mfa.services.login import LoginService

        base, stores = self._base, self._stores
        return LoginService(
            configuration=self.configuration,
            index=stores.index,
            logins=stores.logins,
            vault=base.vault,
            audit=base.audit,
            clock=base.clock,
            observer=ObservedClients(store=stores.observations, audit=base.audit, clock=base.clock),
            des=lambda: self._des,
            directory=late(lambda: base.directory),
            password_tries=late(lambda: stores.password_tries),
            challenges=late(lambda: stores.challenges),
            prompts=late(lambda: self._push.prompts),
            messages=late(lambda: self._messages.for_logins),
            recovery_codes=late(lambda: stores.recovery),
            pause=base.pause,
            local_time=base.local_time,
            offers=base.offers,
        )

    @cached_property
    def _des(self) -> "Des":
        from mfa.adapters.des import des  # only MS-CHAP needs it

        return des

    @cached_property
    def configuration(self) -> "ConfigurationService":
        from mfa.services.configuration import ConfigurationService

        return ConfigurationService(
            store=self._stores.configurations,
            observations=self._stores.observations,
            vault=self._base.vault,
            clock=self._base.clock,
        )

    @cached_property
    def polls(self) -> "PollService":
        from mfa.services.polls import PollService
        from mfa.services.tickets import Tickets

        base = self._base
        return PollService(
            transactions=self._stores.transactions,
            push=self._stores.push_transactions,
            tickets=Tickets(base.vault),
            audit=base.audit,
            clock=base.clock,
            report_fault=base.report_fault,
        )

    @cached_property
    def accounting(self) -> "AccountingService":
        from mfa.services.accounting import AccountingService

        return AccountingService(
            configuration=self.configuration,
            store=self._stores.accounting,
            audit=self._base.audit,
            clock=self._base.clock,
            retention_days=self._base.settings.accounting_retention_days,
        )
