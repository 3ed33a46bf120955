"""The enrolment API around fakes: events in API Gateway's shape go in, answers come out.

``World`` is one deployment with one realm, on fakes; ``ask`` is an HTTP client of it. The function is the real one.
"""

import base64
import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote

from enrollment.app import EnrollmentServices, Lambda, create_app
from mfa.adapters.device_signatures import EcdsaVerifier
from mfa.adapters.passkeys import WebAuthnCeremony
from mfa.adapters.phone_numbers import LibPhoneNumber
from mfa.adapters.system import local_time
from mfa.call_ports import CallStore
from mfa.domain.configuration import Configuration
from mfa.domain.factor_choice import deployed_factors
from mfa.domain.sms_caps import CallPolicy, SmsPolicy
from mfa.domain.user_names import Realm
from mfa.notice_ports import InvitationStore, NoticeStore
from mfa.ports import (
    ChallengeStore,
    ConfigurationStore,
    LoginStore,
    LoginTransactionStore,
    ObservationStore,
    PasswordTryStore,
    RequestCounter,
    SubscriberIndex,
    SubscriberStore,
    SyncStore,
    Vault,
)
from mfa.push_ports import PushDeviceStore, PushLedgerStore
from mfa.receipt_ports import ReceiptStore
from mfa.recovery_ports import RecoveryCodeStore
from mfa.services.audit_verification import AuditVerification
from mfa.services.bypass_codes import BypassAdministration
from mfa.services.calls import Calls
from mfa.services.configuration_administration import ConfigurationAdministration
from mfa.services.device_pairing import DevicePairing
from mfa.services.directory_sync import DirectorySync
from mfa.services.enrollment_factors import FactorEnrollment
from mfa.services.enrollment_realms import Realms
from mfa.services.enrollment_sessions import EnrollmentSessions
from mfa.services.enrollment_subscribers import SubscriberAdministration
from mfa.services.invitations import Invitations
from mfa.services.login_trace import LoginTrace
from mfa.services.messages import Messages
from mfa.services.notices import AnnouncingAudit, NoticeList
from mfa.services.phone_enrollment import PhoneEnrollment
from mfa.services.policy_test import PolicyTest
from mfa.services.portal_sign_in import PortalSignIn
from mfa.services.prompt_ending import PromptEnding
from mfa.services.push_muting import PushMuting
from mfa.services.recovery_codes import RecoveryEnrollment
from mfa.services.request_limits import RequestLimits
from mfa.services.sms_readiness import SmsReadiness
from mfa.services.token_claims import TokenClaims
from mfa.services.token_import import TokenImports
from mfa.services.token_inventory import TokenInventory
from mfa.sms_ports import PhoneStore, SmsStore
from mfa.token_ports import TokenStore
from tests.fakes.audit import RecordingAudit
from tests.fakes.clock import FakeClock
from tests.fakes.directory import FakeDirectory
from tests.fakes.notices import FakeMail, RecordingNotifier
from tests.fakes.pause import FakePause
from tests.fakes.phone_calls import FakeCaller
from tests.fakes.push_sender import FakeVapidKeys
from tests.fakes.randomness import SeededRandom
from tests.fakes.sms import FakeProvider, FakeSender, RecordingSmsTrail
from tests.fakes.store import InMemoryStore
from tests.fakes.vault import FakeVault

EVENTS = Path(__file__).parent / "events"
ADMIN = "arn:aws:sts::123456789012:assumed-role/MfaAdministrator/admin@example.test"
PORTAL = "https://mfa.example.test"
SMS_IN_EUROPE = SmsPolicy(countries=frozenset({"DE", "AT", "GB"}))
CALLS_IN_EUROPE = CallPolicy(countries=frozenset({"DE", "AT"}))
CORP = Realm("corp", frozenset({"CORP"}), frozenset({"corp.example.test"}))


