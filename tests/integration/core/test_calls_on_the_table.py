"""Calls on the real adapters: what one costs, and races that no cap or copy survives twice (THREATS B1, C14, D7)."""

from collections import Counter
from collections.abc import Iterator

import pytest

from mfa.bootstrap import Composition
from mfa.domain.phone_calls import PressedKeys
from mfa.domain.phones import PhoneWay
from mfa.domain.reasons import RejectReason
from mfa.services.call_decisions import CallKind, CallOutcome
from tests.fakes.aws import AwsInProcess, aws_in_process
from tests.fakes.call_world import TOKEN, CallWorld, contact, login_id
from tests.fakes.clock import FakeClock
from tests.fakes.push_world import EDGE
from tests.fakes.races import all_at_once, gently_for_botocore

pytestmark = pytest.mark.integration
SEED = b"another seed of 20 o"
PER_NUMBER = 4


@pytest.fixture
def aws() -> Iterator[AwsInProcess]:
    with aws_in_process() as aws, gently_for_botocore():
        yield aws


@pytest.fixture
def world(aws: AwsInProcess) -> CallWorld:
    composition = Composition(aws.settings, clock=FakeClock())
    assert isinstance(composition.clock, FakeClock)
    composition.vault.prepare()
    return CallWorld(
        composition.stores,
        vault=composition.vault,
        clock=composition.clock,
        per_number_and_day=PER_NUMBER,
    )


def test_dynamodb_calls_of_a_phone_call(world: CallWorld, aws: AwsInProcess) -> None:
    """Beside those of a push: a read of the user, a write for each of the four caps, and one for the call's id."""
    answer = world.ask("phone")
    one = login_id(answer)
    before = len(aws.calls)
    world.ring(one)
    assert aws.calls[before:] == ["BatchGetItem", "UpdateItem", "GetItem", *["UpdateItem"] * 4, "UpdateItem"]
    before = len(aws.calls)
    assert world.decisions.begin(contact(one)) == (CallKind.LOGIN, "")
    assert world.press(one) is CallOutcome.APPROVED
    assert aws.calls[before:] == ["BatchGetItem", "BatchGetItem", "GetItem", "TransactWriteItems"]


def test_b1_copies_of_one_packet_at_many_edges_are_one_call(world: CallWorld, rounds: int) -> None:
    for number in range(min(rounds, 5)):
        world.clock.advance(4000)
        packet = b"packet" + number.to_bytes(10)
        requests = [world.request("phone", login_id=packet) for _ in range(4)]
        before = len(world.caller.placed)
        answers = all_at_once([lambda one=one: world.send(one, role=EDGE) for one in requests])  # type: ignore[misc]
        assert {answer.outcome for answer in answers} == {"pending"}
        senders = [world.another_dispatch() for _ in answers]
        one = login_id(answers[0])
        all_at_once([lambda sender=sender, one=one: sender.send(one, TOKEN) for sender in senders])
        assert len(world.caller.placed) == before + 1
        world.press(one)


def test_c14_no_race_passes_the_cap_of_a_number(world: CallWorld) -> None:
    waiting = []
    for number in range(PER_NUMBER * 3):
        user_id = world.add_user(f"user{number}", seed=SEED)
        world.add_phone(user_id, "+4915199999999", ways=frozenset({PhoneWay.CALL}))
        waiting.append(login_id(world.ask("phone", username=f"user{number}")))
    all_at_once([lambda one=one: world.another_dispatch().send(one, TOKEN) for one in waiting])
    assert len(world.caller.placed) == PER_NUMBER
    told = Counter(record.reason for record in world.audit.logins if record.outcome == "reject")
    assert told == {RejectReason.CALL_CAPPED: PER_NUMBER * 2}


def test_d7_approve_and_report_at_once_are_one_decision_and_the_report_mutes(world: CallWorld) -> None:
    one = login_id(world.called())
    outcomes = all_at_once([lambda keys=keys: world.press(one, keys) for keys in PressedKeys])  # type: ignore[misc]
    assert CallOutcome.REPORTED in outcomes
    decided = [record for record in world.audit.logins if record.login_id == one and record.outcome != "pending"]
    assert len(decided) == 1
    state = world.transaction_of(one)
    assert (state.reason is RejectReason.REPORTED) is (CallOutcome.APPROVED not in outcomes)
    assert world.store.push_ledgers.read(world.user_id).muted_at is not None
