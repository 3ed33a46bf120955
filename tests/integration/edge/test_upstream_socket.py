"""One socket to an old server, whose requests share 256 Identifiers and what the kernel tells."""

import asyncio

import pytest
import uvloop

from radius_edge.upstream_socket import IDENTIFIERS, Request, UpstreamSocket
from tests.integration.edge.test_forwarding import closed_port

pytestmark = pytest.mark.integration


class Listener:
    def __init__(self) -> None:
        self.refusals = 0

    def heard(self, request: Request, datagram: bytes) -> None:
        raise AssertionError("nobody answers here")

    def refused(self, _: Request) -> None:
        self.refusals += 1


class Server:
    name = "closed"

    def answered(self) -> None:
        raise AssertionError("nobody answers here")


def write(*, identifier: int, authenticator: bytes) -> bytes:
    return bytes((1, identifier, 0, 20)) + authenticator


def begin(upstream_socket: UpstreamSocket, listener: Listener) -> Request:
    return upstream_socket.begin(write, listener, Server())


@pytest.mark.parametrize("loop_factory", [uvloop.new_event_loop, asyncio.new_event_loop], ids=["uvloop", "asyncio"])
def test_an_error_that_a_send_meets_is_told_to_those_it_belongs_to(loop_factory: type) -> None:
    """The first datagram's refusal is waiting when the second is sent: the second goes out all the same."""
    first, second = Listener(), Listener()

    async def work() -> None:
        upstream_socket = UpstreamSocket("127.0.0.1", closed_port(), lambda: None)
        requests = [begin(upstream_socket, first), begin(upstream_socket, second)]
        assert [request.send() for request in requests] == [True, True]
        assert (first.refusals, second.refusals) == (1, 0)
        for _ in range(50):
            await asyncio.sleep(0.01)
            if second.refusals:
                break
        for request in requests:
            request.end()
        assert upstream_socket.closed

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(work())
    assert second.refusals == 1


def test_it_is_told_again_and_again() -> None:
    """libuv stops watching a descriptor after an error."""
    listener = Listener()

    async def work() -> None:
        upstream_socket = UpstreamSocket("127.0.0.1", closed_port(), lambda: None)
        request = begin(upstream_socket, listener)
        for turn in range(1, 4):
            assert request.send()
            for _ in range(50):
                await asyncio.sleep(0.01)
                if listener.refusals == turn:
                    break
            assert listener.refusals == turn
        request.end()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work())


def test_identifiers_run_out_at_256_and_rest_before_they_come_again() -> None:
    async def work() -> None:
        upstream_socket = UpstreamSocket("127.0.0.1", closed_port(), lambda: None)
        requests = [begin(upstream_socket, Listener()) for _ in range(IDENTIFIERS)]
        assert {request.octets[1] for request in requests} == set(range(IDENTIFIERS))
        assert not upstream_socket.has_room
        for number in (7, 3):
            requests[number].end()
        assert [begin(upstream_socket, Listener()).octets[1] for _ in range(2)] == [7, 3]
        upstream_socket.close()

    asyncio.run(work())


def test_a_request_that_cannot_be_written_takes_no_identifier_and_leaves_no_socket() -> None:
    def refuse(*, identifier: int, authenticator: bytes) -> bytes:
        raise ValueError("too long")

    async def work() -> None:
        upstream_socket = UpstreamSocket("127.0.0.1", closed_port(), lambda: None)
        with pytest.raises(ValueError, match="too long"):
            upstream_socket.begin(refuse, Listener(), Server())
        assert upstream_socket.closed

    asyncio.run(work())
