"""THREATS G7-G10: whatever a device sends gets a 4xx that says why, and never a 5xx."""

import gzip

import pytest

from mfa.contract.fields import base64url
from tests.fakes.phone import Phone
from tests.functions.devices.world import DeviceWorld
from tests.functions.enrollment.test_hostile_requests import BROKEN_BODIES
from tests.functions.enrollment.world import real_event

SIGNATURE = base64url(bytes(64))
BODIES = [
    ("POST", "/v1/device/prompts/{id}/decision"),
    ("PUT", "/v1/device/subscription"),
]


@pytest.mark.parametrize(("method", "path"), BODIES)
@pytest.mark.parametrize("name", BROKEN_BODIES)
def test_a_broken_body_is_refused(world: DeviceWorld, phone: Phone, name: str, method: str, path: str) -> None:
    login, body = world.login(phone), BROKEN_BODIES[name]
    octets = body if isinstance(body, bytes) else body.encode()
    headers = {"content-type": "application/json"}
    refused = world.ask(phone, method, path.format(id=login.login_id), body=octets, headers=headers)
    assert (refused.status, refused.code) == (400, "bad-request")
    assert world.faults == []


@pytest.mark.parametrize(
    "bad",
    [
        {"decision": "approved"},
        {"decision": "APPROVE"},
        {"decision": ""},
        {"decision": None},
        {"decision": ["approve"]},
        {"signature": None},
        {"signature": ""},
        {"signature": base64url(bytes(63))},
        {"signature": base64url(bytes(65))},
        {"signature": SIGNATURE + "=="},
        {"signature": "%" * 86},
        {"assertion": []},
        {"assertion": "x"},
        {"assertion": True},
        {"number": {}},
        {"state": "approved"},
        {"device_id": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"admin": True},
        {"task_token": "x"},
        {"__proto__": {}},
    ],
    ids=ascii,
)
def test_g10_a_decision_has_no_other_fields_and_no_other_values(
    world: DeviceWorld, phone: Phone, bad: dict[str, object]
) -> None:
    login = world.login(phone)
    refused = world.decide(phone, login, "deny", None, **bad)
    assert (refused.status, refused.code) == (400, "bad-request")
    assert world.state(login).value == "pending"


@pytest.mark.parametrize("body", ["[]", "null", '{"a":1}', '{"id":"test"}', "x"])
def test_a_ring_takes_no_fields(world: DeviceWorld, phone: Phone, body: str) -> None:
    refused = world.ask(
        phone, "POST", "/v1/device/test", body=body.encode(), headers={"content-type": "application/json"}
    )
    assert (refused.status, refused.code) == (400, "bad-request")


def test_a_body_of_another_kind_is_415(world: DeviceWorld, phone: Phone) -> None:
    path = f"/v1/device/prompts/{world.login(phone).login_id}/decision"
    for headers in (
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json; charset=utf-16"},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ):
        octets = gzip.compress(b"{}") if "content-encoding" in headers else b"{}"
        assert world.ask(phone, "POST", path, body=octets, headers=headers).status == 415


def test_a_body_that_is_too_large_is_refused_unread_also_without_a_signature(world: DeviceWorld, phone: Phone) -> None:
    for size in (16 * 1024 + 1, 2 * 1024 * 1024):
        for headers in ({}, {"authorization": "x"}):
            assert world.send("POST", "/v1/device/test", b"x" * size, headers).status == 413


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/devices", "/v1/device/", "/v1/device/prompts/", "/v1/device/x", "//"]
)
def test_a_path_that_does_not_exist_is_404(world: DeviceWorld, phone: Phone, path: str) -> None:
    assert world.ask(phone, "GET", path).code == "not-found"


def test_a_method_that_a_path_does_not_take_is_405(world: DeviceWorld, phone: Phone) -> None:
    path = f"/v1/device/prompts/{world.login(phone).login_id}/decision"
    refused = world.ask(phone, "PUT", path)
    assert (refused.status, refused.code, refused.headers["allow"]) == (405, "method-not-allowed", "POST")


def test_every_answer_forbids_storing_sniffing_framing_and_telling_others(world: DeviceWorld, phone: Phone) -> None:
    """THREATS G8, G9."""
    for one in (
        world.ask(phone, "GET", "/v1/device/prompts", headers={"origin": "https://evil.example.test"}),
        world.ask(phone, "DELETE", "/v1/device/subscription"),
        world.send("GET", "/v1/device", b"", {}),
    ):
        assert one.headers["cache-control"] == "no-store"
        assert one.headers["x-content-type-options"] == "nosniff"
        assert one.headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in one.headers["content-security-policy"]
        assert not [name for name in one.headers if name.startswith("access-control")]


def test_an_event_that_is_no_http_request_is_a_reported_fault(world: DeviceWorld) -> None:
    assert world.app({"source": "aws.events"}, None)["statusCode"] == 500
    assert len(world.faults) == 1


@pytest.mark.parametrize("path", ["/v1/device/\ud800", "/v1/device/%FF", "/v1/device/prompts/%ED%A0%80"])
def test_a_path_that_is_not_unicode_is_404(world: DeviceWorld, path: str) -> None:
    assert world.app(real_event("redeem_code.json") | {"rawPath": path}, None)["statusCode"] == 404
    assert world.faults == []
