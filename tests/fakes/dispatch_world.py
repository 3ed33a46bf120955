"""Logins that wait for a device, and the service that rings it."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Protocol

from mfa.call_ports import PhoneCaller
from mfa.contract.fields import base64url
from mfa.domain.login_transactions import LoginTransaction
from mfa.domain.push import PushApproval, PushPrompt
from mfa.domain.push_devices import PushDevice, PushSubscription
from mfa.domain.sms_caps import CallPolicy
from mfa.ports import AuditTrail, Clock, Pause, Vault
from mfa.push_ports import PushSender, PushTrail, Waker
from mfa.services.call_dispatch import CallDispatch
from mfa.services.calls import Calls
from mfa.services.push_dispatch import PushDispatch
from mfa.sms_ports import SmsTrail
from tests.fakes.audit import RecordingAudit
from tests.fakes.clock import FakeClock
from tests.fakes.login_world import Stores
from tests.fakes.pause import FakePause
from tests.fakes.phone_calls import FakeCaller
from tests.fakes.push_sender import FakePushSender
from tests.fakes.push_trail import RecordingTrail
from tests.fakes.sms import RecordingSmsTrail
from tests.fakes.store import InMemoryStore
from tests.fakes.vault import FakeVault
from tests.fakes.wakers import RecordingWaker

TOKEN = "a task token"
LIFE_SECONDS = 45
SUBSCRIPTION = PushSubscription(endpoint="https://push.example.test/x", public_key=b"k" * 65, auth_secret=b"a" * 16)


class Ringing(Protocol):
    """A world whose devices are rung and whose telephones are called."""

    @property
    def store(self) -> Stores: ...
    @property
    def vault(self) -> Vault: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def audit(self) -> AuditTrail: ...
    @property
    def pause(self) -> Pause: ...
    @property
    def waker(self) -> Waker: ...
    @property
    def caller(self) -> PhoneCaller: ...
    @property
    def call_policy(self) -> CallPolicy: ...
    @property
    def call_trail(self) -> SmsTrail: ...


def push_dispatch(
    world: Ringing, *, sender: PushSender, trail: PushTrail, report_fault: Callable[[BaseException], None]
) -> PushDispatch:
    """An instance of the function that rings, in that world."""
    store = world.store
    return PushDispatch(
        transactions=store.transactions,
        sendings=store.push_transactions,
        devices=store.push_devices,
        sender=sender,
        calls=CallDispatch(
            calls=Calls(
                store=store.sms,
                caller=world.caller,
                policy=world.call_policy,
                vault=world.vault,
                trail=world.call_trail,
            ),
            store=store.phone_calls,
            transactions=store.transactions,
            logins=store.logins,
            vault=world.vault,
            clock=world.clock,
            audit=world.audit,
            company="Example Corp",
        ),
        waker=world.waker,
        vault=world.vault,
        audit=world.audit,
        trail=trail,
        clock=world.clock,
        pause=world.pause,
        report_fault=report_fault,
    )


class DispatchWorld:
    """``sender`` may be a real one."""

    def __init__(self, sender: PushSender | None = None) -> None:
        self.store = InMemoryStore()
        self.vault = FakeVault()
        self.clock = FakeClock()
        self.audit = RecordingAudit()
        self.trail = RecordingTrail()
        self.sender = FakePushSender()
        self.waker = RecordingWaker()
        self.pause = FakePause(self.clock)
        self.faults: list[BaseException] = []
        self.caller = FakeCaller()
        self.call_policy = CallPolicy(countries=frozenset({"DE"}))
        self.call_trail = RecordingSmsTrail()
        self._numbers = count(1)
        self.dispatch = push_dispatch(
            self, sender=sender or self.sender, trail=self.trail, report_fault=self.faults.append
        )

    def waiting(self, device: PushDevice | None = None) -> str:
        """A login that asks this device, by its id."""
        device = device or self.device()
        transaction = waiting_login(next(self._numbers), device.device_id, self.clock.time, user_id=device.user_id)
        self.store.transactions.put(transaction)
        return transaction.login_id

    def device(self, subscription: PushSubscription | None = SUBSCRIPTION) -> PushDevice:
        device = PushDevice(
            device_id=f"device-{next(self._numbers)}",
            user_id="user-1",
            name="phone",
            public_key=b"\x04" + bytes(64),
            created_at=1,
            subscription=subscription,
        )
        self.store.state.devices[device.device_id] = device
        return device

    def login(self, login_id: str) -> LoginTransaction:
        return self.store.state.transactions[login_id]

    def change(self, login_id: str, change: Callable[[LoginTransaction], LoginTransaction]) -> None:
        self.store.state.transactions[login_id] = change(self.login(login_id))


def waiting_login(number: int, device_id: str, now: float, *, user_id: str = "user-1") -> LoginTransaction:
    return LoginTransaction(
        login_id=base64url(number.to_bytes(16)),
        client="vpn",
        user_id=user_id,
        username="CORP\\alice",
        source_ip="192.0.2.7",
        config_revision="7",
        created_at=now,
        expires_at=now + LIFE_SECONDS,
        prompt=PushPrompt(device_id=device_id, nonce="nonce", address="unknown", approval=PushApproval.TAP),
    )


def without_prompt(transaction: LoginTransaction) -> LoginTransaction:
    return replace(transaction, prompt=None)
