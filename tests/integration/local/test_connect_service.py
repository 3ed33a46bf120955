"""What stands for Amazon Connect, as people and tools use it: telephones that are answered, by HTTP."""

import json
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from local import contact_flow
from local.connect_service import FLOW_ID, INSTANCE_ID, SOURCE_NUMBER, ConnectService
from tests.integration.local.http_client import Reply, ask

pytestmark = pytest.mark.integration
NUMBER = "+4930901820"


@pytest.fixture
def connect() -> Iterator[ConnectService]:
    service = ConnectService()
    service.put_in_service(contact_flow.content("arn"), lambda _, __: {"kind": "number", "code": "1, 2"})
    yield service
    service.stop()


def asked(connect: ConnectService, method: str, path: str, body: object = None, *headers: tuple[str, str]) -> Reply:
    given = b"" if body is None else json.dumps(body).encode()
    port = int(connect.url.rpartition(":")[2])
    return ask(port, method, path, ("content-type", "application/json"), *headers, body=given)


def start(connect: ConnectService, **more: object) -> Reply:
    call = {
        "DestinationPhoneNumber": NUMBER,
        "InstanceId": INSTANCE_ID,
        "ContactFlowId": FLOW_ID,
        "SourcePhoneNumber": SOURCE_NUMBER,
        "ClientToken": "one",
        "Attributes": {"company": "Example Corp"},
        **more,
    }
    return asked(connect, "PUT", "/contact/outbound-voice", {key: value for key, value in call.items() if value})


def test_a_telephone_is_answered_as_it_was_told_to_and_shows_what_it_heard(connect: ConnectService) -> None:
    told = asked(connect, "PUT", f"/_local/telephones/{NUMBER}", {"keys": "1"})
    assert (told.status, told.json) == (HTTPStatus.OK, {"number": NUMBER, "calls": []})
    assert start(connect).status == HTTPStatus.OK
    (call,) = connect.calls_to(NUMBER)
    assert call.over.wait(10)
    shown = asked(connect, "GET", f"/_local/telephones/{NUMBER}")
    assert shown.json == {"number": NUMBER, "calls": [{"said": call.said, "stopped": False}]}
    assert call.said[-1].startswith("Your code is 1, 2 .")


def test_one_that_nobody_answers_rings_in_vain(connect: ConnectService) -> None:
    start(connect)
    (call,) = connect.calls_to(NUMBER)
    assert (call.over.is_set(), call.said) == (False, [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"SourcePhoneNumber": None},
        {"DestinationPhoneNumber": None},
        {"InstanceId": "other"},
        {"ContactFlowId": "other"},
        {"RingTimeoutInSeconds": 14},
    ],
)
def test_what_connect_would_refuse_is_refused(connect: ConnectService, wrong: dict[str, object]) -> None:
    assert start(connect, **wrong).status in {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}
    assert connect.calls_to(NUMBER) == []


def test_the_page_of_another_site_answers_no_telephone(connect: ConnectService) -> None:
    other = ("origin", "https://evil.example")
    assert asked(connect, "PUT", f"/_local/telephones/{NUMBER}", {"keys": "#"}, other).status == HTTPStatus.FORBIDDEN
    start(connect)
    assert connect.calls_to(NUMBER)[0].said == []
