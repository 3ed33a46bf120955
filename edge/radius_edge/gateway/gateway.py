"""The client of the edge API: who may ask now, over which connection, and whether to ask again.

An exchange ends by its deadline whatever happens. It is tried a second time when the backend could not be reached,
answered 429 or 5xx, or kept a long first attempt without an answer: login ids make that safe. A 403 is tried again
only if its Date header shows that the signature's time was wrong.
"""

import asyncio
import random
import ssl
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Protocol

from radius_edge.deadlines import Deadlines
from radius_edge.gateway.breaker import Breaker
from radius_edge.gateway.connection import Connection
from radius_edge.gateway.endpoint import Endpoint
from radius_edge.gateway.exchange import MOST_ATTEMPTS, Exchange
from radius_edge.gateway.faults import Fault, fault_of_status
from radius_edge.gateway.pool import LATE_SECONDS, ConnectionPool
from radius_edge.gateway.response import Response
from radius_edge.gateway.server_clock import ServerClock
from radius_edge.gateway.signing import AwsCredentials, SignedRoute
from radius_edge.metrics import Metrics

PAUSE_SECONDS: Final = (0.02, 0.1)  # before the second attempt
FIRST_ATTEMPT_SECONDS: Final = 5.0  # a cold start takes 3 s; an answer that takes longer is probably lost
SECOND_ATTEMPT_SECONDS: Final = 1.0  # with less left, the first attempt may have all the time
_RETRIED: Final = frozenset({Fault.UNREACHABLE, Fault.NOT_TRUSTED, Fault.LOST, Fault.FAILED, Fault.THROTTLED})


