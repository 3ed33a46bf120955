"""Which revision is in force, for whom and how long, and what a bad one is told."""

from dataclasses import replace

import pytest

from mfa.contract import ContractError
from mfa.contract.clients import EdgeUpstream, UpstreamServer
from mfa.domain.configuration import UserNameRules
from mfa.domain.policy import DENY_UNENROLLED, Exemption, PolicyRule, RuleAction, Selector, UnenrolledRule
from mfa.domain.reasons import RejectReason
from mfa.domain.user_names import Realm
from mfa.errors import InvalidInputError, UnavailableError
from mfa.services.configuration import ClientInForce
from tests.fakes.login_world import REALM, LoginWorld, client
from tests.fakes.store import InMemoryStore


@pytest.fixture
def world() -> LoginWorld:
    world = LoginWorld()
    world.add_user("alice")
    return world


def reason_by_revision(world: LoginWorld, revision: str) -> RejectReason | None:
    world.clock.advance(30)
    return world.send(world.request(world.code(), revision=revision)).reason


def test_an_edge_gets_the_clients_and_the_key_of_login_ids_and_no_policy(world: LoginWorld) -> None:
    configuration = world.configuration.edge_configuration(None)
    assert configuration.revision == "1"
    assert [one.name for one in configuration.clients] == ["vpn", "desktops"]
    assert configuration.login_id_key == world.vault.digest("login-id", b"v1")
    assert len(configuration.login_id_key) == 32


def test_without_a_configuration_edges_are_told_to_ask_again(world: LoginWorld) -> None:
    assert isinstance(world.store, InMemoryStore)
    world.store.state.current = None
    configuration = world.configuration_service()
    with pytest.raises(UnavailableError):  # an empty document would make an edge forget all it knows
        configuration.edge_configuration(None)
    for revision in ("0", "1"):
        request = world.request(world.code(), revision=revision)
        assert world.send(request, world.another_instance()).reason is RejectReason.STALE_CONFIGURATION


@pytest.mark.parametrize("revision", ["0", "2", "7", "", "-1", "one", "²", "1.0"])
def test_a_revision_that_is_not_in_force_is_refused_without_a_hold(world: LoginWorld, revision: str) -> None:
    answer = world.send(world.request(world.code(), revision=revision or " "))
    assert (answer.outcome, answer.reason, answer.response.hold_ms) == (
        "reject",
        RejectReason.STALE_CONFIGURATION,
        0,
    )


@pytest.mark.parametrize(
    ("name", "network"),
    [("", "192.0.2.0/24"), ("x" * 65, "192.0.2.0/24"), ("all", "::ffff:0:0/96"), ("all", "0.0.0.0/0")],
    ids=["no name", "long name", "catch-all in disguise", "catch-all"],
)
def test_a_client_that_an_edge_would_refuse_cannot_even_be_made(name: str, network: str) -> None:
    with pytest.raises(ContractError):
        client(name, network)


def test_clients_that_an_edge_would_refuse_together_never_come_into_force(world: LoginWorld) -> None:
    with pytest.raises(InvalidInputError, match="belongs to both"):
        world.configuration.apply([REALM], [client("v4", "10.0.0.0/24"), client("mapped", "::ffff:10.0.0.0/120")])
    assert reason_by_revision(world, "1") is None


def test_an_unknown_client_is_refused(world: LoginWorld) -> None:
    answer = world.send(world.request(world.code(), client_name="printer"))
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.UNKNOWN_CLIENT)


def test_the_previous_revision_is_valid_for_five_minutes(world: LoginWorld) -> None:
    world.configuration.apply([REALM], [client("vpn", "192.0.2.0/24")])
    assert reason_by_revision(world, "1") is None
    assert reason_by_revision(world, "2") is None
    world.clock.advance(300)
    assert reason_by_revision(world, "1") is RejectReason.STALE_CONFIGURATION
    assert reason_by_revision(world, "2") is None


def test_two_changes_in_a_row_do_not_lock_out_an_edge_that_saw_neither(world: LoginWorld) -> None:
    for _ in range(2):
        world.configuration.apply([REALM], [client("vpn", "192.0.2.0/24")])
    assert reason_by_revision(world, "1") is None
    world.clock.advance(299)
    world.configuration.apply([REALM], [client("vpn", "192.0.2.0/24")])
    world.clock.advance(1)
    assert reason_by_revision(world, "1") is RejectReason.STALE_CONFIGURATION
    assert reason_by_revision(world, "3") is None


def test_an_edge_may_be_ahead_of_what_this_instance_knows(world: LoginWorld) -> None:
    other = world.another_instance()
    world.send(world.request("123456"), other)  # knows revision 1 for 30 s
    world.configuration.apply([REALM], [client("vpn", "192.0.2.0/24")])
    assert world.send(world.request(world.code(), revision="2"), other).outcome == "accept"


def test_the_client_of_the_stated_revision_counts(world: LoginWorld) -> None:
    world.configuration.apply([REALM], [client("vpn", "192.0.2.0/24", timeout_seconds=1)])
    answer = world.send(world.request(world.wrong_code(), client_name="vpn", revision="2"))
    assert answer.response.hold_ms == 500
    answer = world.send(world.request(world.wrong_code(), client_name="desktops", revision="1"))
    assert answer.response.hold_ms == 1000


