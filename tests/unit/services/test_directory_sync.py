"""Users who are kept like the members of groups: what a sync plans, and what each step does."""

from dataclasses import dataclass, field

import pytest

from mfa.contract.directory import DirectoryAddress, DirectoryResult, DomainController
from mfa.domain.configuration import Configuration
from mfa.domain.directory import DirectorySettings
from mfa.domain.directory_sync import SyncPlan, SyncStep
from mfa.domain.factors import SubscriberState
from mfa.domain.subscribers import Subscriber
from mfa.domain.user_names import Alias, AliasKind, Realm
from mfa.errors import InvalidInputError, UnavailableError
from mfa.services.directory_sync import DirectorySync, SyncResult
from mfa.services.enrollment_realms import Realms
from mfa.services.enrollment_subscribers import NewSubscriber, SubscriberAdministration
from mfa.services.prompt_ending import PromptEnding
from tests.fakes.audit import RecordingAudit
from tests.fakes.clock import FakeClock
from tests.fakes.directory import FakeAccount, FakeDirectory
from tests.fakes.randomness import SeededRandom
from tests.fakes.store import InMemoryStore
from tests.fakes.vault import FakeVault

ACTOR = "arn:aws:iam::123456789012:user/ada"
STAFF, PARTNERS = "S-1-5-21-1-2-3-1105", "S-1-5-21-1-2-3-1106"
ADDRESS = DirectoryAddress(
    base_dn="DC=corp,DC=example,DC=test",
    controllers=(DomainController(host="dc1.corp.example.test"),),
    ca_certificates="PEM",
)
CORP = Realm(
    "corp",
    frozenset({"CORP"}),
    frozenset({"corp.example.test"}),
    DirectorySettings(address=ADDRESS, service_account="corp"),
)


@dataclass
class SyncWorld:
    store: InMemoryStore = field(default_factory=InMemoryStore)
    directory: FakeDirectory = field(default_factory=FakeDirectory)
    clock: FakeClock = field(default_factory=FakeClock)
    audit: RecordingAudit = field(default_factory=RecordingAudit)
    random: SeededRandom = field(default_factory=SeededRandom)
    realm: Realm = CORP

    def __post_init__(self) -> None:
        self.store.configurations.apply(Configuration(revision=1, realms=(self.realm,), clients=()), 1)
        self.realms = Realms(self.store.configurations)
        self.sync = DirectorySync(
            realms=self.realms,
            directory=self.directory,
            subscribers=self.store.subscribers,
            synced=self.store.synced,
            clock=self.clock,
            random=self.random,
            audit=self.audit,
        )

    def member(self, sam: str, *groups: str, upn: str | None = None) -> FakeAccount:
        return self.directory.add(sam, upn=upn, groups=groups or (STAFF,))

    def plan(self, *groups: str) -> SyncPlan:
        return self.sync.plan(None, groups or (STAFF,))

    def run(self, *groups: str) -> list[SyncResult]:
        return list(self.sync.apply(None, self.plan(*groups).changes, ACTOR))

    def subscriber(self, name: str, kind: AliasKind = AliasKind.SAM) -> Subscriber | None:
        return self.store.subscribers.find(Alias("corp", kind, name))

    def add_by_hand(self, name: str) -> str:
        administration = SubscriberAdministration(
            store=self.store.subscribers,
            devices=self.store.push_devices,
            prompts=PromptEnding(
                ledgers=self.store.push_ledgers,
                transactions=self.store.transactions,
                audit=self.audit,
                clock=self.clock,
            ),
            ledgers=self.store.push_ledgers,
            realms=self.realms,
            vault=FakeVault(),
            clock=self.clock,
            random=self.random,
            audit=self.audit,
        )
        details = administration.create(NewSubscriber(username=name), ACTOR)
        return details.subscriber.user_id


@pytest.fixture
def world() -> SyncWorld:
    return SyncWorld()


def test_members_become_users_with_all_their_names_linked_to_their_account(world: SyncWorld) -> None:
    account = world.member("Alice", upn="Alice.Smith@corp.example.test")
    assert [one.refused for one in world.run()] == [None]
    alice = world.subscriber("alice")
    assert alice is not None
    assert alice == world.subscriber("alice.smith@corp.example.test", AliasKind.UPN)
    assert world.store.subscribers.factors(alice.user_id).object_guid == account.object_guid == alice.object_guid


def test_planning_changes_nothing_and_a_second_sync_has_nothing_to_do(world: SyncWorld) -> None:
    world.member("alice")
    assert world.plan() == world.plan()
    assert not world.store.state.profiles
    world.run()
    assert world.plan() == SyncPlan(changes=(), members=1)


