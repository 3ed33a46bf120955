"""One packet, one answer, whichever edge brings it and however often (THREATS B6-B8, B13)."""

import pytest

from mfa.domain.factors import SubscriberState
from mfa.domain.reasons import RejectReason
from tests.fakes.login_world import LoginWorld
from tests.fakes.store import InMemoryStore

PACKET = b"one packet, twice"[:16]


@pytest.fixture
def world() -> LoginWorld:
    world = LoginWorld()
    world.add_user("alice")
    return world


def test_b13_the_same_packet_again_gets_its_accept_again(world: LoginWorld) -> None:
    code = world.code()
    first = world.login(code, login_id=PACKET)
    again = world.login(code, login_id=PACKET)
    assert (first.outcome, first.replayed) == ("accept", False)
    assert (again.outcome, again.replayed) == ("accept", True)
    assert world.item().throttle.successes == 1


def test_the_same_packet_again_gets_its_reject_again_and_costs_no_second_try(world: LoginWorld) -> None:
    wrong = world.wrong_code()
    for _ in range(20):
        answer = world.login(wrong, login_id=PACKET)
        assert (answer.outcome, answer.reason) == ("reject", RejectReason.WRONG_CODE)
    assert world.tries() == 1


def test_a_replayed_answer_echoes_the_new_nonce(world: LoginWorld) -> None:
    code = world.code()
    world.login(code, login_id=PACKET)
    request = world.request(code, login_id=PACKET)
    assert world.send(request).response.answers(request)


def test_a_replay_writes_nothing(world: LoginWorld) -> None:
    code = world.code()
    world.login(code, login_id=PACKET)
    before = world.item()
    world.login(code, login_id=PACKET)
    assert world.item() == before


def test_b6_after_the_replay_window_the_same_packet_is_rejected(world: LoginWorld) -> None:
    code = world.code()
    world.login(code, login_id=PACKET)
    world.clock.advance(15)  # 5 s x (2 retries + 1)
    assert world.login(code, login_id=PACKET).outcome == "accept"
    world.clock.advance(1)
    answer = world.login(code, login_id=PACKET)
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.REPLAY_EXPIRED)


def test_b6_a_packet_that_is_forgotten_meets_its_used_step(world: LoginWorld) -> None:
    code = world.code()
    world.login(code, login_id=PACKET)
    for _ in range(6):
        world.login(world.wrong_code())
    answer = world.login(code, login_id=PACKET)
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.CODE_USED)


@pytest.mark.parametrize("client_name", ["vpn", "desktops"])
def test_a_login_id_that_comes_with_another_text_is_a_forgery(world: LoginWorld, client_name: str) -> None:
    world.login(world.code(), login_id=PACKET)
    text = world.wrong_code() if client_name == "vpn" else world.code()
    answer = world.send(world.request(text, login_id=PACKET, client_name=client_name))
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.LOGIN_ID_REUSED)


def test_an_accept_is_not_replayed_once_the_user_is_disabled(world: LoginWorld) -> None:
    code = world.code()
    world.login(code, login_id=PACKET)
    world.store.subscribers.set_state(world.item().user_id, SubscriberState.DISABLED)
    assert world.login(code, login_id=PACKET).reason is RejectReason.DISABLED


def test_what_is_remembered_stays_small(world: LoginWorld) -> None:
    for _ in range(30):
        world.login(world.wrong_code())
        world.login(world.code())
        world.clock.advance(61)
    assert len(world.item().recent) <= 4


def test_a_check_that_crashed_is_done_again_without_a_second_try(world: LoginWorld) -> None:
    store = memory(world)
    store.faults.before["logins.accept"] = 1
    code = world.code()
    assert world.login(code, login_id=PACKET).reason is RejectReason.UNAVAILABLE
    assert world.tries() == 1
    assert world.login(code, login_id=PACKET).outcome == "accept"
    assert world.tries() == 0


def test_a_wrong_code_whose_check_crashed_is_counted_once(world: LoginWorld) -> None:
    memory(world).faults.before["logins.reject"] = 1
    wrong = world.wrong_code()
    assert world.login(wrong, login_id=PACKET).reason is RejectReason.UNAVAILABLE
    assert world.login(wrong, login_id=PACKET).reason is RejectReason.WRONG_CODE
    assert world.tries() == 1


def test_crashed_checks_of_many_packets_lock_like_any_failures(world: LoginWorld) -> None:
    memory(world).faults.before["logins.reject"] = 100
    reasons = [world.login(world.wrong_code()).reason for _ in range(12)]
    assert reasons == [RejectReason.UNAVAILABLE] * 10 + [RejectReason.LOCKED] * 2


def test_the_first_decision_on_a_packet_stands(world: LoginWorld) -> None:
    """Edge A checks a code at the end of its life, edge B the same packet a moment later, when it is too old."""
    late = world.code(-1)
    store = memory(world)
    store.faults.before["logins.accept"] = 1
    world.login(late, login_id=PACKET)  # reserved, checked, not stored
    world.clock.advance(14)
    world.clock.time = world.clock.time // 30 * 30 + 30
    assert world.send(world.request(late, login_id=PACKET), world.another_instance()).outcome == "reject"
    world.clock.advance(-16)
    assert world.login(late, login_id=PACKET).outcome == "reject"


def test_an_unknown_state_is_rejected(world: LoginWorld) -> None:
    answer = world.send(world.request(world.code(), state=b"forged"))
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.UNKNOWN_STATE)
    assert world.tries() == 0


def memory(world: LoginWorld) -> InMemoryStore:
    assert isinstance(world.store, InMemoryStore)
    return world.store