def test_revisions_are_read_once_and_the_current_one_every_thirty_seconds(world: LoginWorld) -> None:
    assert isinstance(world.store, InMemoryStore)
    for _ in range(7):
        world.login(world.wrong_code())
        world.clock.advance(10)
    assert world.store.calls.count("configurations.load") == 1
    # once by apply, then at 0, 30 and 60 s
    assert world.store.calls.count("configurations.current") == 4


@pytest.mark.parametrize(
    ("realms", "clients", "code"),
    [
        ([REALM, Realm("corp")], [client("vpn", "192.0.2.0/24")], "duplicate-realm"),
        ([Realm("other")], [client("vpn", "192.0.2.0/24")], "unknown-realm"),
        ([REALM], [client("vpn", "192.0.2.0/24"), client("vpn", "198.51.100.0/24")], "invalid-clients"),
        ([REALM], [client("vpn", "192.0.2.0/24"), client("gate", "192.0.2.0/24")], "invalid-clients"),
    ],
)
def test_a_configuration_is_checked_whole_and_the_old_one_kept(
    world: LoginWorld, realms: list[Realm], clients: list[object], code: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        world.configuration.apply(realms, clients)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert world.configuration.edge_configuration(None).revision == "1"


def test_a_client_name_can_be_used_again_in_a_later_revision(world: LoginWorld) -> None:
    renamed = replace(client("vpn", "203.0.113.0/24"), probe_names=frozenset())
    assert world.configuration.apply([REALM], [renamed]) == 2
    assert world.send(world.request("123456", username="fakeusername", revision="2")).reason is (
        RejectReason.UNKNOWN_USER
    )


# ---- policies

NPS, OLD = (
    EdgeUpstream(name=name, servers=(UpstreamServer(address="10.0.3.10"),), secret=f"secret of {name} canary".encode())
    for name in ("nps", "old")
)
FORWARD = PolicyRule(name="rest", action=RuleAction.FORWARD, upstream="nps")
TO_OLD = UnenrolledRule(action=RuleAction.FORWARD, upstream="old")


def upstreams_of(world: LoginWorld, role: str | None) -> list[str]:
    return [upstream.name for upstream in world.configuration.edge_configuration(role).upstreams]


def two_sites(world: LoginWorld, *rules: PolicyRule, unenrolled: UnenrolledRule = DENY_UNENROLLED) -> None:
    """Each client has an edge of its own."""
    here = replace(client("vpn", "192.0.2.0/24"), edge_roles=frozenset({"edge-a"}))
    there = replace(client("wifi", "198.51.100.0/24"), edge_roles=frozenset({"edge-b"}), unenrolled=unenrolled)
    world.configuration.apply([REALM], [here, there], rules=rules, upstreams=[NPS, OLD])


def test_an_edge_gets_the_upstreams_of_its_clients_only(world: LoginWorld) -> None:
    two_sites(world, unenrolled=TO_OLD)
    assert (upstreams_of(world, "edge-a"), upstreams_of(world, "edge-b")) == ([], ["old"])
    two_sites(world, FORWARD)
    assert (upstreams_of(world, "edge-a"), upstreams_of(world, "edge-b")) == (["nps"], ["nps"])
    two_sites(world, replace(FORWARD, selector=Selector(clients=frozenset({"vpn"}))), unenrolled=TO_OLD)
    assert (upstreams_of(world, "edge-a"), upstreams_of(world, "edge-b")) == (["nps"], ["old"])
    assert upstreams_of(world, "a stranger") == []


def test_an_edge_gets_the_secret_of_an_upstream_and_no_policy(world: LoginWorld) -> None:
    two_sites(world, FORWARD)
    configuration = world.configuration.edge_configuration("edge-a")
    assert configuration.upstreams == (NPS,)
    assert b"rest" not in configuration.to_json()


def test_a_login_gets_the_policies_of_its_revision_and_all_realms_of_its_client(world: LoginWorld) -> None:
    lab = Realm("lab", frozenset({"LAB"}))
    exemption = Exemption(name="one", selector=Selector(), owner="Ada", reason="phones", until=1)
    policy = replace(client("vpn", "192.0.2.0/24"), user_names=UserNameRules(more_realms=("lab",)))
    revision = world.configuration.apply(
        [lab, REALM], [policy], rules=[FORWARD], exemptions=[exemption], upstreams=[NPS]
    )
    world.configuration.apply([REALM], [client("vpn", "192.0.2.0/24")])
    before = world.configuration.client("vpn", str(revision), None)
    assert isinstance(before, ClientInForce)
    assert (before.realm, before.realms) == (REALM, (REALM, lab))
    assert (before.rules, before.exemptions) == ((FORWARD,), (exemption,))
    after = world.configuration.client("vpn", str(revision + 1), None)
    assert isinstance(after, ClientInForce)
    assert (after.realms, after.rules, after.exemptions) == ((REALM,), (), ())


def test_two_upstreams_of_one_name_never_come_into_force(world: LoginWorld) -> None:
    with pytest.raises(InvalidInputError, match="same name"):
        world.configuration.apply([REALM], [], upstreams=[NPS, NPS])
