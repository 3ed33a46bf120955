"""ChallengeStore: one login answers a challenge, in time."""

from dataclasses import replace

import pytest

from mfa.domain.challenges import Challenge
from mfa.errors import ConditionRefusedError
from tests.contract.conftest import Ports, on_aws
from tests.fakes.aws import AwsInProcess, raw_items
from tests.fakes.races import all_at_once

END = 1_120
CHALLENGE = Challenge(
    challenge_id="-_0Aa-_0Aa-_0Aa-_0Aa-_", client="vpn", user_id="u", source_ip="192.0.2.7", expires_at=END
)


@pytest.fixture
def ports(ports: Ports) -> Ports:
    ports.challenges.put(CHALLENGE)
    return ports


def answers(ports: Ports, login_id: str, *, challenge_id: str = CHALLENGE.challenge_id, now: int = END - 1) -> bool:
    try:
        ports.challenges.answer(challenge_id, login_id, now)
    except ConditionRefusedError:
        return False
    return True


def test_a_challenge_is_answered_once(ports: Ports) -> None:
    assert answers(ports, "second-packet")
    assert not answers(ports, "third-packet")


def test_the_same_packet_may_answer_again(ports: Ports) -> None:
    assert answers(ports, "second-packet")
    assert answers(ports, "second-packet")


def test_an_unknown_challenge_has_no_answer_and_none_is_made_up(ports: Ports) -> None:
    assert not answers(ports, "second-packet", challenge_id="unknown")
    ports.challenges.put(replace(CHALLENGE, challenge_id="unknown"))
    assert answers(ports, "third-packet", challenge_id="unknown")


@pytest.mark.parametrize("now", [END, END + 1, END + 100_000])
def test_an_answer_that_is_late_does_not_count(ports: Ports, now: int) -> None:
    assert not answers(ports, "second-packet", now=now)
    assert answers(ports, "third-packet")


def test_the_same_packet_has_no_second_answer_after_the_end(ports: Ports) -> None:
    assert answers(ports, "second-packet")
    assert not answers(ports, "second-packet", now=END)


def test_putting_it_again_gives_nobody_a_second_answer_and_no_more_time(ports: Ports) -> None:
    assert answers(ports, "second-packet")
    ports.challenges.put(replace(CHALLENGE, expires_at=END + 100))
    assert not answers(ports, "third-packet")
    assert not answers(ports, "second-packet", now=END)


def test_challenges_do_not_answer_each_other(ports: Ports) -> None:
    ports.challenges.put(replace(CHALLENGE, challenge_id="another"))
    assert answers(ports, "second-packet")
    assert answers(ports, "third-packet", challenge_id="another")


def test_parallel_answers_have_one_winner(ports: Ports) -> None:
    results = all_at_once([lambda number=number: answers(ports, f"login-{number}") for number in range(20)])  # type: ignore[misc]
    assert results.count(True) == 1


def test_the_item_is_cleaned_up_some_time_after_its_end(aws: AwsInProcess) -> None:
    on_aws(aws).challenges.put(CHALLENGE)
    (item,) = [item for item in raw_items() if item["pk"]["S"].startswith("CH#")]
    assert item["pk"]["S"] == f"CH#{CHALLENGE.challenge_id}"
    assert END < int(item["ttl"]["N"]) <= END + 86_400
