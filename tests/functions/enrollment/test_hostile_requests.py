"""THREATS G7, G8, G9, G10: whatever is sent gets a 4xx that says why, and never a 5xx; faults of ours get 5xx."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from mfa.errors import SealBrokenError
from tests.functions.enrollment.authenticator import code_of
from tests.functions.enrollment.world import World, real_event

JSON = {"content-type": "application/json"}
SESSIONS = "/v1/enrollment/sessions"

BROKEN_BODIES: dict[str, str | bytes] = {
    "empty": "",
    "not JSON": "code=1",
    "a list": '["code"]',
    "a string": '"code"',
    "null": "null",
    "duplicate keys": '{"code":"1","code":"2"}',
    "NaN": '{"code":NaN}',
    "a huge number": '{"code":' + "9" * 5000 + "}",
    "deep": '{"code":' + "[" * 8000 + "]" * 8000 + "}",
    "cut off": '{"code":"1',
    "two documents": '{"code":"1"}{}',
    "wrong type": '{"code":1}',
    "missing": "{}",
    "too long a field": '{"code":"' + "1" * 65 + '"}',
    "lone surrogate": '{"code":"\\ud800"}',
    "unknown field": '{"code":"1","admin":true}',
    "unknown surrogate field": '{"code":"1","\\ud800":true}',
    "octets that are not UTF-8": b'{"code":"\xff"}',
    "UTF-16": '{"code":"1"}'.encode("utf-16"),
}


@pytest.mark.parametrize("name", BROKEN_BODIES)
def test_a_broken_body_is_refused(world: World, name: str) -> None:
    refused = world.ask("POST", SESSIONS, headers=JSON, body=BROKEN_BODIES[name])
    assert (refused.status, refused.code) == (400, "bad-request")
    assert not world.faults


@pytest.mark.parametrize("body", ["x" * (16 * 1024 + 1), b"x" * (16 * 1024 + 1), "x" * 10_000_000, "ä" * 9000])
def test_a_body_above_the_limit_is_refused(world: World, body: str | bytes) -> None:
    refused = world.ask("POST", SESSIONS, headers=JSON, body=body)
    assert (refused.status, refused.code) == (413, "body-too-large")


def test_a_body_at_the_limit_is_read(world: World) -> None:
    body = json.dumps({"code": "1" * 20})
    assert world.ask("POST", SESSIONS, headers=JSON, body=body.ljust(16 * 1024)).status == 404


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": ""},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json-patch+json"},
        {"content-type": "application/json; charset=utf-16"},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ],
)
def test_only_plain_json_is_read(world: World, headers: Mapping[str, str]) -> None:
    refused = world.ask("POST", SESSIONS, headers=headers, body='{"code":"1"}')
    assert (refused.status, refused.code) == (415, "json-only")


@pytest.mark.parametrize(
    "media_type", ["application/json", "Application/JSON ; charset=UTF-8", 'application/json;charset="utf-8"']
)
def test_json_in_utf_8_is_read_however_it_is_announced(world: World, media_type: str) -> None:
    assert world.ask("POST", SESSIONS, headers={"content-type": media_type}, body='{"code":"1"}').status == 404


def test_a_body_that_only_claims_to_be_base64_is_refused(world: World) -> None:
    event = real_event("redeem_code.json")
    event |= {"body": "%%%", "isBase64Encoded": True}
    assert world.send(event).status == 400


def test_a_body_may_come_in_base64(world: World) -> None:
    event = real_event("redeem_code.json")
    event |= {"body": base64.b64encode(b'{"code":"1"}').decode(), "isBase64Encoded": True}
    assert world.send(event).code == "enrollment-code-refused"


@pytest.mark.parametrize("extra", ["admin", "user_id", "state", "factors", "__class__"])
def test_a_field_that_nobody_offers_is_refused(world: World, token: str, extra: str) -> None:
    """THREATS G10: no mass assignment."""
    body = {"username": "mallory", "type": "totp", "code": "1", extra: True}
    asked = [
        world.admin("POST", "/v1/admin/users", {"username": "mallory", extra: True}),
        world.ask("POST", "/v1/enrollment/factors", {"type": "totp", extra: True}, token=token),
        world.ask("POST", "/v1/enrollment/factors/x/confirmation", {"code": "123456", extra: True}, token=token),
        world.ask("POST", SESSIONS, body),
    ]
    assert [(one.status, one.code) for one in asked] == [(400, "bad-request")] * 4


@pytest.mark.parametrize(
    "bad",
    [
        {"type": "hotp"},
        {},
        {"type": "totp", "algorithm": "MD5"},
        {"type": "totp", "algorithm": 1},
        {"type": "totp", "digits": 7},
        {"type": "totp", "digits": "6"},
        {"type": "totp", "digits": True},
        {"type": "totp", "period": 45},
        {"type": "totp", "period": 30.0},
        {"type": "totp", "name": "x" * 65},
        {"type": "totp", "name": "a\u200bb"},
    ],
)
def test_a_factor_that_does_not_exist_is_not_started(world: World, token: str, bad: Mapping[str, object]) -> None:
    refused = world.ask("POST", "/v1/enrollment/factors", bad, token=token)
    assert refused.status == 400
    assert not world.ask("GET", "/v1/enrollment/factors", token=token).json["factors"]


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "session-needed"),
        ({"authorization": ""}, "session-needed"),
        ({"authorization": "Bearer"}, "session-needed"),
        ({"authorization": "Basic YTpi"}, "session-needed"),
        ({"authorization": "Bearer x"}, "session-refused"),
        ({"authorization": "Bearer " + "A" * 43}, "session-refused"),
        ({"authorization": "Bearer " + "ä" * 43}, "session-refused"),
        ({"authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}, "session-refused"),
    ],
)
def test_without_an_open_session_the_answer_is_401(world: World, headers: Mapping[str, str], code: str) -> None:
    """THREATS G1, G3."""
    for method, path in (
        ("GET", "/v1/enrollment/factors"),
        ("POST", "/v1/enrollment/factors"),
        ("POST", "/v1/enrollment/factors/x/confirmation"),
        ("DELETE", "/v1/enrollment/factors/x"),
        ("DELETE", "/v1/enrollment/sessions/current"),
    ):
        refused = world.ask(method, path, headers=headers)
        assert (refused.status, refused.code) == (401, code)
        assert refused.headers["www-authenticate"].startswith("Bearer ")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v1/",
        "/v1/enrollment",
        "/v1/enrollment/factors/",
        "/v1/enrollment/factors//confirmation",
        "/v1/enrollment/sessions/current/x",
        "/v1/enrollment/..%2fadmin/users",
        "/v1/enrollment/../admin/users",
        "//v1/admin/users",
        "/V1/admin/users",
        "/v1%2Fadmin/users",
    ],
)
def test_a_path_that_does_not_exist_is_404(world: World, token: str, path: str) -> None:
    refused = world.ask("GET", path, token=token)
    assert (refused.status, refused.code) == (404, "not-found")


def test_a_path_that_is_not_unicode_is_404(world: World) -> None:
    event = real_event("admin_create_user.json")
    event["requestContext"]["http"]["method"] = "GET"
    for name in ("\ud800", "%ED%A0%80", "%FF"):
        assert world.send(event | {"rawPath": f"/v1/admin/users/{name}"}).status == 404
    assert not world.faults


def test_a_method_that_a_path_does_not_take_is_405_and_names_those_it_takes(world: World, token: str) -> None:
    refused = world.ask("PATCH", "/v1/enrollment/factors", token=token)
    assert (refused.status, refused.code, refused.headers["allow"]) == (405, "method-not-allowed", "GET, POST")


@pytest.mark.parametrize("query", ["realm=a&realm=b", "realm=%FF", "&".join(f"a{n}=1" for n in range(9))])
def test_a_query_that_cannot_be_read_is_refused(world: World, query: str) -> None:
    refused = world.admin("GET", f"/v1/admin/users/alice?{query}")
    assert (refused.status, refused.code) == (400, "bad-request")


def test_every_answer_forbids_storing_sniffing_framing_and_telling_others(world: World, token: str) -> None:
    """THREATS G8, G9."""
    answers = [
        world.ask("GET", "/v1/enrollment/factors", token=token, headers={"origin": "https://evil.example.test"}),
        world.ask("GET", "/nowhere"),
        world.ask("DELETE", "/v1/enrollment/sessions/current", token=token),
        world.admin("GET", "/v1/admin/users/alice"),
    ]
    for one in answers:
        assert one.headers["cache-control"] == "no-store"
        assert one.headers["x-content-type-options"] == "nosniff"
        assert one.headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in one.headers["content-security-policy"]
        assert not [name for name in one.headers if name.startswith("access-control")]


def test_a_get_changes_nothing(world: World, token: str) -> None:
    """THREATS G5."""
    before = (repr(world.store.state.factors), len(world.audit.changes))
    for path in ("/v1/enrollment/factors", "/v1/enrollment/sessions", "/v1/enrollment/factors/x/confirmation"):
        world.ask("GET", path, token=token)
    for path in ("alice", "alice/unlock", "alice/enrollment-codes", "alice/state"):
        world.admin("GET", f"/v1/admin/users/{path}")
    assert (repr(world.store.state.factors), len(world.audit.changes)) == before


def test_a_dependency_that_fails_gives_503_and_another_try_works(world: World) -> None:
    world.add_user("alice")
    world.store.faults.before["subscribers.find"] = 1
    refused = world.admin("GET", "/v1/admin/users/alice")
    assert (refused.status, refused.code, refused.headers["retry-after"]) == (503, "unavailable", "5")
    assert len(world.faults) == 1
    assert world.admin("GET", "/v1/admin/users/alice").status == 200


@pytest.mark.parametrize(
    "call",
    [
        "subscribers.factors",
        "subscribers.read",
        "subscribers.read_session",
        "subscribers.add_pending_factor",
        "subscribers.charge_confirmation",
        "subscribers.activate_factor",
    ],
)
def test_no_fault_on_the_way_makes_a_factor_active_without_a_code(world: World, token: str, call: str) -> None:
    started = world.start_factor(token)
    world.store.faults.before[call] = 1
    wrong = world.confirm(token, started["factor_id"], "000000")
    assert wrong.status in {422, 503}
    world.store.faults.before.clear()
    assert world.ask("GET", "/v1/enrollment/factors", token=token).json["factors"][0]["state"] == "pending"


def test_an_activation_whose_answer_was_lost_is_seen_when_listed(world: World, token: str) -> None:
    started = world.start_factor(token)
    code = code_of(started["otpauth_uri"], world.clock.now())
    world.store.faults.after["subscribers.activate_factor"] = 1
    assert world.confirm(token, started["factor_id"], code).status == 503
    assert world.confirm(token, started["factor_id"], code).code == "factor-not-pending"
    assert world.ask("GET", "/v1/enrollment/factors", token=token).json["factors"][0]["state"] == "active"


def test_a_vault_that_is_away_gives_503(world: World, token: str) -> None:
    world.vault.available = False
    assert world.ask("POST", SESSIONS, {"code": "7K3M-Q0XZ-9TBD-4HWE"}).status == 503
    assert world.ask("GET", "/v1/enrollment/factors", token=token).status == 503


def test_a_seed_that_does_not_open_is_a_fault_of_ours_and_is_reported(world: World, token: str) -> None:
    started = world.start_factor(token)
    state = world.store.state
    ((user_id, item),) = state.factors.items()
    factor = item.factors[started["factor_id"]]
    moved = replace(factor, seed=world.vault.seal(b"x" * 20, b"seed|somebody else"))
    state.factors[user_id] = replace(item, factors={factor.factor_id: moved})
    answered = world.confirm(token, factor.factor_id, "123456")
    assert (answered.status, answered.code) == (500, "internal-fault")
    assert [type(fault) for fault in world.faults] == [SealBrokenError]


def test_an_event_that_is_no_http_request_is_a_reported_fault(world: World) -> None:
    assert world.send({"source": "aws.events"}).status == 500
    assert len(world.faults) == 1
