"""Deadlines, lost races and stores that change too fast, in logins with a password: always a Reject, never a guess."""

from collections.abc import Callable

import pytest

from mfa.domain.configuration import ClientMode
from mfa.domain.factors import SubscriberState
from mfa.domain.reasons import RejectReason
from mfa.domain.user_names import Alias, AliasKind
from mfa.errors import ConditionRefusedError
from tests.fakes.login_world import REALM
from tests.fakes.mode_world import PASSWORD, ModeWorld, allow_unenrolled, exemption, mode_world, vpn

PACKET = b"one packet, twice"[:16]
AND, THEN, CHALLENGE = ClientMode.PASSWORD_AND_FACTOR, ClientMode.PASSWORD_THEN_FACTOR, ClientMode.CHALLENGE
HALF_AN_HOUR = 1800


@pytest.fixture
def world() -> ModeWorld:
    return mode_world(AND)


def meanwhile(world: ModeWorld, call: str, happens: Callable[[], object], *, first: bool = True) -> None:
    """Let something happen just before (or, not ``first``, just after) the next call of that name."""
    view = getattr(world.memory, call.split(".", maxsplit=1)[0])
    name = call.split(".")[1]
    original = getattr(view, name)

    def disturbed(*arguments: object, **named: object) -> object:
        setattr(view, name, original)
        if first:
            happens()
            return original(*arguments, **named)
        result = original(*arguments, **named)
        happens()
        return result

    setattr(view, name, disturbed)


def refuse(world: ModeWorld, call: str) -> None:
    def refused(*_: object, **__: object) -> None:
        raise ConditionRefusedError

    setattr(getattr(world.memory, call.split(".", maxsplit=1)[0]), call.split(".")[1], refused)


def late(world: ModeWorld) -> Callable[[], None]:
    return lambda: world.clock.advance(6)


def test_a_password_is_not_sent_when_the_claim_took_all_the_time(world: ModeWorld) -> None:
    meanwhile(world, "logins.claim", late(world), first=False)
    text = f"{PASSWORD},{world.code()}"
    answer = world.login(text, login_id=PACKET)
    assert (answer.outcome, answer.reason, answer.response.hold_ms) == ("reject", RejectReason.TOO_LATE, 0)
    assert (world.binds, world.spent()) == (0, 0)
    assert world.login(text, login_id=PACKET).outcome == "accept"
    assert world.binds == 1


def test_a_password_is_not_sent_when_the_reservation_took_all_the_time(world: ModeWorld) -> None:
    world.store.logins.link(world.user_id, Alias("corp", AliasKind.GUID, world.alice.object_guid))
    meanwhile(world, "password_tries.reserve", late(world), first=False)
    answer = world.login(f"{PASSWORD},{world.code()}")
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.DIRECTORY_UNAVAILABLE)
    assert (world.binds, world.spent(), world.tries()) == (0, 0, 0)
    assert world.audit.logins[-1].fault == "no time was left to ask"


def test_an_account_that_never_stands_still_is_given_up(world: ModeWorld) -> None:
    refuse(world, "password_tries.reserve")
    answer = world.login(f"{PASSWORD},{world.code()}")
    assert (answer.outcome, answer.reason, world.binds) == ("reject", RejectReason.UNAVAILABLE, 0)


def test_who_loses_the_race_for_a_new_window_counts_in_it() -> None:
    world = mode_world(CHALLENGE)
    for number in range(3):
        world.login(f"wrong{number}")
    world.clock.advance(HALF_AN_HOUR)
    tries = world.memory.password_tries
    seen = tries.read(world.alice.object_guid)
    assert seen is not None
    now = int(world.clock.now())
    meanwhile(
        world, "password_tries.start_over", lambda: tries.start_over(world.alice.object_guid, "another", now, seen)
    )
    assert world.login("wrong again").reason is RejectReason.PASSWORD_WRONG
    assert world.spent() == 2


def test_an_accept_that_is_refused_for_no_reason_is_a_reject() -> None:
    world = mode_world(THEN)
    world.configure(vpn(THEN), exemptions=[exemption(2**33)])
    refuse(world, "logins.accept")
    assert world.login(PASSWORD).reason is RejectReason.UNAVAILABLE


