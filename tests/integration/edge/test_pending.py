"""Logins for which a person has to decide: one batched poll for all, a signed reply for each packet."""

import time

import pytest

from tests.fakes.edge_configuration import SECRET, client
from tests.fakes.radius_client import ACCEPT, CHALLENGE, REJECT, RadiusClient, access_request, checked_reply
from tests.integration.edge.conftest import HASTY
from tests.integration.edge.rig import Rig
from tests.integration.edge.stub_backend import Fault, Question, response

pytestmark = pytest.mark.integration


def on_polls(status: int, body: bytes) -> Fault:
    async def fault(question: Question, writer: object) -> bool:
        if not question.path.endswith("/polls"):
            return False
        writer.write(response(status, body))  # type: ignore[attr-defined]
        return True

    return fault


def send(sender: RadiusClient, count: int) -> dict[int, bytes]:
    requests = {
        number: access_request(f"wait-{number}", "push", secret=SECRET, identifier=number) for number in range(count)
    }
    for request in requests.values():
        sender.send(request)
    return requests


def send_waiting(rig: Rig, count: int, sender: RadiusClient | None = None) -> tuple[RadiusClient, dict[int, bytes]]:
    sender = sender or rig.client()
    requests = send(sender, count)
    rig.wait_until(lambda: rig.metric("logins_pending") == count)
    return sender, requests


def answers(sender: RadiusClient, requests: dict[int, bytes], seconds: float = 3) -> list[int]:
    codes = []
    for _ in requests:
        octets = sender.receive(seconds)
        assert octets is not None
        codes.append(checked_reply(octets, requests[octets[1]], SECRET).code)
    return codes


@pytest.mark.parametrize(("outcome", "code"), [("accept", ACCEPT), ("reject", REJECT), ("challenge", CHALLENGE)])
def test_a_pending_login_gets_the_answer_of_a_poll(rig: Rig, outcome: str, code: int) -> None:
    sender, requests = send_waiting(rig, 1)
    assert sender.receive(0.4) is None
    rig.backend.decide(outcome, **({"state": "AAAA"} if outcome == "challenge" else {}))
    assert answers(sender, requests) == [code]
    assert rig.metric("logins_pending") == 0


def test_many_are_asked_about_together(rig: Rig) -> None:
    sender, requests = send_waiting(rig, 250)
    polls = len(rig.backend.polls)
    rig.backend.decide("accept")
    assert answers(sender, requests) == [ACCEPT] * 250
    sizes = [len(question.message["tickets"]) for question in rig.backend.polls[polls:]]  # type: ignore[arg-type]
    assert max(sizes) == 100
    assert len(sizes) <= 8
    assert len(rig.backend.logins) == 250


def test_b1_copies_of_a_pending_packet_are_silent_and_there_is_one_reply(rig: Rig) -> None:
    sender, requests = send_waiting(rig, 1)
    for _ in range(10):
        sender.send(requests[0])
    assert sender.receive(0.3) is None
    rig.backend.decide("accept")
    assert answers(sender, requests) == [ACCEPT]
    assert sender.receive(0.3) is None
    assert len(rig.backend.logins) == 1
    sender.send(requests[0])  # and after the reply: the same octets
    assert sender.receive(1) is not None
    assert len(rig.backend.logins) == 1


def test_b9_another_packet_is_its_own_question_and_each_gets_its_own_reply(rig: Rig) -> None:
    first, second = rig.client(), rig.client()
    requests = [access_request("wait-a", "push", secret=SECRET, identifier=number) for number in (1, 2)]
    for sender, request in zip((first, second), requests, strict=True):
        sender.send(request)
    rig.wait_until(lambda: rig.metric("logins_pending") == 2)
    rig.backend.decide("accept")
    for sender, request in zip((first, second), requests, strict=True):
        octets = sender.receive(2)
        assert octets is not None
        assert checked_reply(octets, request, SECRET).code == ACCEPT
    assert len(rig.backend.logins) == 2


def test_the_clients_whole_patience_ends_in_a_signed_reject(rig: Rig) -> None:
    sender, start = rig.client(source=HASTY), time.monotonic()
    request = access_request("wait", "push", secret=SECRET)
    sender.send(request)
    octets = sender.receive(2)
    assert octets is not None
    assert checked_reply(octets, request, SECRET).code == REJECT
    assert 0.6 < time.monotonic() - start < 0.95  # timeout 1 s, no retries
    assert rig.log_lines("login")[-1]["reason"] == "deadline"


