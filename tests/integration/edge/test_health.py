"""The health port: liveness, readiness, counters, and clients that are no probes."""

import asyncio
import socket
import time
from contextlib import suppress

import pytest

from tests.integration.edge.rig import Rig
from tests.integration.edge.stub_backend import Question, response

pytestmark = pytest.mark.integration


def exchange(rig: Rig, octets: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", int(str(rig.listening["health_port"]))), 8) as connection:
        connection.sendall(octets)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
        return answer


def test_liveness_readiness_and_metrics(rig: Rig) -> None:
    assert rig.http("/healthz") == (200, "ok\n")
    assert rig.http("/readyz") == (200, "ready\n")
    assert rig.metric("ready") == 1
    assert rig.http("/other")[0] == 404


def test_readiness_does_not_fail_with_the_backend(rig: Rig) -> None:
    async def refuse(question: Question, writer: asyncio.StreamWriter) -> bool:
        raise ConnectionResetError

    rig.backend.fault = refuse
    rig.edge.reload()
    time.sleep(0.3)
    assert rig.http("/readyz")[0] == 200


def test_without_a_configuration_it_is_alive_and_not_ready() -> None:
    async def refuse(question: Question, writer: asyncio.StreamWriter) -> bool:
        writer.write(response(500, b"{}"))
        return True

    with Rig(fault=refuse, ready=False) as rig:
        rig.wait_until(lambda: rig.metric("configuration_loads_total", result="failed") > 0)
        assert rig.http("/healthz")[0] == 200
        assert rig.http("/readyz") == (503, "no configuration was loaded yet\n")
        rig.backend.fault = None
        rig.wait_until(lambda: rig.http("/readyz")[0] == 200)


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (b"HEAD /healthz HTTP/1.1\r\n\r\n", b"200"),
        (b"POST /healthz HTTP/1.1\r\n\r\n", b"405"),
        (b"garbage\r\n\r\n", b"405"),
        (b"\xff\xfe\r\n\r\n", b"405"),
    ],
)
def test_requests_that_no_probe_sends_are_answered_shortly(rig: Rig, octets: bytes, status: bytes) -> None:
    answer = exchange(rig, octets)
    assert answer.split(b" ")[1] == status


@pytest.mark.parametrize("octets", [b"", b"GET /healthz", b"X" * 20_000])
def test_half_a_request_gets_nothing(rig: Rig, octets: bytes) -> None:
    with suppress(ConnectionResetError):
        assert exchange(rig, octets) == b""
