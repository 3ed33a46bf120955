"""Waker: what fails is noted, and nothing more: the person's decision stands."""

import time

import pytest

from mfa.push_ports import PushEvent
from tests.integration.push_execution.conftest import Refusal, World, composed

pytestmark = pytest.mark.integration

LOGIN, TOKEN = "ABCDEFGHIJKLMNOPQRSTUV", "a task token"


def wake(world: World) -> None:
    world.composition.push.waker.wake(TOKEN, LOGIN)


def test_the_execution_is_woken_and_told_nothing(world: World) -> None:
    wake(world)
    assert world.aws.asked == [("SendTaskSuccess", {"taskToken": TOKEN, "output": "{}"})]
    assert world.trail.events == [PushEvent.WOKEN]


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_one_that_has_ended_already_is_too_late_and_no_error(world: World, code: str) -> None:
    world.aws.refusals["SendTaskSuccess"] = Refusal(400, code)
    wake(world)
    assert world.trail.events == [PushEvent.TOO_LATE_TO_WAKE]


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(400, "ThrottlingException"),
        Refusal(400, "AccessDeniedException"),
        Refusal(500, "InternalFailure"),
        Refusal(503, "ServiceUnavailable"),
    ],
    ids=str,
)
def test_d13_whatever_else_fails_is_no_error_either(world: World, refusal: Refusal) -> None:
    world.aws.refusals["SendTaskSuccess"] = refusal
    wake(world)
    assert world.aws.operations == ["SendTaskSuccess"], "nothing is tried twice: the phone waits for its answer"
    (note,) = world.trail.notes
    assert (note.event, note.detail) == (PushEvent.NOT_WOKEN, refusal.code)


def test_step_functions_that_hangs_is_given_up_in_time(world: World) -> None:
    world.aws.hangs.add("SendTaskSuccess")
    before = time.monotonic()
    wake(world)
    assert time.monotonic() - before < 4
    assert world.trail.events == [PushEvent.NOT_WOKEN]


def test_step_functions_that_is_not_there_is_no_error() -> None:
    world = composed("http://127.0.0.1:9")
    wake(world)
    assert world.trail.events == [PushEvent.NOT_WOKEN]


def test_a_token_that_cannot_be_one_is_no_error(world: World) -> None:
    for token in ("", "x" * 3000, "\ud800"):
        world.composition.push.waker.wake(token, LOGIN)
    assert set(world.trail.events) <= {PushEvent.NOT_WOKEN, PushEvent.WOKEN}
    assert len(world.trail.notes) == 3


def test_no_word_tells_the_token(world: World) -> None:
    for refusal in (None, Refusal(400, "InvalidToken"), Refusal(500, "InternalFailure")):
        if refusal is not None:
            world.aws.refusals["SendTaskSuccess"] = refusal
        wake(world)
    assert TOKEN not in repr(world.trail.notes)
