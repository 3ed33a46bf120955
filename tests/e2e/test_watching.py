"""Receipts, seals and events on the deployed stack: from a RADIUS packet to a sentence, with nothing called by hand but
the sealer, whose schedule is a minute."""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local import aws
from local.credentials import AwsCredentials
from local.up import Gatehouse
from tests.e2e.conftest import User
from tests.e2e.radclient import Login, log_in
from tests.e2e.test_command import Command
from tests.e2e.test_push_portal import ask

SECONDS_FOR_A_RECEIPT = 40
pytestmark = [pytest.mark.e2e, pytest.mark.radclient]


@pytest.fixture(scope="module", autouse=True)
def receipts(gatehouse: Gatehouse) -> Iterator[None]:
    """Other tests do without, because each login would be two invocations: here the logs are subscribed as the
    template does it."""
    logs, name = aws.client("logs", gatehouse.emulator.url), gatehouse.stack.name
    functions = aws.client("lambda", gatehouse.emulator.url).list_functions()["Functions"]
    (receipts,) = [
        one["FunctionArn"] for one in functions if one["FunctionName"].startswith(f"{name}-ReceiptsFunction")
    ]
    groups = [f"/gatehouse/{name}/{group}" for group in ("logins", "enrollment")]
    for group in groups:
        logs.put_subscription_filter(
            logGroupName=group, filterName="receipts", filterPattern='"gatehouse_record"', destinationArn=receipts
        )
    yield
    for group in groups:
        logs.delete_subscription_filter(logGroupName=group, filterName="receipts")


@pytest.fixture(scope="module")
def command(gatehouse: Gatehouse, administrator: AwsCredentials) -> Command:
    return Command(gatehouse, administrator)


@pytest.fixture
def listener(gatehouse: Gatehouse) -> Iterator[str]:
    """A queue that hears all events, as somebody else's rule would."""
    name, url = f"listener-{secrets.token_hex(4)}", gatehouse.emulator.url
    queue = aws.client("sqs", url).create_queue(QueueName=name)["QueueUrl"]
    arn = aws.client("sqs", url).get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    events, bus = aws.client("events", url), f"{gatehouse.stack.name}-events"
    events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps({"source": ["gatehouse"]}))
    events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "1", "Arn": arn["QueueArn"]}])
    yield queue
    events.remove_targets(Rule=name, EventBusName=bus, Ids=["1"])
    events.delete_rule(Name=name, EventBusName=bus)
    aws.client("sqs", url).delete_queue(QueueUrl=queue)


def until[Found](look: Callable[[], list[Found]], count: int) -> list[Found]:
    """The function that keeps receipts starts with the first of them, on a machine that does much else."""
    give_up = time.monotonic() + SECONDS_FOR_A_RECEIPT
    while len(found := look()) < count and time.monotonic() < give_up:
        time.sleep(0.5)
    return found


def heard(gatehouse: Gatehouse, queue: str, kept: list[dict[str, Any]]) -> list[dict[str, Any]]:
    got = aws.client("sqs", gatehouse.emulator.url).receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
    kept += [json.loads(message["Body"]) for message in got.get("Messages", [])]
    return kept


def test_a_login_is_a_sentence_some_seconds_later(command: Command, user: User) -> None:
    code = user.code()
    for _ in range(2):
        log_in(user.gatehouse.edges[0], Login(user.name, code))

    def told() -> list[str]:
        status, trace = command("trace", user.name)
        assert status == 0, trace
        return [line["sentence"] for line in trace["lines"] if line["facts"]["kind"] == "login"]

    first, second = until(told, 2)
    assert first.startswith(f"{user.name} typed a code at demo from 127.0.0.1: let in (login ")
    assert "rejected, the code had been used before" in second


def test_the_phone_simulators_page_says_why_a_login_was_rejected(gatehouse: Gatehouse) -> None:
    rejected = ask(gatehouse, "/_local/login", {"user": "bob", "typed": "000000"}).json
    assert rejected["reply"] == "Access-Reject"

    def told() -> list[str]:
        why = ask(gatehouse, f"/_local/why/bob/{rejected['began']}").json["why"]
        return [] if why is None else [why]

    (why,) = until(told, 1)
    assert why.startswith("bob typed a code at demo-patient from 203.0.113.7: rejected, ")


def test_the_sealer_seals_and_the_audit_is_whole(command: Command, gatehouse: Gatehouse) -> None:
    function = f"{gatehouse.stack.name}-SealerFunction"
    client = aws.client("lambda", gatehouse.emulator.url)
    names = [one["FunctionName"] for one in client.list_functions()["Functions"]]
    (function,) = [name for name in names if name.startswith(function)]
    answer = client.invoke(FunctionName=function, Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()
    status, found = command("audit", "verify", "--from", "10m", "--to", "3m")
    assert (status, found["findings"]) == (0, [])
    assert found["seals"] > 0


def test_what_others_act_on_reaches_the_event_bus(command: Command, gatehouse: Gatehouse, listener: str) -> None:
    name, kept = f"u{secrets.token_hex(6)}", list[dict[str, Any]]()
    status, _ = command("user", "add", name)
    assert status == 0

    def events() -> list[dict[str, Any]]:
        return [one for one in heard(gatehouse, listener, kept) if one["detail"]["details"].get("username") == name]

    found = {one["detail"]["event"]: one for one in until(events, 2)}  # in whatever order they come
    event = found["subscriber_created"]
    assert (event["source"], event["detail-type"]) == ("gatehouse", "Factors changed")
    assert "enrollment_code_issued" in found
    assert abs(event["detail"]["at_ms"] / 1000 - time.time()) < 120
