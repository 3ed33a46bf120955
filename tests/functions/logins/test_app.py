"""The edge API from event to response: a request that can be read always gets an outcome, any other a 4xx."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logins.app import Lambda, create_app
from mfa.contract import EdgeConfiguration, LoginRequest, LoginResponse, Outcome
from mfa.contract.fields import MAX_BODY_OCTETS, base64url
from mfa.services.push_prompts import POLL_SECONDS
from radius_edge.backend import trace_id as edge_trace_id
from tests.fakes.clock import FakeClock
from tests.fakes.faults import unwatched
from tests.fakes.login_world import REALM, LoginWorld, client
from tests.fakes.push_world import PushWorld
from tests.fakes.push_world import policy as push_policy
from tests.fakes.store import InMemoryStore

EVENT: Mapping[str, Any] = json.loads((Path(__file__).parent / "events/post_logins.json").read_text())


class Context:
    def __init__(self, milliseconds: int) -> None:
        self._milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self._milliseconds


@pytest.fixture
def world() -> LoginWorld:
    world = LoginWorld()
    world.add_user("alice")
    return world


@pytest.fixture
def app(world: LoginWorld) -> Lambda:
    return create_app(world.service, world.configuration, world.clock, unwatched)


def event(method: str = "POST", resource: str = "/logins", **changes: object) -> dict[str, object]:
    return {**EVENT, "httpMethod": method, "resource": resource, "path": resource, **changes}


def problem(response: Mapping[str, Any]) -> tuple[int, str]:
    assert response["headers"]["Content-Type"] == "application/problem+json"
    message = json.loads(response["body"])
    assert message["status"] == response["statusCode"]
    return response["statusCode"], message["type"].removeprefix("urn:gatehouse:problem:")


@pytest.mark.parametrize("encoded", [False, True])
def test_a_login_is_decided(app: Lambda, world: LoginWorld, encoded: bool) -> None:
    request = world.request(world.code())
    body = base64.b64encode(request.to_json()) if encoded else request.to_json()
    response = app(event(body=body.decode(), isBase64Encoded=encoded), Context(10_000))
    answer = LoginResponse.from_json(response["body"])
    assert response["statusCode"] == 200
    assert response["headers"]["Cache-Control"] == "no-store"
    assert answer.answers(request)
    assert answer.outcome.value == "accept"


def test_a_fault_is_a_200_with_a_reject(app: Lambda, world: LoginWorld) -> None:
    assert isinstance(world.store, InMemoryStore)
    world.store.faults.before["logins.reserve"] = 1
    response = app(event(body=world.request(world.code()).to_json().decode()), None)
    assert response["statusCode"] == 200
    assert LoginResponse.from_json(response["body"]).outcome.value == "reject"


class AnsweringNothingElse:
    """A login service that keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[LoginRequest] = []
        self.roles: list[str | None] = []
        self.traces: list[str | None] = []
        self.lives: list[int | None] = []

    def decide(
        self, request: LoginRequest, role: str | None, trace_id: str | None, life_ms: int | None
    ) -> LoginResponse:
        self.asked.append(request)
        self.lives.append(life_ms)
        self.roles.append(role)
        self.traces.append(trace_id)
        return LoginResponse(login_id=request.login_id, nonce=request.nonce, outcome=Outcome.REJECT)


@pytest.mark.parametrize(("life", "told"), [(10_000, 9750), (3000, 2750), (100, 1)])
def test_an_answer_is_due_within_the_life_of_the_invocation(world: LoginWorld, life: int, told: int) -> None:
    logins = AnsweringNothingElse()
    app = create_app(logins, world.configuration, world.clock, unwatched)
    app(event(body=world.request("123456", deadline_ms=5000).to_json().decode()), Context(life))
    assert (logins.lives, logins.asked[0].deadline_ms) == ([told], 5000)


def test_a_prompt_waits_as_long_as_its_client_and_not_as_long_as_the_invocation_lives() -> None:
    world = PushWorld()
    patient = push_policy()
    world.configure(replace(patient, edge=replace(patient.edge, timeout_seconds=30)))
    app = create_app(world.service, world.configuration, world.clock, unwatched)
    request = world.request("push 47", deadline_ms=29_000)
    app(event(body=request.to_json().decode()), Context(15_000))
    waiting = world.transaction_of(base64url(request.login_id))
    assert waiting.expires_at - world.clock.now() == pytest.approx(29 - POLL_SECONDS)


@pytest.mark.parametrize(
    ("came_ms_ago", "deadline"),
    [(0, 5000), (2000, 3000), (6000, 1), (-500, 5000), (86_400_000, 5000)],
    ids=["at once", "while the function was started", "too late", "by another clock", "no time of ours"],
)
def test_e16_what_has_gone_by_since_the_edge_asked_is_left_to_nobody(
    world: LoginWorld, came_ms_ago: int, deadline: int
) -> None:
    logins = AnsweringNothingElse()
    app = create_app(logins, world.configuration, world.clock, unwatched)
    came = {"requestContext": {"requestTimeEpoch": round(world.clock.now() * 1000) - came_ms_ago}}
    app(event(body=world.request("123456", deadline_ms=5000).to_json().decode(), **came), None)
    assert logins.asked[0].deadline_ms == deadline


