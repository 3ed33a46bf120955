"""Races on the in-memory table, whose conditions are those of the real one (THREATS B8, C4)."""

from collections import Counter

from mfa.domain.reasons import RejectReason
from tests.fakes.login_world import Answer, LoginWorld
from tests.fakes.races import all_at_once

PACKET = b"one packet, twice"[:16]


def world() -> LoginWorld:
    made = LoginWorld()
    made.add_user("alice")
    return made


def race(made: LoginWorld, texts: list[str], login_id: bytes | None = None) -> list[Answer]:
    requests = [made.request(text, login_id=login_id) for text in texts]
    return all_at_once([lambda request=request: made.send(request, made.another_instance()) for request in requests])  # type: ignore[misc]


def test_c4_fifty_parallel_guesses_get_exactly_ten_checks(rounds: int) -> None:
    for _ in range(rounds):
        made = world()
        reasons = Counter(answer.reason for answer in race(made, [made.wrong_code()] * 50))
        assert reasons == {RejectReason.WRONG_CODE: 10, RejectReason.LOCKED: 40}
        assert made.tries() == 10


def test_parallel_guesses_after_a_lock_get_exactly_ten_more(rounds: int) -> None:
    for _ in range(rounds):
        made = world()
        for _ in range(10):
            made.login(made.wrong_code())
        made.clock.advance(60)
        reasons = Counter(answer.reason for answer in race(made, [made.wrong_code()] * 30))
        assert reasons[RejectReason.WRONG_CODE] == 10
        assert made.tries() == 20


def test_b8_one_code_in_many_packets_is_accepted_exactly_once(rounds: int) -> None:
    for _ in range(rounds):
        made = world()
        answers = race(made, [made.code()] * 8)
        assert Counter(answer.outcome for answer in answers) == {"accept": 1, "reject": 7}
        assert {answer.reason for answer in answers} <= {None, RejectReason.CODE_USED}
        assert made.item().throttle.successes == 1


def test_the_same_packet_at_two_edges_is_accepted_at_both_and_uses_one_step(rounds: int) -> None:
    for _ in range(rounds):
        made = world()
        answers = race(made, [made.code()] * 2, login_id=PACKET)
        assert [answer.outcome for answer in answers] == ["accept", "accept"]
        assert made.item().throttle.successes == 1
        assert made.tries() == 0


def test_the_same_wrong_packet_at_two_edges_costs_one_try(rounds: int) -> None:
    for _ in range(rounds):
        made = world()
        answers = race(made, [made.wrong_code()] * 4, login_id=PACKET)
        assert {answer.reason for answer in answers} == {RejectReason.WRONG_CODE}
        assert made.tries() == 1


def test_a_right_code_among_wrong_ones_is_accepted_or_locked_but_never_lost(rounds: int) -> None:
    for _ in range(rounds):
        made = world()
        answers = race(made, [made.wrong_code()] * 5 + [made.code()])
        assert answers[-1].outcome == "accept"
        assert made.tries() <= 5
