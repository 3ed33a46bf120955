"""Push: the prompt of a login, the execution that waits for its answer, and the message that wakes a phone."""

from functools import cached_property
from typing import TYPE_CHECKING

from mfa.bootstrap.foundation import late

if TYPE_CHECKING:
    from mfa.adapters.web_push.vapid_keys import StoredVapidKeys
    from mfa.bootstrap.calls import Calls
    from mfa.bootstrap.foundation import Foundation
    from mfa.bootstrap.stores import Stores
    from mfa.push_ports import PushSender, PushStarter, PushTrail, VapidKeys, Waker
    from mfa.services.prompt_ending import PromptEnding
    from mfa.services.push_dispatch import PushDispatch
    from mfa.services.push_prompts import PushPrompts


class Push:
    def __init__(self, base: "Foundation", stores: "Stores", *, calls: "Calls") -> None:
        self._base = base
        self._stores = stores
        self._calls = calls

    @cached_property
    def prompts(self) -> "PushPrompts":
        from mfa.services.push_prompts import PushPrompts

        return PushPrompts(
            ledgers=self._stores.push_ledgers,
            transactions=self._stores.transactions,
            devices=late(lambda: self._stores.push_devices),
            starter=late(lambda: self.starter),
            vault=self._base.vault,
            clock=self._base.clock,
            random=self._base.random,
        )

    @cached_property
    def dispatch(self) -> "PushDispatch":
        from mfa.services.push_dispatch import PushDispatch

        base, stores = self._base, self._stores
        return PushDispatch(
            transactions=stores.transactions,
            sendings=stores.push_transactions,
            devices=stores.push_devices,
            sender=late(lambda: self.sender),
            calls=late(lambda: self._calls.dispatch),
            waker=self.waker,
            vault=base.vault,
            audit=base.audit,
            trail=self.trail,
            clock=base.clock,
            pause=base.pause,
            report_fault=base.report_fault,
        )

    @cached_property
    def ending(self) -> "PromptEnding":
        from mfa.services.prompt_ending import PromptEnding

        return PromptEnding(
            ledgers=self._stores.push_ledgers,
            transactions=self._stores.transactions,
            audit=self._base.audit,
            clock=self._base.clock,
        )

    @cached_property
    def starter(self) -> "PushStarter":
        from mfa.adapters.push_execution.starter import ExecutionStarter

        return ExecutionStarter(
            make_client=self._base.make_client,
            state_machine=self._base.settings.push_state_machine,
            function=self._base.settings.send_push_function,
            trail=self.trail,
        )

    @cached_property
    def waker(self) -> "Waker":
        from mfa.adapters.push_execution.waker import ExecutionWaker

        return ExecutionWaker(make_client=self._base.make_client, trail=self.trail)

    @cached_property
    def trail(self) -> "PushTrail":
        from mfa.adapters.push_trail import LoggedPushTrail

        settings = self._base.settings
        return LoggedPushTrail(
            service_name=settings.service_name, level=settings.log_level, metrics_namespace=settings.metrics_namespace
        )

    @cached_property
    def sender(self) -> "PushSender":
        from mfa.adapters.web_push.sender import WebPushSender
        from mfa.adapters.web_push.vapid import Vapid

        settings = self._base.settings
        contact = settings.push_contact or settings.portal_origin
        return WebPushSender(
            vapid=Vapid(keys=self._stored_vapid_keys, contact=contact, clock=self._base.clock),
            random=self._base.random,
            allows_loopback=settings.allows_push_endpoints_on_loopback,
        )

    @property
    def vapid_keys(self) -> "VapidKeys":
        return self._stored_vapid_keys

    @cached_property
    def _stored_vapid_keys(self) -> "StoredVapidKeys":
        from mfa.adapters.web_push.vapid_keys import StoredVapidKeys

        return StoredVapidKeys(store=self._stores.vapid_keys, vault=self._base.vault, clock=self._base.clock)