def real_event(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / name).read_text())
    return event


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: str
    cookies: tuple[str, ...] = ()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The machine-readable code of a problem."""
        assert self.headers["content-type"] == "application/problem+json", self
        assert self.json["status"] == self.status
        return str(self.json["type"]).removeprefix("urn:gatehouse:problem:")


_SHAPE = real_event("admin_create_user.json")


def event_of(
    method: str,
    target: str,
    *,
    headers: Mapping[str, str],
    body: str | bytes = "",
    actor: str | None,
    decoded_path: bool = False,
    cookies: Sequence[str] = (),
    source_ip: str | None = None,
) -> dict[str, Any]:
    """``decoded_path``: AWS decodes rawPath once for HTTP APIs, the local emulator may not."""
    event = copy.deepcopy(_SHAPE)
    path, _, query = target.partition("?")
    event["rawPath"] = unquote(path, errors="surrogateescape") if decoded_path else path
    event["rawQueryString"] = query
    event["headers"] = {name.lower(): value for name, value in headers.items()}
    event["requestContext"]["http"] |= {"method": method, "path": event["rawPath"]}
    if actor is None:
        del event["requestContext"]["authorizer"]
    else:
        event["requestContext"]["authorizer"]["iam"]["userArn"] = actor
    event["isBase64Encoded"] = isinstance(body, bytes)
    event["body"] = base64.b64encode(body).decode() if isinstance(body, bytes) else body
    if not body:
        del event["body"]
    if cookies:
        event["cookies"] = list(cookies)
    if source_ip is not None:
        event["requestContext"]["http"]["sourceIp"] = source_ip
    return event


class Stores(Protocol):
    """One table, seen through the ports that enrolment uses."""

    @property
    def subscribers(self) -> SubscriberStore: ...
    @property
    def configurations(self) -> ConfigurationStore: ...
    @property
    def observations(self) -> ObservationStore: ...
    @property
    def push_devices(self) -> PushDeviceStore: ...
    @property
    def transactions(self) -> LoginTransactionStore: ...
    @property
    def push_ledgers(self) -> PushLedgerStore: ...
    @property
    def sms(self) -> SmsStore: ...
    @property
    def phones(self) -> PhoneStore: ...
    @property
    def phone_calls(self) -> CallStore: ...
    @property
    def synced(self) -> SyncStore: ...
    @property
    def tokens(self) -> TokenStore: ...
    @property
    def receipts(self) -> ReceiptStore: ...
    @property
    def index(self) -> SubscriberIndex: ...
    @property
    def logins(self) -> LoginStore: ...
    @property
    def password_tries(self) -> PasswordTryStore: ...
    @property
    def challenges(self) -> ChallengeStore: ...
    @property
    def recovery(self) -> RecoveryCodeStore: ...
    @property
    def requests(self) -> RequestCounter: ...
    @property
    def notices(self) -> NoticeStore: ...
    @property
    def invitations(self) -> InvitationStore: ...


@dataclass
class Deployment[S: Stores, V: Vault]:
    """``realms`` empty: somebody else applies a configuration, or nobody."""

    store: S
    vault: V
    clock: FakeClock = field(default_factory=FakeClock)
    random: SeededRandom = field(default_factory=SeededRandom)
    audit: RecordingAudit = field(default_factory=RecordingAudit)
    directory: FakeDirectory = field(default_factory=FakeDirectory)
    faults: list[BaseException] = field(default_factory=list)
    sender: FakeSender = field(default_factory=FakeSender)
    mail: FakeMail = field(default_factory=FakeMail)
    notifier: RecordingNotifier = field(default_factory=RecordingNotifier)
    sms_trail: RecordingSmsTrail = field(default_factory=RecordingSmsTrail)
    provider: FakeProvider = field(default_factory=FakeProvider)
    sms_policy: SmsPolicy = SMS_IN_EUROPE
    caller: FakeCaller = field(default_factory=FakeCaller)
    call_policy: CallPolicy = CALLS_IN_EUROPE
    realms: tuple[Realm, ...] = (CORP,)
    decoded_path: bool = False
    portal: str = PORTAL

    def __post_init__(self) -> None:
        self.pause = FakePause(self.clock)
        if self.realms:
            self.store.configurations.apply(
                Configuration(revision=1, realms=self.realms, clients=()), int(self.clock.now())
            )
        self.services = self._services()
        self.app: Lambda = create_app(self.services, self.faults.append)

    def _services(self) -> EnrollmentServices:
        store = self.store.subscribers
        audit = AnnouncingAudit(self.audit, self.notifier, self.clock, SeededRandom(2))
        messages = Messages(
            store=self.store.sms,
            sender=self.sender,
            policy=self.sms_policy,
            vault=self.vault,
            trail=self.sms_trail,
        )
        sessions = EnrollmentSessions(store=store, vault=self.vault, clock=self.clock, random=self.random, audit=audit)
        limits = RequestLimits(counter=self.store.requests, vault=self.vault, clock=self.clock)
        prompts = PromptEnding(
            ledgers=self.store.push_ledgers, transactions=self.store.transactions, audit=audit, clock=self.clock
        )
        administration = SubscriberAdministration(
            store=store,
            devices=self.store.push_devices,
            prompts=prompts,
            ledgers=self.store.push_ledgers,
            realms=Realms(self.store.configurations),
            vault=self.vault,
            clock=self.clock,
            random=self.random,
            audit=audit,
        )
        return EnrollmentServices(
            administration=administration,
            muting=PushMuting(ledgers=self.store.push_ledgers, audit=audit),
            notices=NoticeList(store=self.store.notices, clock=self.clock),
            invitations=Invitations(
                store=self.store.invitations,
                subscribers=store,
                codes=administration,
                realms=Realms(self.store.configurations),
                reader=LibPhoneNumber(),
                messages=messages,
                mail=self.mail,
                clock=self.clock,
                random=self.random,
                audit=audit,
                issuer="Example Corp",
                portal=self.portal,
            ),
            sessions=sessions,
            factors=FactorEnrollment(
                store=store,
                tokens=self.store.tokens,
                vault=self.vault,
                clock=self.clock,
                random=self.random,
                audit=audit,
                issuer="Example Corp",
            ),
            devices=DevicePairing(
                devices=self.store.push_devices,
                prompts=prompts,
                subscribers=store,
                verifier=EcdsaVerifier(),
                passkeys=WebAuthnCeremony(self.portal, "Example Corp"),
                vapid_keys=FakeVapidKeys(),
                vault=self.vault,
                clock=self.clock,
                random=self.random,
                audit=audit,
            ),
            token_imports=TokenImports(store=self.store.tokens, vault=self.vault, clock=self.clock, audit=audit),
            token_inventory=TokenInventory(
                store=self.store.tokens,
                subscribers=store,
                realms=Realms(self.store.configurations),
                vault=self.vault,
                clock=self.clock,
                random=self.random,
                audit=audit,
            ),
            token_claims=TokenClaims(
                store=self.store.tokens,
                subscribers=store,
                vault=self.vault,
                clock=self.clock,
                random=self.random,
                audit=audit,
            ),
            sync=DirectorySync(
                realms=Realms(self.store.configurations),
                directory=self.directory,
                subscribers=store,
                synced=self.store.synced,
                clock=self.clock,
                random=self.random,
                audit=audit,
            ),
            configuration=ConfigurationAdministration(
                store=self.store.configurations,
                observations=self.store.observations,
                vault=self.vault,
                clock=self.clock,
                audit=audit,
                local_time=local_time,
            ),
            phones=PhoneEnrollment(
                phones=self.store.phones,
                subscribers=store,
                reader=LibPhoneNumber(),
                messages=messages,
                calls=Calls(
                    store=self.store.sms,
                    caller=self.caller,
                    policy=self.call_policy,
                    vault=self.vault,
                    trail=self.sms_trail,
                ),
                call_store=self.store.phone_calls,
                counter=self.store.requests,
                vault=self.vault,
                clock=self.clock,
                random=self.random,
                audit=audit,
                issuer="Example Corp",
            ),
            sms_readiness=SmsReadiness(
                provider=self.provider,
                reader=LibPhoneNumber(),
                policy=self.sms_policy,
                sender_id=None,
                origination_number=None,
            ),
            sign_in=self._portal(sessions, limits),
            recovery=RecoveryEnrollment(
                store=self.store.recovery, vault=self.vault, clock=self.clock, random=self.random, audit=audit
            ),
            bypasses=BypassAdministration(
                store=self.store.recovery,
                subscribers=store,
                realms=Realms(self.store.configurations),
                vault=self.vault,
                clock=self.clock,
                random=self.random,
                audit=audit,
            ),
            limits=limits,
            trace=LoginTrace(
                store=self.store.receipts,
                subscribers=store,
                realms=Realms(self.store.configurations),
                clock=self.clock,
            ),
            verification=AuditVerification(
                store=self.store.receipts, vault=self.vault, clock=self.clock, retention_days=365
            ),
            portal_origin=self.portal,
            policy=PolicyTest(
                configurations=self.store.configurations,
                subscribers=store,
                directory=self.directory,
                clock=self.clock,
                local_time=local_time,
                offers=deployed_factors(messages=self.sms_policy.is_on, calls=self.call_policy.is_on),
            ),
        )

    def _portal(self, sessions: EnrollmentSessions, limits: RequestLimits) -> PortalSignIn:
        return PortalSignIn(
            sessions=sessions,
            realms=Realms(self.store.configurations),
            limits=limits,
            index=self.store.index,
            logins=self.store.logins,
            recovery_codes=self.store.recovery,
            directory=self.directory,
            password_tries=self.store.password_tries,
            challenges=self.store.challenges,
            vault=self.vault,
            clock=self.clock,
            random=self.random,
            pause=self.pause,
            audit=self.audit,
        )

    def ask(
        self,
        method: str,
        target: str,
        message: object = None,
        *,
        actor: str | None = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: str | bytes | None = None,
        cookies: Sequence[str] = (),
        source_ip: str | None = None,
    ) -> Answer:
        """``message`` is sent as JSON; ``body`` as it is. Headers given win over those made here."""
        made = {"host": "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"}
        if message is not None:
            made["content-type"] = "application/json"
            body = json.dumps(message)
        if token is not None:
            made["authorization"] = f"Bearer {token}"
        event = event_of(
            method,
            target,
            headers={**made, **(headers or {})},
            body=body or "",
            actor=actor,
            decoded_path=self.decoded_path,
            cookies=cookies,
            source_ip=source_ip,
        )
        return self.send(event)

    def send(self, event: Mapping[str, Any]) -> Answer:
        answered: Any = self.app(event, None)
        assert answered["isBase64Encoded"] is False
        return Answer(answered["statusCode"], answered["headers"], answered["body"], tuple(answered.get("cookies", ())))

    def admin(self, method: str, target: str, message: object = None) -> Answer:
        return self.ask(method, target, message, actor=ADMIN)

    def add_user(self, username: str = "alice", **more: str) -> dict[str, Any]:
        answered = self.admin("POST", "/v1/admin/users", {"username": username, **more})
        assert answered.status == 201, answered
        return dict(answered.json)

    def issue_code(self, username: str = "alice") -> str:
        answered = self.admin("POST", f"/v1/admin/users/{username}/enrollment-codes")
        assert answered.status == 201, answered
        return str(answered.json["code"])

    def open_session(self, username: str = "alice") -> str:
        answered = self.ask("POST", "/v1/enrollment/sessions", {"code": self.issue_code(username)})
        assert answered.status == 201, answered
        return str(answered.json["token"])

    def start_factor(self, token: str, **more: object) -> dict[str, Any]:
        answered = self.ask("POST", "/v1/enrollment/factors", {"type": "totp", **more}, token=token)
        assert answered.status == 201, answered
        return dict(answered.json)

    def confirm(self, token: str, factor_id: str, code: str) -> Answer:
        return self.ask("POST", f"/v1/enrollment/factors/{factor_id}/confirmation", {"code": code}, token=token)


@dataclass
class World(Deployment[InMemoryStore, FakeVault]):
    store: InMemoryStore = field(default_factory=InMemoryStore)
    vault: FakeVault = field(default_factory=FakeVault)
