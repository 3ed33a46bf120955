"""Connections to the edge API: opened when needed, kept while they are used, closed when idle or old.

It knows nothing of questions and answers; for whom a connection is opened is only handed through.
"""

import asyncio
import ssl
import time
from typing import Final, Protocol

from radius_edge.gateway.connection import Connection, Owner
from radius_edge.gateway.endpoint import Endpoint
from radius_edge.gateway.exchange import Exchange

MAX_OPENING: Final = 32
CONNECT_SECONDS: Final = 3.0
IDLE_SECONDS: Final = 20.0  # shorter than what balancers and NAT keep; also how long a moved name can go unnoticed
MAX_AGE_SECONDS: Final = 300.0
REAP_SECONDS: Final = 5.0


class PoolOwner(Owner, Protocol):
    def opened(self, connection: Connection, exchange: Exchange) -> None: ...
    def not_opened(self, exchange: Exchange) -> None: ...


class ConnectionPool:
    """``take`` and ``give_back`` make a stack, so that a quiet edge needs few connections."""

    def __init__(self, owner: PoolOwner, endpoint: Endpoint, tls: ssl.SSLContext | None, most: int) -> None:
        self._owner = owner
        self._endpoint = endpoint
        self._tls = tls
        self._most = most
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._reaper: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._open)

    @property
    def has_idle(self) -> bool:
        return bool(self._idle)

    @property
    def may_open(self) -> bool:
        return len(self._opening) < MAX_OPENING and len(self._open) + len(self._opening) < self._most

    def take(self) -> Connection | None:
        """The connection that was used last, if one is still good."""
        now = time.monotonic()
        while self._idle:
            connection = self._idle.pop()
            if connection.usable and now - connection.idle_since < IDLE_SECONDS:
                return connection
            connection.abort()
        return None

    def give_back(self, connection: Connection, now: float) -> None:
        if now - connection.opened_at > MAX_AGE_SECONDS:
            connection.abort()
            return
        connection.idle_since = now
        self._idle.append(connection)

    def forget(self, connection: Connection) -> None:
        """It is closed."""
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)

    def open(self, exchange: Exchange) -> None:
        """Open one more; the owner hears of it."""
        task = asyncio.get_running_loop().create_task(self._open_for(exchange))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    def close(self) -> None:
        for task in tuple(self._opening):
            task.cancel()
        self.abort_all()
        if self._reaper is not None:
            self._reaper.cancel()

    def abort_all(self) -> None:
        for connection in tuple(self._open):
            connection.abort()

    async def _open_for(self, exchange: Exchange) -> None:
        """Names are looked up every time, so that a moved one is found."""
        endpoint, now = self._endpoint, time.monotonic()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, connection = await asyncio.get_running_loop().create_connection(
                    lambda: Connection(self._owner, now),
                    endpoint.address,
                    endpoint.port,
                    ssl=self._tls,
                    server_hostname=endpoint.server_name if self._tls is not None else None,
                )
        except (OSError, TimeoutError, UnicodeError):  # ssl.SSLError is an OSError; UnicodeError: IDNA refuses a name
            self._owner.not_opened(exchange)
        else:
            self._open.add(connection)
            if self._reaper is None:
                self._reaper = asyncio.get_running_loop().call_later(REAP_SECONDS, self._reap)
            self._owner.opened(connection, exchange)

    def _reap(self) -> None:
        """Close what has been idle too long; the longest idle are at the bottom of the stack."""
        now = time.monotonic()
        stale = [connection for connection in self._idle if now - connection.idle_since >= IDLE_SECONDS]
        self._idle = [connection for connection in self._idle if now - connection.idle_since < IDLE_SECONDS]
        for connection in stale:
            connection.abort()
        again = bool(self._open)
        self._reaper = asyncio.get_running_loop().call_later(REAP_SECONDS, self._reap) if again else None
