"""A connected UDP socket to one server of an upstream: up to 256 requests wait at it, told apart by their Identifiers.

Connected, so that the kernel takes datagrams from that server alone and tells when nobody is at its port. It lives
while requests wait: the next one gets another port, which nobody can guess.
"""

import asyncio
import os
import socket
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

from radius_edge.protocol.packet import HEADER_OCTETS, MAX_PACKET_OCTETS
from radius_edge.sockets import BATCH

IDENTIFIERS: Final = 256
AUTHENTICATOR_OCTETS: Final = 16
_READ_OCTETS: Final = MAX_PACKET_OCTETS + 1  # one more, so that a longer datagram can be told


class Write(Protocol):
    """Writes the request under this Identifier and Request Authenticator."""

    def __call__(self, *, identifier: int, authenticator: bytes) -> bytes: ...


class Listener(Protocol):
    """Who waits for the answer to one request."""

    def heard(self, request: "Request", datagram: bytes) -> None: ...
    def refused(self, request: "Request") -> None: ...


class Asked(Protocol):
    """The server at the other end."""

    @property
    def name(self) -> str: ...
    def answered(self) -> None: ...


class Request:
    """One request at one server. The same octets go out again when it is sent again (RFC 5080 section 2.2.1)."""

    __slots__ = ("_listener", "_socket", "octets", "server")

    def __init__(self, upstream_socket: "UpstreamSocket", octets: bytes, listener: Listener, server: Asked) -> None:
        self._socket = upstream_socket
        self._listener = listener
        self.octets = octets
        self.server = server

    def send(self) -> bool:
        """False if the kernel knows that nobody is there, or does not take it."""
        return self._socket.send(self)

    def heard(self, datagram: bytes) -> None:
        self._listener.heard(self, datagram)

    def refused(self) -> None:
        self._listener.refused(self)

    def end(self) -> None:
        """Nobody waits for the answer any more."""
        self._socket.release(self.octets[1])


class UpstreamSocket:
    """Raises OSError where there is no way to the address. ``late`` hears of datagrams that nobody waits for."""

    def __init__(self, address: str, port: int, late: Callable[[], None]) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            self._socket.connect((address, port))
        except OSError:
            self._socket.close()
            raise
        self._late = late
        self._waiting: dict[int, Request] = {}
        self._free = deque(range(IDENTIFIERS))  # the one that rested longest first, for answers that come late
        self.closed = False
        asyncio.get_running_loop().add_reader(self._socket, self._readable)

    @property
    def has_room(self) -> bool:
        return bool(self._free) and not self.closed

    def begin(self, write: Write, listener: Listener, server: Asked) -> Request:
        """Raises whatever ``write`` raises."""
        identifier = self._free.popleft()
        try:
            octets = write(identifier=identifier, authenticator=os.urandom(AUTHENTICATOR_OCTETS))
        except Exception:
            self._return(identifier)
            raise
        request = self._waiting[identifier] = Request(self, octets, listener, server)
        return request

    def send(self, request: Request) -> bool:
        """An error that the kernel tells here is of an earlier datagram, and this one was not sent: so once more."""
        for _ in range(2):
            try:
                self._socket.send(request.octets)
            except BlockingIOError:
                return False
            except OSError:
                self._refused(all_but=request)
            else:
                return True
        return False

    def release(self, identifier: int) -> None:
        if self._waiting.pop(identifier, None) is not None:
            self._return(identifier)

    def _return(self, identifier: int) -> None:
        self._free.append(identifier)
        if not self._waiting:
            self.close()

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()

    def _readable(self) -> None:
        for turn in range(BATCH):
            if self.closed:
                return
            try:
                datagram = self._socket.recv(_READ_OCTETS)
            except BlockingIOError:
                if not turn:  # woken for an error that a send has met meanwhile
                    self._watch_again()
                return
            except OSError:  # ICMP: nobody is at that port, or at that address. It is the same for all that wait
                self._watch_again()
                self._refused()
                return
            self._heard(datagram)

    def _watch_again(self) -> None:
        """libuv stops watching a descriptor that has met an error."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._socket)
        loop.add_reader(self._socket, self._readable)

    def _heard(self, datagram: bytes) -> None:
        request = self._waiting.get(datagram[1]) if len(datagram) >= HEADER_OCTETS else None
        if request is None:
            self._late()
        else:
            request.heard(datagram)

    def _refused(self, *, all_but: Request | None = None) -> None:
        for request in tuple(self._waiting.values()):
            if request is not all_but:
                request.refused()
