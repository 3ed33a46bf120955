"""Thousands of prompts that wait at once: the edge, the functions' own apps behind it, and the table of moto.

``HELD_PUSHES`` says how many; ``make soak`` asks for 2,000. What an edge does with 10,000 is in bench/edge_peers.
"""

import asyncio
import ipaddress
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from queue import SimpleQueue
from typing import Any

import boto3
import pytest

from logins.app import create_app as logins_app
from mfa.bootstrap import Composition
from mfa.domain.configuration import ClientPolicy
from mfa.domain.login_transactions import TransactionState
from mfa.domain.push import PushWait
from mfa.services.configuration import ConfigurationService
from polls.app import create_app as polls_app
from tests.fakes.audit import RecordingAudit
from tests.fakes.aws import REGION, TABLE, aws_in_process
from tests.fakes.clock import FakeClock
from tests.fakes.edge_configuration import SECRET
from tests.fakes.push_world import PushWorld, policy
from tests.fakes.radius_client import ACCEPT, RadiusClient, access_request, checked_reply
from tests.integration.edge.rig import Rig
from tests.integration.edge.stub_backend import Fault, Question, response

type LambdaApp = Callable[[dict[str, Any], Any], dict[str, Any]]

pytestmark = pytest.mark.integration

PUSHES = int(os.environ.get("HELD_PUSHES", "100"))
OF_ONE_SOCKET = 250  # a RADIUS client has 256 Identifiers to each port
THREADS = 8
SECONDS = 60  # the longest that any prompt waits


class RunningClock(FakeClock):
    """The machine's own: the edge lives in real time."""

    def now(self) -> float:
        return time.time()


@pytest.fixture
def world() -> Iterator[PushWorld]:
    with aws_in_process() as aws:
        composition = Composition(aws.settings, clock=RunningClock())
        assert isinstance(composition.clock, FakeClock)
        composition.vault.prepare()
        world = PushWorld(composition.stores, vault=composition.vault, clock=composition.clock)
        world.configure(_patient())
        yield world


def _patient() -> ClientPolicy:
    made = policy(wait=PushWait.ALL_RETRIES)
    networks = (ipaddress.ip_network("127.0.0.0/8"),)
    edge = replace(made.edge, networks=networks, secrets=(SECRET,), timeout_seconds=50, retries=1)
    return replace(made, edge=edge)


def apps(world: PushWorld) -> Fault:
    """The functions as API Gateway would call them."""
    configuration = ConfigurationService(
        store=world.store.configurations, observations=world.store.observations, vault=world.vault, clock=world.clock
    )
    faults: list[BaseException] = []
    idle = SimpleQueue[LambdaApp]()  # each answers one request at a time, and counts by itself
    for _ in range(THREADS):
        service = world.another_instance(audit=RecordingAudit())
        idle.put(logins_app(service, configuration, world.clock, faults.append))
    polls = polls_app(world.polls, faults.append)
    pool = ThreadPoolExecutor(THREADS)

    def logins(event: dict[str, Any], context: Any) -> dict[str, Any]:
        instance = idle.get()
        try:
            return instance(event, context)
        finally:
            idle.put(instance)

    async def answer(question: Question, writer: asyncio.StreamWriter) -> bool:
        path = question.path.removeprefix("/v1")
        app = polls if path == "/polls" else logins
        event: dict[str, Any] = {
            "resource": path,
            "path": path,
            "httpMethod": question.method,
            "headers": question.headers,
            "body": question.body.decode() or None,
            "isBase64Encoded": False,
            "requestContext": {"identity": {"userArn": "arn:aws:sts::123456789012:assumed-role/edge/i"}},
        }
        answered = await asyncio.get_running_loop().run_in_executor(pool, app, event, None)
        headers = "".join(f"{name}: {value}\r\n" for name, value in answered["headers"].items() if name == "ETag")
        writer.write(response(answered["statusCode"], (answered["body"] or "").encode(), headers))
        return True

    return answer


def test_e18_all_that_wait_are_told_their_outcome_and_none_is_lost(world: PushWorld) -> None:
    names = [f"waiting-{number}" for number in range(PUSHES)]
    add_users_like_alice(names)
    with Rig(fault=apps(world), arguments=("--max-connections", str(THREADS))) as rig:
        senders = [(rig.client(), names[first : first + OF_ONE_SOCKET]) for first in range(0, PUSHES, OF_ONE_SOCKET)]
        sent = [(sender, _send(sender, its_names)) for sender, its_names in senders]
        rig.wait_until(lambda: rig.metric("logins_pending") == PUSHES, SECONDS)
        for login_id in dict(world.starter.started):
            world.store.transactions.move(login_id, TransactionState.APPROVED, world.clock.now())
        assert Counter(code for sender, requests in sent for code in _codes(sender, requests)) == {ACCEPT: PUSHES}
        assert rig.metric("logins_pending") == 0


def add_users_like_alice(names: Sequence[str]) -> None:
    """Copies of her items under other names. Not by the services: moto copies its whole table for each transaction."""
    table = boto3.resource("dynamodb", REGION).Table(TABLE)
    items = table.scan()["Items"]
    (user_id,) = {item["user_id"] for item in items if item["pk"] == "N#corp#sam#alice"}
    hers = [item for item in items if item["pk"] in {"N#corp#sam#alice", f"U#{user_id}"}]
    with table.batch_writer() as batch:
        for name in names:
            for item in hers:
                pk = item["pk"].replace(user_id, name).replace("alice", name)
                batch.put_item(Item={**item, "pk": pk, **({"user_id": name} if "user_id" in item else {})})


def _send(sender: RadiusClient, names: Sequence[str]) -> Sequence[bytes]:
    """By Identifier."""
    requests = [
        access_request(name, "push 47", secret=SECRET, identifier=identifier) for identifier, name in enumerate(names)
    ]
    for request in requests:
        sender.send(request)
    return requests


def _codes(sender: RadiusClient, requests: Sequence[bytes]) -> Iterator[int]:
    for _ in requests:
        octets = sender.receive(SECONDS)
        assert octets is not None
        yield checked_reply(octets, requests[octets[1]], SECRET).code
