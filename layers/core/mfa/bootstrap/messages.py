"""Codes by message."""

from functools import cached_property
from typing import TYPE_CHECKING

from mfa.bootstrap.foundation import late

if TYPE_CHECKING:
    from mfa.bootstrap.foundation import Foundation
    from mfa.bootstrap.stores import Stores
    from mfa.services.login_messages import LoginMessages
    from mfa.services.messages import Messages as MessageService
    from mfa.services.sms_readiness import SmsReadiness
    from mfa.sms_ports import SmsSender


class Messages:
    def __init__(self, base: "Foundation", stores: "Stores") -> None:
        self._base = base
        self._stores = stores

    @cached_property
    def for_logins(self) -> "LoginMessages":
        from mfa.services.login_messages import LoginMessages

        return LoginMessages(
            messages=self.service,
            store=self._stores.sms,
            logins=self._stores.logins,
            vault=self._base.vault,
            clock=self._base.clock,
            random=self._base.random,
            issuer=self._base.settings.issuer,
        )

    @cached_property
    def service(self) -> "MessageService":
        from mfa.adapters.sms.trail import LoggedSmsTrail
        from mfa.domain.sms_caps import Channel
        from mfa.services.messages import Messages as MessageService

        settings = self._base.settings
        return MessageService(
            store=self._stores.sms,
            sender=late(lambda: self.sender),
            policy=settings.sms,
            vault=self._base.vault,
            trail=LoggedSmsTrail(
                Channel.MESSAGE, service_name=settings.service_name, metrics_namespace=settings.metrics_namespace
            ),
        )

    @cached_property
    def sender(self) -> "SmsSender":
        from mfa.adapters.sms.sns import SnsSender

        settings = self._base.settings
        return SnsSender(
            make_client=self._base.make_client,
            max_price=str(settings.sms.max_price),
            sender_id=settings.sms_sender_id,
            origination_number=settings.sms_origination_number,
        )

    @cached_property
    def readiness(self) -> "SmsReadiness":
        from mfa.adapters.phone_numbers import LibPhoneNumber
        from mfa.adapters.sms.sns import SnsProvider
        from mfa.services.sms_readiness import SmsReadiness

        settings = self._base.settings
        return SmsReadiness(
            provider=SnsProvider(make_client=self._base.make_client, region=settings.region),
            reader=LibPhoneNumber(),
            policy=settings.sms,
            sender_id=settings.sms_sender_id,
            origination_number=settings.sms_origination_number,
        )
