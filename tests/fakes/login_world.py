"""One company for login tests: a realm, two RADIUS clients, and users whose seeds are known.

Runs on the fakes, or on any other set of stores with the same attributes.
"""

import ipaddress
from dataclasses import dataclass
from itertools import count
from typing import Protocol

from mfa.adapters.des import des
from mfa.adapters.system import local_time
from mfa.call_ports import CallStore
from mfa.contract import EdgeClient, LoginRequest, LoginResponse, MessageAuthenticatorState, PapCredential
from mfa.contract.fields import base64url
from mfa.domain import otp
from mfa.domain.configuration import ClientPolicy
from mfa.domain.factor_choice import deployed_factors
from mfa.domain.factors import CodeFactors, CodeParameters, HotpParameters, TotpParameters
from mfa.domain.phones import PhoneWay, VerifiedPhone, number_context
from mfa.domain.policy import FactorKind
from mfa.domain.push_devices import Passkey, PushDevice
from mfa.domain.reasons import RejectReason
from mfa.domain.sealing import Sealed
from mfa.domain.sms_caps import CallPolicy, SmsPolicy
from mfa.domain.tokens import NewToken
from mfa.domain.user_names import Alias, AliasKind, Realm
from mfa.ports import (
    AuditTrail,
    ChallengeStore,
    ClientObserver,
    ConfigurationStore,
    LoginStore,
    LoginTransactionStore,
    ObservationStore,
    PasswordTryStore,
    Pause,
    SubscriberIndex,
    SubscriberStore,
    Vault,
)
from mfa.push_ports import PushDeviceStore, PushLedgerStore, PushStarter, PushTransactionStore
from mfa.recovery_ports import RecoveryCodeStore
from mfa.services.configuration import ConfigurationService
from mfa.services.enrollment_realms import Realms
from mfa.services.login import LoginService
from mfa.services.login_messages import LoginMessages
from mfa.services.messages import Messages
from mfa.services.provisioning import Provisioning
from mfa.services.push_prompts import PushPrompts
from mfa.services.token_import import TokenImports
from mfa.services.token_inventory import TokenInventory
from mfa.sms_ports import PendingPhone, PhoneStore, SmsSender, SmsStore
from mfa.token_ports import TokenStore
from tests.fakes.audit import RecordingAudit
from tests.fakes.clock import FakeClock
from tests.fakes.directory import FakeDirectory
from tests.fakes.observations import Unobserved
from tests.fakes.pause import FakePause
from tests.fakes.push_starter import FakeStarter
from tests.fakes.randomness import SeededRandom
from tests.fakes.sms import FakeSender, RecordingSmsTrail
from tests.fakes.store import InMemoryStore
from tests.fakes.vault import FakeVault

REALM = Realm("corp", frozenset({"CORP"}), frozenset({"corp.example.test"}))
SEED = b"12345678901234567890"  # RFC 6238's own
HOLD_MS = 1000


class Stores(Protocol):
    @property
    def logins(self) -> LoginStore: ...
    @property
    def index(self) -> SubscriberIndex: ...
    @property
    def subscribers(self) -> SubscriberStore: ...
    @property
    def configurations(self) -> ConfigurationStore: ...
    @property
    def observations(self) -> ObservationStore: ...
    @property
    def password_tries(self) -> PasswordTryStore: ...
    @property
    def challenges(self) -> ChallengeStore: ...
    @property
    def transactions(self) -> LoginTransactionStore: ...
    @property
    def push_transactions(self) -> PushTransactionStore: ...
    @property
    def push_ledgers(self) -> PushLedgerStore: ...
    @property
    def push_devices(self) -> PushDeviceStore: ...
    @property
    def sms(self) -> SmsStore: ...
    @property
    def phones(self) -> PhoneStore: ...
    @property
    def phone_calls(self) -> CallStore: ...
    @property
    def tokens(self) -> TokenStore: ...
    @property
    def recovery(self) -> RecoveryCodeStore: ...


def client(name: str, network: str, *, timeout_seconds: int = 5, retries: int = 2) -> ClientPolicy:
    edge = EdgeClient(
        name=name,
        networks=(ipaddress.ip_network(network),),
        secrets=(f"a shared secret of {name}".encode(),),
        timeout_seconds=timeout_seconds,
        retries=retries,
    )
    return ClientPolicy(edge=edge, realm=REALM.name)


