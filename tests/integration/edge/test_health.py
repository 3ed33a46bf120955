"""The health port: liveness, readiness, counters, and clients that are no probes."""

import asyncio
import socket
import time
from contextlib import suppress

import pytest

from radius_edge import healthcheck
from radius_edge.edge import CONFIGURATION_TTL_SECONDS, EdgeError
from tests.fakes.radius_client import ACCEPT
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
    rig._loop.call_soon_threadsafe(rig.edge.reload)
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


def test_e10_a_configuration_that_cannot_be_confirmed_for_long_makes_it_unready_until_it_is() -> None:
    with Rig() as rig:
        rig.edge._refresher.checked_at -= CONFIGURATION_TTL_SECONDS + 1
        assert rig.http("/readyz") == (503, "the configuration could not be confirmed for too long\n")
        reply = rig.client().log_in("alice", "123456")
        assert reply is not None
        assert reply.code == ACCEPT, "it goes on answering whoever still asks it"
        rig._loop.call_soon_threadsafe(rig.edge.reload)
        rig.wait_until(lambda: rig.http("/readyz")[0] == 200)


def test_a_part_that_ends_is_logged_and_ends_the_edge() -> None:
    async def end() -> None:
        raise ZeroDivisionError("canary-of-an-error-text")

    rig = Rig()
    with pytest.MonkeyPatch.context() as patch, rig:
        patch.setattr(rig.edge._refresher, "_pause", lambda seconds: end())
        rig._loop.call_soon_threadsafe(rig.edge.reload)
        rig._thread.join(5)
        assert not rig._thread.is_alive()
        assert "canary-of-an-error-text" not in rig.log_text()
        assert [line["error"] for line in rig.log_lines("task_ended")] == ["ZeroDivisionError"]
    assert isinstance(rig.error, EdgeError)


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


def test_the_containers_check_is_well_while_the_edge_serves_and_not_after(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Rig() as rig:
        environ = {"GATEHOUSE_HEALTH": f"127.0.0.1:{rig.listening['health_port']}"}
        assert healthcheck.main(environ) == 0
    assert healthcheck.main(environ) == 1
    assert "not well" in capsys.readouterr().err
