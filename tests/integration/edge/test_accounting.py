"""The accounting port: acknowledged only what is stored. THREATS A24, B16."""

import asyncio
import os

import pytest

from tests.fakes.edge_configuration import SECRET, client
from tests.fakes.radius_client import RadiusClient, Reply, accounting_request, attribute, checked_reply
from tests.integration.edge.rig import Rig
from tests.integration.edge.stub_backend import Fault, Question, response

pytestmark = pytest.mark.integration


def start(session: bytes = b"", more: bytes = b"", identifier: int = 1) -> bytes:
    session = session or os.urandom(4).hex().encode()
    attributes = attribute(40, (1).to_bytes(4)) + attribute(44, session) + attribute(1, b"alice") + more
    return accounting_request(attributes, secret=SECRET, identifier=identifier)


def ask(sender: RadiusClient, request: bytes) -> Reply:
    reply = sender.ask(request, message_authenticator=False)
    assert reply is not None
    return reply


def on_accounting(status: int, body: bytes) -> Fault:
    async def fault(question: Question, writer: object) -> bool:
        if not question.path.endswith("/accounting"):
            return False
        writer.write(response(status, body))  # type: ignore[attr-defined]
        return True

    return fault


async def slowly(question: Question, _: object) -> bool:
    if question.path.endswith("/accounting"):
        await asyncio.sleep(0.4)
    return False


async def swallow(question: Question, _: object) -> bool:
    return question.path.endswith("/accounting")


def test_a24_a_record_is_stored_before_it_is_acknowledged(rig: Rig) -> None:
    reply = ask(rig.client(port="acct_port"), start(b"abc", attribute(33, b"hop")))
    assert reply.code == 5
    assert reply.values(33) == [b"hop"]
    assert len(rig.backend.stored) == 1
    assert rig.backend.stored[0]["session_id"] == "abc"
    assert rig.backend.stored[0]["client"] == "corp"


def test_a24_retransmissions_are_one_record_and_get_the_same_answer(rig: Rig) -> None:
    sender, request = rig.client(port="acct_port"), start()
    replies = {ask(sender, request).octets for _ in range(3)}
    assert len(replies) == 1
    questions = [question for question in rig.backend.questions if question.path.endswith("/accounting")]
    assert len(questions) == 1


def test_a24_copies_are_silent_while_it_is_stored(rig: Rig) -> None:
    rig.backend.fault = swallow
    sender, request = rig.client(port="acct_port"), start()
    for _ in range(5):
        sender.send(request)
    rig.wait_until(lambda: any(question.path.endswith("/accounting") for question in rig.backend.questions))
    assert sender.receive(0.2) is None
    assert len([question for question in rig.backend.questions if question.path.endswith("/accounting")]) == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"{}"),
        (403, b"{}"),
        (400, b"{}"),
        (200, b""),
        (200, b'{"version":1,"stored":false}'),
        (200, b'{"version":2}'),
    ],
)
def test_what_is_not_stored_is_not_acknowledged_and_asked_again_when_it_comes_again(
    rig: Rig, status: int, body: bytes
) -> None:
    rig.backend.fault = on_accounting(status, body)
    sender, request = rig.client(port="acct_port"), start()
    sender.send(request)
    assert sender.receive(0.4) is None
    rig.backend.fault = None
    assert ask(sender, request).code == 5
    assert len(rig.backend.stored) == 1


def test_b16_the_same_record_over_two_edges_is_told_in_the_same_words() -> None:
    request, told = start(more=attribute(55, (1_700_000_000).to_bytes(4))), []
    for _ in range(2):
        with Rig(client()) as rig:
            assert ask(rig.client(port="acct_port"), request).code == 5
            told += rig.backend.stored
    assert told[0] == told[1]


def test_without_a_status_nothing_is_stored_or_acknowledged(rig: Rig) -> None:
    sender = rig.client(port="acct_port")
    sender.send(accounting_request(attribute(44, b"abc"), secret=SECRET))
    assert sender.receive(0.3) is None
    assert rig.backend.stored == []
    assert rig.metric("packets_discarded_total", reason="accounting_malformed") == 1


def test_too_many_drop_the_stalest_which_comes_again(rig: Rig) -> None:
    accounting = rig.edge._accounting
    accounting._most_waiting = 3
    rig.backend.fault = swallow
    try:
        sender = rig.client(port="acct_port")
        requests = [start(identifier=number) for number in range(5)]
        for request in requests:
            sender.send(request)
        rig.wait_until(lambda: rig.metric("packets_discarded_total", reason="shed") == 2)
        assert len(accounting._waiting) == 3
        rig.backend.fault = None
        sender.send(requests[0])
        while (octets := sender.receive(2)) is not None and octets[1] != 0:
            pass  # a question that had not left yet was answered as well
        assert octets is not None
        assert checked_reply(octets, requests[0], SECRET, message_authenticator=False).code == 5
    finally:
        accounting._most_waiting = 5_000


def test_draining_waits_for_what_is_being_stored() -> None:
    with Rig(client()) as rig:
        rig.backend.fault = slowly
        sender, request = rig.client(port="acct_port"), start()
        sender.send(request)
        rig.wait_until(lambda: any(question.path.endswith("/accounting") for question in rig.backend.questions))
        rig.stop()
        octets = sender.receive(2)
        assert octets is not None
        assert checked_reply(octets, request, SECRET, message_authenticator=False).code == 5
