"""The old RADIUS servers that some logins are forwarded to, as the configuration names them.

An upstream is one or more servers that know the same users. They are asked in the order of the configuration; one that
failed several times in a row comes last for a while, so that not every login waits for a server that is gone.
"""

import time
from collections.abc import Callable
from typing import Final

from mfa.contract.clients import EdgeUpstream
from mfa.contract.clients import UpstreamServer as ServerAddress
from radius_edge.protocol.shared_secret import SharedSecret
from radius_edge.upstream_socket import Listener, Request, UpstreamSocket, Write

MAX_SOCKETS: Final = 8  # of one server, with 256 requests each
FAILURES_UNTIL_REST: Final = 3
REST_SECONDS: Final = 30.0


class Server:
    """One server, with as many sockets as its requests need."""

    def __init__(self, address: ServerAddress, late: Callable[[], None]) -> None:
        self._address = address
        self._late = late
        self._sockets: list[UpstreamSocket] = []
        self._failures = 0
        self._rests_until = 0.0
        host = f"[{address.address}]" if ":" in address.address else address.address
        self.name = f"{host}:{address.port}"

    def rests(self, now: float) -> bool:
        return now < self._rests_until

    def failed(self, now: float) -> None:
        """It has not answered in time, or nobody is there."""
        self._failures += 1
        if self._failures >= FAILURES_UNTIL_REST:
            self._rests_until = now + REST_SECONDS

    def answered(self) -> None:
        self._failures = 0
        self._rests_until = 0.0

    def request(self, write: Write, listener: Listener) -> Request | None:
        """None if it cannot be asked: no way there, or too many requests. Raises what ``write`` raises."""
        upstream_socket = self._with_room() or self._open()
        return None if upstream_socket is None else upstream_socket.begin(write, listener, self)

    def close(self) -> None:
        for upstream_socket in self._sockets:
            upstream_socket.close()

    def _with_room(self) -> UpstreamSocket | None:
        self._sockets = [upstream_socket for upstream_socket in self._sockets if not upstream_socket.closed]
        return next((upstream_socket for upstream_socket in self._sockets if upstream_socket.has_room), None)

    def _open(self) -> UpstreamSocket | None:
        if len(self._sockets) >= MAX_SOCKETS:
            return None
        try:
            upstream_socket = UpstreamSocket(self._address.address, self._address.port, self._late)
        except OSError:
            return None
        self._sockets.append(upstream_socket)
        return upstream_socket


class Upstream:
    """``settings`` are what it was made from; with others it is another upstream, if by the same name."""

    def __init__(self, settings: EdgeUpstream, late: Callable[[], None]) -> None:
        self.settings = settings
        self.name = settings.name
        self.secret = SharedSecret(settings.secret)
        self.timeout = settings.timeout_ms / 1000
        self.servers = [Server(address, late) for address in settings.servers]

    def in_order(self) -> list[Server]:
        """All of them, those that rest behind the others."""
        now = time.monotonic()
        return sorted(self.servers, key=lambda server: server.rests(now))

    def close(self) -> None:
        for server in self.servers:
            server.close()
