"""Notices of changes, and the mail that they and invitations go by. Who hands notices on is in the foundation."""

from functools import cached_property
from typing import TYPE_CHECKING

from mfa.bootstrap.foundation import late

if TYPE_CHECKING:
    from mfa.bootstrap.foundation import Foundation
    from mfa.bootstrap.messages import Messages
    from mfa.bootstrap.push import Push
    from mfa.bootstrap.stores import Stores
    from mfa.notice_ports import MailSender
    from mfa.services.notice_dispatch import NoticeDispatch
    from mfa.services.notices import NoticeList


class Notices:
    def __init__(self, base: "Foundation", stores: "Stores", *, push: "Push", messages: "Messages") -> None:
        self._base = base
        self._stores = stores
        self._push = push
        self._messages = messages

    @cached_property
    def listed(self) -> "NoticeList":
        from mfa.services.notices import NoticeList

        return NoticeList(store=self._stores.notices, clock=self._base.clock)

    @cached_property
    def dispatch(self) -> "NoticeDispatch":
        from mfa.services.notice_dispatch import NoticeDispatch

        base, stores = self._base, self._stores
        return NoticeDispatch(
            store=stores.notices,
            counter=stores.requests,
            subscribers=stores.subscribers,
            devices=stores.push_devices,
            sender=late(lambda: self._push.sender),
            mail=self.mail,
            messages=self._messages.service,
            vault=base.vault,
            clock=base.clock,
            trail=base.notice_trail,
            issuer=base.settings.issuer,
            portal=base.settings.portal_origin,
        )

    @cached_property
    def mail(self) -> "MailSender | None":
        from mfa.adapters.notices.ses import SesSender

        sender = self._base.settings.notice_from
        return None if sender is None else SesSender(make_client=self._base.make_client, sender=sender)
