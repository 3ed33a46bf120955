"""Recovery and bypass codes at a login: right once, wrong at a price, and never twice (THREATS C12)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pytest

from mfa.domain.configuration import ClientMode, JoinedForm
from mfa.domain.factors import SubscriberState
from mfa.domain.policy import FactorKind
from mfa.domain.reasons import RejectReason
from mfa.services.login import LoginService
from tests.fakes.challenge_response import PROTOCOLS, under
from tests.fakes.login_world import HOLD_MS, Answer, LoginWorld
from tests.fakes.mode_world import PASSWORD, ModeWorld, mode_world, vpn
from tests.fakes.races import all_at_once
from tests.fakes.recovery_world import RecoveryWorld
from tests.fakes.store import InMemoryStore

PACKET = b"one packet, twice"[:16]
WRONG = "ABCD-EFGH-JKMN"
DAY = 24 * 3600


@pytest.fixture
def world() -> LoginWorld:
    world = LoginWorld()
    world.add_user("alice")
    return world


@pytest.fixture
def recovery(world: LoginWorld) -> RecoveryWorld:
    return RecoveryWorld(world)


def memory(world: LoginWorld) -> InMemoryStore:
    assert isinstance(world.store, InMemoryStore)
    return world.store


def used(world: LoginWorld) -> list[tuple[str, str]]:
    return [(change.event, change.details["left"]) for change in world.audit.changes]


def wire(answer: Answer) -> tuple[object, ...]:
    response = answer.response
    return response.outcome, response.hold_ms, response.reply_message, response.attributes, response.state


# ---- recovery codes


def test_each_of_ten_codes_opens_once(world: LoginWorld, recovery: RecoveryWorld) -> None:
    codes = recovery.codes()
    assert len(set(codes)) == 10
    for left, code in zip(range(9, -1, -1), codes, strict=True):
        answer = world.login(code)
        assert (answer.outcome, answer.response.hold_ms) == ("accept", 0)
        assert world.audit.logins[-1].factor_id == "recovery"
        assert recovery.left() == left
    assert used(world) == [("recovery_code_used", str(left)) for left in range(9, -1, -1)]


def test_c12_a_used_code_is_refused_and_not_counted(world: LoginWorld, recovery: RecoveryWorld) -> None:
    code = recovery.codes()[0]
    assert world.login(code).outcome == "accept"
    answer = world.login(code)
    assert (answer.outcome, answer.reason, answer.response.hold_ms) == ("reject", RejectReason.CODE_USED, HOLD_MS)
    assert world.tries() == 0
    assert len(world.audit.changes) == 1


def test_c12_a_code_from_before_the_renewal_is_refused(world: LoginWorld, recovery: RecoveryWorld) -> None:
    old, new = recovery.codes(), recovery.codes()
    answer = world.login(old[0])
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.WRONG_CODE)
    assert world.login(new[0]).outcome == "accept"


def test_c12_a_code_of_another_user_is_refused(world: LoginWorld, recovery: RecoveryWorld) -> None:
    world.add_user("bob", seed=b"a seed of another token")
    codes = recovery.codes("bob")
    recovery.codes("alice")
    assert world.login(codes[0]).reason is RejectReason.WRONG_CODE
    assert world.login(codes[0], username="bob").outcome == "accept"


def test_c12_even_a_digest_of_another_user_opens_nothing(world: LoginWorld, recovery: RecoveryWorld) -> None:
    world.add_user("bob", seed=b"a seed of another token")
    codes, state = recovery.codes("bob"), memory(world).state
    state.recovery[world.item().user_id] = replace(
        state.recovery[world.item("bob").user_id], user_id=world.item().user_id
    )
    assert world.login(codes[0]).reason is RejectReason.WRONG_CODE


def test_a_wrong_code_is_counted_and_held_like_any(world: LoginWorld, recovery: RecoveryWorld) -> None:
    recovery.codes()
    answer = world.login(WRONG)
    assert (answer.outcome, answer.reason, answer.response.hold_ms) == ("reject", RejectReason.WRONG_CODE, HOLD_MS)
    assert world.tries() == 1
    assert wire(answer) == wire(world.login(world.wrong_code()))


def test_who_has_no_codes_pays_nothing_for_one(world: LoginWorld) -> None:
    answer = world.login(WRONG)
    assert (answer.reason, answer.response.hold_ms) == (RejectReason.NOT_ENROLLED, HOLD_MS)
    assert world.tries() == 0


@pytest.mark.parametrize("username", ["nobody", "bob"])
def test_unknown_and_disabled_users_are_rejected_like_anybody(
    world: LoginWorld, recovery: RecoveryWorld, username: str
) -> None:
    world.add_user("bob", seed=b"a seed of another token")
    codes = recovery.codes("bob")
    memory(world).subscribers.set_state(world.item("bob").user_id, SubscriberState.DISABLED)
    assert wire(world.login(codes[0], username=username)) == wire(world.login(WRONG))
    assert recovery.left("bob") == 10


def test_a_locked_user_is_not_let_in_and_keeps_the_code(world: LoginWorld, recovery: RecoveryWorld) -> None:
    codes = recovery.codes()
    for _ in range(10):
        world.login(WRONG)
    answer = world.login(codes[0])
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.LOCKED)
    assert recovery.left() == 10
    world.clock.advance(60)
    assert world.login(codes[0]).outcome == "accept"


def test_guesses_of_every_kind_are_one_count(world: LoginWorld, recovery: RecoveryWorld) -> None:
    recovery.codes()
    reasons = [world.login(text).reason for text in [WRONG, world.wrong_code()] * 6]
    assert reasons == [RejectReason.WRONG_CODE] * 10 + [RejectReason.LOCKED] * 2


def test_a_recovery_code_ends_the_count_like_any_code_of_the_users(world: LoginWorld, recovery: RecoveryWorld) -> None:
    codes = recovery.codes()
    for _ in range(9):
        world.login(WRONG)
    assert world.login(codes[0]).outcome == "accept"
    assert world.tries() == 0
    assert world.item().throttle.successes == 1


def test_small_letters_spaces_around_and_other_dashes_do_not_matter(world: LoginWorld, recovery: RecoveryWorld) -> None:
    first, second, third, *_ = recovery.codes()
    spelled = [first.lower(), f"  {second} ", third.replace("-", "", 1)]
    assert [world.login(text).outcome for text in spelled] == ["accept"] * 3


def test_what_people_write_for_zero_and_one_is_read_so(world: LoginWorld, recovery: RecoveryWorld) -> None:
    code = next(code for code in recovery.codes() if "0" in code or "1" in code)
    assert world.login(code.replace("0", "O").replace("1", "l")).outcome == "accept"


def test_the_same_packet_has_the_same_outcome_and_uses_one_code(world: LoginWorld, recovery: RecoveryWorld) -> None:
    code = recovery.codes()[0]
    assert [world.login(code, login_id=PACKET).outcome for _ in range(3)] == ["accept"] * 3
    assert recovery.left() == 9
    assert len(world.audit.changes) == 1


@pytest.mark.parametrize("lost", ["recovery.use_recovery_code", "logins.accept"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_packet_whose_function_died_goes_on_where_it_stopped(
    world: LoginWorld, recovery: RecoveryWorld, lost: str, when: str
) -> None:
    code = recovery.codes()[0]
    faults = memory(world).faults
    faults.before["logins.read"] = 1 if lost == "logins.accept" else 0
    (faults.before if when == "before" else faults.after)[lost] = 1
    first = world.login(code, login_id=PACKET)
    again = world.login(code, login_id=PACKET)
    assert again.outcome == "accept"
    assert first.reason in {None, RejectReason.UNAVAILABLE}
    assert recovery.left() == 9
    assert len(world.audit.changes) == 1
    assert world.login(code).reason is RejectReason.CODE_USED


def test_a_code_is_not_used_up_by_an_answer_that_nobody_hears(world: LoginWorld, recovery: RecoveryWorld) -> None:
    code = recovery.codes()[0]
    answer = world.send(world.request(code, deadline_ms=0))
    assert answer.reason is RejectReason.TOO_LATE
    assert recovery.left() == 10


def test_a_client_that_does_not_admit_them_says_so_to_everybody_alike(world: LoginWorld) -> None:
    for factors in [(FactorKind.CODE,), (FactorKind.PUSH, FactorKind.CODE)]:
        modes = mode_world(ClientMode.SECOND_FACTOR, factors=factors)
        code = RecoveryWorld(modes).codes()[0]
        answers = [modes.login(text, username=name) for text, name in [(code, "alice"), (WRONG, "nobody")]]
        assert {answer.reason for answer in answers} == {RejectReason.FACTOR_NOT_OFFERED}
        assert modes.tries() == 0


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_challenge_response_of_one_is_a_wrong_code(protocol: str) -> None:
    world = mode_world(ClientMode.SECOND_FACTOR)
    policy = vpn()
    world.configure(replace(policy, edge=replace(policy.edge, protocols=frozenset(["pap", *PROTOCOLS]))))
    recovery = RecoveryWorld(world)
    request = under(protocol, world.request(recovery.codes()[0]))
    assert world.send(request).reason is RejectReason.WRONG_CODE
    assert recovery.left() == 10


# ---- with a password


@pytest.fixture
def joined() -> ModeWorld:
    return mode_world(ClientMode.PASSWORD_AND_FACTOR)


def test_behind_a_password_the_code_is_used_up_first_and_one_bind_is_sent(joined: ModeWorld) -> None:
    code = RecoveryWorld(joined).codes()[0]
    answer = joined.login(f"{PASSWORD},{code}")
    assert (answer.outcome, joined.binds, joined.tries()) == ("accept", 1, 0)
    record = joined.audit.logins[-1]
    assert (record.factor_id, record.directory) == ("recovery", joined.directory.controller)


def test_behind_a_password_a_wrong_code_sends_none(joined: ModeWorld) -> None:
    RecoveryWorld(joined).codes()
    answer = joined.login(f"{PASSWORD},{WRONG}")
    assert (answer.reason, joined.binds, joined.tries()) == (RejectReason.WRONG_CODE, 0, 1)


def test_behind_a_wrong_password_the_code_is_used_up(joined: ModeWorld) -> None:
    recovery = RecoveryWorld(joined)
    code = recovery.codes()[0]
    texts = [f"wrong,{code}", f"wrong,{code}", f"{PASSWORD},{code}"]
    answers = [joined.login(texts[0], login_id=PACKET), joined.login(texts[1], login_id=PACKET), joined.login(texts[2])]
    assert [answer.reason for answer in answers] == [
        RejectReason.PASSWORD_WRONG, RejectReason.PASSWORD_WRONG, RejectReason.CODE_USED,
    ]  # fmt: skip
    assert (joined.binds, recovery.left()) == (1, 9)


def test_behind_a_password_a_lost_answer_costs_no_second_code_and_no_second_bind(joined: ModeWorld) -> None:
    recovery = RecoveryWorld(joined)
    text = f"{PASSWORD},{recovery.codes()[0]}"
    joined.memory.faults.after["recovery.use_recovery_code"] = 1
    assert [joined.login(text, login_id=PACKET).outcome for _ in range(3)] == ["accept"] * 3
    assert (joined.binds, recovery.left()) == (1, 9)


def test_a_delimiter_that_stands_in_codes_parts_before_the_whole_code() -> None:
    world = mode_world(ClientMode.PASSWORD_AND_FACTOR, joined=JoinedForm(delimiter="-"))
    assert world.login(f"{PASSWORD}-{RecoveryWorld(world).codes()[0]}").outcome == "accept"


@pytest.mark.parametrize("is_bypass", [False, True])
def test_a_challenge_is_answered_by_one_even_of_who_has_nothing_else(is_bypass: bool) -> None:
    world = mode_world(ClientMode.CHALLENGE)
    recovery = RecoveryWorld(world)
    code = recovery.bypass().code if is_bypass else recovery.codes()[0]
    world.store.subscribers.remove_factor(world.user_id, next(iter(world.item().factors)))
    challenged = world.login(PASSWORD)
    assert challenged.outcome == "challenge"
    assert world.answer(challenged.response.state, code).outcome == "accept"
    assert world.binds == 1


def test_a_bypass_code_that_is_over_makes_nobody_enrolled() -> None:
    world = mode_world(ClientMode.CHALLENGE)
    RecoveryWorld(world).bypass(seconds=60)
    world.store.subscribers.remove_factor(world.user_id, next(iter(world.item().factors)))
    world.clock.advance(60)
    assert world.login(PASSWORD).reason is RejectReason.NOT_ENROLLED


def test_where_the_whole_text_is_the_password_a_code_is_one() -> None:
    world = mode_world(ClientMode.PASSWORD_THEN_FACTOR)
    recovery = RecoveryWorld(world)
    assert world.login(recovery.codes()[0]).reason is RejectReason.PASSWORD_WRONG
    assert recovery.left() == 10


def test_a_password_of_small_words_in_the_factor_field_is_no_code() -> None:
    world = mode_world(ClientMode.SECOND_FACTOR, password_in_factor_field=True)
    RecoveryWorld(world).codes()
    assert world.login("correct-horse-battery-staple").reason is RejectReason.PASSWORD_WRONG
    assert world.directory.binds == [(world.alice.object_guid, b"correct-horse-battery-staple")]


# ---- bypass codes


def test_a_bypass_code_opens_as_often_as_was_said(world: LoginWorld, recovery: RecoveryWorld) -> None:
    made = recovery.bypass(uses=3)
    assert [world.login(made.code).reason for _ in range(4)] == [None, None, None, RejectReason.CODE_USED]
    assert {record.factor_id for record in world.audit.logins[:3]} == {made.bypass.bypass_id}
    assert used(world) == [("bypass_code_used", "2"), ("bypass_code_used", "1"), ("bypass_code_used", "0")]
    assert world.tries() == 0


def test_a_bypass_code_ends_in_its_second(world: LoginWorld, recovery: RecoveryWorld) -> None:
    made = recovery.bypass(uses=2)
    world.clock.advance(DAY - 1)
    assert world.login(made.code).outcome == "accept"
    world.clock.advance(1)
    answer = world.login(made.code)
    assert (answer.outcome, answer.reason, answer.response.hold_ms) == (
        "reject", RejectReason.BYPASS_EXPIRED, HOLD_MS,
    )  # fmt: skip
    assert world.tries() == 0


def test_a_revoked_bypass_code_is_a_wrong_code(world: LoginWorld, recovery: RecoveryWorld) -> None:
    made = recovery.bypass(uses=5)
    assert world.login(made.code).outcome == "accept"
    recovery.revoke(made.bypass.bypass_id)
    assert world.login(made.code).reason in {RejectReason.WRONG_CODE, RejectReason.NOT_ENROLLED}


def test_a_bypass_code_leaves_the_count_of_wrong_codes_alone(world: LoginWorld, recovery: RecoveryWorld) -> None:
    made = recovery.bypass(uses=5)
    for _ in range(7):
        world.login(world.wrong_code())
    assert world.login(made.code).outcome == "accept"
    assert (world.tries(), world.item().throttle.successes) == (7, 0)


def test_the_same_packet_counts_one_use(world: LoginWorld, recovery: RecoveryWorld) -> None:
    made = recovery.bypass(uses=2)
    assert [world.login(made.code, login_id=PACKET).outcome for _ in range(4)] == ["accept"] * 4
    assert world.login(made.code).outcome == "accept"
    assert world.login(made.code).reason is RejectReason.CODE_USED


def test_a_bypass_code_behind_a_password_leaves_the_count_alone_too(joined: ModeWorld) -> None:
    made = RecoveryWorld(joined).bypass()
    for _ in range(3):
        joined.login(f"{PASSWORD},{WRONG}")
    assert joined.login(f"{PASSWORD},{made.code}").outcome == "accept"
    assert joined.tries() == 3


# ---- races


def race(world: LoginWorld, texts: Sequence[str], login_id: bytes | None = None) -> list[Answer]:
    requests = [world.request(text, login_id=login_id) for text in texts]
    services: list[LoginService] = [world.another_instance() for _ in requests]
    return all_at_once(
        [
            lambda request=request, service=service: world.send(request, service)  # type: ignore[misc]
            for request, service in zip(requests, services, strict=True)
        ]
    )


def test_c12_twenty_parallel_uses_of_one_code_are_one_accept(rounds: int) -> None:
    for _ in range(rounds):
        world = LoginWorld()
        world.add_user("alice")
        recovery = RecoveryWorld(world)
        answers = race(world, [recovery.codes()[0]] * 20)
        assert Counter(answer.outcome for answer in answers) == {"accept": 1, "reject": 19}
        assert {answer.reason for answer in answers} <= {None, RejectReason.CODE_USED, RejectReason.LOCKED}
        assert recovery.left() == 9
        assert len(world.audit.changes) == 1


def test_twenty_parallel_uses_of_one_bypass_code_are_as_many_accepts_as_it_has_uses(rounds: int) -> None:
    for _ in range(rounds):
        world = LoginWorld()
        world.add_user("alice")
        answers = race(world, [RecoveryWorld(world).bypass(uses=4).code] * 20)
        assert sum(answer.outcome == "accept" for answer in answers) == 4
        assert len(world.audit.changes) == 4


def test_the_same_packet_at_many_edges_is_accepted_at_all_and_uses_one_code(rounds: int) -> None:
    for _ in range(rounds):
        world = LoginWorld()
        world.add_user("alice")
        recovery = RecoveryWorld(world)
        answers = race(world, [recovery.codes()[0]] * 4, login_id=PACKET)
        assert {answer.outcome for answer in answers} == {"accept"}
        assert (recovery.left(), world.tries(), world.item().throttle.successes) == (9, 0, 1)


def test_a_renewal_meanwhile_lets_a_code_win_or_lose_but_never_both_sets(rounds: int) -> None:
    for _ in range(rounds):
        world = LoginWorld()
        world.add_user("alice")
        recovery = RecoveryWorld(world)
        request = world.request(recovery.codes()[0])
        login = partial(world.send, request)
        renewal = partial(recovery.enrollment().renew, recovery.claimant())
        answer, _ = all_at_once([login, renewal])
        assert isinstance(answer, Answer)
        assert answer.reason in {None, RejectReason.WRONG_CODE}
        assert recovery.left() == 10


# ---- what a code is


def test_codes_read_and_spell_as_what_may_be_typed(world: LoginWorld, recovery: RecoveryWorld) -> None:
    for code in [*recovery.codes(), recovery.bypass().code]:
        assert len(code) == 14
        assert [len(group) for group in code.split("-")] == [4, 4, 4]
    assert recovery.codes() != recovery.codes()


def test_no_code_stands_in_the_record_or_in_what_is_stored(world: LoginWorld, recovery: RecoveryWorld) -> None:
    code, made = recovery.codes()[0], recovery.bypass()
    world.login(code)
    world.login(made.code)
    everything = repr((world.audit, recovery.made, memory(world).state, made, recovery.enrollment()))
    for secret in (code, made.code):
        assert secret not in everything
        assert secret.replace("-", "") not in everything
    assert world.configuration is not None
    assert vpn().factors[-1] is FactorKind.RECOVERY_CODE
