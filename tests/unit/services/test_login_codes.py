"""Codes at a login: right, wrong, used, late, of the wrong kind (THREATS C1-C4, C9, C10)."""

from dataclasses import replace

import pytest

from mfa.domain.factors import FactorState, SubscriberState, TotpFactor, TotpParameters
from mfa.domain.otp import find_time_step
from mfa.domain.proofs import CodeProof
from mfa.domain.reasons import RejectReason
from mfa.domain.sealing import seed_context
from tests.fakes.login_world import HOLD_MS, SEED, LoginWorld
from tests.fakes.store import InMemoryStore


@pytest.fixture
def world() -> LoginWorld:
    world = LoginWorld()
    world.add_user("alice")
    return world


def memory(world: LoginWorld) -> InMemoryStore:
    assert isinstance(world.store, InMemoryStore)
    return world.store


def test_the_right_code_is_accepted_at_once(world: LoginWorld) -> None:
    answer = world.login(world.code())
    assert (answer.outcome, answer.response.hold_ms) == ("accept", 0)


def test_a_wrong_code_is_rejected_and_held(world: LoginWorld) -> None:
    answer = world.login(world.wrong_code())
    assert (answer.outcome, answer.reason, answer.response.hold_ms) == ("reject", RejectReason.WRONG_CODE, HOLD_MS)
    assert world.tries() == 1


@pytest.mark.parametrize(
    ("offset", "outcome"), [(-2, "reject"), (-1, "accept"), (0, "accept"), (1, "accept"), (2, "reject")]
)
def test_c1_one_step_to_either_side(world: LoginWorld, offset: int, outcome: str) -> None:
    assert world.login(world.code(offset)).outcome == outcome


def test_c2_a_step_before_the_used_one_is_refused(world: LoginWorld) -> None:
    assert world.login(world.code(0)).outcome == "accept"
    answer = world.login(world.code(-1))
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.CODE_USED)


def test_b7_a_used_step_is_refused_and_not_counted(world: LoginWorld) -> None:
    code = world.code()
    assert world.login(code).outcome == "accept"
    answer = world.login(code)
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.CODE_USED)
    assert world.tries() == 0


def test_c3_the_code_that_confirmed_the_factor_is_refused(world: LoginWorld) -> None:
    factor = TotpFactor(
        factor_id="new",
        name="Phone",
        state=FactorState.PENDING,
        parameters=TotpParameters(),
        seed=world.vault.seal(SEED, seed_context(world.item().user_id, "new")),
        created_at=int(world.clock.now()),
    )
    store, user_id = world.store.subscribers, world.item().user_id
    store.remove_factor(user_id, next(iter(world.item().factors)))
    store.add_pending_factor(user_id, factor, None)
    used = find_time_step(factor, SEED, CodeProof(world.code()).proves, world.clock.now())
    assert used is not None
    store.activate_factor(user_id, "new", used, int(world.clock.now()))
    assert world.login(world.code()).reason is RejectReason.CODE_USED
    assert world.login(world.code(1)).outcome == "accept"


def test_the_next_step_works_again(world: LoginWorld) -> None:
    assert world.login(world.code()).outcome == "accept"
    world.clock.advance(30)
    assert world.login(world.code()).outcome == "accept"


def test_c9_only_a_right_code_ends_the_count(world: LoginWorld) -> None:
    for _ in range(9):
        world.login(world.wrong_code())
    assert world.tries() == 9
    assert world.login(world.code()).outcome == "accept"
    assert world.tries() == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "12345",
        "1234567",
        "123456789",
        "１２３４５６",
        "١٢٣٤٥٦",
        "+12345",
        "-12345",
        "123 456",
        "12345a",
        "push 2",
    ],
)
def test_c10_text_that_cannot_be_a_code_touches_nothing(world: LoginWorld, text: str) -> None:
    memory(world).calls.clear()
    answer = world.login(text)
    assert (answer.outcome, answer.reason, answer.response.hold_ms) == ("reject", RejectReason.NOT_A_CODE, HOLD_MS)
    assert set(memory(world).calls) <= {"configurations.current", "configurations.load"}
    assert world.tries() == 0


