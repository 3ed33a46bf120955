"""What gatehouse doctor says of phone calls: of an Amazon Connect instance that is well, and of each fault."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto import mock_aws

from gatehouse.aws.session import Aws
from gatehouse.aws.stack import Stack
from gatehouse.checks.calls import are_on, calls
from gatehouse.checks.check import Check, run_all
from gatehouse.findings import Finding, Grade
from tests.fakes.connect_instance import FUNCTION, NUMBER, OUTPUTS, PARAMETERS, QUEUE_ID, FakeConnect, connect_instance

pytestmark = pytest.mark.integration
BY_QUEUE = {"PhoneCallSourceNumber": "", "PhoneCallQueueId": QUEUE_ID}


@pytest.fixture
def connect() -> Iterator[FakeConnect]:
    with mock_aws(), connect_instance() as fake:
        yield fake


def found(parameters: dict[str, str] | None = None, outputs: dict[str, str] | None = None) -> list[Finding]:
    stack = Stack(
        "gatehouse", "UPDATE_COMPLETE", OUTPUTS if outputs is None else outputs, PARAMETERS | (parameters or {})
    )
    assert are_on(stack)
    looked = list(run_all([Check("calls", lambda: calls(Aws(region="eu-central-1"), stack))], 20))
    assert {one.check for one in looked} == {"calls"}
    return looked


def only_fault(looked: list[Finding]) -> Finding:
    (fault,) = [one for one in looked if one.grade is not Grade.OK]
    assert fault.advice
    return fault


def test_of_an_instance_that_is_well_each_part_is_told(connect: FakeConnect) -> None:
    looked = found()
    assert {one.grade for one in looked} == {Grade.OK}
    assert [one.text for one in looked] == [
        "calls go to AT, DE, at most 50 a day, 40 of them for logins",
        "Connect instance corp is ACTIVE and makes outbound calls",
        f"calls come from {NUMBER}",
        f"contact flow gatehouse calls is ACTIVE and asks {FUNCTION}",
    ]
    assert found(BY_QUEUE)[2].text == "calls come from the number of queue callers"


def test_a_stack_without_an_instance_has_no_calls_to_look_at() -> None:
    assert not are_on(Stack("gatehouse", "UPDATE_COMPLETE", {}, PARAMETERS | {"PhoneCallInstanceArn": ""}))
    assert not are_on(Stack("gatehouse", "UPDATE_COMPLETE", {}))


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"PhoneCallCountries": ""}, "no country is admitted, so nobody is ever called"),
        ({"PhoneCallDailyBudget": "0.19"}, "PhoneCallDailyBudget is less than PhoneCallMaxPrice: nobody may be called"),
        ({"PhoneCallSourceNumber": ""}, "calls have no number to come from, so Connect takes none"),
        ({"PhoneCallSourceNumber": "+49309018"}, "+49309018 is none of the instance's numbers"),
    ],
)
def test_what_the_stack_was_told_wrongly_is_a_problem(
    connect: FakeConnect, parameters: dict[str, str], text: str
) -> None:
    fault = only_fault(found(parameters))
    assert (fault.grade, fault.text) == (Grade.PROBLEM, text)


def _change(part: str, **changed: Any) -> Callable[[FakeConnect], None]:
    return lambda fake: getattr(fake, part).update(changed)


PROBLEMS: list[tuple[Callable[[FakeConnect], None], str]] = [
    (_change("instance", InstanceStatus="CREATION_FAILED"), "Connect instance corp is CREATION_FAILED"),
    (_change("instance", OutboundCallsEnabled=False), "Connect instance corp makes no outbound calls"),
    (_change("queue", Status="DISABLED"), "queue callers is DISABLED"),
    (_change("queue", OutboundCallerConfig={}), "queue callers has no number for outbound calls"),
    (_change("refused", DescribeQueue="ResourceNotFoundException"), f"the instance has no queue {QUEUE_ID}"),
    (_change("flow", State="ARCHIVED"), "contact flow gatehouse calls is ARCHIVED"),
    (_change("flow", Content="{}"), f"contact flow gatehouse calls does not ask {FUNCTION}"),
    (_change("refused", DescribeContactFlow="ResourceNotFoundException"), "the instance has no contact flow 0f9e8d7c"),
    (_change("refused", DescribeContactFlow="ContactFlowNotPublishedException"), "the instance has no contact flow "),
]


@pytest.mark.parametrize(("break_it", "text"), PROBLEMS, ids=[text for _, text in PROBLEMS])
def test_each_part_that_is_broken_is_a_problem_of_its_own(
    connect: FakeConnect, break_it: Callable[[FakeConnect], None], text: str
) -> None:
    break_it(connect)
    fault = only_fault(found(BY_QUEUE))
    assert fault.grade is Grade.PROBLEM
    assert fault.text.startswith(text)


def test_in_an_instance_that_is_not_there_nothing_else_is_looked_for(connect: FakeConnect) -> None:
    connect.refused["DescribeInstance"] = "ResourceNotFoundException"
    looked = found()
    assert only_fault(looked).text.startswith("this account has no Connect instance ")
    assert len(looked) == 2


def test_a_function_that_is_not_added_and_a_flow_that_is_not_told_are_warnings(connect: FakeConnect) -> None:
    connect.functions = [["arn:aws:lambda:x:1:function:other"]]
    assert only_fault(found()).text == f"{FUNCTION} is none of the functions that the instance may ask"
    connect.functions = [[f"arn:aws:lambda:x:1:function:{FUNCTION}"]]
    untold = only_fault(found(outputs={"PhoneCallFunctionName": FUNCTION}))
    assert (untold.grade, untold.advice) == (Grade.WARNING, "deploy the stack again")


@pytest.mark.parametrize(
    "operation", ["DescribeInstance", "ListPhoneNumbersV2", "DescribeQueue", "DescribeContactFlow"]
)
def test_a_right_that_is_missing_is_a_warning_and_hides_nothing_that_was_found_before(
    connect: FakeConnect, operation: str
) -> None:
    connect.refused[operation] = "AccessDeniedException"
    first, *_, last = found({"PhoneCallCountries": "", "PhoneCallQueueId": QUEUE_ID})
    assert first.grade is Grade.PROBLEM
    assert (last.grade, f"may not call connect:{operation}" in last.text) == (Grade.WARNING, True)


def test_any_other_refusal_is_a_problem_with_its_code(connect: FakeConnect) -> None:
    for operation in ("DescribeInstance", "DescribeQueue", "DescribeContactFlow"):
        connect.refused = {operation: "InternalServiceException"}
        last = found(BY_QUEUE)[-1]
        assert (last.grade, "InternalServiceException" in last.text) == (Grade.PROBLEM, True)
