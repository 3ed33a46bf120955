"""What the state machine sends, and what it must never send."""

import json
from typing import Any

import pytest

from mfa.domain.login_transactions import TransactionState
from mfa.push_ports import PushEvent
from send_push.app import RefusedEventError, StepFailedError, create_app
from tests.fakes.dispatch_world import LIFE_SECONDS, TOKEN, DispatchWorld


@pytest.fixture
def world() -> DispatchWorld:
    return DispatchWorld()


def invoke(world: DispatchWorld, event: Any) -> dict[str, object]:
    return create_app(world.dispatch, world.faults.append)(event, None)


def test_the_two_steps_of_a_login_that_nobody_answers(world: DispatchWorld) -> None:
    login_id = world.waiting()
    assert invoke(world, {"step": "send", "login_id": login_id, "task_token": TOKEN}) == {}
    world.clock.advance(LIFE_SECONDS)
    assert invoke(world, {"step": "expire", "login_id": login_id}) == {}
    assert world.login(login_id).state is TransactionState.EXPIRED
    assert world.trail.events == [PushEvent.TAKEN, PushEvent.EXPIRED]


@pytest.mark.parametrize("event", [{}, {"task_token": None}])
def test_a_login_sends_without_execution(world: DispatchWorld, event: dict[str, Any]) -> None:
    login_id = world.waiting()
    assert invoke(world, {"step": "send", "login_id": login_id, **event}) == {}
    assert len(world.sender.sent) == 1


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        "send",
        {},
        {"step": "send"},
        {"step": "approve", "login_id": "x"},
        {"step": ["send"], "login_id": "x"},
        {"step": {"a": 1}, "login_id": "x"},
        {"login_id": "x"},
        {"step": "send", "login_id": ""},
        {"step": "send", "login_id": 7},
        {"step": "send", "login_id": None},
        {"step": "send", "login_id": "x#y"},
        {"step": "send", "login_id": "x/y"},
        {"step": "send", "login_id": "x\n"},
        {"step": "send", "login_id": "x" * 65},
        {"step": "send", "login_id": ["x"]},
        {"step": "send", "login_id": "x", "task_token": ""},
        {"step": "send", "login_id": "x", "task_token": 7},
        {"step": "send", "login_id": "x", "task_token": "t" * 2049},
        {"step": "send", "login_id": "x", "state": "approved"},
        {"step": "expire", "login_id": "x", "task_token": TOKEN},
        {"step": "expire", "login_id": "x", "now": 0},
    ],
    ids=str,
)
def test_anything_else_is_refused_and_touches_nothing(world: DispatchWorld, event: Any) -> None:
    with pytest.raises(RefusedEventError):
        invoke(world, event)
    assert world.store.calls == []
    assert world.sender.sent == []


def test_a_refusal_does_not_repeat_what_was_sent(world: DispatchWorld) -> None:
    """It would stand in the history of the execution."""
    for event in (
        {"step": "send", "login_id": "secret words", "task_token": TOKEN},
        {"step": "secret words", "login_id": "x", "task_token": TOKEN},
        {"step": "send", "login_id": "x", "secret words": TOKEN},
    ):
        with pytest.raises(RefusedEventError) as refused:
            invoke(world, event)
        assert "secret" not in str(refused.value)
        assert TOKEN not in str(refused.value)


def test_a_fault_is_recorded_and_leaves_as_an_error_that_says_nothing(world: DispatchWorld) -> None:
    login_id = world.waiting()
    for call, step in (("transactions.read", "send"), ("transactions.read", "expire")):
        world.store.faults.before[call] = 1
        with pytest.raises(StepFailedError) as failed:
            invoke(world, {"step": step, "login_id": login_id})
        assert "transactions" not in str(failed.value)
        assert failed.value.__cause__ is None
        assert failed.value.__suppress_context__
    assert len(world.faults) == 2


def test_its_answer_holds_nothing_that_a_history_must_not(world: DispatchWorld) -> None:
    login_id = world.waiting()
    assert TOKEN not in json.dumps(invoke(world, {"step": "send", "login_id": login_id, "task_token": TOKEN}))