@pytest.mark.parametrize("text", ["phone", "phone2"])
def test_a_word_for_a_factor_that_is_not_offered_is_told_in_the_record_only(world: LoginWorld, text: str) -> None:
    answer = world.login(text)
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.FACTOR_NOT_OFFERED)
    assert answer.response.hold_ms == HOLD_MS
    assert answer.response.reply_message is None
    assert world.tries() == 0


def test_a_flood_of_senseless_text_is_named_and_ends_by_itself(world: LoginWorld) -> None:
    reasons = [world.login("nonsense").reason for _ in range(100)]
    assert reasons[0] is RejectReason.NOT_A_CODE
    assert reasons[-1] is RejectReason.RATE_LIMITED
    assert world.login(world.code()).outcome == "accept"  # users of that client are not made to pay
    world.clock.advance(60)
    assert world.login("nonsense").reason is RejectReason.NOT_A_CODE


def test_spaces_around_a_code_do_not_matter(world: LoginWorld) -> None:
    assert world.login(f" {world.code()} ").outcome == "accept"


@pytest.mark.parametrize("parameters", [TotpParameters("SHA256", 8, 60), TotpParameters("SHA512", 8, 30)])
def test_other_algorithms_lengths_and_periods(world: LoginWorld, parameters: TotpParameters) -> None:
    seed = b"a seed of thirty-two octets, yes!"
    world.add_user("bob", seed=seed, parameters=parameters)
    assert world.login(world.code(seed=seed, parameters=parameters), username="bob").outcome == "accept"


def test_a_token_that_runs_ahead_is_followed(world: LoginWorld) -> None:
    for drift in range(1, 4):  # each pair of codes one step ahead moves the window by one
        for _ in range(2):
            world.clock.advance(60)
            assert world.login(world.code(drift)).outcome == "accept"
    assert next(iter(world.item().factors.values())).drift == 3
    world.clock.advance(60)
    assert world.login(world.code(3)).outcome == "accept"


def test_any_of_several_factors_will_do(world: LoginWorld) -> None:
    item = world.item()
    (first,) = item.factors.values()
    world.add_user("spare", seed=b"a seed of another token")
    (second,) = world.item("spare").factors.values()
    sealed = world.vault.seal(b"a seed of another token", seed_context(item.user_id, second.factor_id))
    both = {first.factor_id: first, second.factor_id: replace(second, seed=sealed)}
    memory(world).state.factors[item.user_id] = replace(item, factors=both)
    assert world.login(world.code()).outcome == "accept"
    assert world.login(world.code(seed=b"a seed of another token")).outcome == "accept"
    assert world.login(world.code(seed=b"a seed of another token")).reason is RejectReason.CODE_USED


def test_a_pending_factor_is_never_accepted(world: LoginWorld) -> None:
    item = world.item()
    pending = {key: replace(factor, state=FactorState.PENDING) for key, factor in item.factors.items()}
    memory(world).state.factors[item.user_id] = replace(item, factors=pending)
    answer = world.login(world.code())
    assert (answer.reason, answer.response.hold_ms) == (RejectReason.NOT_ENROLLED, HOLD_MS)
    assert world.tries() == 0  # enrolling later must not start locked


def test_a_disabled_user_is_rejected_like_anybody(world: LoginWorld) -> None:
    memory(world).subscribers.set_state(world.item().user_id, SubscriberState.DISABLED)
    answer = world.login(world.code())
    assert (answer.outcome, answer.reason, answer.response.hold_ms) == ("reject", RejectReason.DISABLED, HOLD_MS)


def test_an_unknown_user_is_rejected_with_the_same_calls_and_leaves_nothing(world: LoginWorld) -> None:
    store = memory(world)
    before = dict(store.state.factors)
    store.calls.clear()
    answer = world.login(world.code(), username="nobody")
    assert (answer.outcome, answer.reason, answer.response.hold_ms) == ("reject", RejectReason.UNKNOWN_USER, HOLD_MS)
    assert store.calls[-3:] == ["index.find", "logins.reserve", "logins.read"]
    assert store.state.factors == before


@pytest.mark.parametrize("right", [True, False])
def test_the_normal_path_is_one_read_and_two_writes(world: LoginWorld, right: bool) -> None:
    world.login(world.wrong_code())  # the configuration is known from here on
    memory(world).calls.clear()
    world.login(world.code() if right else world.wrong_code())
    assert memory(world).calls == ["index.find", "logins.reserve", "logins.accept" if right else "logins.reject"]