def test_a_challenge_that_is_refused_for_no_reason_is_a_reject() -> None:
    world = mode_world(CHALLENGE)
    refuse(world, "logins.challenge")
    answer = world.login(PASSWORD)
    assert (answer.reason, answer.response.state) == (RejectReason.UNAVAILABLE, None)


@pytest.mark.parametrize("call", ["logins.claim", "password_tries.reserve", "logins.accept"])
def test_a_user_who_is_disabled_while_the_login_runs_is_not_accepted(world: ModeWorld, call: str) -> None:
    meanwhile(world, call, lambda: world.memory.subscribers.set_state(world.user_id, SubscriberState.DISABLED))
    answer = world.login(f"{PASSWORD},{world.code()}")
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.DISABLED)


def test_a_user_who_is_disabled_before_the_challenge_is_stored_cannot_answer_it() -> None:
    world = mode_world(CHALLENGE)
    meanwhile(
        world, "logins.challenge", lambda: world.memory.subscribers.set_state(world.user_id, SubscriberState.DISABLED)
    )
    state = world.login(PASSWORD).response.state
    assert world.answer(state, world.code()).reason is RejectReason.DISABLED


def test_a_factor_that_is_removed_before_its_code_is_claimed_is_none(world: ModeWorld) -> None:
    (factor,) = world.item().factors
    meanwhile(world, "logins.claim", lambda: world.store.subscribers.remove_factor(world.user_id, factor))
    answer = world.login(f"{PASSWORD},{world.code()}")
    assert (answer.outcome, world.binds) == ("reject", 0)


def test_a_stranger_whose_time_ran_out_is_not_accepted(world: ModeWorld) -> None:
    world.directory.add("bob", PASSWORD)
    world.configure(vpn(THEN, unenrolled=allow_unenrolled(2**33)))
    meanwhile(world, "password_tries.settle", late(world), first=False)
    assert world.login(PASSWORD, username="bob").reason is RejectReason.TOO_LATE


def test_an_exempt_user_whose_time_ran_out_is_not_accepted(world: ModeWorld) -> None:
    world.configure(vpn(), exemptions=[exemption(2**33, statement="it checks passwords")])
    world.directory.slow_seconds = 6
    assert world.login("x").reason is RejectReason.DIRECTORY_UNAVAILABLE
    world.configure(vpn(), exemptions=[exemption(2**33, statement="it checks passwords")], realms=[REALM])
    meanwhile(world, "logins.read", late(world))
    assert world.login("x").reason is RejectReason.TOO_LATE
    assert world.login("x").outcome == "accept"


@pytest.mark.parametrize("mode", [AND, THEN, CHALLENGE])
@pytest.mark.parametrize(
    "call",
    ["index.find", "logins.reserve", "logins.link", "logins.claim", "password_tries.reserve", "password_tries.settle",
     "password_tries.read", "challenges.put", "logins.challenge", "logins.accept", "logins.reject", "logins.read"],
)  # fmt: skip
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_e8_whatever_call_fails_there_is_one_record_and_no_accept_for_a_wrong_password(
    mode: ClientMode, call: str, when: str, password: str
) -> None:
    world = mode_world(mode)
    getattr(world.memory.faults, when)[call] = 1
    answer = world.login(f"{password},{world.code()}" if mode is AND else password)
    assert len(world.audit.logins) == 1
    if password == "wrong" or mode is THEN:
        assert answer.outcome == "reject"
    assert world.binds <= 1


def test_a_bug_in_the_directory_is_a_recorded_reject_that_repeats_nothing_of_the_password(world: ModeWorld) -> None:
    def broken(*_: object, **__: object) -> object:
        raise RuntimeError(PASSWORD)

    world.directory.verify_password = broken  # type: ignore[method-assign, assignment]
    answer = world.login(f"{PASSWORD},{world.code()}")
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.UNAVAILABLE)
    assert PASSWORD not in repr(world.audit.logins)
    assert world.spent() == 1  # nobody knows whether it left
