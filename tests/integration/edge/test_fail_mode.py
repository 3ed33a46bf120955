"""Fail mode from outside: a backend that refuses, fails or misbehaves, with the times made short."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from radius_edge import backend as backend_module
from radius_edge import fail_mode
from radius_edge.gateway import gateway as gateway_module
from tests.fakes.edge_configuration import SECRET, client
from tests.fakes.radius_client import ACCEPT, REJECT, access_request
from tests.integration.edge.rig import Rig, clients_file
from tests.integration.edge.stub_backend import RIGHT_CODE, Fault, Question, response

pytestmark = pytest.mark.integration

AHEAD = int(time.time()) + 86_400
CLIENTS = (
    client("open", "127.0.0.1/32", timeout_seconds=1, accept_while_backend_unreachable_until=AHEAD),
    client("over", "127.0.0.2/32", timeout_seconds=1, accept_while_backend_unreachable_until=1),
    client("closed", "127.0.0.3/32", timeout_seconds=1),
)
OPEN, OVER, CLOSED = (f"127.0.0.{last}" for last in (1, 2, 3))


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setattr(fail_mode, "OUTAGE_SECONDS", 0.3)
    monkeypatch.setattr(fail_mode, "PING_PAUSE_SECONDS", 0.15)
    monkeypatch.setattr(backend_module, "PING_SECONDS", 0.3)
    with clients_file(*CLIENTS) as file, Rig(*CLIENTS, arguments=("--clients-file", str(file))) as running:
        yield running


def code(rig: Rig, source: str = OPEN, username: str = "alice") -> int:
    reply = rig.client(source=source).log_in(username, "000000", seconds=1)
    assert reply is not None
    return reply.code


def everything(status: int, body: bytes = b"{}") -> Fault:
    """The whole API answers so, pings included."""

    async def fault(question: Question, writer: asyncio.StreamWriter) -> bool:
        writer.write(response(status, body))
        return True

    return fault


def test_a_backend_that_refuses_connections_is_an_outage_for_the_client_that_allows_it_and_nobody_else(
    rig: Rig,
) -> None:
    port = rig.backend.port
    rig.on_loop(rig.backend.stop)
    assert code(rig) == REJECT, "nothing is known yet"
    rig.wait_until(lambda: rig.metric("backend_outage") == 1)
    assert code(rig) == ACCEPT
    assert code(rig, OVER) == REJECT, "the date has passed"
    assert code(rig, CLOSED) == REJECT
    assert code(rig, username="") == REJECT, "what the edge rejects itself stays rejected"
    reply = rig.client().ask(access_request("alice", "", secret=SECRET), seconds=1)
    assert reply is not None
    assert reply.code == REJECT, "an empty password"
    assert rig.metric("alarms_total", alarm="accepted_without_second_factor") == 1
    rig.on_loop(lambda: rig.backend.start(port=port))
    rig.wait_until(lambda: rig.metric("backend_outage") == 0)
    assert code(rig) == REJECT, "the backend says what a wrong code is"
    alarms = [str(line["reason"]) for line in rig.log_lines("alarm")]
    assert alarms == ["fail_mode_began", "accepted_without_second_factor", "fail_mode_ended"]


def test_a_backend_that_answers_503_is_an_outage(rig: Rig) -> None:
    rig.backend.fault = everything(503)
    assert code(rig) == REJECT
    rig.wait_until(lambda: rig.metric("backend_outage") == 1)
    assert code(rig) == ACCEPT


async def _hang(question: Question, writer: asyncio.StreamWriter) -> bool:
    await asyncio.sleep(30)
    return True


async def _cut(question: Question, writer: asyncio.StreamWriter) -> bool:
    writer.transport.abort()
    return True


async def _500_but_pings_are_well(question: Question, writer: asyncio.StreamWriter) -> bool:
    if question.path.endswith("/ping"):
        return False
    writer.write(response(500, b"{}"))
    return True


async def _500_but_pings_are_garbage(question: Question, writer: asyncio.StreamWriter) -> bool:
    writer.write(response(200 if question.path.endswith("/ping") else 500, b"<html>"))
    return True


@pytest.mark.parametrize(
    "fault",
    [
        everything(403),
        everything(429),
        everything(200, b"<html>"),
        _hang,
        _cut,
        _500_but_pings_are_well,
        _500_but_pings_are_garbage,
    ],
    ids=["403", "429", "garbage", "timeout", "cut", "pings well", "pings garbage"],
)
def test_whatever_shows_that_somebody_is_there_is_never_an_accept(rig: Rig, fault: Fault) -> None:
    rig.backend.fault = fault
    end = time.monotonic() + 2.5
    while time.monotonic() < end:
        assert code(rig) == REJECT
        assert rig.metric("backend_outage") == 0
        time.sleep(0.05)
    assert rig.log_lines("alarm") == [] or {line["reason"] for line in rig.log_lines("alarm")} == {
        "edge_not_authorised"
    }


type Step = Callable[[Question, asyncio.StreamWriter], Awaitable[bool]]


class InTurn:
    """503 for everything until ``steps`` are given; then each login gets the next one, and pings 503 still."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.asked = 0

    async def __call__(self, question: Question, writer: asyncio.StreamWriter) -> bool:
        if self.steps and question.path.endswith("/logins"):
            self.asked += 1
            return await self.steps.pop(0)(question, writer)
        return await everything(503)(question, writer)


