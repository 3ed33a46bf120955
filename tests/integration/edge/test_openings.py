"""Why a connection could not be opened: only what nobody answered, and what is not our own fault, is unreachable."""

import asyncio
import errno
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import uvloop

from radius_edge.deadlines import Deadlines
from radius_edge.gateway import pool as pool_module
from radius_edge.gateway.endpoint import Endpoint
from radius_edge.gateway.exchange import Exchange
from radius_edge.gateway.faults import Fault
from radius_edge.gateway.gateway import Gateway
from radius_edge.gateway.response import Response
from radius_edge.gateway.signing import AwsCredentials
from radius_edge.metrics import Metrics

pytestmark = pytest.mark.integration

type Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Asked(Exchange):
    resource = "ping"
    method = "GET"

    def __init__(self, seconds: float) -> None:
        super().__init__(time.monotonic() + seconds)
        self.end: asyncio.Future[int | Fault] = asyncio.get_running_loop().create_future()

    def body(self, now: float) -> bytes:
        return b""

    def answered(self, response: Response) -> None:
        self.end.set_result(response.status)

    def failed(self, fault: Fault) -> None:
        self.end.set_result(fault)


@asynccontextmanager
async def gateway_to(port: int, address: str = "127.0.0.1") -> AsyncIterator[Gateway]:
    endpoint = Endpoint.parse("https://api.example.test/v1", f"{address}:{port}", plain_http_on_loopback=False)
    gateway = Gateway(endpoint, "eu-west-1", ssl.create_default_context(), Deadlines(), Metrics(), max_connections=4)
    gateway.use_credentials(AwsCredentials(access_key_id="AKID", secret_access_key="secret"))
    try:
        yield gateway
    finally:
        gateway.close()
        await asyncio.sleep(0.05)


def end_of_probe(port: int) -> tuple[int | Fault, list[Fault | None]]:
    """How it ended, and what was heard of its attempts."""
    heard: list[Fault | None] = []

    async def scene() -> int | Fault:
        async with gateway_to(port) as gateway:
            gateway.hears = heard.append
            asked = Asked(2)
            gateway.probe(asked)
            return await asked.end

    return run(scene()), heard


def run[T](scene: Awaitable[T]) -> T:
    async def main() -> T:
        return await scene

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


def served(serve: Serve, seconds: float = 2) -> tuple[int | Fault, list[Fault | None]]:
    heard: list[Fault | None] = []

    async def scene() -> int | Fault:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        try:
            async with gateway_to(server.sockets[0].getsockname()[1]) as gateway:
                gateway.hears = heard.append
                asked = Asked(seconds)
                gateway.probe(asked)
                return await asked.end
        finally:
            server.close()

    return run(scene()), heard


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def _reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def _close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def _garbage(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 503 no TLS here\r\n\r\n")
    writer.close()


async def _silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(-1)  # until the other side ends it
    writer.close()


def test_a_refused_connection_is_unreachable() -> None:
    assert end_of_probe(free_port()) == (Fault.UNREACHABLE, [Fault.UNREACHABLE])


@pytest.mark.parametrize("serve", [_reset, _close, _garbage, _silence])
def test_whoever_has_answered_tcp_is_never_unreachable(monkeypatch: pytest.MonkeyPatch, serve: Serve) -> None:
    monkeypatch.setattr(pool_module, "CONNECT_SECONDS", 0.3)
    end, heard = served(serve)
    assert end in {Fault.LOST, Fault.NOT_TRUSTED}
    assert heard == [end]


def test_a_question_whose_end_comes_during_a_silent_tls_handshake_shows_that_somebody_is_there() -> None:
    assert served(_silence, seconds=0.2) == (Fault.TIMEOUT, [Fault.TIMEOUT])


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
def test_a_shortage_of_the_edge_itself_is_a_fault_of_its_own(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    port = free_port()

    def short(*_: object) -> socket.socket:
        raise OSError(number, "short")

    async def scene() -> int | Fault:
        async with gateway_to(port) as gateway:
            monkeypatch.setattr(socket, "socket", short)
            asked = Asked(2)
            gateway.probe(asked)
            end = await asked.end
            monkeypatch.undo()
            return end

    assert run(scene()) is Fault.LOCAL


def test_a_look_up_that_fails_while_descriptors_are_out_is_our_own_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def short(*_: object) -> socket.socket:
        raise OSError(errno.EMFILE, "short")

    async def scene(*, out: bool) -> int | Fault:
        async with gateway_to(free_port(), "no-such-host.invalid") as gateway:
            if out:
                monkeypatch.setattr(socket, "socket", short)
            asked = Asked(2)
            gateway.probe(asked)
            end = await asked.end
            monkeypatch.undo()
            return end

    assert run(scene(out=False)) is Fault.UNREACHABLE
    assert run(scene(out=True)) is Fault.LOCAL


def test_an_event_loop_that_comes_too_late_says_nothing_about_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "CONNECT_SECONDS", 0.05)
    monkeypatch.setattr(pool_module, "LATE_SECONDS", 0.1)

    async def never(*_: object) -> None:
        asyncio.get_running_loop().call_later(0.01, time.sleep, 0.3)  # the loop is blocked for so long
        await asyncio.sleep(5)

    monkeypatch.setattr(pool_module.ConnectionPool, "_reach", never)
    assert end_of_probe(free_port())[0] is Fault.LOCAL
