"""Push approval on AWS in this process: table, key, state machine, function, and a push service on loopback."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import pytest

from mfa.adapters.system import SystemClock
from mfa.bootstrap import Composition
from mfa.domain.factors import CodeFactors, SubscriberState
from mfa.domain.login_transactions import LoginTransaction, TransactionState
from mfa.domain.push import token_context
from mfa.domain.push_devices import PushDevice
from mfa.domain.subscribers import Subscriber
from mfa.domain.user_names import Alias, AliasKind
from mfa.ports import Clock
from mfa.push_ports import StoredDecision
from mfa.settings import Settings
from send_push.app import create_app
from tests.fakes.audit import RecordingAudit
from tests.fakes.dispatch_world import waiting_login
from tests.fakes.executions import Executions, executions
from tests.fakes.push_service import PushService, push_service
from tests.fakes.push_trail import RecordingTrail
from tests.fakes.real_world import replace_parts

LIFE_SECONDS = 2  # whole seconds of a real clock: Step Functions counts no others
USER = "user-1"


class WatchedComposition(Composition):
    """The real one; only its two trails are lists."""

    def __init__(self, settings: Settings, *, clock: Clock | None = None) -> None:
        super().__init__(settings, clock=clock)
        self.decided, self.trail = RecordingAudit(), RecordingTrail()
        replace_parts(self, audit=self.decided)
        replace_parts(self.push, trail=self.trail)


@dataclass
class World:
    running: Executions
    composition: WatchedComposition
    service: PushService
    faults: list[BaseException]
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def device(self, *, subscribed: bool = True) -> PushDevice:
        key = self.composition.push.vapid_keys.public_key()
        device = PushDevice(
            device_id=f"device-{next(self._numbers)}",
            user_id=USER,
            name="phone",
            public_key=b"\x04" + bytes(64),
            created_at=int(time.time()),
            subscription=self.service.subscribe(key) if subscribed else None,
        )
        self.composition.stores.push_devices.add(device, self.factors())
        return device

    def factors(self) -> CodeFactors:
        found = self.composition.stores.logins.read(USER)
        assert found is not None
        return found

    def waiting(self, device: PushDevice, *, seconds: float = LIFE_SECONDS) -> LoginTransaction:
        """A login that was put and not started yet."""
        login = waiting_login(next(self._numbers), device.device_id, time.time(), user_id=USER)
        login = replace(login, expires_at=login.created_at + seconds)
        self.composition.stores.transactions.put(login)
        return login

    def started(self, device: PushDevice, *, seconds: int = LIFE_SECONDS) -> LoginTransaction:
        login = self.waiting(device, seconds=seconds)
        self.composition.push.starter.start(login.login_id, seconds)
        return login

    def stored(self, login: LoginTransaction) -> LoginTransaction:
        found = self.composition.stores.transactions.read([login.login_id])[login.login_id]
        assert isinstance(found, LoginTransaction)
        return found

    def decide(self, login: LoginTransaction, state: TransactionState = TransactionState.APPROVED) -> None:
        """As a device does, without waking anybody. Raises ConditionRefusedError."""
        assert login.prompt is not None
        decision = StoredDecision(
            login_id=login.login_id,
            user_id=USER,
            device_id=login.prompt.device_id,
            state=state,
            reason=None,
            at=time.time(),
        )
        self.composition.stores.push_transactions.decide(decision)

    def token(self, login: LoginTransaction) -> str:
        sealed = self.stored(login).task_token
        assert sealed is not None
        return self.composition.vault.open(sealed, token_context(login.login_id)).decode()


@pytest.fixture
def world() -> Iterator[World]:
    faults: list[BaseException] = []
    composed: list[WatchedComposition] = []

    def function(settings: Settings) -> Any:
        settings = replace(settings, allows_push_endpoints_on_loopback=True, portal_origin="https://mfa.example.test")
        composed.append(WatchedComposition(settings))
        return create_app(composed[0].push.dispatch, faults.append)

    with push_service(clock=SystemClock()) as service, executions(function) as running:
        composition = composed[0]
        composition.vault.prepare()
        alias = Alias("default", AliasKind.SAM, "alice")
        composition.stores.subscribers.create(
            Subscriber(
                user_id=USER,
                display_name="Alice",
                aliases=(alias,),
                state=SubscriberState.ACTIVE,
                created_at=int(time.time()),
            )
        )
        yield World(running, composition, service, faults)
