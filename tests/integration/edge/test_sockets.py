"""The UDP sockets: the way back of a reply, sharing a port, what the kernel granted."""

import asyncio
import socket
import time

import pytest
import uvloop

from radius_edge.protocol.duplicates import Address
from radius_edge.sockets import LONG_LOOK_EVERY, QUIET_SECONDS, UdpPort, UdpSocket

pytestmark = pytest.mark.integration


def ignore(datagram: bytes, address: Address, port: UdpPort) -> None:
    """For sockets that nobody asks."""


def echo(datagram: bytes, address: Address, port: UdpPort) -> None:
    port.send(b"reply to " + datagram, address)


async def ask(listen: str, *asked: str, family: socket.AddressFamily = socket.AF_INET) -> list[str]:
    """The addresses that the replies came from."""
    served = UdpSocket(listen, 0, echo)
    served.start()
    came_from = []
    try:
        for address in asked:
            with socket.socket(family, socket.SOCK_DGRAM) as client:
                client.setblocking(False)
                client.sendto(b"x", (address, served.port))
                octets, source = await asyncio.wait_for(asyncio.get_running_loop().sock_recvfrom(client, 99), 2)
                assert octets == b"reply to x"
                came_from.append(str(source[0]))
    finally:
        served.close()
    return came_from


@pytest.mark.parametrize("listen", ["0.0.0.0", "::"])  # noqa: S104 - what is tested
def test_at_a_wildcard_address_the_reply_comes_from_the_address_that_was_asked(listen: str) -> None:
    asked = ("127.0.0.1", "127.0.0.2", "127.5.6.7", "127.0.0.2")
    assert asyncio.run(ask(listen, *asked)) == list(asked)


def test_the_same_over_ip_version_6() -> None:
    assert asyncio.run(ask("::", "::1", family=socket.AF_INET6)) == ["::1"]


def test_an_address_of_its_own_answers_as_before() -> None:
    assert asyncio.run(ask("127.0.0.3", "127.0.0.3")) == ["127.0.0.3"]


def test_only_a_shared_port_can_be_bound_twice() -> None:
    first = UdpSocket("127.0.0.1", 0, ignore, shared=True)
    second = UdpSocket("127.0.0.1", first.port, ignore, shared=True)
    with pytest.raises(OSError, match="in use"):
        UdpSocket("127.0.0.1", first.port, ignore)
    first.close()
    second.close()
    alone = UdpSocket("127.0.0.1", 0, ignore)
    with pytest.raises(OSError, match="in use"):
        UdpSocket("127.0.0.1", alone.port, ignore, shared=True)
    alone.close()


def test_it_says_what_the_kernel_granted_and_how_it_is_called() -> None:
    bound = UdpSocket("127.0.0.1", 0, ignore)
    assert bound.receive_buffer > 100_000
    assert bound.inode > 0
    bound.close()


async def turns_until_read(packets: int, listen: str) -> int:
    """How many turns of the event loop a burst takes, if each turn has other work of twice the quiet time."""
    read: list[bytes] = []
    served = UdpSocket(listen, 0, lambda datagram, address, port: read.append(datagram))
    loop, turns, over = asyncio.get_running_loop(), 0, asyncio.Event()

    def work() -> None:
        nonlocal turns
        turns += 1
        end = time.perf_counter() + 2 * QUIET_SECONDS
        while time.perf_counter() < end:
            pass
        if len(read) < packets and turns < packets:
            loop.call_soon(work)
        else:
            over.set()

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("127.0.0.1", served.port))
        for _ in range(packets):
            client.send(b"x")
        served.start()
        loop.call_soon(work)
        await over.wait()
    served.close()
    return turns


@pytest.mark.parametrize("listen", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 - both ways to read
def test_a_burst_is_read_in_few_turns_beside_other_work(listen: str) -> None:
    """64 packets a turn, once a look has found more than one; not one packet a turn, as if each came alone."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(turns_until_read(300, listen)) <= 300 / 64 + LONG_LOOK_EVERY + 3