class Watcher(Protocol):
    """Who is told when the API does not take our signatures."""

    def refused(self) -> None: ...
    def clock_corrected(self, offset: float) -> None: ...


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
        self._waiting: OrderedDict[Exchange, None] = OrderedDict()
        self._pump_at: asyncio.TimerHandle | None = None
        self._pump_due = 0.0  # uvloop's handle of a moment that is now cannot be asked
        self.breaker = Breaker()
        self.clock = ServerClock()
        self.watcher: Watcher | None = None
        self.hears: Callable[[Fault | None], None] | None = None  # the end of every attempt; None: an answer

    @property
    def connections(self) -> int:
        return len(self._pool)

    def use_credentials(self, credentials: AwsCredentials | None) -> None:
        """None: there are none any more. Whoever waits hears it at once, because nothing can be signed for it."""
        if credentials == self._credentials:
            return
        self._credentials = credentials
        self._routes.clear()
        if credentials is None:
            for exchange in tuple(self._waiting):
                self._fail(exchange, Fault.NO_CREDENTIALS)

    def start(self, exchange: Exchange) -> None:
        """Ask; the exchange hears of its end by a call, never before this returns to the event loop's next turn
        unless there is nothing to sign with."""
        if self._credentials is None:
            exchange.done = True
            exchange.failed(Fault.NO_CREDENTIALS)
            return
        exchange.asked_by = self
        now = time.monotonic()
        self._deadlines.add(exchange, _first_alarm(exchange.deadline, now))
        if not self._waiting and not self.breaker.open:
            connection = self._pool.take(now)
            if connection is not None:
                self._send(connection, exchange, now)
                return
        self._waiting[exchange] = None
        self._pump()

    def probe(self, exchange: Exchange) -> None:
        """Ask once over a new connection, past the queue, the breaker and the limit of connections."""
        if self._credentials is None:
            self.start(exchange)  # hears that there are none
            return
        exchange.asked_by = self
        exchange.attempts = MOST_ATTEMPTS - 1
        self._deadlines.add(exchange, exchange.deadline)
        self._pool.open(exchange)

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
        if now < exchange.deadline:
            self._deadlines.add(exchange, exchange.deadline)
            self._first_attempt_expired(exchange, now)
            return
        fault = self._fault_of_the_end(exchange, now)
        asked = exchange.connection
        if asked is not None or exchange.reached:
            self._note(exchange, fault)
        self._end(exchange)
        if asked is not None:
            self._unanswered(asked, now)
        exchange.failed(fault)

    def _fault_of_the_end(self, exchange: Exchange, now: float) -> Fault:
        """``never asked`` says that no attempt is under way and why; whoever has answered TCP is there."""
        if exchange.connection is not None or exchange.reached or not self.breaker.open:
            return Fault.TIMEOUT
        return Fault.LOCAL if now - exchange.deadline > LATE_SECONDS else Fault.NEVER_ASKED

    def _note(self, exchange: Exchange, fault: Fault) -> None:
        """What became of one attempt. Whoever judges an exchange by its faults must know all of them."""
        exchange.faults += (fault,)
        if self.hears is not None:
            self.hears(fault)

    def _first_attempt_expired(self, exchange: Exchange, now: float) -> None:
        """There is time for another one, if only the first is under way."""
        connection = exchange.connection
        if connection is not None and exchange.attempts < MOST_ATTEMPTS:
            connection.abort()
            self._note(exchange, Fault.TIMEOUT)
            self._unanswered(connection, now)
            self._again(exchange)

    def _unanswered(self, connection: Connection, now: float) -> None:
        if connection.used:
            self._pool.drop_idle()
        self._attempt_failed(Fault.TIMEOUT, now)

    # What connections report

    def ended(self, connection: Connection, exchange: Exchange, result: Response | Fault) -> None:
        now = time.monotonic()
        if connection.usable:
            self._pool.give_back(connection, now)
        if isinstance(result, Response) and (result.status == 200 or fault_of_status(result.status) is None):
            self._ended_well(exchange, result)
        else:
            fault = result if isinstance(result, Fault) else fault_of_status(result.status) or Fault.BAD_ANSWER
            self._ended_badly(connection, exchange, result, fault, now)
        if self._waiting:
            self._pump()

    def _ended_well(self, exchange: Exchange, response: Response) -> None:
        self._answered.value += 1
        self.breaker.succeeded()
        if self.hears is not None:
            self.hears(None)
        if not exchange.done:
            self._end(exchange)
            exchange.answered(response)

    def _ended_badly(
        self, connection: Connection, exchange: Exchange, result: Response | Fault, fault: Fault, now: float
    ) -> None:
        self._note(exchange, fault)
        again = fault in _RETRIED
        if fault is Fault.NOT_AUTHORISED:  # the backend is well, and does not like us
            self._metrics.count("backend_attempts_total", "result", fault)
            self.breaker.succeeded()
            again = isinstance(result, Response) and self._clock_was_wrong(result)
        elif fault is Fault.LOST and connection.used:  # it may have been dead for long: no news of the backend
            self._metrics.count("backend_attempts_total", "result", "stale_connection")
            self._pool.drop_idle()
        else:
            self._attempt_failed(fault, now)
        if not exchange.done:
            self._try_again_or_fail(exchange, fault, now, again=again)

    def _clock_was_wrong(self, refusal: Response) -> bool:
        corrected = self.clock.learn(refusal.header("date"))
        if corrected:
            self._metrics.count("clock_corrections_total")
        if self.watcher is not None:
            if corrected:
                self.watcher.clock_corrected(self.clock.offset)
            else:
                self.watcher.refused()
        return corrected

    def closed(self, connection: Connection) -> None:
        self._pool.forget(connection)
        if self._waiting:  # there is room for a new one
            self._pump_later(0)

    def opened(self, connection: Connection, exchange: Exchange) -> None:
        if exchange.done:
            self._pool.give_back(connection, time.monotonic())
        elif self._credentials is None:
            self._pool.give_back(connection, time.monotonic())
            self._fail(exchange, Fault.NO_CREDENTIALS)
        else:
            self._send(connection, exchange, time.monotonic())
        if self._waiting:
            self._pump()

    def not_opened(self, exchange: Exchange, fault: Fault) -> None:
        now = time.monotonic()
        self._note(exchange, fault)
        self._attempt_failed(fault, now)
        if not exchange.done:
            exchange.attempts += 1
            self._try_again_or_fail(exchange, fault, now, again=True)
        if self._waiting:
            self._pump()

    # Who may ask now

    def _pump(self) -> None:
        """Send what waits, as far as idle connections and the breaker allow; open more connections for the rest."""
        now = time.monotonic()
        while self._waiting:
            if not self._pool.has_idle and not self._pool.may_open:
                return
            if not self.breaker.permits(now):
                self._pump_later(self.breaker.wait(now))
                return
            connection = self._pool.take(now)
            if connection is not None:
                self._send(connection, self._waiting.popitem(last=False)[0], now)
            elif self._pool.may_open:
                self._pool.open(self._waiting.popitem(last=False)[0])

    def _pump_later(self, seconds: float) -> None:
        at = asyncio.get_running_loop().time() + seconds
        if self._pump_at is not None:
            if self._pump_due <= at:
                return
            self._pump_at.cancel()
        self._pump_due = at
        self._pump_at = asyncio.get_running_loop().call_at(at, self._pump_now)

    def _pump_now(self) -> None:
        self._pump_at = None
        self._pump()

    # One attempt

    def _send(self, connection: Connection, exchange: Exchange, now: float) -> None:
        exchange.attempts += 1
        body = exchange.body(now)
        route = self._routes.get((exchange.method, exchange.resource)) or self._route(exchange)
        head = route.head(body, self.clock.now())
        length = f"Content-Length: {len(body)}\r\n" if exchange.method == "POST" else ""
        connection.send(exchange, f"{head}{exchange.headers()}{length}\r\n".encode("latin-1") + body)

    def _route(self, exchange: Exchange) -> SignedRoute:
        assert self._credentials is not None, "start() has looked"  # noqa: S101 - for mypy
        path = f"{self._endpoint.base_path}/{exchange.resource}"
        route = SignedRoute(exchange.method, self._endpoint.host, path, self._region, self._credentials)
        self._routes[exchange.method, exchange.resource] = route
        return route

    def _try_again_or_fail(self, exchange: Exchange, fault: Fault, now: float, *, again: bool) -> None:
        pause = random.uniform(*PAUSE_SECONDS)  # noqa: S311 - spreads load, hides nothing
        if again and exchange.attempts < MOST_ATTEMPTS and now + pause < exchange.deadline:
            asyncio.get_running_loop().call_later(pause, self._again, exchange)
            return
        self._fail(exchange, fault)

    def _again(self, exchange: Exchange) -> None:
        if exchange.done:
            return
        if self._credentials is None:
            self._fail(exchange, Fault.NO_CREDENTIALS)
            return
        self._waiting[exchange] = None
        self._pump()

    def _fail(self, exchange: Exchange, fault: Fault) -> None:
        self._end(exchange)
        exchange.failed(fault)

    def _attempt_failed(self, fault: Fault, now: float) -> None:
        self._metrics.count("backend_attempts_total", "result", fault)
        self.breaker.failed(now)

    def _end(self, exchange: Exchange) -> None:
        exchange.done = True
        self._deadlines.remove(exchange)
        if self._waiting:  # it may be among them, and holds a password
            self._waiting.pop(exchange, None)
        if exchange.connection is not None:
            exchange.connection.abort()


def _first_alarm(deadline: float, now: float) -> float:
    """When to look at an exchange first: at its end, or earlier if there would be time for a second attempt."""
    if deadline - now < FIRST_ATTEMPT_SECONDS + SECOND_ATTEMPT_SECONDS:
        return deadline
    return now + FIRST_ATTEMPT_SECONDS