BAD_BODIES = {
    "nothing": None,
    "empty": "",
    "no JSON": "alice 123456",
    "a list": "[]",
    "an empty object": "{}",
    "a number": "1" * 5000,
    "deep": "[" * 60_000,
    "constants": '{"version": NaN}',
    "duplicate fields": '{"version":1,"version":1}',
    "lone surrogate": "\ud800",
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_a_body_that_cannot_be_read_is_a_400(app: Lambda, body: str | None) -> None:
    assert problem(app(event(body=body), None)) == (400, "invalid-request")


@pytest.mark.parametrize("body", ["%%%", "AAA", "\ud800", "\u00e4"])
def test_base64_that_is_none_is_a_400(app: Lambda, body: str) -> None:
    assert problem(app(event(body=body, isBase64Encoded=True), None)) == (400, "invalid-request")


@pytest.mark.parametrize(
    "change",
    [
        {"admin": True},
        {"version": 2},
        {"login_id": "AAAA"},
        {"deadline_ms": 0},
        {"deadline_ms": "5"},
        {"username": ""},
        {"username": "\ud800"},
        {"credential": {"pap": "x" * 129}},
        {"credential": {"pap": "123456", "chap": "x"}},
        {"credential": {"chap": "x"}},
        {"nas": {"NAS-Port": 7}},
        {"nas": {str(number): "" for number in range(17)}},
        {"ma": "invalid"},
        {"state": ""},
    ],
)
def test_a_request_that_breaks_the_contract_is_a_400(app: Lambda, world: LoginWorld, change: dict[str, object]) -> None:
    message = json.loads(world.request(world.code()).to_json()) | change
    assert problem(app(event(body=json.dumps(message)), None)) == (400, "invalid-request")
    assert world.audit.logins == []


def test_a_problem_repeats_nothing_of_the_request(app: Lambda, world: LoginWorld) -> None:
    message = json.loads(world.request("hunter2-hunter2").to_json()) | {"deadline_ms": "hunter2-hunter2"}
    assert "hunter2" not in app(event(body=json.dumps(message)), None)["body"]


@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize("octets", [MAX_BODY_OCTETS + 1, 10 * 2**20])
def test_a_body_that_is_too_large_is_a_413(app: Lambda, octets: int, encoded: bool) -> None:
    body = base64.b64encode(b" " * octets).decode() if encoded else " " * octets
    assert problem(app(event(body=body, isBase64Encoded=encoded), None)) == (413, "body-too-large")


@pytest.mark.parametrize("resource", ["/", "/login", "/logins/", "/v1/logins", "", None])
def test_an_unknown_address_is_a_404(app: Lambda, resource: str | None) -> None:
    assert problem(app(event(resource=resource), None)) == (404, "not-found")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("method", "resource", "allow"),
    [("GET", "/logins", "POST"), ("DELETE", "/logins", "POST"), ("POST", "/clients", "GET"), ("PUT", "/ping", "GET")],
)
def test_another_method_is_a_405_that_says_which(app: Lambda, method: str, resource: str, allow: str) -> None:
    response = app(event(method, resource), None)
    assert problem(response) == (405, "method-not-allowed")
    assert response["headers"]["Allow"] == allow


def test_an_edge_gets_its_configuration_once_per_revision(app: Lambda, world: LoginWorld) -> None:
    response = app(event("GET", "/clients", body=None), None)
    tag = response["headers"]["ETag"]
    assert (response["statusCode"], tag[:3]) == (200, '"1-')
    assert EdgeConfiguration.from_json(response["body"]) == world.configuration.edge_configuration(None)
    for name in ("If-None-Match", "if-none-match"):
        again = app(event("GET", "/clients", headers={name: tag}), None)
        assert (again["statusCode"], again["body"], again["headers"]["ETag"]) == (304, "", tag)
    assert app(event("GET", "/clients", headers={"If-None-Match": '"0"'}), None)["statusCode"] == 200
    assert app(event("GET", "/clients", headers=None), None)["statusCode"] == 200


def test_a_new_pin_changes_the_answer_though_the_revision_stays(app: Lambda, world: LoginWorld) -> None:
    before = app(event("GET", "/clients"), None)
    world.store.observations.pin("vpn", "192.0.2.7", 0)
    after = app(event("GET", "/clients", headers={"If-None-Match": before["headers"]["ETag"]}), None)
    assert after["statusCode"] == 200
    configuration = EdgeConfiguration.from_json(after["body"])
    assert (configuration.revision, configuration.clients[0].message_authenticator_pins) == ("1", ("192.0.2.7",))