def test_a_renamed_account_stays_the_same_user_and_the_old_name_is_free(world: SyncWorld) -> None:
    account = world.member("alice", upn="alice@corp.example.test")
    world.run()
    before = world.subscriber("alice")
    account.sam, account.upn = "alice.jones", "alice.jones@corp.example.test"
    (change,) = world.plan().changes
    assert (change.step, change.was) == (SyncStep.RENAME, "alice")
    world.run()
    after = world.subscriber("alice.jones")
    assert before is not None
    assert after is not None
    assert after.user_id == before.user_id
    assert world.subscriber("alice") is None
    assert world.subscriber("alice@corp.example.test", AliasKind.UPN) is None


def test_who_leaves_the_groups_is_disabled_and_comes_back_enabled(world: SyncWorld) -> None:
    account = world.member("alice")
    world.member("bob")
    world.run()
    account.groups = frozenset()
    assert [change.step for change in world.plan().changes] == [SyncStep.LEAVE]
    world.run()
    alice = world.subscriber("alice")
    assert alice is not None
    assert alice.state is SubscriberState.DISABLED
    assert world.plan().changes == ()
    account.groups = frozenset({STAFF})
    world.run()
    again = world.subscriber("alice")
    assert again is not None
    assert (again.state, again.user_id) == (SubscriberState.ACTIVE, alice.user_id)


def test_a_deleted_account_and_a_new_one_of_the_same_name_are_different_people(world: SyncWorld) -> None:
    world.member("alice")
    world.run()
    world.directory.accounts["corp"][0].object_guid = "00000000-0000-0000-0000-000000000001"
    leave, create = world.run()
    assert (leave.change.step, leave.refused) == (SyncStep.LEAVE, None)
    assert create.change.step is SyncStep.CREATE
    assert create.refused == "the name belongs to the user of another account; remove that user first"
    alice = world.subscriber("alice")
    assert alice is not None
    assert alice.state is SubscriberState.DISABLED


def test_an_account_of_two_groups_is_one_user_and_leaving_one_group_changes_nothing(world: SyncWorld) -> None:
    account = world.member("alice", STAFF, PARTNERS)
    world.member("bob", PARTNERS)
    assert world.plan(STAFF, PARTNERS).members == 2
    world.run(STAFF, PARTNERS)
    account.groups = frozenset({PARTNERS})
    world.directory.empty_groups.add(STAFF)
    assert world.plan(STAFF, PARTNERS).changes == ()


def test_a_user_made_by_hand_is_taken_over_with_the_factors(world: SyncWorld) -> None:
    user_id = world.add_by_hand("alice")
    world.member("alice")
    assert world.run()[0].refused is None
    alice = world.subscriber("alice")
    assert alice is not None
    assert alice.user_id == user_id
    assert alice.object_guid is not None


def test_a_user_who_is_linked_to_another_account_is_not_taken_over(world: SyncWorld) -> None:
    user_id = world.add_by_hand("alice")
    world.store.logins.link(user_id, Alias("corp", AliasKind.GUID, "00000000-0000-0000-0000-00000000000f"))
    world.member("alice")
    assert world.run()[0].refused == "the user is linked to another account of the directory"


def test_a_refused_name_holds_up_nobody_else(world: SyncWorld) -> None:
    world.member("al:ice")
    world.member("bob")
    assert [one.refused is None for one in world.run()] == [False, True]


def test_a_principal_name_of_a_foreign_suffix_is_left_out(world: SyncWorld) -> None:
    world.member("alice", upn="alice@elsewhere.test")
    world.run()
    alice = world.subscriber("alice")
    assert alice is not None
    assert [alias.kind for alias in alice.aliases] == [AliasKind.SAM, AliasKind.GUID]


@pytest.mark.parametrize("result", [DirectoryResult.UNAVAILABLE, DirectoryResult.SERVICE_ACCOUNT_REFUSED])
def test_a_directory_that_does_not_answer_is_not_an_empty_group(world: SyncWorld, result: DirectoryResult) -> None:
    world.member("alice")
    world.run()
    world.directory.result = result
    with pytest.raises(UnavailableError):
        world.plan()


def test_a_group_that_does_not_exist_is_a_mistake_and_disables_nobody(world: SyncWorld) -> None:
    world.member("alice")
    world.run()
    with pytest.raises(InvalidInputError, match="no group"):
        world.plan(PARTNERS)


def test_a_realm_without_a_directory_cannot_be_synced() -> None:
    with pytest.raises(InvalidInputError, match="has no directory"):
        SyncWorld(realm=Realm("corp")).plan()


def test_a_step_that_was_cut_off_is_taken_again(world: SyncWorld) -> None:
    world.member("alice")
    world.store.faults.before["synced.note"] = 1
    with pytest.raises(UnavailableError):
        world.run()
    assert [one.refused for one in world.run()] == [None]
    assert world.plan().changes == ()


def test_swapped_names_lose_nobody(world: SyncWorld) -> None:
    """Two accounts that exchange their names stand in each other's way: nothing is lost meanwhile."""
    first, second = world.member("alice"), world.member("bob")
    world.run()
    first.sam, second.sam = "bob", "alice"
    assert any(one.refused for one in world.run())
    assert {user.user_id for user in world.store.state.profiles.values()} == set(world.store.state.factors)
