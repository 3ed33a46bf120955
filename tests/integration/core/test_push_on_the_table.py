"""Push logins on the real adapters: calls counted, races run (THREATS B1, D7, D8)."""

from collections import Counter
from collections.abc import Iterator

import pytest

from mfa.bootstrap import Composition
from mfa.contract.fields import base64url
from mfa.domain.login_transactions import TransactionState
from mfa.domain.reasons import RejectReason
from mfa.errors import ConditionRefusedError
from tests.fakes.aws import AwsInProcess, aws_in_process
from tests.fakes.clock import FakeClock
from tests.fakes.login_world import Answer
from tests.fakes.push_world import EDGE, PushWorld
from tests.fakes.races import all_at_once, gently_for_botocore

pytestmark = pytest.mark.integration
PACKET = b"one packet, twice"[:16]


@pytest.fixture
def aws() -> Iterator[AwsInProcess]:
    with aws_in_process() as aws, gently_for_botocore():
        yield aws


@pytest.fixture
def world(aws: AwsInProcess) -> PushWorld:
    composition = Composition(aws.settings, clock=FakeClock())
    assert isinstance(composition.clock, FakeClock)
    composition.vault.prepare()
    return PushWorld(composition.stores, vault=composition.vault, clock=composition.clock)


def race(world: PushWorld, texts: list[str], login_id: bytes | None = None) -> list[Answer]:
    world.login("not a code")  # configuration and clients are there, as on a warm function
    requests = [world.request(text, login_id=login_id) for text in texts]
    return all_at_once([lambda request=request: world.send(request, role=EDGE) for request in requests])  # type: ignore[misc]


def test_dynamodb_calls_of_a_push(world: PushWorld, aws: AwsInProcess) -> None:
    """What a push costs beside the state machine; bench/push_cost.py makes money of it."""
    world.login(world.wrong_code())  # names and configuration are cached
    request = world.request("push 47")
    before = len(aws.calls)
    answer = world.send(request, role=EDGE)
    assert aws.calls[before:] == ["UpdateItem", "GetItem", "PutItem", "PutItem", "UpdateItem"]
    before = len(aws.calls)
    world.poll(answer)
    assert aws.calls[before:] == ["BatchGetItem"]
    world.decide(base64url(answer.response.login_id))
    before = len(aws.calls)
    world.poll(answer)
    assert aws.calls[before:] == ["BatchGetItem", "UpdateItem"]


def test_b1_copies_of_one_packet_are_one_prompt(world: PushWorld, rounds: int) -> None:
    for number in range(max(1, rounds // 4)):
        login_id = b"%016d" % number
        answers = race(world, [f"push {number % 100:02}"] * 6, login_id=login_id)
        assert {answer.outcome for answer in answers} == {"pending"}
        world.decide(base64url(login_id))
        assert {world.poll(answer).outcome.value for answer in answers} == {"accept"}
        world.clock.advance(60)
    assert world.tries() == 0


def test_many_packets_of_one_user_are_one_prompt(world: PushWorld, rounds: int) -> None:
    for number in range(max(1, rounds // 4)):
        answers = race(world, [f"push {(number * 8 + place) % 100:02}" for place in range(8)])
        assert Counter(answer.outcome for answer in answers) == {"pending": 1, "reject": 7}
        assert {answer.reason for answer in answers} == {None, RejectReason.PUSH_OPEN}
        (pending,) = [answer for answer in answers if answer.outcome == "pending"]
        world.decide(base64url(pending.response.login_id))
        world.clock.advance(60)


def test_d7_d8_deny_approve_and_the_end_at_once_have_one_outcome_that_the_edge_hears(
    world: PushWorld, rounds: int
) -> None:
    for number in range(rounds):
        answer = world.ask(f"push {number % 100:02}")
        login_id = base64url(answer.response.login_id)
        at_the_end = number % 2
        left = world.transaction(answer).expires_at - world.clock.now()
        world.clock.advance(left - (0 if at_the_end else 0.001))

        def decide(state: TransactionState, login_id: str = login_id) -> TransactionState | None:
            try:
                world.decide(login_id, state)
            except ConditionRefusedError:
                return None
            return state

        decided = all_at_once(
            [
                lambda: decide(TransactionState.APPROVED),
                lambda: decide(TransactionState.DENIED),
                lambda answer=answer: world.poll(answer) and None,  # type: ignore[misc]
            ]
        )
        winners = [state for state in decided if state is not None]
        stored = world.transaction(answer).state
        assert stored is (winners[0] if winners else TransactionState.EXPIRED)
        assert len(winners) == (0 if at_the_end else 1)
        outcome = world.poll(answer).outcome.value
        assert outcome == ("accept" if stored is TransactionState.APPROVED else "reject")
        world.clock.advance(90_000)
