"""PushStarter: by an execution, or else by an invocation, and never twice in a row."""

import json
import time

import pytest

from mfa.errors import UnavailableError
from mfa.push_ports import PushEvent
from tests.integration.push_execution.conftest import MACHINE, Refusal, World, composed

pytestmark = pytest.mark.integration

LOGIN = "ABCDEFGHIJKLMNOPQRSTUV"
SENT_ALONE = ("Invoke", {"step": "send", "login_id": LOGIN})


def start(world: World) -> None:
    world.composition.push.starter.start(LOGIN, 45)


def test_an_execution_is_named_after_its_login_and_told_no_more_than_its_time(world: World) -> None:
    start(world)
    ((operation, asked),) = world.aws.asked
    assert (operation, asked["stateMachineArn"], asked["name"]) == ("StartExecution", MACHINE, LOGIN)
    assert json.loads(asked["input"]) == {"login_id": LOGIN, "seconds": 45}
    assert world.trail.events == []


def test_one_that_was_started_before_is_no_error(world: World) -> None:
    world.aws.refusals["StartExecution"] = Refusal(400, "ExecutionAlreadyExists")
    start(world)
    assert world.aws.operations == ["StartExecution"]
    assert world.trail.events == []


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(400, "ThrottlingException"),
        Refusal(400, "ExecutionLimitExceeded"),
        Refusal(400, "StateMachineDoesNotExist"),
        Refusal(400, "AccessDeniedException"),
        Refusal(500, "InternalFailure"),
        Refusal(503, "ServiceUnavailable"),
    ],
    ids=str,
)
def test_e11_where_none_is_started_the_prompt_is_sent_without(world: World, refusal: Refusal) -> None:
    world.aws.refusals["StartExecution"] = refusal
    start(world)
    assert world.aws.operations == ["StartExecution", "Invoke"], "nothing is tried twice: a person waits"
    assert world.aws.asked[1] == SENT_ALONE
    assert world.aws.invocation_types == ["Event"]
    (note,) = world.trail.notes
    assert (note.event, note.login_id) == (PushEvent.STARTED_WITHOUT_EXECUTION, LOGIN)
    assert refusal.code in note.detail


def test_step_functions_that_hangs_is_given_up_in_time(world: World) -> None:
    world.aws.hangs.add("StartExecution")
    before = time.monotonic()
    start(world)
    assert time.monotonic() - before < 4
    assert world.aws.asked[-1] == SENT_ALONE


@pytest.mark.parametrize("refusal", [Refusal(429, "TooManyRequestsException"), Refusal(500, "ServiceException")])
def test_where_neither_is_possible_the_login_is_told_so(world: World, refusal: Refusal) -> None:
    world.aws.refusals |= {"StartExecution": Refusal(400, "ThrottlingException"), "Invoke": refusal}
    with pytest.raises(UnavailableError):
        start(world)
    assert world.aws.operations == ["StartExecution", "Invoke"]


def test_where_nothing_answers_the_login_is_told_so() -> None:
    with pytest.raises(UnavailableError):
        start(composed("http://127.0.0.1:9"))


def test_a_deployment_without_state_machine_invokes_the_function(world: World) -> None:
    alone = composed(world.aws.url, machine=None)
    start(alone)
    assert world.aws.asked == [SENT_ALONE]


def test_a_deployment_with_neither_says_so() -> None:
    with pytest.raises(UnavailableError, match="SEND_PUSH_FUNCTION"):
        start(composed(None, machine=None, function=None))
