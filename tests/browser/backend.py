"""What stands behind the web app in these tests: the real enrolment and device functions, on fakes in memory.

The clock runs, because browsers have one of their own. Logins are put as ``logins`` puts them.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Final

from mfa.contract.fields import base64url
from mfa.domain.factors import FactorState, HotpParameters
from mfa.domain.login_transactions import LoginTransaction, TransactionState
from mfa.domain.otp import code_at
from mfa.domain.push import PushApproval, PushPrompt, number_context
from mfa.domain.push_devices import PushDevice
from mfa.domain.reasons import RejectReason
from mfa.errors import UnreadableItemError
from tests.fakes.clock import FakeClock
from tests.fakes.mode_world import CORP, PASSWORD
from tests.fakes.phone import new_key, raw_public_key
from tests.fakes.push_sender import KNOWN_SERVICE, FakePushSender
from tests.functions.devices.world import DeviceWorld
from tests.functions.enrollment.authenticator import code_of
from tests.functions.enrollment.world import CORP as REALM
from tests.functions.enrollment.world import World

USER: Final = "alice"
TOKEN_SEED: Final = b"12345678901234567890"
# A subscription as a browser describes it, at a push service that the fake sender knows.
SUBSCRIPTION: Final[Mapping[str, Any]] = {
    "endpoint": f"{KNOWN_SERVICE}1",
    "expirationTime": None,
    "keys": {"p256dh": base64url(raw_public_key(new_key())), "auth": base64url(b"an auth secret..")},
}


class RunningClock(FakeClock):
    """``ahead`` is how many seconds it is before the clock of the browser."""

    ahead = 0.0

    def now(self) -> float:
        return time.time() + self.ahead


@dataclass(frozen=True, slots=True)
class Prompt:
    """A login that waits, and what has become of it."""

    login_id: str
    _backend: "Backend"

    @property
    def state(self) -> TransactionState:
        return self._stored.state

    @property
    def reason(self) -> RejectReason | None:
        return self._stored.reason

    @property
    def _stored(self) -> LoginTransaction:
        found = self._backend.company.store.transactions.read([self.login_id])[self.login_id]
        assert not isinstance(found, UnreadableItemError)
        return found


@dataclass
class Backend:
    """One deployment with one user, who has no device yet. ``origin`` is the web app's. ``has_directory``: people
    sign in with their password as well."""

    origin: str
    display_name: str = "Alice Example"
    has_directory: bool = False
    clock: RunningClock = field(default_factory=RunningClock)
    sender: FakePushSender = field(default_factory=FakePushSender)

    def __post_init__(self) -> None:
        self.company = World(clock=self.clock, portal=self.origin, realms=(CORP if self.has_directory else REALM,))
        self.company.directory.add(USER, PASSWORD)
        self.world = DeviceWorld(company=self.company, sender=self.sender)
        self.user_id = str(self.company.add_user(USER, display_name=self.display_name)["user_id"])

    @property
    def faults(self) -> list[BaseException]:
        return self.company.faults + self.world.faults

    def mute(self) -> None:
        """As by a report."""
        self.company.store.push_ledgers.mute(self.user_id, int(self.clock.now()))

    @property
    def is_muted(self) -> bool:
        return self.company.store.push_ledgers.read(self.user_id).muted_at is not None

    # ---- who may pair

    def issue_code(self) -> str:
        return self.company.issue_code(USER)

    def has_redeemed(self, code: str) -> bool:
        """By trying: so a code that was not is one no more."""
        return self.company.ask("POST", "/v1/enrollment/sessions", {"code": code}).status == 404

    def end_sessions(self) -> None:
        self.company.store.state.sessions.clear()

    @property
    def open_sessions(self) -> int:
        return len(self.company.store.state.sessions)

    # ---- what else somebody signs in with

    def add_authenticator(self, name: str = "Authenticator app") -> str:
        """Ready for a login; its otpauth URI."""
        token = self.company.open_session(USER)
        started = self.company.start_factor(token, name=name)
        uri = str(started["otpauth_uri"])
        assert self.company.confirm(token, started["factor_id"], code_of(uri, self.clock.now() - 30)).status == 200
        return uri

    def code(self, uri: str) -> str:
        """What the app shows; each time the next one, because every code works once."""
        self.clock.ahead += 30
        return code_of(uri, self.clock.now())

    def add_recovery_codes(self) -> list[str]:
        token = self.company.open_session(USER)
        codes: list[str] = self.company.ask("POST", "/v1/enrollment/recovery-codes", token=token).json["codes"]
        return codes

    def stock_token(self, serial: str = "A-1042") -> Callable[[], str]:
        """Into the inventory; what it shows at each press."""
        path, presses = "/v1/admin/token-imports/browser", count()
        token = {"serial": serial, "type": "hotp", "seed": base64url(TOKEN_SEED)}
        self.company.admin("PUT", path, {"total": 1})
        self.company.admin("POST", f"{path}/tokens", {"tokens": [token]})
        assert self.company.admin("POST", f"{path}/completion").json["state"] == "complete"
        return lambda: code_at(next(presses), TOKEN_SEED, HotpParameters())

    @property
    def message(self) -> str:
        """The code in the last message."""
        return self.company.sender.code

    def methods(self) -> dict[str, str]:
        """All active ones: their names by kind."""
        held = self.company.store.subscribers.factors(self.user_id)
        active = {one.name: one for one in held.factors.values() if one.state is FactorState.ACTIVE}
        tokens = {name: "token" if one.serial else "authenticator" for name, one in active.items()}
        return tokens | {one.name: "phone" for one in held.phones} | {one.name: "device" for one in self.devices}

    # ---- devices

    @property
    def devices(self) -> list[PushDevice]:
        """In the order in which they were paired."""
        known = {one.device_id: one for one in self.company.store.push_devices.of_user(self.user_id)}
        return [known[device_id] for device_id in self.company.store.subscribers.factors(self.user_id).devices]

    @property
    def device(self) -> PushDevice:
        """The only one."""
        (device,) = self.devices
        return device

    def add(self, device: PushDevice) -> None:
        self.company.store.push_devices.add(device, self.company.store.subscribers.factors(self.user_id))

    def remove_devices(self) -> None:
        for device in self.devices:
            self.company.store.push_devices.remove(self.user_id, device.device_id)

    def lose_subscription(self) -> None:
        """As after a push service has said that it is gone."""
        self.company.store.push_devices.subscribe(self.user_id, self.device.device_id, None)

    # ---- logins

    def ask(
        self,
        number: str | None = None,
        *,
        approval: PushApproval = PushApproval.TAP,
        user: str = USER,
        client: str = "workspaces",
        address: str = "203.0.113.7",
        seconds: float = 60,
        device_id: str | None = None,
    ) -> Prompt:
        """A login begins, and a device is asked: the one that was paired last."""
        login_id, now = base64url(secrets.token_bytes(16)), self.clock.now()
        sealed = None if number is None else self.company.vault.seal(number.encode(), number_context(login_id))
        transaction = LoginTransaction(
            login_id=login_id,
            client=client,
            user_id=self.user_id,
            username=user,
            source_ip="192.0.2.7",
            config_revision="1",
            created_at=now,
            expires_at=now + seconds,
            prompt=PushPrompt(
                device_id=device_id or self.devices[-1].device_id,
                nonce=base64url(secrets.token_bytes(16)),
                address=address,
                approval=approval,
                number=sealed,
            ),
        )
        self.company.store.transactions.put(transaction)
        self.world._open(transaction)
        return Prompt(login_id, self)

    def end(self, prompt: Prompt, state: TransactionState) -> None:
        """Elsewhere; or, for EXPIRED, by letting its time be over."""
        if state is TransactionState.EXPIRED:
            waiting = self.company.store.state.transactions
            waiting[prompt.login_id] = replace(waiting[prompt.login_id], expires_at=self.clock.now())
        else:
            self.company.store.transactions.move(prompt.login_id, state, self.clock.now())
