"""UDP sockets on the event loop: read until empty, send at once, never wait.

No transport and no task per packet: a reader callback drains the socket in batches, so that a busy socket does not
starve the connections to the backend.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Final

from radius_edge.protocol.duplicates import Address
from radius_edge.protocol.packet import MAX_PACKET_OCTETS

BATCH: Final = 64
RECEIVE_BUFFER_OCTETS: Final = 4 * 1024 * 1024
_READ_OCTETS: Final = MAX_PACKET_OCTETS + 1  # one more, so that a longer datagram can be told

type PacketReceived = Callable[[bytes, Address, "UdpPort"], None]


class UdpPort:
    """One bound socket. ``unsent`` counts replies that the kernel did not take; their clients will ask again."""

    def __init__(self, address: str, port: int, packet_received: PacketReceived) -> None:
        self._socket = _bound_socket(address, port)
        self._packet_received = packet_received
        self._reading = False
        self.unsent = 0

    @property
    def port(self) -> int:
        bound: int = self._socket.getsockname()[1]
        return bound

    def start(self) -> None:
        asyncio.get_running_loop().add_reader(self._socket, self._readable)
        self._reading = True

    def stop_reading(self) -> None:
        """The socket stays bound: a closed port would answer with ICMP errors."""
        if self._reading:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._reading = False

    def close(self) -> None:
        self.stop_reading()
        self._socket.close()

    def send(self, octets: bytes, address: Address) -> bool:
        try:
            self._socket.sendto(octets, address)
        except OSError:  # a full buffer, or a network that is gone: RADIUS resends
            self.unsent += 1
            return False
        return True

    def _readable(self) -> None:
        receive, received = self._socket.recvfrom, self._packet_received
        for _ in range(BATCH):
            try:
                datagram, address = receive(_READ_OCTETS)
            except BlockingIOError:
                return
            except OSError:  # an ICMP error of an earlier reply; it says nothing about the next packet
                continue
            received(datagram, address, self)
            if not self._reading:
                return


def _bound_socket(address: str, port: int) -> socket.socket:
    """IPv6 wildcard sockets take IPv4 as well. Raises OSError."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_DGRAM)
    try:
        bound.setblocking(False)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_OCTETS)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        bound.bind((address, port))
    except OSError:
        bound.close()
        raise
    return bound
