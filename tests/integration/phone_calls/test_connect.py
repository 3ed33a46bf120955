"""The Connect adapter, by botocore's own client, on what stands for Connect, and on answers that it never gives."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
    ReadTimeoutError,
)

from local import contact_flow
from local.connect_service import FLOW_ARN, INSTANCE_ARN, SOURCE_NUMBER, ConnectService
from mfa.adapters.phone_calls.connect import ConnectCaller
from mfa.call_ports import CallResult, WantedCall
from mfa.domain.phone_calls import CallPurpose

pytestmark = pytest.mark.integration
NUMBER = "+4915123456789"
WANTED = WantedCall(
    call_id="call-1", purpose=CallPurpose.LOGIN, application="vpn", company="Example Corp", seconds=28.9
)


@pytest.fixture
def connect() -> Iterator[ConnectService]:
    service = ConnectService()
    yield service
    service.stop()


def caller(connect: ConnectService, **named: Any) -> ConnectCaller:
    def make_client(service: str, config: Config) -> Any:
        session = botocore.session.get_session()
        session.set_credentials("access", "secret")
        return session.create_client(service, "eu-central-1", endpoint_url=connect.url, config=config)

    given = {"instance": INSTANCE_ARN, "flow": FLOW_ARN, "source_number": SOURCE_NUMBER, "queue": None, **named}
    return ConnectCaller(make_client=make_client, **given)


def test_a_call_is_placed_with_its_id_and_attributes_that_hold_no_secret(connect: ConnectService) -> None:
    placed = caller(connect).call(NUMBER, WANTED)
    (call,) = connect.calls_to(NUMBER)
    assert (placed.result, placed.contact_id) == (CallResult.PLACED, call.contact_id)
    assert call.attributes == {
        "call": "call-1",
        "purpose": "login",
        "application": "vpn",
        "company": "Example Corp",
    }


def test_b1_the_same_call_is_placed_once_however_often_it_is_asked_for(connect: ConnectService) -> None:
    first, again = (caller(connect).call(NUMBER, WANTED) for _ in range(2))
    assert first == again
    assert len(connect.calls_to(NUMBER)) == 1
    caller(connect).call(NUMBER, replace(WANTED, call_id="call-2"))
    assert len(connect.calls_to(NUMBER)) == 2


@pytest.mark.parametrize(("seconds", "ringing"), [(28.9, 28), (3.0, 15), (600, 60)])
def test_it_rings_as_long_as_an_answer_is_worth_anything(connect: ConnectService, seconds: float, ringing: int) -> None:
    caller(connect).call(NUMBER, replace(WANTED, seconds=seconds))
    assert [call.ring_seconds for call in connect.calls_to(NUMBER)] == [ringing]


def test_calls_come_from_a_queue_where_one_is_given(connect: ConnectService) -> None:
    placed = caller(connect, source_number=None, queue="0f9e8d7c-6b5a-4f3e-8d2c-1b0a9f8e7d6c").call(NUMBER, WANTED)
    assert placed.result is CallResult.PLACED


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("DestinationNotAllowedException", CallResult.NUMBER_REFUSED),
        ("OutboundContactNotPermittedException", CallResult.NUMBER_REFUSED),
        ("LimitExceededException", CallResult.THROTTLED),
        ("ThrottlingException", CallResult.THROTTLED),
        ("AccessDeniedException", CallResult.NOT_AUTHORISED),
        ("InvalidRequestException", CallResult.REFUSED),
    ],
)
def test_a_refusal_is_told_by_its_code_and_without_the_number(
    connect: ConnectService, code: str, result: CallResult
) -> None:
    connect.refuse(NUMBER, code)
    placed = caller(connect).call(NUMBER, WANTED)
    assert (placed.result, placed.contact_id, placed.detail) == (result, None, f"Connect refused it: {code}")


def test_another_instance_or_flow_places_nothing(connect: ConnectService) -> None:
    for wrong in ({"instance": INSTANCE_ARN[:-1] + "0"}, {"flow": FLOW_ARN[:-1] + "0"}):
        assert caller(connect, **wrong).call(NUMBER, WANTED).result is CallResult.REFUSED
    assert connect.calls_to(NUMBER) == []


def test_a_call_is_ended_and_one_that_is_over_is_no_error(connect: ConnectService) -> None:
    placed = caller(connect).call(NUMBER, WANTED)
    assert placed.contact_id is not None
    caller(connect).hang_up(placed.contact_id)
    caller(connect).hang_up("unknown")
    assert [call.was_stopped for call in connect.calls_to(NUMBER)] == [True]


@dataclass
class Failing:
    """Stands for a client of Connect that fails."""

    error: Exception

    def __call__(self, service: str, config: Config) -> "Failing":
        assert service == "connect"
        return self

    def start_outbound_voice_contact(self, **_: Any) -> Any:
        raise self.error

    def stop_contact(self, **_: Any) -> Any:
        raise self.error


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (ConnectTimeoutError(endpoint_url="x"), CallResult.UNREACHABLE),
        (EndpointConnectionError(endpoint_url="x"), CallResult.UNREACHABLE),
        (ParamValidationError(report="x"), CallResult.UNREACHABLE),
        (ReadTimeoutError(endpoint_url="x"), CallResult.UNKNOWN),
        (ClientError({"Error": {"Code": "InternalServiceException", "Message": NUMBER}}, "x"), CallResult.REFUSED),
    ],
)
def test_faults_are_told_apart_by_whether_a_telephone_may_ring(error: Exception, result: CallResult) -> None:
    failing = ConnectCaller(
        make_client=Failing(error), instance=INSTANCE_ARN, flow=FLOW_ARN, source_number=SOURCE_NUMBER, queue=None
    )
    placed = failing.call(NUMBER, WANTED)
    assert placed.result is result
    assert NUMBER not in repr(placed)
    failing.hang_up("contact-1")


def test_what_stands_for_connect_runs_the_flow_when_somebody_answers(connect: ConnectService) -> None:
    events: list[Any] = []

    def invoke(function: str, event: Any) -> dict[str, str]:
        events.append((function, event))
        return {"kind": "login", "code": ""} if len(events) == 1 else {"result": "approved"}

    connect.put_in_service(contact_flow.content("function-arn"), invoke)
    connect.answer(NUMBER, "9#")
    placed = caller(connect).call(NUMBER, WANTED)
    (call,) = connect.calls_to(NUMBER)
    assert call.over.wait(10)
    assert call.said[-1] == "Thank you. You are being signed in."
    assert [event["Details"]["Parameters"] for _, event in events] == [
        {"step": "begin"},
        {"step": "decide", "keys": "#"},
    ]
    assert {event["Details"]["ContactData"]["ContactId"] for _, event in events} == {placed.contact_id}
    assert {function for function, _ in events} == {"function-arn"}
