"""The client of the edge API: who may ask now, over which connection, and whether to ask again.

An exchange ends by its deadline whatever happens. It is tried a second time, after a random pause, when the backend
could not be reached or answered 429 or 5xx: login ids make that safe. A 403 is never tried again.
"""

import asyncio
import random
import ssl
import time
from collections import deque
from typing import Final

from radius_edge.deadlines import Deadlines
from radius_edge.gateway.breaker import Breaker
from radius_edge.gateway.connection import Connection
from radius_edge.gateway.endpoint import Endpoint
from radius_edge.gateway.exchange import MOST_ATTEMPTS, Exchange
from radius_edge.gateway.faults import Fault
from radius_edge.gateway.pool import ConnectionPool
from radius_edge.gateway.response import Response
from radius_edge.gateway.signing import AwsCredentials, SignedRoute
from radius_edge.metrics import Metrics

PAUSE_SECONDS: Final = (0.02, 0.1)  # before the second attempt
_RETRIED: Final = frozenset({Fault.UNREACHABLE, Fault.FAILED})


class Gateway:
    """Runs on one event loop. ``use_credentials`` must have been called before a question can be signed."""

    def __init__(
        self,
        endpoint: Endpoint,
        region: str,
        tls: ssl.SSLContext | None,
        deadlines: Deadlines,
        metrics: Metrics,
        *,
        max_connections: int,
    ) -> None:
        self._endpoint = endpoint
        self._region = region
        self._deadlines = deadlines
        self._metrics = metrics
        self._answered = metrics.counter("backend_attempts_total", "result", "answered")
        self._credentials: AwsCredentials | None = None
        self._routes: dict[tuple[str, str], SignedRoute] = {}
        self._pool = ConnectionPool(self, endpoint, tls, max_connections)
        self._waiting: deque[Exchange] = deque()
        self._pump_at: asyncio.TimerHandle | None = None
        self.breaker = Breaker()

    @property
    def connections(self) -> int:
        return len(self._pool)

    @property
    def has_credentials(self) -> bool:
        return self._credentials is not None

    def use_credentials(self, credentials: AwsCredentials | None) -> None:
        if credentials != self._credentials:
            self._credentials = credentials
            self._routes.clear()

    def start(self, exchange: Exchange) -> None:
        """Ask; the exchange hears of its end by a call, never before this returns to the event loop's next turn
        unless there is nothing to sign with."""
        if self._credentials is None:
            exchange.done = True
            exchange.failed(Fault.NO_CREDENTIALS)
            return
        exchange.asked_by = self
        self._deadlines.add(exchange, exchange.deadline)
        if self._pool.has_idle and not self._waiting and not self.breaker.open:
            connection = self._pool.take()
            if connection is not None:
                self._send(connection, exchange)
                return
        self._waiting.append(exchange)
        self._pump()

    def cancel(self, exchange: Exchange) -> None:
        """Nobody wants the answer any more. The exchange hears nothing."""
        if not exchange.done:
            self._end(exchange)

    def close(self) -> None:
        self._pool.close()
        if self._pump_at is not None:
            self._pump_at.cancel()

    def expired(self, exchange: Exchange, now: float) -> None:
        """The table of deadlines says so."""
        asked = exchange.connection is not None
        self._end(exchange)
        if asked:
            self._attempt_failed(Fault.TIMEOUT, now)
        exchange.failed(Fault.TIMEOUT)

    # What connections report

    def ended(self, connection: Connection, exchange: Exchange, result: Response | Fault) -> None:
        now = time.monotonic()
        if connection.usable:
            self._pool.give_back(connection, now)
        fault = result if isinstance(result, Fault) else _fault_of(result.status)
        if fault is None:
            self._answered.value += 1
            self.breaker.succeeded()
        elif fault is Fault.NOT_AUTHORISED:  # it is well, and does not like us
            self._metrics.count("backend_attempts_total", "result", fault)
            self.breaker.succeeded()
        else:
            self._attempt_failed(fault, now)
        if exchange.done:
            return
        if fault is None and isinstance(result, Response):
            self._end(exchange)
            exchange.answered(result)
        elif fault is not None:
            self._try_again_or_fail(exchange, fault, now)
        if self._waiting:
            self._pump()

    def closed(self, connection: Connection) -> None:
        self._pool.forget(connection)
        if self._waiting:  # there is room for a new one
            self._pump_later(0)

    def opened(self, connection: Connection, exchange: Exchange) -> None:
        if exchange.done:
            self._pool.give_back(connection, time.monotonic())
            self._pump()
        else:
            self._send(connection, exchange)

    def not_opened(self, exchange: Exchange) -> None:
        now = time.monotonic()
        self._attempt_failed(Fault.UNREACHABLE, now)
        if not exchange.done:
            exchange.attempts += 1
            self._try_again_or_fail(exchange, Fault.UNREACHABLE, now)
        self._pump_later(0)  # not now: this attempt still counts as opening

    # Who may ask now

    def _pump(self) -> None:
        """Send what waits, as far as idle connections and the breaker allow; open more connections for the rest."""
        now = time.monotonic()
        while self._waiting:
            if self._waiting[0].done:
                self._waiting.popleft()
            elif not self._pool.has_idle and not self._pool.may_open:
                return
            elif not self.breaker.permits(now):
                self._pump_later(self.breaker.wait(now))
                return
            elif (connection := self._pool.take()) is not None:
                self._send(connection, self._waiting.popleft())
            elif self._pool.may_open:
                self._pool.open(self._waiting.popleft())

    def _pump_later(self, seconds: float) -> None:
        if self._pump_at is None:
            self._pump_at = asyncio.get_running_loop().call_later(seconds, self._pump_now)

    def _pump_now(self) -> None:
        self._pump_at = None
        self._pump()

    # One attempt

    def _send(self, connection: Connection, exchange: Exchange) -> None:
        exchange.attempts += 1
        body = exchange.body(time.monotonic())
        route = self._route(exchange.method, exchange.resource)
        length = f"Content-Length: {len(body)}\r\n" if exchange.method == "POST" else ""
        head = f"{route.head(body, time.time())}{exchange.headers()}{length}\r\n"
        connection.send(exchange, head.encode("latin-1") + body)

    def _route(self, method: str, resource: str) -> SignedRoute:
        route = self._routes.get((method, resource))
        if route is None:
            assert self._credentials is not None, "start() has looked"  # noqa: S101 - for mypy
            path = f"{self._endpoint.base_path}/{resource}"
            route = SignedRoute(method, self._endpoint.host, path, self._region, self._credentials)
            self._routes[method, resource] = route
        return route

    def _try_again_or_fail(self, exchange: Exchange, fault: Fault, now: float) -> None:
        pause = random.uniform(*PAUSE_SECONDS)  # noqa: S311 - spreads load, hides nothing
        if fault in _RETRIED and exchange.attempts < MOST_ATTEMPTS and now + pause < exchange.deadline:
            asyncio.get_running_loop().call_later(pause, self._again, exchange)
            return
        self._end(exchange)
        exchange.failed(fault)

    def _again(self, exchange: Exchange) -> None:
        if not exchange.done:
            self._waiting.append(exchange)
            self._pump()

    def _attempt_failed(self, fault: Fault, now: float) -> None:
        self._metrics.count("backend_attempts_total", "result", fault)
        self.breaker.failed(now)

    def _end(self, exchange: Exchange) -> None:
        exchange.done = True
        self._deadlines.remove(exchange)
        if exchange.connection is not None:
            exchange.connection.abort()


def _fault_of(status: int) -> Fault | None:
    """200 and 304 are answers; everything else is somebody's fault."""
    if status in {200, 304}:
        return None
    if status in {401, 403}:
        return Fault.NOT_AUTHORISED
    return Fault.FAILED if status == 429 or status >= 500 else Fault.BAD_ANSWER
