"""UDP sockets on the event loop: read until empty, send at once, never wait.

No transport and no task per packet: a reader callback drains the socket in batches, so that a busy socket does not
starve the connections to the backend.
"""

import asyncio
import ipaddress
import os
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final

from radius_edge.protocol.duplicates import Address
from radius_edge.protocol.packet import MAX_PACKET_OCTETS

BATCH: Final = 64
QUIET_SECONDS: Final = 0.001  # after such a pause one packet is read: looking in vain for a second costs a system call
LONG_LOOK_EVERY: Final = 4  # looks: an event loop that is busy with other work makes such pauses, too
RECEIVE_BUFFER_OCTETS: Final = 4 * 1024 * 1024
_READ_OCTETS: Final = MAX_PACKET_OCTETS + 1  # one more, so that a longer datagram can be told

MAX_LOCAL_ADDRESSES: Final = 1_024
_ANCILLARY_OCTETS: Final = socket.CMSG_SPACE(20)  # in6_pktinfo, the longer of the two
_IP_PKTINFO: Final = 8  # linux/in.h; Python's socket module does not name it
_ASK_FOR_LOCAL_ADDRESS: Final = {
    socket.AF_INET: (socket.IPPROTO_IP, _IP_PKTINFO),
    socket.AF_INET6: (socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO),
}

type PacketReceived = Callable[[bytes, Address, UdpPort], None]


class UdpPort(ABC):
    """The way back for a reply. ``unsent`` counts those that the kernel did not take; their clients will ask again."""

    unsent = 0

    @abstractmethod
    def send(self, octets: bytes, address: Address) -> bool: ...


class UdpSocket(UdpPort):
    """One bound socket. At a wildcard address replies leave from the address that was asked, whatever the routes say:
    a client takes no reply from another address."""

    def __init__(self, address: str, port: int, packet_received: PacketReceived, *, shared: bool = False) -> None:
        """``shared``: other processes may bind the same port; the kernel gives each client to one of them."""
        self._socket = _bound_socket(address, port, shared=shared)
        self._packet_received = packet_received
        self._reading = False
        self._quiet_at = 0.0
        self._looks = 0
        self._wildcard = ipaddress.ip_address(address).is_unspecified
        self._local: dict[bytes, UdpPort] = {}
        if self._wildcard:
            self._socket.setsockopt(*_ASK_FOR_LOCAL_ADDRESS[self._socket.family], 1)

    @property
    def port(self) -> int:
        bound: int = self._socket.getsockname()[1]
        return bound

    @property
    def receive_buffer(self) -> int:
        """Octets, as the kernel counts them: it may have granted less than was asked for."""
        return self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

    @property
    def inode(self) -> int:
        """Its name in /proc/net/udp."""
        return os.fstat(self._socket.fileno()).st_ino

    def start(self) -> None:
        readable = self._readable_anywhere if self._wildcard else self._readable
        asyncio.get_running_loop().add_reader(self._socket, readable)
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

    def _most(self) -> int:
        """How many packets to read now: all of them, unless the last ones came one by one.

        A pause alone does not tell: with other work in each turn of the event loop, one packet a turn would be left.
        """
        now = time.monotonic()
        self._looks += 1
        most = BATCH if now < self._quiet_at or self._looks >= LONG_LOOK_EVERY else 1
        if most == BATCH:
            self._looks = 0
        self._quiet_at = now + QUIET_SECONDS
        return most

    def _readable(self) -> None:
        receive, received = self._socket.recvfrom, self._packet_received
        for number in range(self._most()):
            try:
                datagram, address = receive(_READ_OCTETS)
            except BlockingIOError:
                return
            except OSError:  # an ICMP error of an earlier reply; it says nothing about the next packet
                continue
            received(datagram, address, self)
            if number:
                self._looks = LONG_LOOK_EVERY  # more than one was there: the next look is a long one, too
            if not self._reading:
                return

    def _readable_anywhere(self) -> None:
        receive, received = self._socket.recvmsg, self._packet_received
        for number in range(self._most()):
            try:
                datagram, ancillary, _, address = receive(_READ_OCTETS, _ANCILLARY_OCTETS)
            except BlockingIOError:
                return
            except OSError:  # as above
                continue
            received(datagram, address, self._port_at(ancillary))
            if number:
                self._looks = LONG_LOOK_EVERY  # more than one was there: the next look is a long one, too
            if not self._reading:
                return

    def _port_at(self, ancillary: list[tuple[int, int, bytes]]) -> UdpPort:
        if not ancillary:
            return self
        level, kind, packet_info = ancillary[0]
        port = self._local.get(packet_info)
        if port is None:
            if len(self._local) >= MAX_LOCAL_ADDRESSES:
                self._local.clear()
            port = self._local[packet_info] = _LocalAddress(self._socket, level, kind, packet_info)
        return port


class _LocalAddress(UdpPort):
    """One address of a wildcard socket. ``packet_info`` is what recvmsg gave (ip(7), ipv6(7))."""

    def __init__(self, bound: socket.socket, level: int, kind: int, packet_info: bytes) -> None:
        self._socket = bound
        if level == socket.IPPROTO_IP:  # in_pktinfo: interface, local address, destination of the header
            packet_info = bytes(4) + packet_info[4:8] + bytes(4)
        self._ancillary = [(level, kind, packet_info)]

    def send(self, octets: bytes, address: Address) -> bool:
        try:
            self._socket.sendmsg((octets,), self._ancillary, 0, address)
        except OSError:  # as above
            self.unsent += 1
            return False
        return True


def _bound_socket(address: str, port: int, *, shared: bool) -> socket.socket:
    """IPv6 wildcard sockets take IPv4 as well. Raises OSError."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_DGRAM)
    try:
        bound.setblocking(False)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_OCTETS)
        if shared:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        bound.bind((address, port))
    except OSError:
        bound.close()
        raise
    return bound
