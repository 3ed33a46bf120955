"""One connection: at most one exchange at a time, never reused after anything odd."""

import asyncio
import socket
from typing import Final, Protocol, cast

from radius_edge.gateway.exchange import Exchange
from radius_edge.gateway.faults import Fault, ResponseError
from radius_edge.gateway.response import Response, ResponseReader, whole_response

UNACKNOWLEDGED_MS: Final = 2_000  # octets that the other side's kernel does not confirm: the connection is dead


class Owner(Protocol):
    def ended(self, connection: "Connection", exchange: Exchange, result: Response | Fault) -> None: ...
    def closed(self, connection: "Connection") -> None: ...


class Connection(asyncio.Protocol):
    """``exchange`` is the one under way, None while idle. ``use_until`` is in time.monotonic."""

    __slots__ = ("_owner", "_reader", "_transport", "exchange", "idle_since", "use_until", "used")

    def __init__(self, owner: Owner, use_until: float) -> None:
        self._owner = owner
        self._transport: asyncio.Transport | None = None
        self._reader: ResponseReader | None = None
        self.exchange: Exchange | None = None
        self.idle_since = 0.0
        self.use_until = use_until
        self.used = False  # it has answered before: if it is lost now, it may have been dead for long

    @property
    def usable(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def send(self, exchange: Exchange, octets: bytes) -> None:
        assert self._transport is not None, "a connection is in the pool only once it is made"  # noqa: S101 - for mypy
        self.exchange = exchange
        exchange.connection = self
        self._transport.write(octets)

    def abort(self) -> None:
        """Close at once; whatever is under way is no longer wanted."""
        self._drop_exchange()
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        tcp = transport.get_extra_info("socket")
        if tcp is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
            tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)

    def data_received(self, data: bytes) -> None:
        exchange = self.exchange
        if exchange is None:
            self.abort()  # nobody asked: these octets could pass for the next answer
            return
        response = whole_response(data, exchange.most_body_octets) if self._reader is None else None
        if response is None:
            self._read_on(exchange, data)
            return
        self.used = True
        self.exchange = exchange.connection = None
        self._owner.ended(self, exchange, response)

    def _read_on(self, exchange: Exchange, data: bytes) -> None:
        """A response in pieces, or an unusual one."""
        if self._reader is None:
            self._reader = ResponseReader(exchange.most_body_octets)
        try:
            response = self._reader.feed(data)
        except ResponseError:
            self._finish(exchange, Fault.BAD_ANSWER)
            return
        if response is not None:
            self._finish(exchange, response)
            self.used = True

    def connection_lost(self, exc: Exception | None) -> None:
        exchange, reader = self.exchange, self._reader
        self._owner.closed(self)
        if exchange is None:
            return
        if reader is None:
            self._finish(exchange, Fault.LOST)
            return
        self._finish(exchange, (reader.close() if exc is None else None) or Fault.BAD_ANSWER)

    def _finish(self, exchange: Exchange, result: Response | Fault) -> None:
        self._drop_exchange()
        if not isinstance(result, Response) or not result.keep_alive:
            self.abort()
        self._owner.ended(self, exchange, result)

    def _drop_exchange(self) -> None:
        if self.exchange is not None:
            self.exchange.connection = None
        self.exchange = self._reader = None
