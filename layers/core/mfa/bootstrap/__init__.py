"""Composition: the one package that knows which concrete class stands behind each port, and its one door.

The door has a part for each subject (``composition.push.dispatch``). Its module says what the subject is made of; the
foundation, the stores and the other subjects that it needs are handed to it here, so it loads none of them itself.

Everything is imported and made when it is first asked for, and once per process: a function pays at its start only for
what it uses. Nothing here talks to the network; the first request does.
"""

from functools import cached_property
from typing import TYPE_CHECKING

from mfa.bootstrap.foundation import Foundation, late
from mfa.bootstrap.stores import Stores

if TYPE_CHECKING:
    from mfa.bootstrap.administration import Administration
    from mfa.bootstrap.calls import Calls
    from mfa.bootstrap.canary import Canary
    from mfa.bootstrap.devices import Devices
    from mfa.bootstrap.edge_api import EdgeApi
    from mfa.bootstrap.enrollment import Enrollment
    from mfa.bootstrap.messages import Messages
    from mfa.bootstrap.notices import Notices
    from mfa.bootstrap.push import Push
    from mfa.bootstrap.receipts import Receipts


class Composition(Foundation):
    """The parts of one process. A test may replace the clock."""

    @cached_property
    def stores(self) -> Stores:
        return Stores(self)

    @cached_property
    def edge_api(self) -> "EdgeApi":
        from mfa.bootstrap.edge_api import EdgeApi

        return EdgeApi(self, self.stores, push=late(lambda: self.push), messages=late(lambda: self.messages))

    @cached_property
    def push(self) -> "Push":
        from mfa.bootstrap.push import Push

        return Push(self, self.stores, calls=late(lambda: self.calls))

    @cached_property
    def messages(self) -> "Messages":
        from mfa.bootstrap.messages import Messages

        return Messages(self, self.stores)

    @cached_property
    def calls(self) -> "Calls":
        from mfa.bootstrap.calls import Calls

        return Calls(self, self.stores, push=late(lambda: self.push))

    @cached_property
    def notices(self) -> "Notices":
        from mfa.bootstrap.notices import Notices

        return Notices(self, self.stores, push=late(lambda: self.push), messages=late(lambda: self.messages))

    @cached_property
    def devices(self) -> "Devices":
        from mfa.bootstrap.devices import Devices

        return Devices(self, self.stores, push=late(lambda: self.push))

    @cached_property
    def enrollment(self) -> "Enrollment":
        from mfa.bootstrap.enrollment import Enrollment

        return Enrollment(self, self.stores, messages=late(lambda: self.messages), calls=late(lambda: self.calls))

    @cached_property
    def administration(self) -> "Administration":
        from mfa.bootstrap.administration import Administration

        return Administration(
            self,
            self.stores,
            push=late(lambda: self.push),
            messages=late(lambda: self.messages),
            notices=late(lambda: self.notices),
        )

    @cached_property
    def receipts(self) -> "Receipts":
        from mfa.bootstrap.receipts import Receipts

        return Receipts(self, self.stores)

    @cached_property
    def canary(self) -> "Canary":
        from mfa.bootstrap.canary import Canary

        return Canary(self)
