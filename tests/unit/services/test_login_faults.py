"""Whatever fails, the answer is a Reject, and it is on record (THREATS E8-E10, DESIGN rules 1 and 12)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from mfa.domain.reasons import RejectReason
from mfa.errors import ConditionRefusedError
from tests.fakes.login_world import LoginWorld
from tests.fakes.store import InMemoryStore
from tests.fakes.vault import FakeVault

PACKET = b"one packet, twice"[:16]


@pytest.fixture
def world() -> LoginWorld:
    world = LoginWorld()
    world.add_user("alice")
    return world


def memory(world: LoginWorld) -> InMemoryStore:
    assert isinstance(world.store, InMemoryStore)
    return world.store


@pytest.mark.parametrize(
    "call", ["configurations.current", "configurations.load", "index.find", "logins.reserve", "logins.accept"]
)
def test_e8_no_call_that_fails_lets_anybody_in(world: LoginWorld, call: str) -> None:
    memory(world).faults.before[call] = 1
    answer = world.login(world.code())
    assert (answer.outcome, answer.reason, answer.response.hold_ms) == ("reject", RejectReason.UNAVAILABLE, 0)
    assert world.item().throttle.successes == 0
    assert world.login(world.code()).outcome == "accept"  # alive


@pytest.mark.parametrize("call", ["logins.read", "logins.reserve_past_gate", "logins.reject"])
def test_e8_faults_beside_the_normal_path_reject_too(world: LoginWorld, call: str) -> None:
    for _ in range(10):
        world.login(world.wrong_code())
    world.clock.advance(60)
    memory(world).faults.before[call] = 1
    answer = world.login(world.wrong_code())
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.UNAVAILABLE)


def test_the_record_says_what_failed(world: LoginWorld) -> None:
    memory(world).faults.before["logins.reserve"] = 1
    world.login(world.code())
    assert world.audit.logins[-1].fault == "UnavailableError: logins.reserve did not answer"


def test_e9_a_lost_answer_to_the_accept_is_looked_up(world: LoginWorld) -> None:
    memory(world).faults.after["logins.accept"] = 1
    assert world.login(world.code()).outcome == "accept"
    assert world.item().throttle.successes == 1


def test_e9_an_accept_that_was_not_written_is_a_reject(world: LoginWorld) -> None:
    memory(world).faults.before["logins.accept"] = 1
    assert world.login(world.code()).outcome == "reject"
    assert world.item().throttle.successes == 0


def test_e9_an_accept_that_cannot_be_looked_up_is_a_reject(world: LoginWorld) -> None:
    memory(world).faults.after["logins.accept"] = 1
    memory(world).faults.before["logins.read"] = 1
    code = world.code()
    assert world.login(code, login_id=PACKET).reason is RejectReason.UNAVAILABLE
    assert world.login(code, login_id=PACKET).outcome == "accept"  # the client's retransmission learns of it


def test_e9_a_lost_answer_to_the_reservation_costs_one_try_only(world: LoginWorld) -> None:
    memory(world).faults.after["logins.reserve"] = 1
    wrong = world.wrong_code()
    assert world.login(wrong, login_id=PACKET).reason is RejectReason.UNAVAILABLE
    assert world.login(wrong, login_id=PACKET).reason is RejectReason.WRONG_CODE
    assert world.tries() == 1


def test_e10_without_the_vault_nobody_is_accepted(world: LoginWorld) -> None:
    assert isinstance(world.vault, FakeVault)
    world.vault.available = False
    answer = world.login(world.code())
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.UNAVAILABLE)
    world.vault.available = True
    assert world.login(world.code()).outcome == "accept"


def test_a_seed_that_was_moved_to_another_user_does_not_open(world: LoginWorld) -> None:
    world.add_user("mallory", seed=b"mallory's very own seed")
    alice, mallory = world.item(), world.item("mallory")
    (stolen,) = alice.factors.values()
    memory(world).state.factors[mallory.user_id] = replace(mallory, factors={stolen.factor_id: stolen})
    answer = world.login(world.code(), username="mallory")
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.UNAVAILABLE)
    assert (world.audit.logins[-1].fault or "").startswith("SealBrokenError")


def test_a_bug_is_a_recorded_reject_that_repeats_nothing_of_the_request(
    world: LoginWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise RuntimeError("a text with alice's password in it")

    monkeypatch.setattr(memory(world).index, "find", broken)
    answer = world.login(world.code())
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.UNAVAILABLE)
    assert (world.audit.logins[-1].fault or "").startswith("RuntimeError in test_login_faults.py:")


def slow_down(world: LoginWorld, call: str, seconds: float) -> None:
    """Let the clock run while that call is under way."""
    store = memory(world)
    view = store.logins
    name = call.removeprefix("logins.")
    original: Callable[..., object] = getattr(view, name)

    def slow(*arguments: object, **named: object) -> object:
        world.clock.advance(seconds)
        return original(*arguments, **named)

    setattr(view, name, slow)


def test_a_code_is_not_used_up_when_nobody_waits_for_the_answer_any_more(world: LoginWorld) -> None:
    slow_down(world, "logins.reserve", 2)
    code = world.code()
    answer = world.send(world.request(code, deadline_ms=1500))
    assert (answer.outcome, answer.reason, answer.response.hold_ms) == ("reject", RejectReason.TOO_LATE, 0)
    assert world.item().throttle.successes == 0
    assert "logins.accept" not in memory(world).calls


def test_a_login_that_comes_too_late_costs_no_try(world: LoginWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    find = memory(world).index.find

    def slow(alias: object) -> object:
        world.clock.advance(2)
        return find(alias)  # type: ignore[arg-type]

    monkeypatch.setattr(memory(world).index, "find", slow)
    answer = world.send(world.request(world.wrong_code(), deadline_ms=1500))
    assert answer.reason is RejectReason.TOO_LATE
    assert world.tries() == 0


def test_an_item_that_never_stands_still_is_given_up(world: LoginWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> object:
        raise ConditionRefusedError

    monkeypatch.setattr(memory(world).logins, "reserve", refused)
    answer = world.login(world.code())
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.UNAVAILABLE)


@pytest.mark.parametrize("text", ["right", "wrong", "nonsense", "push"])
@pytest.mark.parametrize("username", ["alice", "nobody", "fakeusername", "\u202e"])
@pytest.mark.parametrize("failing", [None, "index.find", "logins.reserve", "logins.accept", "logins.read"])
def test_every_exit_leaves_exactly_one_record(world: LoginWorld, text: str, username: str, failing: str | None) -> None:
    if failing:
        memory(world).faults.before[failing] = 1
    typed = {"right": world.code(), "wrong": world.wrong_code()}.get(text, text)
    before = len(world.audit.logins)
    answer = world.login(typed, username=username)
    (record,) = world.audit.logins[before:]
    assert record.outcome == answer.outcome
    assert (record.reason is None) == (answer.outcome == "accept")
