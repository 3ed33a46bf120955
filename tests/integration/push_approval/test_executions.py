"""The state machine of push approval, run by moto from its own definition, with our function on the table."""

import json
import time
from collections.abc import Callable

import pytest

from mfa.domain.login_transactions import LoginTransaction, TransactionState
from mfa.domain.reasons import RejectReason
from mfa.errors import ConditionRefusedError
from mfa.push_ports import PushEvent
from tests.fakes.races import all_at_once
from tests.integration.push_approval.conftest import LIFE_SECONDS, World

pytestmark = pytest.mark.integration

MOST_TRANSITIONS = 3
LONG = 60


def test_a_login_that_nobody_answers_rings_once_and_expires_with_one_record(world: World) -> None:
    login = world.started(world.device())
    assert world.running.ended(login.login_id) == "SUCCEEDED"
    (received,) = world.service.received
    assert json.loads(received.payload) == {"id": login.login_id}
    assert received.ttl <= LIFE_SECONDS
    assert world.stored(login).state is TransactionState.EXPIRED
    assert world.running.steps == ["send", "expire"]
    assert [record.reason for record in world.composition.decided.logins] == [RejectReason.EXPIRED]
    assert world.running.transitions(login.login_id) <= MOST_TRANSITIONS


def wakes(world: World) -> list[PushEvent]:
    """Whoever has sent the push notes that it was taken, which may be later than the decision."""
    return [event for event in world.composition.trail.events if event is not PushEvent.TAKEN]


def test_a_decision_wakes_the_execution_and_ends_it(world: World) -> None:
    login = world.started(world.device(), seconds=LONG)
    world.service.wait_for(1)
    world.decide(login)
    world.composition.push.waker.wake(world.token(login), login.login_id)
    assert world.running.ended(login.login_id) == "SUCCEEDED"
    assert world.stored(login).state is TransactionState.APPROVED
    assert world.running.steps == ["send"]
    assert wakes(world) == [PushEvent.WOKEN]
    assert world.running.transitions(login.login_id) == 2


def test_d13_a_decision_stands_though_nobody_woke_the_execution(world: World) -> None:
    login = world.started(world.device())
    world.service.wait_for(1)
    world.decide(login)
    assert world.running.ended(login.login_id) == "SUCCEEDED"
    assert world.running.steps == ["send", "expire"]
    assert world.stored(login).state is TransactionState.APPROVED
    assert world.composition.decided.logins == []


def test_a_login_that_is_decided_before_it_is_sent_ends_its_execution_at_once(world: World) -> None:
    login = world.waiting(world.device(), seconds=LONG)
    world.decide(login, TransactionState.DENIED)
    world.composition.push.starter.start(login.login_id, LONG)
    assert world.running.ended(login.login_id) == "SUCCEEDED"
    assert world.service.received == []
    assert world.running.steps == ["send"]


def test_a_device_without_subscription_is_waited_for(world: World) -> None:
    login = world.started(world.device(subscribed=False), seconds=LONG)
    world.running.wait_for_steps(1)
    _until(lambda: world.stored(login).task_token is not None)
    assert world.running.status(login.login_id) == "RUNNING"
    world.decide(login)
    world.composition.push.waker.wake(world.token(login), login.login_id)
    assert world.running.ended(login.login_id) == "SUCCEEDED"


def test_a_prompt_that_cannot_be_sent_decides_nothing_and_ends_quietly(world: World) -> None:
    device = world.device()
    login = world.waiting(device, seconds=LONG)
    world.running.function = _broken
    world.composition.push.starter.start(login.login_id, LONG)
    assert world.running.ended(login.login_id) == "SUCCEEDED"
    assert world.stored(login).state is TransactionState.PENDING
    assert world.running.transitions(login.login_id) <= MOST_TRANSITIONS
    world.decide(login)
    assert world.stored(login).state is TransactionState.APPROVED


def test_an_end_that_cannot_be_noted_fails_and_decides_nothing(world: World) -> None:
    login = world.started(world.device())
    world.service.wait_for(1)
    world.running.function = _broken
    assert world.running.ended(login.login_id) == "FAILED"
    assert world.stored(login).state is TransactionState.PENDING
    assert world.running.transitions(login.login_id) <= MOST_TRANSITIONS


