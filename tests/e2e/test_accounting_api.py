"""``POST /accounting`` through the deployed API, under the function's own role."""

import json
import secrets
import time
from typing import Any

import pytest

from local import aws, callers
from local.credentials import AwsCredentials
from local.up import Gatehouse
from tests.e2e.signed import call
from tests.fakes.accounting_requests import accounting_request

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def edge_user(gatehouse: Gatehouse) -> AwsCredentials:
    return callers.edge_user(gatehouse.emulator.url, gatehouse.stack, name="accounting-edge")


@pytest.fixture(scope="module")
def known(edge_api: str, edge_user: AwsCredentials) -> dict[str, Any]:
    """A client that there is, by the revision that is current."""
    configuration = call("GET", f"{edge_api}/clients", by=edge_user).json()
    return {"config_revision": configuration["revision"], "client": configuration["clients"][0]["name"]}


def stored(gatehouse: Gatehouse, session_id: str) -> list[dict[str, Any]]:
    dynamodb = aws.client("dynamodb", gatehouse.emulator.url)
    found: list[dict[str, Any]] = dynamodb.scan(
        TableName=gatehouse.stack.table,
        FilterExpression="session_id = :s",
        ExpressionAttributeValues={":s": {"S": session_id}},
        ConsistentRead=True,
    )["Items"]
    return found


@pytest.mark.parametrize("exact", [True, False])
def test_a24_a_record_that_comes_again_is_acknowledged_and_stored_once(
    gatehouse: Gatehouse, edge_api: str, edge_user: AwsCredentials, known: dict[str, Any], exact: bool
) -> None:
    session_id, now = secrets.token_hex(8), int(time.time())
    for jitter in (0, 0, 1, 2):
        event = accounting_request(
            session_id=session_id, exact_time=exact, event_time=now + (0 if exact else jitter), **known
        )
        answer = call("POST", f"{edge_api}/accounting", by=edge_user, json_body=json.loads(event.to_json()))
        assert (answer.status, answer.json()) == (200, {"version": 1, "stored": True})
    (item,) = stored(gatehouse, session_id)
    assert int(item["ttl"]["N"]) > now


def test_a_record_of_an_unknown_client_is_refused(
    gatehouse: Gatehouse, edge_api: str, edge_user: AwsCredentials, known: dict[str, Any]
) -> None:
    session_id = secrets.token_hex(8)
    event = accounting_request(session_id=session_id, **{**known, "client": "no-such-client"})
    answer = call("POST", f"{edge_api}/accounting", by=edge_user, json_body=json.loads(event.to_json()))
    assert answer.status == 403
    assert stored(gatehouse, session_id) == []