def test_the_last_look_is_shortly_before_the_end(rig: Rig) -> None:
    rig.backend.poll_after_ms = 60_000
    try:
        sender, start = rig.client(), time.monotonic()
        requests = {0: access_request("wait", "push", secret=SECRET, identifier=0)}
        sender.send(requests[0])
        rig.wait_until(lambda: len(rig.backend.logins) == 1)
        rig.backend.decide("accept")
        assert answers(sender, requests, 4) == [ACCEPT]
        assert 2.5 < time.monotonic() - start < 3.6  # timeout 2 s, one retry
    finally:
        rig.backend.poll_after_ms = 100


@pytest.mark.parametrize(
    ("status", "body"), [(500, b""), (403, b""), (200, b"{}"), (200, b'{"version":1,"results":[]}')]
)
def test_polls_that_fail_change_nothing(rig: Rig, status: int, body: bytes) -> None:
    sender, requests = send_waiting(rig, 3)
    rig.backend.fault = on_polls(status, body)
    rig.backend.decide("accept")
    assert sender.receive(0.5) is None
    rig.backend.fault = None
    assert answers(sender, requests) == [ACCEPT] * 3


def test_a_result_for_another_login_is_not_used(rig: Rig) -> None:
    sender, _ = send_waiting(rig, 1)
    for answer in rig.backend.pending.values():
        answer["nonce"] = "A" * 22
    rig.backend.decide("accept")
    octets = sender.receive(5)
    assert octets is not None
    assert octets[0] == REJECT


def test_pending_without_ticket_is_a_bad_answer(rig: Rig) -> None:
    rig.backend.extra = {"ticket": None}
    reply = rig.client().log_in("wait", "push")
    assert reply is not None
    assert reply.code == REJECT
    assert rig.log_lines("login")[-1]["reason"] == "bad_backend"


def test_a_reused_identifier_ends_the_pending_login_without_an_answer(rig: Rig) -> None:
    sender, _ = send_waiting(rig, 1)
    reply = sender.ask(access_request("alice", "123456", secret=SECRET, identifier=0))
    assert reply is not None
    assert reply.code == ACCEPT
    superseded = time.monotonic()
    rig.wait_until(lambda: rig.metric("logins_pending") == 0)
    assert time.monotonic() - superseded < 1.5, "it is not asked about any more, so no approval is told in vain"
    rig.backend.decide("accept")
    assert sender.receive(0.4) is None
    assert rig.metric("replies_unsent_total", reason="superseded") == 1


def test_beyond_the_limit_of_a_client_its_own_stalest_are_dropped_and_nobody_is_rejected(rig: Rig) -> None:
    table = rig.edge._authentication._waiting
    table.most_of_one_client = 10
    try:
        other, other_requests = send_waiting(rig, 1, rig.client(source="127.0.0.3"))
        sender = rig.client()
        requests = {
            number: access_request(f"wait-{number}", "push", secret=SECRET, identifier=number) for number in range(15)
        }
        for request in requests.values():
            sender.send(request)
        rig.wait_until(lambda: len(rig.backend.logins) == 16)
        rig.backend.decide("accept")
        kept = {number: requests[number] for number in range(5, 15)}
        assert answers(sender, kept) == [ACCEPT] * 10
        assert answers(other, other_requests) == [ACCEPT]
        assert sender.receive(0.3) is None
    finally:
        table.most_of_one_client = 15_000
    assert rig.edge._authentication.in_flight == 0


def test_b12_draining_goes_on_polling_and_answers_all() -> None:
    with Rig(client()) as rig:
        sender, requests = send_waiting(rig, 20)
        rig.stop()
        rig.wait_until(lambda: rig.http("/readyz")[0] == 503)
        rig.backend.decide("accept")
        assert answers(sender, requests) == [ACCEPT] * 20
        rig._thread.join(5)
        assert not rig._thread.is_alive()


def test_b12_what_nobody_decides_is_rejected_before_the_edge_ends() -> None:
    with Rig(client(timeout_seconds=30), arguments=("--drain-seconds", "1")) as rig:
        sender, requests = send_waiting(rig, 20)
        rig.stop()
        assert answers(sender, requests) == [REJECT] * 20
