"""``POST /polls`` through the deployed API: the function's own role reads and marks waiting logins, and no more."""

import json
import os
import subprocess
import sys
import time
from typing import Any

import pytest

from local import aws, callers, seed
from local.credentials import AwsCredentials
from local.layout import ROOT
from local.up import Gatehouse
from tests.e2e.signed import call

pytestmark = pytest.mark.e2e

# In a process of its own: the layer's code reads AWS settings from its environment.
WAIT = """
import json, os, sys, time
from mfa.bootstrap import Composition
from mfa.contract.fields import base64url
from mfa.domain.login_transactions import LoginTransaction, TransactionState
from mfa.services.tickets import Ticket, Tickets
from mfa.settings import Settings

composition = Composition(Settings.from_mapping(os.environ))
tickets = {}
for name, life, state in json.load(sys.stdin):
    login_id, now = os.urandom(16), int(time.time())
    transaction = LoginTransaction(
        login_id=base64url(login_id), client="demo", user_id="u", username="alice", source_ip="127.0.0.1",
        config_revision="1", created_at=now, expires_at=now + life, attributes=(("Filter-Id", "staff"),), hold_ms=1000)
    composition.stores.transactions.put(transaction)
    if state:
        composition.stores.transactions.move(base64url(login_id), TransactionState(state), now)
    role = "another-edge" if name == "foreign" else None
    ticket = Ticket(
        login_id=login_id, nonce=bytes(16), transaction=transaction.login_id, client="demo", role=role,
        expires_at=now + life + 60)
    tickets[name] = [transaction.login_id, Tickets(composition.vault).seal(ticket)]
print(json.dumps(tickets))
"""


def wait(gatehouse: Gatehouse, *logins: tuple[str, int, str | None]) -> dict[str, tuple[str, str]]:
    """(name, life in seconds, decision) of logins that wait; returns id and ticket by name."""
    done = subprocess.run(
        [sys.executable, "-c", WAIT],
        cwd=ROOT,
        env={**os.environ, **seed._environment(gatehouse.emulator.url, gatehouse.stack)},
        input=json.dumps(logins),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return {name: (login_id, ticket) for name, (login_id, ticket) in json.loads(done.stdout).items()}


@pytest.fixture(scope="module")
def edge_user(gatehouse: Gatehouse) -> AwsCredentials:
    """An IAM user: it has no role, so its tickets name none."""
    return callers.edge_user(gatehouse.emulator.url, gatehouse.stack, name="polling-edge")


def outcomes(edge_api: str, edge_user: AwsCredentials, tickets: list[str]) -> dict[str, dict[str, Any]]:
    answer = call("POST", f"{edge_api}/polls", by=edge_user, json_body={"version": 1, "tickets": tickets})
    assert answer.status == 200, answer.body
    return {result["login_id"]: result for result in answer.json()["results"]}


def test_an_edge_polls_its_waiting_logins(gatehouse: Gatehouse, edge_api: str, edge_user: AwsCredentials) -> None:
    logins = wait(
        gatehouse,
        ("pending", 60, None),
        ("approved", 60, "approved"),
        ("denied", 60, "denied"),
        ("over", 1, None),
        ("foreign", 60, "approved"),
    )
    time.sleep(1.1)  # the one that lives a second is over by the clock of whoever asks
    results = outcomes(edge_api, edge_user, [ticket for _, ticket in logins.values()])
    assert {name: results[login_id]["outcome"] for name, (login_id, _) in logins.items() if name != "foreign"} == {
        "pending": "pending",
        "approved": "accept",
        "denied": "reject",
        "over": "reject",
    }
    assert logins["foreign"][0] not in results
    assert results[logins["approved"][0]]["attributes"] == [["Filter-Id", "staff"]]
    assert results[logins["pending"][0]]["poll_after_ms"] > 0


def test_the_end_is_written_down(gatehouse: Gatehouse, edge_api: str, edge_user: AwsCredentials) -> None:
    ((login_id, ticket),) = wait(gatehouse, ("over", 1, None)).values()
    time.sleep(1.1)
    outcomes(edge_api, edge_user, [ticket])
    item = aws.client("dynamodb", gatehouse.emulator.url).get_item(
        TableName=gatehouse.stack.table, Key={"pk": {"S": f"T#{login_id}"}, "sk": {"S": "STATE"}}, ConsistentRead=True
    )["Item"]
    assert item["state"]["S"] == "expired"