@dataclass(frozen=True)
class Answer:
    response: LoginResponse
    reason: RejectReason | None
    replayed: bool

    @property
    def outcome(self) -> str:
        return self.response.outcome.value


class LoginWorld:
    def __init__(
        self, stores: Stores | None = None, *, vault: Vault | None = None, clock: FakeClock | None = None
    ) -> None:
        self.store = stores or InMemoryStore()
        self.vault = vault or FakeVault()
        self.clock = clock or FakeClock()
        self.audit = RecordingAudit()
        self.directory = FakeDirectory(clock=self.clock)
        self.pause = FakePause(self.clock)
        self.starter = FakeStarter()
        self.sender = FakeSender()
        self.sms_trail = RecordingSmsTrail()
        self.sms_policy = SmsPolicy(countries=frozenset({"DE", "AT"}))
        self.call_policy = CallPolicy(countries=frozenset({"DE", "AT"}))
        self._codes = SeededRandom()
        self.configuration = self.configuration_service()
        self.service = self.another_instance()
        self._serial = count(1)
        self._random = SeededRandom()
        self.configuration.apply([REALM], [client("vpn", "192.0.2.0/24"), client("desktops", "198.51.100.0/24")])

    def another_instance(
        self,
        *,
        logins: LoginStore | None = None,
        index: SubscriberIndex | None = None,
        audit: AuditTrail | None = None,
        observer: ClientObserver | None = None,
        pause: Pause | None = None,
        starter: PushStarter | None = None,
        sms: SmsStore | None = None,
        sender: SmsSender | None = None,
        ledgers: PushLedgerStore | None = None,
    ) -> LoginService:
        """A second Lambda instance on the same table: nothing is shared but the stores. Parts may be replaced."""
        return LoginService(
            configuration=self.configuration_service(),
            index=index or self.store.index,
            logins=logins or self.store.logins,
            vault=self.vault,
            audit=audit or self.audit,
            clock=self.clock,
            observer=observer or Unobserved(),
            des=lambda: des,
            directory=self.directory,
            password_tries=self.store.password_tries,
            challenges=self.store.challenges,
            prompts=PushPrompts(
                ledgers=ledgers or self.store.push_ledgers,
                transactions=self.store.transactions,
                devices=self.store.push_devices,
                starter=starter or self.starter,
                vault=self.vault,
                clock=self.clock,
                random=SeededRandom(),
            ),
            messages=self.login_messages(sms=sms, sender=sender, logins=logins),
            recovery_codes=self.store.recovery,
            pause=pause or self.pause,
            local_time=local_time,
            offers=self.offers,
        )

    @property
    def offers(self) -> frozenset[FactorKind]:
        return deployed_factors(messages=self.sms_policy.is_on, calls=self.call_policy.is_on)

    def login_messages(
        self,
        *,
        sms: SmsStore | None = None,
        sender: SmsSender | None = None,
        logins: LoginStore | None = None,
    ) -> LoginMessages:
        store = sms or self.store.sms
        return LoginMessages(
            messages=Messages(
                store=store,
                sender=sender or self.sender,
                policy=self.sms_policy,
                vault=self.vault,
                trail=self.sms_trail,
            ),
            store=store,
            logins=logins or self.store.logins,
            vault=self.vault,
            clock=self.clock,
            random=self._codes,
            issuer="Example Corp",
        )

    def configuration_service(self) -> ConfigurationService:
        """That of an instance of its own."""
        return ConfigurationService(
            store=self.store.configurations,
            observations=self.store.observations,
            vault=self.vault,
            clock=self.clock,
        )

    def add_user(self, *names: str, seed: bytes = SEED, parameters: TotpParameters | None = None) -> str:
        provisioning = Provisioning(
            store=self.store.subscribers,
            vault=self.vault,
            random=self._random,
            clock=self.clock,
            audit=RecordingAudit(),
        )
        return provisioning.add_subscriber_with_totp(
            realm=REALM, names=names, seed=seed, actor="test", parameters=parameters
        )

    def add_token(
        self,
        serial: str = "T-1",
        *,
        username: str | None = "alice",
        seed: bytes = SEED,
        parameters: CodeParameters | None = None,
        counter: int = 0,
    ) -> None:
        """A hardware token in the inventory, with a button unless told otherwise; and its owner, if it has one."""
        imports = TokenImports(store=self.store.tokens, vault=self.vault, clock=self.clock, audit=RecordingAudit())
        imports.start(serial, 1, "test")
        token = NewToken(serial=serial, parameters=parameters or HotpParameters(), seed=seed, counter=counter)
        imports.add(serial, [token], accepts_short=False)
        imports.complete(serial, "test")
        if username is not None:
            self.inventory.assign(serial, username, None, "test")

    @property
    def inventory(self) -> TokenInventory:
        return TokenInventory(
            store=self.store.tokens,
            subscribers=self.store.subscribers,
            realms=Realms(self.store.configurations),
            vault=self.vault,
            clock=self.clock,
            random=self._random,
            audit=RecordingAudit(),
        )

    def token_code(self, counter: int, *, digits: int = 6) -> str:
        return otp.code_at(counter, SEED, HotpParameters(digits))

    def pair(self, user_id: str, device_id: str, *, passkey: Passkey | None = None) -> PushDevice:
        """A device of that user, behind those that they have. Its key is none: nothing here signs."""
        device = PushDevice(
            device_id=device_id,
            user_id=user_id,
            name=device_id,
            public_key=b"\4" + bytes(64),
            created_at=int(self.clock.now()),
        )
        self.store.push_devices.add(device, self.store.subscribers.factors(user_id))
        if passkey is not None:
            self.store.push_devices.set_passkey(user_id, device_id, passkey)
        return device

    def add_phone(
        self,
        user_id: str,
        number: str = "+4915123456789",
        *,
        region: str = "DE",
        ways: frozenset[PhoneWay] = frozenset({PhoneWay.MESSAGE}),
    ) -> VerifiedPhone:
        """A number of that user, behind those that they have, as if its code had been typed."""
        phone_id = f"phone-{number[-4:]}-of-{user_id}"
        sealed = self.vault.seal(number.encode(), number_context(user_id, phone_id))
        now = int(self.clock.now())
        pending = PendingPhone(
            user_id=user_id,
            phone_id=phone_id,
            name="Phone",
            number=sealed,
            region=region,
            code=Sealed(1, b"a sealed code"),
            expires_at=now + 600,
        )
        phone = VerifiedPhone(phone_id=phone_id, name="Phone", number=sealed, region=region, verified_at=now, ways=ways)
        self.store.phones.put_pending(pending)
        self.store.phones.confirm(phone, self.store.subscribers.factors(user_id))
        return phone

    def code(self, offset: int = 0, *, seed: bytes = SEED, parameters: TotpParameters | None = None) -> str:
        """The code of the time step ``offset`` steps from now."""
        parameters = parameters or TotpParameters()
        return otp.code_at(otp.time_step_at(self.clock.now(), parameters) + offset, seed, parameters)

    def wrong_code(self) -> str:
        """Six digits that are none of the codes near now."""
        near = {self.code(offset) for offset in range(-5, 6)}
        return next(code for serial in count() if (code := f"{serial:06}") not in near)

    def request(
        self,
        text: str,
        *,
        username: str = "alice",
        login_id: bytes | None = None,
        client_name: str = "vpn",
        revision: str = "1",
        deadline_ms: int = 5000,
        state: bytes | None = None,
    ) -> LoginRequest:
        serial = next(self._serial)
        return LoginRequest(
            login_id=login_id or b"packet" + serial.to_bytes(10),
            nonce=serial.to_bytes(16),
            client=client_name,
            config_revision=revision,
            source_ip="192.0.2.7",
            message_authenticator=MessageAuthenticatorState.VALID,
            nas={"NAS-Identifier": "test"},
            username=username,
            credential=PapCredential(text),
            state=state,
            deadline_ms=deadline_ms,
        )

    def send(self, request: LoginRequest, service: LoginService | None = None, *, role: str | None = None) -> Answer:
        response = (service or self.service).decide(request, role)
        login_id = base64url(request.login_id)
        record = next(record for record in reversed(self.audit.logins) if record.login_id == login_id)
        return Answer(response, record.reason, record.replayed)

    def login(self, text: str, *, username: str = "alice", login_id: bytes | None = None) -> Answer:
        return self.send(self.request(text, username=username, login_id=login_id))

    def item(self, username: str = "alice") -> CodeFactors:
        user_id = self.store.index.find(Alias(REALM.name, AliasKind.SAM, username))
        assert user_id is not None
        return self.store.subscribers.factors(user_id)

    def tries(self, username: str = "alice") -> int:
        return self.item(username).throttle.tries