def confirm(rig: Rig) -> InTurn:
    """Pings alone confirm the outage: one login is enough to send them."""
    rig.backend.fault = turn = InTurn()
    assert code(rig) == REJECT
    rig.wait_until(lambda: rig.metric("backend_outage") == 1)
    return turn


@pytest.mark.parametrize(
    "first",
    [everything(429), everything(403), everything(200, b"<html>"), _cut],
    ids=["429", "403", "garbage", "cut"],
)
def test_a_login_whose_own_first_attempt_showed_somebody_is_a_reject(rig: Rig, first: Fault) -> None:
    turn = confirm(rig)
    turn.steps = [first, everything(503)]
    assert code(rig) == REJECT
    assert turn.asked >= 1
    assert "fail_mode_ended" in [line["reason"] for line in rig.log_lines("alarm")]
    assert rig.metric("alarms_total", alarm="accepted_without_second_factor") == 0


def test_a_login_that_hung_and_then_was_refused_is_a_reject(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    turn = confirm(rig)
    monkeypatch.setattr(gateway_module, "FIRST_ATTEMPT_SECONDS", 0.2)
    monkeypatch.setattr(gateway_module, "SECOND_ATTEMPT_SECONDS", 0.1)
    turn.steps = [_hang_for_good(rig)]
    assert code(rig) == REJECT
    assert rig.metric("backend_attempts_total", result="timeout") == 1
    assert rig.metric("alarms_total", alarm="accepted_without_second_factor") == 0


def _hang_for_good(rig: Rig) -> Step:
    """No answer, and nobody listens afterwards."""

    async def step(question: Question, writer: asyncio.StreamWriter) -> bool:
        assert rig.backend._server is not None
        rig.backend._server.close()
        return await _hang(question, writer)

    return step


def test_logins_that_are_all_throttled_open_the_breaker_and_are_rejects(rig: Rig) -> None:
    turn = confirm(rig)
    turn.steps = [everything(429)] * 1000
    sources = [rig.client() for _ in range(12)]
    with ThreadPoolExecutor(len(sources)) as pool:
        replies = list(pool.map(lambda one: one.log_in("alice", "000000", seconds=2), sources))
    assert [reply and reply.code for reply in replies] == [REJECT] * len(sources)
    assert rig.metric("alarms_total", alarm="accepted_without_second_factor") == 0


def test_503_twice_is_an_accept(rig: Rig) -> None:
    turn = confirm(rig)
    turn.steps = [everything(503), everything(503)]
    assert code(rig) == ACCEPT
    assert turn.asked == 2


def test_an_answer_to_another_client_ends_the_outage(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    turn = confirm(rig)
    monkeypatch.setattr(fail_mode, "PING_PAUSE_SECONDS", 60.0)  # or a slow machine confirms another one meanwhile
    turn.steps = [_as_usual]
    assert rig.client(source=CLOSED).log_in("alice", RIGHT_CODE, seconds=1).code == ACCEPT  # type: ignore[union-attr]
    assert rig.log_lines("alarm")[-1]["reason"] == "fail_mode_ended"
    assert code(rig) == REJECT


async def _as_usual(question: Question, writer: asyncio.StreamWriter) -> bool:
    return False
