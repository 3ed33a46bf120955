"""Access-Challenge: the password first, then the code, and a State that is good for one answer (THREATS A22, A23)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from mfa.contract import LoginRequest
from mfa.domain.challenges import CHALLENGE_SECONDS
from mfa.domain.configuration import ClientMode
from mfa.domain.factors import SubscriberState
from mfa.domain.policy import FactorKind
from mfa.domain.reasons import RejectReason
from mfa.services.challenges import MAX_STATE_OCTETS
from tests.fakes.login_world import HOLD_MS, Answer
from tests.fakes.mode_world import CORP, PASSWORD, ModeWorld, mode_world, vpn

FIRST, SECOND = b"the first packet", b"the second packt"
CHALLENGE = ClientMode.CHALLENGE


@pytest.fixture
def world() -> ModeWorld:
    return mode_world(CHALLENGE, challenge_message="Code, please")


def challenged(world: ModeWorld, *, login_id: bytes | None = None) -> bytes:
    answer = world.login(PASSWORD, login_id=login_id)
    assert answer.outcome == "challenge"
    assert answer.response.state is not None
    return answer.response.state


def challenge_id(world: ModeWorld) -> str:
    (only,) = world.memory.state.challenges
    return only


def test_the_right_password_is_answered_with_a_challenge(world: ModeWorld) -> None:
    answer = world.login(PASSWORD)
    assert (answer.outcome, answer.reason, answer.response.hold_ms) == ("challenge", None, 0)
    assert answer.response.reply_message == "Code, please"
    assert answer.response.attributes == ()
    assert len(answer.response.state or b"") <= MAX_STATE_OCTETS
    assert (world.tries(), world.binds) == (0, 1)


def test_the_code_that_answers_is_accepted_without_another_bind(world: ModeWorld) -> None:
    answer = world.answer(challenged(world), world.code())
    assert (answer.outcome, world.binds, world.tries()) == ("accept", 1, 0)
    assert world.audit.logins[-1].factor_id is not None


def test_a_wrong_password_is_a_plain_reject(world: ModeWorld) -> None:
    answer = world.login("wrong")
    assert (answer.outcome, answer.response.state, answer.response.hold_ms) == ("reject", None, HOLD_MS)
    assert not world.memory.state.challenges


def test_a_wrong_code_is_rejected_and_needs_the_password_again(world: ModeWorld) -> None:
    state = challenged(world)
    answer = world.answer(state, world.wrong_code())
    assert (answer.outcome, answer.reason, world.tries()) == ("reject", RejectReason.WRONG_CODE, 1)
    again = world.answer(state, world.code())
    assert (again.outcome, again.reason) == ("reject", RejectReason.STATE_USED)
    assert world.answer(challenged(world), world.code()).outcome == "accept"


@pytest.mark.parametrize("text", ["12345", "secret", "", "push 2"])
def test_what_is_no_factor_does_not_use_the_challenge_up(world: ModeWorld, text: str) -> None:
    state = challenged(world)
    assert world.answer(state, text).reason is RejectReason.NOT_A_CODE
    assert world.answer(state, world.code()).outcome == "accept"
    assert world.binds == 1  # not tried as a password either


def test_a_password_is_no_answer_and_a_code_is_no_beginning(world: ModeWorld) -> None:
    assert world.answer(challenged(world), PASSWORD).reason is RejectReason.NOT_A_CODE
    assert world.login(world.code()).reason is RejectReason.PASSWORD_MISSING


# ---- the same packet


def test_the_first_packet_again_is_challenged_again_for_no_bind(world: ModeWorld) -> None:
    states = [challenged(world, login_id=FIRST) for _ in range(4)]
    assert (world.binds, world.tries(), len(world.memory.state.challenges)) == (1, 0, 1)
    assert world.audit.logins[-1].replayed
    assert world.answer(states[-1], world.code()).outcome == "accept"
    world.clock.advance(30)
    assert world.answer(states[0], world.code()).reason is RejectReason.STATE_USED  # all are the same challenge


def test_the_second_packet_again_gets_its_outcome_again(world: ModeWorld) -> None:
    state, code = challenged(world), world.code()
    answers = [world.answer(state, code, login_id=SECOND) for _ in range(3)]
    assert [(answer.outcome, answer.replayed) for answer in answers] == [
        ("accept", False), ("accept", True), ("accept", True),
    ]  # fmt: skip
    state, wrong = challenged(world), world.wrong_code()
    assert {world.answer(state, wrong, login_id=FIRST).reason for _ in range(3)} == {RejectReason.WRONG_CODE}
    assert world.tries() == 1


def test_an_accept_is_given_again_although_the_challenge_has_ended_meanwhile(world: ModeWorld) -> None:
    state = challenged(world)
    world.clock.advance(CHALLENGE_SECONDS - 1)
    code = world.code()
    assert world.answer(state, code, login_id=SECOND).outcome == "accept"
    world.clock.advance(5)
    assert world.answer(state, code, login_id=SECOND).outcome == "accept"
    assert world.answer(state, world.code(1)).reason is RejectReason.STATE_EXPIRED


def test_a_first_packet_that_was_forgotten_is_challenged_again_for_no_bind(world: ModeWorld) -> None:
    challenged(world, login_id=FIRST)
    for _ in range(5):
        challenged(world)
    before = world.binds
    challenged(world, login_id=FIRST)
    assert world.binds == before


# ---- whose State


def refused(world: ModeWorld, request: LoginRequest) -> RejectReason | None:
    answer = world.send(request)
    assert answer.outcome == "reject"
    assert answer.response.hold_ms == HOLD_MS
    return answer.reason


FORGERIES: dict[str, Callable[[bytes], bytes]] = {
    "one octet": lambda _: b"\0",
    "made up": lambda _: b"forged",
    "cut": lambda state: state[:-1],
    "longer": lambda state: state + b"\0",
    "another tag": lambda state: state[:-1] + bytes([state[-1] ^ 1]),
    "another key version": lambda state: bytes([state[0] ^ 1]) + state[1:],
    "the highest key version": lambda state: b"\xff\xff" + state[2:],
    "another content": lambda state: state[:20] + bytes([state[20] ^ 128]) + state[21:],
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a22_a_forged_state_is_refused_without_a_look_at_the_table(world: ModeWorld, forgery: str) -> None:
    state = challenged(world)
    world.memory.calls.clear()
    request = world.request(world.code(), state=FORGERIES[forgery](state))
    assert refused(world, request) is RejectReason.UNKNOWN_STATE
    assert set(world.memory.calls) <= {"configurations.current", "configurations.load"}


def test_a23_the_state_of_another_user_is_refused(world: ModeWorld) -> None:
    world.add_user("mallory", seed=b"mallory's very own seed")
    state = challenged(world)
    code = world.code(seed=b"mallory's very own seed")
    assert refused(world, world.request(code, username="mallory", state=state)) is RejectReason.STATE_MISMATCH
    assert refused(world, world.request(code, username="nobody", state=state)) is RejectReason.STATE_MISMATCH
    assert world.answer(state, world.code()).outcome == "accept"  # she can still use it


def test_a23_the_state_of_another_client_or_address_is_refused(world: ModeWorld) -> None:
    state = challenged(world)
    elsewhere = replace(world.request(world.code(), state=state), source_ip="192.0.2.8")
    assert refused(world, elsewhere) is RejectReason.STATE_MISMATCH
    other = replace(vpn(CHALLENGE), edge=replace(vpn().edge, name="desktops"))
    world.configure(other)
    assert refused(world, world.request(world.code(), client_name="desktops", state=state)) is (
        RejectReason.STATE_MISMATCH
    )


def test_a_state_ends_after_two_minutes(world: ModeWorld) -> None:
    state = challenged(world)
    world.clock.advance(CHALLENGE_SECONDS)
    assert refused(world, world.request(world.code(), state=state)) is RejectReason.STATE_EXPIRED
    assert world.tries() == 0


def test_a_state_that_another_packet_answered_is_used(world: ModeWorld) -> None:
    state = challenged(world)
    world.answer(state, world.code())
    world.clock.advance(30)
    assert refused(world, world.request(world.code(), state=state)) is RejectReason.STATE_USED
    assert world.tries() == 0


@pytest.mark.parametrize("mode", [mode for mode in ClientMode if mode is not CHALLENGE])
def test_a_state_is_unknown_in_every_other_mode(world: ModeWorld, mode: ClientMode) -> None:
    state = challenged(world)
    world.configure(vpn(mode))
    assert refused(world, world.request(world.code(), state=state)) is RejectReason.UNKNOWN_STATE


def test_the_longest_names_fit_into_a_state(world: ModeWorld) -> None:
    name = "c" * 64
    policy = vpn(CHALLENGE)
    world.configure(replace(policy, edge=replace(policy.edge, name=name)))
    source = "2001:0db8:0000:0000:0000:ffff:255.255.255.255"
    request = replace(world.request(PASSWORD, client_name=name), source_ip=source)
    answer = world.send(request)
    assert answer.outcome == "challenge"
    assert len(answer.response.state or b"") <= MAX_STATE_OCTETS
    second = world.request(world.code(), client_name=name, state=answer.response.state)
    assert world.send(replace(second, source_ip=source)).outcome == "accept"


# ---- who is challenged


def test_where_the_factors_of_the_user_are_not_admitted_there_is_nothing_to_ask_for(world: ModeWorld) -> None:
    world.configure(vpn(CHALLENGE, factors=(FactorKind.PUSH,)))
    assert world.login(PASSWORD).reason is RejectReason.NO_AUTOMATIC_FACTOR
    assert not world.memory.state.challenges


def test_a_user_who_was_disabled_meanwhile_is_refused(world: ModeWorld) -> None:
    state = challenged(world)
    world.memory.subscribers.set_state(world.user_id, SubscriberState.DISABLED)
    assert world.answer(state, world.code()).reason is RejectReason.DISABLED


def test_guesses_behind_challenges_are_counted_like_any(world: ModeWorld) -> None:
    reasons: list[RejectReason | None] = []
    for _ in range(11):
        first = world.login(PASSWORD)
        last: Answer = first if first.response.state is None else world.answer(first.response.state, world.wrong_code())
        reasons.append(last.reason)
    assert reasons == [RejectReason.WRONG_CODE] * 10 + [RejectReason.LOCKED]


# ---- faults


@pytest.mark.parametrize("call", ["challenges.put", "logins.challenge"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_challenge_that_may_not_be_stored_is_a_reject_and_the_packet_again_a_challenge(
    world: ModeWorld, call: str, when: str
) -> None:
    getattr(world.memory.faults, when)[call] = 1
    answer = world.login(PASSWORD, login_id=FIRST)
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.UNAVAILABLE)
    state = challenged(world, login_id=FIRST)
    assert (world.binds, len(world.memory.state.challenges)) == (1, 1)
    assert world.answer(state, world.code()).outcome == "accept"


@pytest.mark.parametrize("call", ["challenges.answer", "logins.reserve", "logins.accept"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_answer_whose_check_crashed_is_checked_again_for_the_same_packet(
    world: ModeWorld, call: str, when: str
) -> None:
    state, code = challenged(world), world.code()
    getattr(world.memory.faults, when)[call] = 1
    first = world.answer(state, code, login_id=SECOND)
    assert first.outcome == ("accept" if (call, when) == ("logins.accept", "after") else "reject")
    assert world.answer(state, code, login_id=SECOND).outcome == "accept"
    assert world.item().throttle.successes == 1


def test_the_realm_of_the_challenge_is_the_users(world: ModeWorld) -> None:
    assert CORP.directory is not None
    assert world.item().object_guid is None
    challenged(world)
    assert world.item().object_guid == world.alice.object_guid


def test_a_challenge_does_not_show_its_state(world: ModeWorld) -> None:
    state = challenged(world)
    assert repr(state) not in repr(world.audit.logins)
    assert challenge_id(world) not in state.decode("latin-1")
