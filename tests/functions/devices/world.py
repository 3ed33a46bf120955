"""The device API around fakes: phones that are paired by the enrolment API ask and decide, as the real ones do.

Logins are put as ``logins`` puts them, and edges ask for them by ``polls``: so a test can compare what a phone was told
with what the RADIUS client gets.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from devices.app import create_app
from devices.routes import DeviceRoutes
from mfa.adapters.device_signatures import EcdsaVerifier
from mfa.adapters.passkeys import WebAuthnCeremony
from mfa.contract.fields import base64url, octets_of
from mfa.contract.login import LoginResponse
from mfa.contract.polls import PollRequest
from mfa.domain.login_transactions import LoginTransaction, TransactionState
from mfa.domain.push import PushApproval, PushPrompt, number_context, token_context
from mfa.domain.push_ledger import OpenPush
from mfa.errors import UnreadableItemError
from mfa.push_ports import Waker
from mfa.services.device_authentication import DeviceAuthentication
from mfa.services.device_limits import DeviceLimits
from mfa.services.device_upkeep import DeviceUpkeep
from mfa.services.polls import PollService
from mfa.services.push_decisions import PushDecisions
from mfa.services.tickets import GOOD_AFTER_THE_END_SECONDS, Ticket, Tickets
from tests.fakes.audit import RecordingAudit
from tests.fakes.clock import FakeClock
from tests.fakes.phone import Phone, SoftPasskey
from tests.fakes.push_sender import FakePushSender, FakeVapidKeys
from tests.fakes.wakers import RecordingWaker
from tests.functions.enrollment.world import PORTAL, Answer, Deployment, World, event_of

LIFE_SECONDS = 30
TASK_TOKEN = "a task token, to be found nowhere: canary"
EDGE = "gatehouse-edge"
RADIUS_NONCE = b"the edge's nonce"


@dataclass(frozen=True)
class WaitingLogin:
    """``ticket`` is what an edge asks with."""

    login_id: str
    ticket: str


@dataclass
class DeviceWorld:
    """``company`` is the enrolment side of the same deployment."""

    company: Deployment[Any, Any] = field(default_factory=World)
    sender: FakePushSender = field(default_factory=FakePushSender)
    waker: Waker = field(default_factory=RecordingWaker)
    faults: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._serial = count(1)
        store, verifier = self.company.store, EcdsaVerifier()
        passkeys = WebAuthnCeremony(self.company.portal, "Example Corp")
        self.routes = DeviceRoutes(
            authentication=DeviceAuthentication(
                devices=store.push_devices, logins=store.logins, verifier=verifier, clock=self.clock
            ),
            decisions=PushDecisions(
                transactions=store.transactions,
                decisions=store.push_transactions,
                ledgers=store.push_ledgers,
                devices=store.push_devices,
                verifier=verifier,
                passkeys=passkeys,
                vault=self.company.vault,
                waker=self.waker,
                audit=self.audit,
                clock=self.clock,
                report_fault=self.faults.append,
            ),
            upkeep=DeviceUpkeep(
                devices=store.push_devices,
                ledgers=store.push_ledgers,
                subscribers=store.subscribers,
                sender=self.sender,
                verifier=verifier,
                vapid_keys=FakeVapidKeys(),
                clock=self.clock,
            ),
            passkeys=passkeys,
            clock=self.clock,
            limits=DeviceLimits(clock=self.clock),
        )
        self.app = create_app(self.routes, self.faults.append)
        self.polls = PollService(
            transactions=store.transactions,
            push=store.push_transactions,
            tickets=Tickets(self.company.vault),
            audit=self.audit,
            clock=self.clock,
            report_fault=self.faults.append,
        )

    @property
    def clock(self) -> FakeClock:
        return self.company.clock

    @property
    def audit(self) -> RecordingAudit:
        return self.company.audit

    # ---- phones

    def phone(self, username: str = "alice", name: str = "Phone") -> Phone:
        """A phone that a user has just paired; the user is made if there is none."""
        if self.company.admin("GET", f"/v1/admin/users/{username}").status == 404:
            self.company.add_user(username)
        phone, token = Phone(), self.company.open_session(username)
        answered = self.company.ask("POST", "/v1/enrollment/devices", phone.pairing(token, name), token=token)
        assert answered.status == 201, answered
        phone.device_id = answered.json["device_id"]
        return phone

    def give_passkey(self, phone: Phone, username: str = "alice", **more: Any) -> SoftPasskey:
        key, token = SoftPasskey(PORTAL, "mfa.example.test", **more), self.company.open_session(username)
        path = f"/v1/enrollment/devices/{phone.device_id}/passkey"
        options = self.company.ask("POST", f"{path}/options", token=token).json["public_key"]
        made = {"credential": key.create(options["challenge"])}
        assert self.company.ask("POST", path, made, token=token).status == 204
        return key

    def ask(
        self,
        phone: Phone,
        method: str,
        path: str,
        message: object = None,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        skew_ms: int = 0,
    ) -> Answer:
        """``message`` is sent as JSON, ``body`` as it is; both are signed."""
        octets = json.dumps(message).encode() if message is not None else (body or b"")
        made = {"content-type": "application/json"} if octets else {}
        time_ms = int(self.clock.now() * 1000) + skew_ms
        made["authorization"] = phone.authorization(method, path, time_ms, octets)
        return self.send(method, path, octets, {**made, **(headers or {})})

    def send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        answered: Any = self.app(event_of(method, path, headers=headers, body=body, actor=None), None)
        return Answer(answered["statusCode"], answered["headers"], answered["body"])

    # ---- logins

    def login(
        self,
        phone: Phone,
        *,
        username: str = "alice",
        number: str | None = "47",
        approval: PushApproval = PushApproval.NUMBER,
        task_token: str | None = TASK_TOKEN,
    ) -> WaitingLogin:
        """A login that asks this phone from now on, its prompt sent."""
        octets, now, store = next(self._serial).to_bytes(16), self.clock.now(), self.company.store
        login_id, user_id = base64url(octets), self.user_id(username)
        transaction = LoginTransaction(
            login_id=login_id,
            client="vpn",
            user_id=user_id,
            username=f"CORP\\{username}",
            source_ip="192.0.2.7",
            config_revision="7",
            created_at=now,
            expires_at=now + LIFE_SECONDS,
            attributes=(("Filter-Id", "staff"),),
            prompt=PushPrompt(
                device_id=phone.device_id,
                nonce=base64url(octets[::-1]),
                address="203.0.113.9",
                approval=approval,
                number=None if number is None else self.company.vault.seal(number.encode(), number_context(login_id)),
            ),
        )
        store.transactions.put(transaction)
        self._open(transaction)
        if task_token is not None:
            sealed = self.company.vault.seal(task_token.encode(), token_context(login_id))
            store.push_transactions.claim_sending(login_id, now, sealed)
        return WaitingLogin(login_id, self._ticket(transaction, octets))

    def _ticket(self, transaction: LoginTransaction, login_id: bytes) -> str:
        return Tickets(self.company.vault).seal(
            Ticket(
                login_id=login_id,
                nonce=RADIUS_NONCE,
                transaction=transaction.login_id,
                client=transaction.client,
                role=EDGE,
                expires_at=int(transaction.expires_at) + GOOD_AFTER_THE_END_SECONDS,
            )
        )

    def _open(self, transaction: LoginTransaction) -> None:
        ledgers, user_id = self.company.store.push_ledgers, transaction.user_id
        ledger = ledgers.read(user_id)
        last = OpenPush(
            login_id=transaction.login_id,
            client=transaction.client,
            join_tag=b"tag",
            opened_at=transaction.created_at,
            expires_at=transaction.expires_at,
            newest_packet_at=transaction.created_at,
        )
        prompts = (*ledger.prompts, transaction.created_at)
        ledgers.save(
            type(ledger)(user_id=user_id, version=ledger.version, last=last, prompts=prompts, muted_at=ledger.muted_at)
        )

    def user_id(self, username: str = "alice") -> str:
        return str(self.company.admin("GET", f"/v1/admin/users/{username}").json["user_id"])

    def stored(self, login: WaitingLogin) -> LoginTransaction:
        found = self.company.store.transactions.read([login.login_id])[login.login_id]
        assert not isinstance(found, UnreadableItemError)
        return found

    def state(self, login: WaitingLogin) -> TransactionState:
        return self.stored(login).state

    def radius(self, login: WaitingLogin) -> str:
        """What the RADIUS client is told now."""
        (answered,) = self.polls.poll(PollRequest([login.ticket]), EDGE).results
        assert isinstance(answered, LoginResponse)
        assert answered.login_id == octets_of(login.login_id, "login_id", lowest=16, highest=16)
        return answered.outcome.value

    # ---- prompts

    def prompt(self, phone: Phone, login: WaitingLogin) -> dict[str, Any]:
        answered = self.ask(phone, "GET", f"/v1/device/prompts/{login.login_id}")
        assert answered.status == 200, answered
        return dict(answered.json)

    def decide(
        self, phone: Phone, login: WaitingLogin, decision: str, number: str | None = None, /, **changed: object
    ) -> Answer:
        """As the app does it; ``changed`` replaces fields after the signing."""
        body = {**phone.decision(self.prompt(phone, login), decision, number), **changed}
        return self.ask(phone, "POST", f"/v1/device/prompts/{login.login_id}/decision", body)
