"""Passwords in races and crashes: one packet is one bind and one outcome; the budget of an account holds (E15)."""

import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Event

import pytest

from mfa.contract import LoginRequest
from mfa.contract.directory import DirectoryResult
from mfa.domain.configuration import ClientMode
from mfa.domain.factors import RecentOutcome
from mfa.domain.reasons import RejectReason
from mfa.services.login import LoginService
from tests.fakes.login_world import Answer
from tests.fakes.mode_world import BUDGET, PASSWORD, ModeWorld, allow_unenrolled, exemption, mode_world, vpn
from tests.fakes.races import all_at_once

PACKET = b"one packet, twice"[:16]
AND, THEN, CHALLENGE = ClientMode.PASSWORD_AND_FACTOR, ClientMode.PASSWORD_THEN_FACTOR, ClientMode.CHALLENGE
CROWD = 200
COPIES = 6


def let_others_run(seconds: float) -> None:
    """In a race the clock stands still, and somebody else is at work."""
    time.sleep(0)


def instance(world: ModeWorld) -> LoginService:
    return world.another_instance(pause=let_others_run)


def race(world: ModeWorld, requests: list[LoginRequest], instances: int = 2) -> list[Answer]:
    services = [instance(world) for _ in range(instances)]
    return all_at_once(
        [
            lambda request=request, service=services[at % instances]: world.send(request, service)  # type: ignore[misc]
            for at, request in enumerate(requests)
        ]
    )


# ---- many packets


