"""A sender, and a push service on loopback that opens what it is sent."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from mfa.adapters.system import SystemRandom
from mfa.adapters.web_push.sender import WebPushSender
from mfa.adapters.web_push.vapid import Vapid
from mfa.adapters.web_push.vapid_keys import StoredVapidKeys
from mfa.domain.push_devices import PushSubscription
from mfa.push_ports import PushMessage
from tests.fakes.clock import FakeClock
from tests.fakes.push_service import PushService, push_service
from tests.fakes.push_trail import InMemoryVapidKeyStore
from tests.fakes.vault import FakeVault

CONTACT = "mailto:it@example.test"
MESSAGE = PushMessage(payload=b'{"id":"ABCDEFGHIJKLMNOPQRSTUV"}', seconds=37, topic="ABCDEFGHIJKLMNOPQRSTUV")


@dataclass
class World:
    service: PushService
    clock: FakeClock
    vault: FakeVault = field(default_factory=FakeVault)

    def __post_init__(self) -> None:
        self.keys = StoredVapidKeys(store=InMemoryVapidKeyStore(), vault=self.vault, clock=self.clock)

    def sender(self, *, allows_loopback: bool = True) -> WebPushSender:
        vapid = Vapid(keys=self.keys, contact=CONTACT, clock=self.clock)
        return WebPushSender(vapid=vapid, random=SystemRandom(), allows_loopback=allows_loopback)

    def subscription(self) -> PushSubscription:
        return self.service.subscribe(self.keys.public_key())


@pytest.fixture
def world() -> Iterator[World]:
    clock = FakeClock()
    with push_service(clock=clock) as service:
        yield World(service, clock)
