"""The company of LoginWorld with a directory: one RADIUS client, which a test gives a mode, rules and exemptions."""

from collections.abc import Sequence
from dataclasses import replace

from mfa.contract import LoginRequest
from mfa.contract.directory import DirectoryAddress, DomainController
from mfa.domain.configuration import ClientMode, ClientPolicy, Configuration
from mfa.domain.directory import DirectorySettings
from mfa.domain.policy import Exemption, PolicyRule, RuleAction, Selector, UnenrolledRule
from mfa.domain.user_names import Realm
from mfa.ports import Vault
from tests.fakes.clock import FakeClock
from tests.fakes.directory import FakeAccount
from tests.fakes.login_world import REALM, Answer, LoginWorld, Stores, client
from tests.fakes.store import InMemoryStore

PASSWORD = "correct horse"
BUDGET = 3
DIRECTORY = DirectorySettings(
    address=DirectoryAddress(
        base_dn="DC=corp,DC=example,DC=test",
        controllers=(DomainController(host="dc1.corp.example.test"),),
        ca_certificates="-----BEGIN CERTIFICATE-----",
    ),
    service_account="reader",
    password_tries=BUDGET,
)
CORP = replace(REALM, directory=DIRECTORY)
PASSWORD_MODES = (ClientMode.PASSWORD_THEN_FACTOR, ClientMode.PASSWORD_AND_FACTOR, ClientMode.CHALLENGE)


class ModeWorld(LoginWorld):
    """``alice`` has a token and an account. ``configure`` applies a new revision; ``login`` uses the newest."""

    def __init__(
        self, stores: Stores | None = None, *, vault: Vault | None = None, clock: FakeClock | None = None
    ) -> None:
        super().__init__(stores, vault=vault, clock=clock)
        self.alice: FakeAccount = self.directory.add("alice", PASSWORD, upn="alice@corp.example.test")
        self.user_id = self.add_user("alice", "alice@corp.example.test")

    @property
    def memory(self) -> InMemoryStore:
        assert isinstance(self.store, InMemoryStore)
        return self.store

    @property
    def newest(self) -> str:
        current = self.store.configurations.current()
        assert current is not None
        return str(current.revision)

    def configure(
        self,
        policy: ClientPolicy,
        *,
        rules: Sequence[PolicyRule] = (),
        exemptions: Sequence[Exemption] = (),
        realms: Sequence[Realm] = (CORP,),
    ) -> None:
        configuration = Configuration(
            revision=int(self.newest) + 1,
            realms=tuple(realms),
            clients=(policy,),
            rules=tuple(rules),
            exemptions=tuple(exemptions),
        )
        self.store.configurations.apply(configuration, int(self.clock.now()))

    def request(self, text: str, **named: object) -> LoginRequest:
        return super().request(text, **{"revision": self.newest, **named})  # type: ignore[arg-type]

    def answer(self, state: bytes | None, text: str, *, login_id: bytes | None = None) -> Answer:
        """The second packet of a challenge."""
        return self.send(self.request(text, state=state, login_id=login_id))

    @property
    def binds(self) -> int:
        return len(self.directory.binds)

    def spent(self) -> int:
        item = self.store.password_tries.read(self.alice.object_guid)
        return 0 if item is None else item.spent


def mode_world(mode: ClientMode, **policy: object) -> ModeWorld:
    world = ModeWorld()
    world.configure(vpn(mode, **policy))
    return world


def vpn(mode: ClientMode = ClientMode.SECOND_FACTOR, **policy: object) -> ClientPolicy:
    return replace(client("vpn", "192.0.2.0/24"), mode=mode, **policy)  # type: ignore[arg-type]


def exemption(until: float, selector: Selector | None = None, *, statement: str | None = None) -> Exemption:
    return Exemption(
        name="new staff",
        selector=selector or Selector(),
        owner="ops@example.test",
        reason="tokens are on their way",
        until=int(until),
        statement=statement,
    )


def allow_unenrolled(until: float, *, statement: str | None = None) -> UnenrolledRule:
    return UnenrolledRule(
        action=RuleAction.ALLOW,
        owner="ops@example.test",
        reason="tokens are on their way",
        until=int(until),
        statement=statement,
    )