@pytest.mark.parametrize("passwords", ["one", "many"])
def test_two_hundred_wrong_passwords_at_once_cost_no_more_than_the_budget(rounds: int, passwords: str) -> None:
    for _ in range(max(1, rounds // 4)):
        world = mode_world(CHALLENGE)
        texts = [f"wrong{number if passwords == 'many' else ''}" for number in range(CROWD)]
        answers = race(world, [world.request(text) for text in texts], instances=8)
        assert {answer.outcome for answer in answers} == {"reject"}
        assert 1 <= world.binds <= BUDGET
        assert world.spent() == world.binds == world.alice.bad_passwords
        world.configure(vpn(ClientMode.SECOND_FACTOR))
        world.clock.advance(60)
        assert world.login(world.code()).outcome == "accept"  # and her codes go on working


@pytest.mark.parametrize("threshold", [3, 4, 5])
@pytest.mark.parametrize("at_the_desk", [0, 1, 2])
def test_wrong_passwords_on_their_way_at_once_do_not_lock_an_account_together(threshold: int, at_the_desk: int) -> None:
    """Each sees the same badPwdCount, because no controller has counted the others yet."""
    world = mode_world(CHALLENGE)
    world.alice.lockout_threshold, world.alice.bad_passwords = threshold, at_the_desk
    together = Barrier(BUDGET)

    def held() -> None:
        with suppress(BrokenBarrierError):
            together.wait(timeout=0.3)

    world.directory.on_bind = held
    race(world, [world.request(f"wrong{number}") for number in range(BUDGET)])
    assert world.alice.bad_passwords == max(at_the_desk, threshold - 2)
    assert world.alice.state is not DirectoryResult.LOCKED


def test_the_budget_is_spent_by_all_clients_and_modes_together(rounds: int) -> None:
    for _ in range(rounds):
        world = mode_world(THEN, unenrolled=allow_unenrolled(2**33))
        requests = [world.request(f"wrong{number}") for number in range(10)]
        requests += [world.request(f"wrong{number}", username="alice@corp.example.test") for number in range(10)]
        race(world, requests, instances=4)
        assert world.binds == BUDGET


def test_right_passwords_at_once_are_not_taken_for_an_attack_for_long(rounds: int) -> None:
    for _ in range(rounds):
        world = mode_world(CHALLENGE)
        answers = race(world, [world.request(PASSWORD) for _ in range(8)])
        outcomes = Counter(answer.outcome for answer in answers)
        assert outcomes["challenge"] >= BUDGET
        assert (world.spent(), world.alice.bad_passwords) == (0, 0)
        assert world.login(PASSWORD).outcome == "challenge"


def test_one_code_with_many_passwords_reaches_the_directory_once(rounds: int) -> None:
    for _ in range(rounds):
        world = mode_world(AND)
        code = world.code()
        race(world, [world.request(f"wrong{number},{code}") for number in range(8)])
        assert world.binds == 1


# ---- one packet, many times


def joined(password: str, code: str) -> str:
    return f"{password},{code}"


def alone(password: str, _code: str) -> str:
    return password


def exempt(world: ModeWorld) -> None:
    world.configure(vpn(THEN), exemptions=[exemption(2**33)])


def stranger(world: ModeWorld) -> None:
    world.directory.add("bob", PASSWORD)
    world.configure(vpn(THEN, unenrolled=allow_unenrolled(2**33)))


COURSES: dict[str, tuple[str, Callable[[str, str], str], Callable[[ModeWorld], None], str]] = {
    "joined": ("alice", joined, lambda world: world.configure(vpn(AND)), "accept"),
    "challenge": ("alice", alone, lambda world: world.configure(vpn(CHALLENGE)), "challenge"),
    "exempt": ("alice", alone, exempt, "accept"),
    "stranger": ("bob", alone, stranger, "accept"),
}
every_course = pytest.mark.parametrize("course", COURSES)


def set_up(course: str) -> tuple[ModeWorld, Callable[[str], LoginRequest], str]:
    username, text, prepare, success = COURSES[course]
    world = ModeWorld()
    prepare(world)
    code = world.code()  # a packet that comes again carries what it carried
    return world, lambda password: world.request(text(password, code), username=username, login_id=PACKET), success


@every_course
@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_copies_of_one_packet_are_one_bind_and_one_outcome(rounds: int, course: str, password: str) -> None:
    for _ in range(rounds):
        world, request, success = set_up(course)
        answers = race(world, [request(password) for _ in range(COPIES)])
        expected = (success, None) if password == PASSWORD else ("reject", RejectReason.PASSWORD_WRONG)
        assert {(answer.outcome, answer.reason) for answer in answers} == {expected}
        assert world.binds == 1
        assert world.tries() == (1 if password == "wrong" and course != "stranger" else 0)


@every_course
@pytest.mark.parametrize("result", [DirectoryResult.UNAVAILABLE, DirectoryResult.WITHHELD])
def test_copies_of_one_packet_share_a_refusal_that_was_never_sent(
    rounds: int, course: str, result: DirectoryResult
) -> None:
    for _ in range(rounds):
        world, request, _ = set_up(course)
        if result is DirectoryResult.UNAVAILABLE:
            world.directory.result = result
        else:
            for accounts in world.directory.accounts.values():
                for account in accounts:
                    account.lockout_threshold, account.bad_passwords = 3, 1
        answers = race(world, [request(PASSWORD) for _ in range(COPIES)])
        assert len({(answer.outcome, answer.reason) for answer in answers}) == 1
        assert (world.binds, world.tries(), world.spent()) == (0, 0, 0)


def test_a_copy_that_did_not_pay_for_the_try_leaves_it_to_the_one_that_did_to_take_it_back() -> None:
    world, request, _ = set_up("challenge")
    world.alice.lockout_threshold, world.alice.bad_passwords = 3, 1
    tries = world.memory.password_tries
    reserve = tries.reserve
    copies: list[Answer] = []

    def overtaken(*arguments: object) -> object:
        tries.reserve = reserve  # type: ignore[method-assign]
        copies.append(world.send(request(PASSWORD), instance(world)))
        return reserve(*arguments)  # type: ignore[arg-type]

    tries.reserve = overtaken  # type: ignore[method-assign, assignment]
    answers = [world.send(request(PASSWORD), instance(world)), *copies]
    assert [answer.reason for answer in answers] == [RejectReason.PASSWORD_WITHHELD] * 2
    assert world.tries() == 0


@every_course
def test_a_copy_that_comes_while_the_directory_is_asked_waits_for_that_answer(course: str) -> None:
    world, request, success = set_up(course)
    asked, go_on = Event(), Event()

    def hold() -> None:
        asked.set()
        assert go_on.wait(timeout=30)

    world.directory.on_bind = hold
    waited: list[float] = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        go_on.set()
        time.sleep(0)

    def late() -> Answer:
        assert asked.wait(timeout=30)
        return world.send(request(PASSWORD), world.another_instance(pause=pause))

    answers = all_at_once([lambda: world.send(request(PASSWORD), instance(world)), late])
    assert [answer.outcome for answer in answers] == [success, success]
    assert world.binds == 1
    assert waited[0] == 0.1


@every_course
def test_who_waits_in_vain_gives_up_at_the_deadline_and_asks_nobody(course: str) -> None:
    world, request, _ = set_up(course)
    crash(world, "password_tries.settle", "before")
    with pytest.raises(CrashError):
        world.send(request(PASSWORD))
    started = world.clock.now()
    answer = world.send(request(PASSWORD))
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.UNAVAILABLE)
    assert world.clock.now() - started == pytest.approx(5)
    assert world.binds == 1


# ---- crashes


class CrashError(BaseException):
    """The process is gone: nothing runs after it, no handler catches it."""


def crash(world: ModeWorld, call: str, when: str) -> None:
    """Let the next call of that name be the last thing that an instance does: ``before`` or ``after`` it works."""
    view_name, method = call.split(".")
    view = getattr(world.memory, view_name)
    original = getattr(view, method)

    def crashing(*arguments: object, **named: object) -> object:
        setattr(view, method, original)
        if when == "after":
            original(*arguments, **named)
        raise CrashError

    setattr(view, method, crashing)


CRASHES = {
    "joined": ("logins.reserve", "logins.claim", "password_tries.reserve", "password_tries.settle", "logins.link",
               "logins.accept"),
    "challenge": ("logins.reserve", "password_tries.reserve", "password_tries.settle", "logins.link",
                  "challenges.put", "logins.challenge"),
    "exempt": ("logins.reserve", "password_tries.reserve", "password_tries.settle", "logins.link", "logins.accept"),
    "stranger": ("password_tries.reserve", "password_tries.settle"),
}  # fmt: skip
AFTER_THE_PASSWORD = {"logins.link", "logins.accept", "logins.challenge", "challenges.put"}  # if it was right
EVERY_CRASH = [
    (course, call, when) for course, calls in CRASHES.items() for call in calls for when in ("before", "after")
]


@pytest.mark.parametrize(("course", "call", "when"), EVERY_CRASH)
@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_a_crash_anywhere_never_costs_a_second_bind_nor_gives_an_accept_that_is_not_stored(
    course: str, call: str, when: str, password: str
) -> None:
    world, request, success = set_up(course)
    crash(world, call, when)
    is_reached = password == PASSWORD or call not in AFTER_THE_PASSWORD
    if is_reached:
        with pytest.raises(CrashError):
            world.send(request(password))
    answers = [world.send(request(password), world.another_instance()) for _ in range(3)]
    assert world.binds <= 1
    assert len({(answer.outcome, answer.reason) for answer in answers}) == 1
    # Only between the bind and its stored result nobody can know any more: those who come again are rejected.
    lost = call == "password_tries.settle" and when == "before"
    lost |= call == "password_tries.reserve" and when == "after"
    if lost:
        assert answers[0].reason is RejectReason.UNAVAILABLE
    else:
        assert answers[0].outcome == (success if password == PASSWORD else "reject")
    if course != "stranger" and answers[0].outcome == "accept":
        (stored,) = world.item().recent.values()
        assert stored.outcome is RecentOutcome.ACCEPT


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", ["logins.claim", "password_tries.reserve", "password_tries.settle", "logins.accept"])
def test_a_lost_answer_of_the_table_never_costs_a_second_bind(call: str, when: str) -> None:
    world, request, _ = set_up("joined")
    getattr(world.memory.faults, when)[call] = 1
    first = world.send(request(PASSWORD))
    again = world.send(request(PASSWORD), world.another_instance())
    assert world.binds <= 1
    for answer in (first, again):
        assert answer.outcome == "accept" or answer.reason is RejectReason.UNAVAILABLE
    if "accept" in {first.outcome, again.outcome}:
        (stored,) = world.item().recent.values()
        assert stored.outcome is RecentOutcome.ACCEPT


def test_a_step_that_was_claimed_is_used_whatever_became_of_the_login() -> None:
    world, request, _ = set_up("joined")
    crash(world, "logins.claim", "after")
    with pytest.raises(CrashError):
        world.send(request(PASSWORD))
    assert world.binds == 0
    other = world.login(joined(PASSWORD, world.code()))
    assert (other.reason, world.binds) == (RejectReason.CODE_USED, 0)
    assert world.send(request(PASSWORD)).outcome == "accept"  # the packet itself goes on where it stood
    assert world.binds == 1


def test_a_copy_that_finds_the_code_claimed_by_the_same_packet_goes_on_with_it() -> None:
    world, request, _ = set_up("joined")
    claim = world.memory.logins.claim

    def overtaken(*arguments: object) -> None:
        world.memory.logins.claim = claim  # type: ignore[method-assign]
        crash(world, "logins.claim", "after")
        with pytest.raises(CrashError):
            world.send(request(PASSWORD), world.another_instance())
        claim(*arguments)  # type: ignore[arg-type]

    world.memory.logins.claim = overtaken  # type: ignore[method-assign]
    assert world.send(request(PASSWORD)).outcome == "accept"
    assert world.binds == 1


def test_copies_of_an_answer_to_a_challenge_are_one_outcome(rounds: int) -> None:
    for _ in range(rounds):
        world = mode_world(CHALLENGE)
        state = world.login(PASSWORD).response.state
        code = world.code()
        answers = race(world, [world.request(code, state=state, login_id=PACKET) for _ in range(COPIES)])
        assert [answer.outcome for answer in answers] == ["accept"] * COPIES
        assert world.item().throttle.successes == 1


def test_one_challenge_is_answered_by_one_packet(rounds: int) -> None:
    for _ in range(rounds):
        world = mode_world(CHALLENGE)
        state = world.login(PASSWORD).response.state
        answers = race(world, [world.request(world.code(), state=state) for _ in range(COPIES)])
        assert Counter(answer.outcome for answer in answers) == {"accept": 1, "reject": COPIES - 1}
        assert {answer.reason for answer in answers} == {None, RejectReason.STATE_USED}


def test_a_login_whose_time_ran_out_behind_the_password_is_no_accept() -> None:
    world, request, _ = set_up("joined")
    world.directory.slow_seconds = 2
    settle = world.memory.password_tries.settle

    def slow(*arguments: object, **named: object) -> None:
        settle(*arguments, **named)  # type: ignore[arg-type]
        world.clock.advance(5)

    world.memory.password_tries.settle = slow  # type: ignore[method-assign]
    answer = world.send(request(PASSWORD))
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.TOO_LATE)
    assert world.item().throttle.successes == 0
    world.clock.advance(1)
    assert world.send(request(PASSWORD), world.another_instance()).outcome == "accept"  # known by now, without a bind
    assert world.binds == 1
