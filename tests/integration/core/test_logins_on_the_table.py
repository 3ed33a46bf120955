"""The decisive cases of a login on the real adapters: calls counted, races run (THREATS B8, C4, C5)."""

from collections import Counter

import pytest

from mfa.domain.reasons import RejectReason
from tests.fakes.aws import AwsInProcess, raw_items
from tests.fakes.login_world import Answer, LoginWorld
from tests.fakes.races import all_at_once

pytestmark = pytest.mark.integration
PACKET = b"one packet, twice"[:16]


def race(world: LoginWorld, texts: list[str], login_id: bytes | None = None) -> list[Answer]:
    world.login("not a code")  # configuration and clients are there, as on a warm function
    requests = [world.request(text, login_id=login_id) for text in texts]
    return all_at_once([lambda request=request: world.send(request) for request in requests])  # type: ignore[misc]


@pytest.mark.parametrize(
    ("kind", "calls"),
    [
        ("right", ["GetItem", "UpdateItem", "UpdateItem"]),
        ("wrong", ["GetItem", "UpdateItem", "UpdateItem"]),
        ("right, name cached", ["UpdateItem", "UpdateItem"]),
        ("replayed", ["UpdateItem", "GetItem"]),
        ("unknown", ["GetItem", "UpdateItem", "GetItem"]),
        ("nonsense", []),
        ("probe", []),
    ],
)
def test_dynamodb_calls_per_login(world: LoginWorld, aws: AwsInProcess, kind: str, calls: list[str]) -> None:
    world.login("not a code")
    if kind in {"right, name cached", "replayed"}:
        world.login(world.code(-1), login_id=PACKET)
    texts = {"wrong": world.wrong_code(), "nonsense": "nonsense", "replayed": world.code(-1)}
    names = {"unknown": "nobody", "probe": "fakeusername"}
    before = len(aws.calls)
    world.login(
        texts.get(kind, world.code()),
        username=names.get(kind, "alice"),
        login_id=PACKET if kind == "replayed" else None,
    )
    assert aws.calls[before:] == calls


def test_c4_fifty_parallel_guesses_get_exactly_ten_checks(world: LoginWorld) -> None:
    reasons = Counter(answer.reason for answer in race(world, [world.wrong_code()] * 50))
    assert reasons == {RejectReason.WRONG_CODE: 10, RejectReason.LOCKED: 40}
    assert world.tries() == 10
    assert world.login(world.code()).reason is RejectReason.LOCKED
    world.clock.advance(60)
    assert world.login(world.code()).outcome == "accept"


def test_b8_one_code_in_many_packets_is_accepted_exactly_once(world: LoginWorld, rounds: int) -> None:
    for _ in range(max(1, rounds // 4)):
        world.clock.advance(60)
        answers = race(world, [world.code()] * 8)
        assert Counter(answer.outcome for answer in answers) == {"accept": 1, "reject": 7}
        assert world.tries() == 0


def test_the_same_packet_at_two_edges_is_accepted_at_both_and_uses_one_step(world: LoginWorld, rounds: int) -> None:
    for number in range(rounds):
        world.clock.advance(60)
        answers = race(world, [world.code()] * 2, login_id=number.to_bytes(16))
        assert [answer.outcome for answer in answers] == ["accept", "accept"]
        assert world.item().throttle.successes == number + 1


def test_the_hot_item_stays_small(world: LoginWorld) -> None:
    """One read or write unit covers 4 KB or 1 KB: what is remembered of past logins must not grow."""
    for _ in range(30):
        world.login(world.wrong_code())
        world.login(world.code())
        world.clock.advance(61)
    (item,) = (item for item in raw_items() if item["sk"]["S"] == "AUTH")
    assert len(item["recent"]["M"]) <= 4
    assert len(str(item)) < 3000


def test_unknown_users_leave_nothing_in_the_table(world: LoginWorld) -> None:
    before = raw_items()
    for number in range(20):
        world.login(world.code(), username=f"nobody{number}")
    assert len(raw_items()) == len(before)


def test_twenty_parallel_uses_of_one_code_of_a_token_are_one_accept(world: LoginWorld, rounds: int) -> None:
    world.add_token()
    for counter in range(max(1, rounds // 8)):
        answers = race(world, [world.token_code(counter)] * 20)
        assert Counter(answer.outcome for answer in answers) == {"accept": 1, "reject": 19}
        assert {answer.reason for answer in answers} <= {None, RejectReason.CODE_USED, RejectReason.LOCKED}
        world.clock.advance(3600)


def test_a_token_that_ran_away_comes_back_with_the_next_code(world: LoginWorld) -> None:
    world.add_token()
    assert world.login(world.token_code(50)).reason is RejectReason.CODE_FAR_OFF
    assert world.login(world.token_code(51)).outcome == "accept"
    assert world.login(world.token_code(51)).reason is RejectReason.CODE_USED
    assert world.login(world.token_code(52)).outcome == "accept"