def test_a_login_that_is_started_again_has_one_execution_and_one_prompt(world: World) -> None:
    login = world.started(world.device(), seconds=LONG)
    world.service.wait_for(1)
    for _ in range(3):
        world.composition.push.starter.start(login.login_id, LONG)
    assert world.running.steps == ["send"]
    world.decide(login)
    world.composition.push.waker.wake(world.token(login), login.login_id)
    assert world.running.ended(login.login_id) == "SUCCEEDED"
    world.composition.push.starter.start(login.login_id, LONG)
    assert world.running.steps == ["send"]
    assert len(world.service.received) == 1


def test_a_late_or_forged_token_is_no_error(world: World) -> None:
    login = world.started(world.device(), seconds=LONG)
    world.service.wait_for(1)
    token = world.token(login)
    world.composition.push.waker.wake(token, login.login_id)
    world.running.ended(login.login_id)
    for late in (token, "forged", ""):
        world.composition.push.waker.wake(late, login.login_id)
    assert wakes(world)[:3] == [PushEvent.WOKEN, PushEvent.TOO_LATE_TO_WAKE, PushEvent.TOO_LATE_TO_WAKE]
    assert wakes(world)[3] in {PushEvent.TOO_LATE_TO_WAKE, PushEvent.NOT_WOKEN}


def test_without_a_state_machine_the_prompt_is_sent_all_the_same(world: World) -> None:
    """As where Step Functions starts no more executions at this moment."""
    login = world.waiting(world.device(), seconds=LONG)
    world.composition.push.starter._state_machine += "-that-does-not-exist"  # type: ignore[attr-defined]
    world.composition.push.starter.start(login.login_id, LONG)
    assert world.service.wait_for(1)
    assert world.running.invoked == [{"step": "send", "login_id": login.login_id}]
    assert world.stored(login).task_token is None
    (note,) = [one for one in world.composition.trail.notes if one.event is PushEvent.STARTED_WITHOUT_EXECUTION]
    assert "StateMachineDoesNotExist" in note.detail


def test_a_prompt_that_is_started_both_ways_is_sent_once(world: World) -> None:
    """The answer of StartExecution was lost."""
    login = world.waiting(world.device())
    starter = world.composition.push.starter
    all_at_once([
        lambda: starter.start(login.login_id, LIFE_SECONDS),
        lambda: starter._invocation(login.login_id),  # type: ignore[attr-defined]
    ])  # fmt: skip
    assert world.running.ended(login.login_id) == "SUCCEEDED"
    assert len(world.service.received) == 1
    assert world.stored(login).state is TransactionState.EXPIRED


def test_f6_an_execution_knows_login_and_time_and_nothing_else(world: World) -> None:
    login = world.started(world.device())
    world.running.ended(login.login_id)
    told = json.dumps({"login_id": login.login_id, "seconds": LIFE_SECONDS})
    given, answered = world.running.told(login.login_id)
    assert json.loads(given) == json.loads(answered) == json.loads(told)


def test_d8_at_the_end_the_first_write_wins_and_the_execution_always_ends(world: World) -> None:
    device = world.device()
    logins = [world.started(device, seconds=1) for _ in range(6)]
    outcomes = all_at_once([_decides_at_the_end(world, login) for login in logins])
    for login, won in zip(logins, outcomes, strict=True):
        assert world.running.ended(login.login_id) == "SUCCEEDED"
        assert world.stored(login).state is (TransactionState.APPROVED if won else TransactionState.EXPIRED)
    expired = [record.login_id for record in world.composition.decided.logins]
    assert sorted(expired) == sorted(login.login_id for login, won in zip(logins, outcomes, strict=True) if not won)


def _decides_at_the_end(world: World, login: LoginTransaction) -> Callable[[], bool]:
    def decide() -> bool:
        time.sleep(max(0.0, login.expires_at - time.time() - 0.005))
        try:
            world.decide(login)
        except ConditionRefusedError:
            return False
        return True

    return decide


def _broken(_event: object, _context: object) -> object:
    raise RuntimeError("told to")


def _until(holds: Callable[[], bool], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)
