"""Connections to the edge API: opened when needed, kept while they are used, closed when idle or old.

It knows nothing of questions and answers; for whom a connection is opened is only handed through. A name is looked up
for every new connection, and none lives longer than five minutes, so a name that moves is followed. Of several
addresses each gets its own time, so one that swallows packets does not use up a login.
"""

import asyncio
import errno
import random
import socket
import ssl
import time
from typing import Final, Protocol

from radius_edge.gateway.connection import Connection, Owner
from radius_edge.gateway.endpoint import Endpoint
from radius_edge.gateway.exchange import Exchange
from radius_edge.gateway.faults import Fault

MAX_OPENING: Final = 32
CONNECT_SECONDS: Final = 3.0  # for all addresses together, the look-up included
ADDRESS_SECONDS: Final = 1.0
IDLE_SECONDS: Final = 20.0  # shorter than what balancers and NAT keep
MAX_AGE_SECONDS: Final = 300.0
AGE_SPREAD: Final = 0.3  # so that the connections of one burst do not all end at once
REAP_SECONDS: Final = 5.0
LATE_SECONDS: Final = 0.5  # a timer that rings so much later says something about us, not about the network
_OURS: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_OUR_LOOK_UP: Final = frozenset({socket.EAI_MEMORY, socket.EAI_SYSTEM})


class PoolOwner(Owner, Protocol):
    def opened(self, connection: Connection, exchange: Exchange) -> None: ...
    def not_opened(self, exchange: Exchange, fault: Fault) -> None: ...


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

    def take(self, now: float) -> Connection | None:
        """The connection that was used last, if one is still good."""
        while self._idle:
            connection = self._idle.pop()
            if connection.usable and now - connection.idle_since < IDLE_SECONDS:
                return connection
            connection.abort()
        return None

    def give_back(self, connection: Connection, now: float) -> None:
        if now > connection.use_until:
            connection.abort()
            return
        connection.idle_since = now
        self._idle.append(connection)

    def forget(self, connection: Connection) -> None:
        """It is closed."""
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)

    def drop_idle(self) -> None:
        """One of them turned out to be dead; the others may lead to the same place."""
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.abort()

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
        began = time.monotonic()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                connection = await self._reach(exchange)
        except (OSError, TimeoutError, UnicodeError) as error:  # UnicodeError: IDNA refuses a name
            self._no_longer_opening()
            late = time.monotonic() - began > CONNECT_SECONDS + LATE_SECONDS
            fault = Fault.LOCAL if late else _fault_of(error, reached=exchange.reached)
            exchange.reached = False
            self._owner.not_opened(exchange, fault)
        else:
            self._no_longer_opening()
            exchange.reached = False
            self._open.add(connection)
            if self._reaper is None:
                self._reaper = asyncio.get_running_loop().call_later(REAP_SECONDS, self._reap)
            self._owner.opened(connection, exchange)

    def _no_longer_opening(self) -> None:
        """Now, not when the task is over: the owner is about to use the room that this makes."""
        task = asyncio.current_task()
        if task is not None:
            self._opening.discard(task)

    async def _reach(self, exchange: Exchange) -> Connection:
        """Raises OSError or TimeoutError."""
        *others, last = await self._addresses()
        for address in others:
            try:
                async with asyncio.timeout(ADDRESS_SECONDS):
                    return await self._dial(address, exchange)
            except (OSError, TimeoutError):
                continue
        return await self._dial(last, exchange)

    async def _addresses(self) -> list[tuple[int, tuple[object, ...]]]:
        """Of which family, and where. Raises OSError."""
        endpoint, loop = self._endpoint, asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(endpoint.address, endpoint.port, type=socket.SOCK_STREAM)
        except socket.gaierror:
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()  # raises the true reason if descriptors are out
            raise
        return list(dict.fromkeys((int(family), tuple(address)) for family, *_, address in found))

    async def _dial(self, to: tuple[int, tuple[object, ...]], exchange: Exchange) -> Connection:
        """The certificate is checked against the API's name, whatever the address."""
        family, address = to
        tcp = socket.socket(family, socket.SOCK_STREAM)
        try:
            tcp.setblocking(False)
            await asyncio.get_running_loop().sock_connect(tcp, address)
        except BaseException:
            tcp.close()
            raise
        exchange.reached = True
        use_until = time.monotonic() + MAX_AGE_SECONDS * random.uniform(1 - AGE_SPREAD, 1)  # noqa: S311 - spreads load
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(self._owner, use_until),
            sock=tcp,
            ssl=self._tls,
            server_hostname=self._endpoint.server_name if self._tls is not None else None,
        )
        return connection

    def _reap(self) -> None:
        """Close what has been idle too long; the longest idle are at the bottom of the stack."""
        now = time.monotonic()
        stale = [connection for connection in self._idle if now - connection.idle_since >= IDLE_SECONDS]
        self._idle = [connection for connection in self._idle if now - connection.idle_since < IDLE_SECONDS]
        for connection in stale:
            connection.abort()
        again = bool(self._open)
        self._reaper = asyncio.get_running_loop().call_later(REAP_SECONDS, self._reap) if again else None


def _fault_of(error: Exception, *, reached: bool) -> Fault:
    """Unreachable means that nobody has answered TCP at any address, and that this was not our own fault."""
    if isinstance(error, ssl.SSLError):
        return Fault.NOT_TRUSTED
    number = error.errno if isinstance(error, OSError) else None
    if number in (_OUR_LOOK_UP if isinstance(error, socket.gaierror) else _OURS):
        return Fault.LOCAL
    return Fault.LOST if reached else Fault.UNREACHABLE
