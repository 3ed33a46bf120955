"""Pins and profiles: what logins teach, what it costs, and that a failure decides nothing."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from mfa.contract import LoginRequest, MessageAuthenticatorState, Outcome
from mfa.contract.clients import MAX_PINS, MessageAuthenticatorPolicy
from mfa.domain.client_profile import MAX_TRAITS
from mfa.domain.configuration import ClientPolicy
from mfa.domain.reasons import RejectReason
from mfa.ports import Seen
from mfa.services.client_observation import MAX_CLIENTS_KEPT, ObservedClients
from tests.fakes.login_world import REALM, LoginWorld, client
from tests.fakes.store import InMemoryStore

VPN = client("vpn", "192.0.2.0/24")


class Watch:
    """One instance of the function that observes, on a table that others share."""

    def __init__(self) -> None:
        self.world = LoginWorld()
        assert isinstance(self.world.store, InMemoryStore)
        self.store = self.world.store
        self.observer = self.instance()
        self.store.calls.clear()

    def instance(self) -> ObservedClients:
        return ObservedClients(store=self.store.observations, audit=self.world.audit, clock=self.world.clock)

    def request(self, *, valid: bool = True, **changes: object) -> LoginRequest:
        state = MessageAuthenticatorState.VALID if valid else MessageAuthenticatorState.ABSENT
        return replace(self.world.request("123456"), message_authenticator=state, **changes)  # type: ignore[arg-type]

    def see(self, *, valid: bool = True, policy: ClientPolicy = VPN, accepted: bool = True, **changes: object) -> Seen:
        """One login: what is said before the decision, and then, unless it is dropped, its Accept."""
        request = self.request(valid=valid, **changes)
        seen = self.observer.seen(request, policy)
        if accepted and seen is Seen.PROCEED:
            self.observer.accepted(request, policy)
        return seen

    @property
    def events(self) -> list[tuple[str, str]]:
        """What was told of changed profiles."""
        told = self.world.audit.configuration
        return [(one.subject, one.details["new"]) for one in told if one.event == "client_profile_changed"]


@pytest.fixture
def watch() -> Watch:
    return Watch()


def with_policy(name: str) -> ClientPolicy:
    return replace(VPN, edge=replace(VPN.edge, require_message_authenticator=MessageAuthenticatorPolicy(name)))


# ---- pins


def test_a_packet_that_is_not_accepted_pins_nobody(watch: Watch) -> None:
    """It may be a captured one that somebody sends again from another address."""
    assert watch.see(accepted=False) is Seen.PROCEED
    assert watch.store.state.pins == {}
    assert watch.see(valid=False) is Seen.PROCEED


def test_a_source_is_pinned_by_its_first_accepted_proof_and_dropped_without_one_from_then_on(watch: Watch) -> None:
    """THREATS A15."""
    assert watch.see(valid=False) is Seen.PROCEED
    assert watch.see() is Seen.PROCEED
    assert watch.store.state.pins == {"vpn": {"192.0.2.7"}}
    assert watch.see(valid=False) is Seen.DROP
    assert watch.see(valid=False, source_ip="192.0.2.8") is Seen.PROCEED


def test_a_pin_holds_in_every_instance(watch: Watch) -> None:
    watch.see()
    assert watch.instance().seen(watch.request(valid=False), VPN) is Seen.DROP


def test_a_pin_that_is_set_elsewhere_is_noticed_within_a_minute(watch: Watch) -> None:
    assert watch.see(valid=False) is Seen.PROCEED
    watch.store.observations.pin("vpn", "192.0.2.7", 0)
    watch.world.clock.advance(60)
    assert watch.see(valid=False) is Seen.DROP


def test_a_lifted_pin_is_noticed_within_a_minute(watch: Watch) -> None:
    watch.see()
    watch.store.observations.unpin("vpn", "192.0.2.7")
    watch.world.clock.advance(60)
    assert watch.see(valid=False) is Seen.PROCEED


def test_the_policy_decides_before_any_pin(watch: Watch) -> None:
    watch.see()
    assert watch.see(valid=False, policy=with_policy("no")) is Seen.PROCEED
    assert watch.see(valid=False, source_ip="192.0.2.9", policy=with_policy("yes")) is Seen.DROP


def test_only_auto_pins(watch: Watch) -> None:
    for name in ("yes", "no"):
        watch.see(policy=with_policy(name))
    assert watch.store.state.pins == {}


@pytest.mark.parametrize("source", ["203.0.113.7", "192.0.2.007", "::ffff:192.0.2.7", "vpn", ""])
def test_what_is_no_address_of_the_client_is_not_pinned(watch: Watch, source: str) -> None:
    assert watch.see(source_ip=source) is Seen.PROCEED
    assert watch.store.state.pins == {}


def test_with_too_many_pins_it_is_required_of_all(watch: Watch) -> None:
    watch.store.state.pins["vpn"] = frozenset(f"10.0.{n >> 8}.{n & 255}" for n in range(MAX_PINS))
    assert watch.see() is Seen.PROCEED
    assert len(watch.store.state.pins["vpn"]) == MAX_PINS
    assert watch.see(valid=False, source_ip="192.0.2.200") is Seen.DROP


# ---- cost


def test_in_the_steady_state_a_login_costs_no_call(watch: Watch) -> None:
    watch.see()
    watch.store.calls.clear()
    for _ in range(50):
        watch.see()
        watch.world.clock.advance(10)
    assert watch.store.calls == []


def test_a_client_that_proves_nothing_costs_one_query_a_minute(watch: Watch) -> None:
    for _ in range(60):
        watch.see(valid=False)
        watch.world.clock.advance(2)
    assert watch.store.calls.count("observations.pins") == 2
    assert watch.store.calls.count("observations.profile") == 1
    assert watch.store.calls.count("observations.learn") == 1


def test_memory_is_bounded(watch: Watch) -> None:
    for number in range(MAX_CLIENTS_KEPT + 10):
        edge = replace(VPN.edge, name=f"vpn{number}")
        watch.see(policy=replace(VPN, edge=edge))
    assert len(watch.observer._clients) == MAX_CLIENTS_KEPT


# ---- the profile


def test_what_is_new_about_a_client_is_told_once(watch: Watch) -> None:
    first = "attribute:NAS-Identifier, message-authenticator:valid, protocol:pap, user-name:name"
    watch.see()
    watch.see()
    watch.see(username="CORP\\alice", valid=False, source_ip="192.0.2.9")
    assert watch.events == [("vpn", first), ("vpn", "message-authenticator:absent, user-name:DOMAIN\\name")]
    watch.instance().seen(watch.request(username="CORP\\bob"), VPN)
    assert len(watch.events) == 2
    assert watch.world.audit.configuration[0].event == "client_profile_changed"
    assert set(watch.store.state.client_profiles["vpn"].traits) >= {"protocol:pap", "user-name:DOMAIN\\name"}


def test_no_user_is_named_in_a_profile(watch: Watch) -> None:
    for name in ("alice", "CORP\\alice", "alice@corp.example.test"):
        watch.see(username=name, nas={"Calling-Station-Id": "02-00-00-00-00-01"})
    assert "alice" not in repr((watch.store.state.client_profiles, watch.world.audit.configuration))
    assert "02-00" not in repr((watch.store.state.client_profiles, watch.world.audit.configuration))


def test_of_two_instances_that_learn_at_once_one_tells(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    other = watch.instance()
    original: Callable[[str], object] = watch.store.observations.profile

    def profile_and_then_the_other_learns(name: str) -> object:
        monkeypatch.setattr(watch.store.observations, "profile", original)
        seen = original(name)
        other.seen(watch.request(), VPN)
        return seen

    monkeypatch.setattr(watch.store.observations, "profile", profile_and_then_the_other_learns)
    watch.see()
    watch.see()
    assert len(watch.events) == 1


def test_a_profile_does_not_grow_without_end(watch: Watch) -> None:
    for number in range(200):
        watch.see(nas={f"Attribute-{number}": ""})
    assert len(watch.store.state.client_profiles["vpn"].traits) == MAX_TRAITS
    watch.store.calls.clear()
    watch.see(nas={"Attribute-999": ""})
    assert watch.store.calls == []


# ---- failures


@pytest.mark.parametrize("call", ["pins", "pin", "profile", "learn"])
def test_a_failure_to_observe_decides_nothing(watch: Watch, call: str) -> None:
    watch.store.faults.before[f"observations.{call}"] = 1
    assert watch.see() is Seen.PROCEED
    watch.world.clock.advance(5)
    assert watch.see() is Seen.PROCEED
    assert watch.store.state.pins == {"vpn": {"192.0.2.7"}}
    assert len(watch.events) == 1


def test_a_known_pin_protects_though_the_table_is_away(watch: Watch) -> None:
    watch.see()
    watch.world.clock.advance(700)
    watch.store.faults.before["observations.pins"] = 99
    assert watch.see(valid=False) is Seen.DROP


def test_after_a_failure_the_table_is_left_alone_for_a_while(watch: Watch) -> None:
    watch.store.faults.before["observations.pins"] = 99
    for _ in range(10):
        watch.see()
    assert watch.store.calls == ["observations.pins"]
    (told,) = watch.world.audit.configuration
    assert (told.event, told.subject) == ("client_observation_failed", "vpn")
    assert told.details == {"fault": "UnavailableError: observations.pins did not answer"}


def test_a_bug_in_here_decides_nothing_and_is_told_without_its_text(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: str) -> frozenset[str]:
        raise KeyError("canary")

    monkeypatch.setattr(watch.store.observations, "pins", broken)
    assert watch.see() is Seen.PROCEED
    assert [told.details for told in watch.world.audit.configuration] == [{"fault": "KeyError"}]


# ---- in a login


@pytest.fixture
def world() -> LoginWorld:
    world = LoginWorld()
    world.add_user("alice")
    return world


def test_a_downgrade_is_dropped_before_any_code_is_looked_at(world: LoginWorld) -> None:
    assert isinstance(world.store, InMemoryStore)
    observer = ObservedClients(store=world.store.observations, audit=world.audit, clock=world.clock)
    service = world.another_instance(observer=observer)
    assert world.send(world.request(world.code()), service).outcome == "accept"
    world.clock.advance(30)
    unsigned = replace(world.request(world.code()), message_authenticator=MessageAuthenticatorState.ABSENT)
    world.store.calls.clear()
    answer = world.send(unsigned, service)
    assert answer.response.outcome is Outcome.DROP
    assert (answer.reason, answer.response.hold_ms) == (RejectReason.MESSAGE_AUTHENTICATOR_MISSING, 0)
    assert not [call for call in world.store.calls if call.startswith("logins.")]


def test_logins_go_on_while_observations_fail(world: LoginWorld) -> None:
    assert isinstance(world.store, InMemoryStore)
    for call in ("pins", "pin", "profile", "learn"):
        world.store.faults.before[f"observations.{call}"] = 99
    observer = ObservedClients(store=world.store.observations, audit=world.audit, clock=world.clock)
    service = world.another_instance(observer=observer)
    assert world.send(world.request(world.wrong_code()), service).outcome == "reject"
    assert world.send(world.request(world.code()), service).outcome == "accept"


def test_an_edge_decides_only_for_its_own_clients(world: LoginWorld) -> None:
    """THREATS X1."""
    assert isinstance(world.store, InMemoryStore)
    world.configuration.apply([REALM], [replace(VPN, edge_roles=frozenset({"edge-a"}))])
    for role in ("edge-b", None):
        answer = world.send(world.request(world.code(), revision="2"), world.another_instance(), role=role)
        assert (answer.outcome, answer.reason) == ("reject", RejectReason.FOREIGN_CLIENT)
    assert world.tries() == 0
    mine = world.send(world.request(world.code(), revision="2"), world.another_instance(), role="edge-a")
    assert mine.outcome == "accept"
