"""``POST /polls`` from event to response."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mfa.contract.fields import base64url
from mfa.contract.polls import MAX_BODY_OCTETS, PollRequest, PollResponse
from polls.app import create_app
from tests.fakes.faults import unwatched
from tests.fakes.poll_world import EDGE, PollWorld

EVENT: Mapping[str, Any] = json.loads((Path(__file__).parents[1] / "logins/events/post_logins.json").read_text())
ASKED_BY_THE_EDGE = EVENT["requestContext"]["identity"]["userArn"]


@pytest.fixture
def world() -> PollWorld:
    return PollWorld()


def ask(world: PollWorld, body: bytes | str, *, method: str = "POST", resource: str = "/polls") -> dict[str, Any]:
    text = body if isinstance(body, str) else body.decode()
    return create_app(world.service, unwatched)(
        {**EVENT, "httpMethod": method, "resource": resource, "body": text}, None
    )


def test_an_edge_learns_how_its_logins_stand(world: PollWorld) -> None:
    assert f":assumed-role/{EDGE}/" in ASKED_BY_THE_EDGE
    login_id, ticket = world.waiting()
    _, foreign = world.waiting(role="another-edge")
    response = ask(world, PollRequest([foreign, ticket]).to_json())
    assert (response["statusCode"], response["headers"]["Cache-Control"]) == (200, "no-store")
    (result,) = PollResponse.from_json(response["body"]).results
    assert (result.login_id, result.outcome.value) == (login_id, "pending")


def test_no_tickets_are_no_results(world: PollWorld) -> None:
    assert PollResponse.from_json(ask(world, PollRequest([]).to_json())["body"]).results == ()


def test_as_many_tickets_of_the_longest_kind_as_are_allowed_are_read(world: PollWorld) -> None:
    tickets = [f"{number:03}" + "x" * 1021 for number in range(100)]
    assert ask(world, PollRequest(tickets).to_json())["statusCode"] == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("{}", 400),
        ('{"version":1,"tickets":"x"}', 400),
        ('{"version":1,"tickets":[1]}', 400),
        ('{"version":1,"tickets":["a","a"]}', 400),
        ('{"version":1,"tickets":[],"admin":true}', 400),
        (json.dumps({"version": 1, "tickets": [str(number) for number in range(101)]}), 400),
        ("x" * (MAX_BODY_OCTETS + 1), 413),
    ],
)
def test_a_question_that_breaks_the_contract_is_a_problem(world: PollWorld, body: str, status: int) -> None:
    response = ask(world, body)
    assert response["statusCode"] == status
    assert response["headers"]["Content-Type"] == "application/problem+json"


def test_a_fault_is_a_503_that_says_nothing(world: PollWorld) -> None:
    _, ticket = world.waiting()
    world.store.faults.before["transactions.read"] = 1
    response = ask(world, PollRequest([ticket]).to_json())
    assert response["statusCode"] == 503
    assert "transactions" not in response["body"]
    assert ticket not in response["body"]


@pytest.mark.parametrize(
    ("method", "resource", "status"), [("GET", "/polls", 405), ("POST", "/logins", 404), ("POST", "/", 404)]
)
def test_there_is_one_route(world: PollWorld, method: str, resource: str, status: int) -> None:
    assert ask(world, "{}", method=method, resource=resource)["statusCode"] == status


def test_a_login_that_cannot_be_read_costs_the_others_nothing(world: PollWorld) -> None:
    (broken, _), (pending, _) = waiting = [world.waiting(), world.waiting()]
    world.store.transactions.spoil(base64url(broken))
    response = ask(world, PollRequest([ticket for _, ticket in waiting]).to_json())
    assert response["statusCode"] == 200
    results = PollResponse.from_json(response["body"]).results
    assert {result.login_id: result.outcome.value for result in results} == {broken: "reject", pending: "pending"}
    assert len(world.faults) == 1