def test_the_role_comes_from_the_identity_that_the_api_verified(world: LoginWorld) -> None:
    """THREATS X1. A header or a field of the body is nobody's identity."""
    logins = AnsweringNothingElse()
    app = create_app(logins, world.configuration, world.clock, unwatched)
    body = world.request("123456").to_json().decode()
    claimed = {"userArn": "arn:aws:sts::000000000000:assumed-role/other/x", "x-amz-role": "other"}
    app(event(body=body, headers=claimed), None)
    app(event(body=body, requestContext={}), None)
    app(event(body=body, requestContext={"identity": {"userArn": "arn:aws:iam::000000000000:user/gatehouse"}}), None)
    assert logins.roles == ["gatehouse-edge", None, None]


def test_an_edge_never_sees_the_secrets_of_other_edges_clients(app: Lambda, world: LoginWorld) -> None:
    """THREATS X1."""
    mine = replace(client("vpn", "192.0.2.0/24"), edge_roles=frozenset({"gatehouse-edge", "spare"}))
    others = replace(client("desktops", "198.51.100.0/24"), edge_roles=frozenset({"desktop-edge"}))
    world.configuration.apply([REALM], [mine, others])
    body = app(event("GET", "/clients"), None)["body"]
    assert [one.name for one in EdgeConfiguration.from_json(body).clients] == ["vpn"]
    nobody = app(event("GET", "/clients", requestContext={}), None)["body"]
    assert EdgeConfiguration.from_json(nobody).clients == ()


@pytest.mark.parametrize("call", ["configurations.current", "configurations.load", "observations.all_pins"])
def test_a_configuration_that_cannot_be_read_is_a_503(app: Lambda, world: LoginWorld, call: str) -> None:
    assert isinstance(world.store, InMemoryStore)
    world.store.faults.before[call] = 1
    response = app(event("GET", "/clients"), None)
    assert problem(response) == (503, "unavailable")
    assert response["headers"]["Retry-After"] == "5"
    assert app(event("GET", "/clients"), None)["statusCode"] == 200


def test_the_fault_behind_a_503_is_reported_and_not_told(world: LoginWorld) -> None:
    assert isinstance(world.store, InMemoryStore)
    world.store.state.current = None
    faults: list[BaseException] = []
    app = create_app(world.service, world.configuration, world.clock, faults.append)
    response = app(event("GET", "/clients"), None)
    assert problem(response) == (503, "unavailable")
    assert [str(fault) for fault in faults] == ["no configuration has been applied"]
    assert "applied" not in response["body"]


def test_a_bug_of_ours_is_a_500_that_is_reported_and_shows_nothing(world: LoginWorld) -> None:
    class Broken(FakeClock):
        def now(self) -> float:
            raise ZeroDivisionError("s3cret")

    faults: list[BaseException] = []
    app = create_app(world.service, world.configuration, Broken(), faults.append)
    response = app(event("GET", "/ping"), None)
    assert problem(response) == (500, "internal-fault")
    assert [type(fault) for fault in faults] == [ZeroDivisionError]
    assert "s3cret" not in response["body"]


def test_a_ping_tells_the_time_and_asks_nobody(app: Lambda, world: LoginWorld) -> None:
    assert isinstance(world.store, InMemoryStore)
    world.store.calls.clear()
    response = app(event("GET", "/ping"), None)
    assert json.loads(response["body"]) == {"status": "ok", "time": int(world.clock.now())}
    assert world.store.calls == []


@given(st.text(max_size=200))
def test_no_body_is_answered_with_a_5xx(body: str) -> None:
    world = LoginWorld()
    app = create_app(world.service, world.configuration, world.clock, unwatched)
    assert app(event(body=body), None)["statusCode"] == 400


ROOT = "1-5759e988-bd862e3fe1be46a994272793"


@pytest.mark.parametrize(
    ("sent", "noted"),
    [
        (f"Root={ROOT}", ROOT),
        (f"Self=1-67891234-12456789abcdef012345678;Root={ROOT}", ROOT),
        (f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1", ROOT),
        (f"Root={ROOT}; Sampled=1", ROOT),
        ("", None),
        ("Root=1-2-3", None),
        (f"NotRoot={ROOT}", None),
        (f"Root={ROOT}\nforged", None),
        (f"Root={ROOT}x", None),
    ],
)
def test_the_trace_of_the_edge_is_in_the_record(app: Lambda, world: LoginWorld, sent: str, noted: str | None) -> None:
    body = world.request(world.code()).to_json().decode()
    app(event(body=body, headers={"x-amzn-trace-id": sent}), None)
    assert world.audit.logins[-1].trace_id == noted


def test_the_trace_that_our_own_edge_sends_is_read(app: Lambda, world: LoginWorld) -> None:
    request = world.request(world.code())
    sent = edge_trace_id(request.login_id, world.clock.now())
    app(event(body=request.to_json().decode(), headers={"X-Amzn-Trace-Id": f"Root={sent}"}), None)
    assert world.audit.logins[-1].trace_id == sent


def test_no_trace_is_no_fault(app: Lambda, world: LoginWorld) -> None:
    app(event(body=world.request(world.code()).to_json().decode(), headers=None), None)
    assert world.audit.logins[-1].trace_id is None
    assert world.audit.logins[-1].outcome == "accept"
