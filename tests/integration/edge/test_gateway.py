"""The client of the edge API against a server in the same event loop: queue, pool, retries, clock, credentials."""

import asyncio
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email.utils import formatdate

import pytest

from radius_edge.deadlines import Deadlines
from radius_edge.gateway import gateway as gateway_module
from radius_edge.gateway import pool as pool_module
from radius_edge.gateway.endpoint import Endpoint
from radius_edge.gateway.exchange import Exchange
from radius_edge.gateway.faults import Fault
from radius_edge.gateway.gateway import Gateway
from radius_edge.gateway.response import Response
from radius_edge.gateway.signing import AwsCredentials
from radius_edge.metrics import Metrics
from tests.integration.edge.stub_backend import Question, read_question, response

pytestmark = pytest.mark.integration

CREDENTIALS = AwsCredentials(access_key_id="AKID", secret_access_key="secret")


class Asked(Exchange):
    """A question that keeps how it ended."""

    resource = "logins"

    def __init__(self, seconds: float, told: Callable[[], None] = lambda: None) -> None:
        super().__init__(time.monotonic() + seconds)
        self.started_at = time.monotonic()
        self.took = 0.0
        self.ends: list[int | Fault] = []
        self._told = told

    def body(self, now: float) -> bytes:
        return b"{}"

    def answered(self, response: Response) -> None:
        self._ended(response.status)

    def failed(self, fault: Fault) -> None:
        self._ended(fault)

    def _ended(self, end: int | Fault) -> None:
        self.ends.append(end)
        self.took = time.monotonic() - self.started_at
        self._told()


class Server:
    """``answer`` is called with the number of the connection, the question and the writer."""

    def __init__(self) -> None:
        self.answer: Callable[[int, Question, asyncio.StreamWriter], Awaitable[None]] = self.right
        self.questions: list[tuple[int, Question]] = []
        self.connections = 0
        self.port = 0
        self.writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self.writers:
            writer.transport.abort()

    async def right(self, number: int, question: Question, writer: asyncio.StreamWriter) -> None:
        writer.write(response(200, b"{}"))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = self.connections = self.connections + 1
        self.writers.append(writer)
        try:
            while True:
                question = await read_question(reader)
                self.questions.append((number, question))
                await self.answer(number, question, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.close()


@asynccontextmanager
async def scene(most: int = 64) -> AsyncIterator[tuple[Server, Gateway, Metrics]]:
    server, metrics = Server(), Metrics()
    await server.start()
    gateway = gateway_to(server.port, metrics, most)
    try:
        yield server, gateway, metrics
    finally:
        gateway.close()
        server.stop()
        await asyncio.sleep(0)


def gateway_to(
    port: int, metrics: Metrics, most: int = 64, credentials: AwsCredentials | None = CREDENTIALS
) -> Gateway:
    endpoint = Endpoint.parse(f"http://127.0.0.1:{port}/v1", None, plain_http_on_loopback=True)
    gateway = Gateway(endpoint, "eu-west-1", None, Deadlines(), metrics, max_connections=most)
    gateway.use_credentials(credentials)
    return gateway


async def ask(gateway: Gateway, count: int = 1, seconds: float = 3.0) -> list[Asked]:
    """Ask so many at once, and wait for all ends."""
    over = asyncio.Event()
    asked: list[Asked] = []

    def told() -> None:
        if all(one.ends for one in asked):
            over.set()

    asked += [Asked(seconds, told) for _ in range(count)]
    for one in asked:
        gateway.start(one)
    async with asyncio.timeout(seconds + 2):
        await over.wait()
    return asked


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - nothing signals it
            await asyncio.sleep(0.005)


def ends(asked: list[Asked]) -> Counter[int | Fault]:
    return Counter(end for one in asked for end in one.ends)


def test_a_burst_on_a_cold_backend_opens_connections_for_all() -> None:
    async def play() -> None:
        async with scene(most=512) as (server, gateway, _):

            async def slowly(number: int, question: Question, writer: asyncio.StreamWriter) -> None:
                await asyncio.sleep(1.0)
                writer.write(response(200, b"{}"))

            server.answer = slowly
            asked = await ask(gateway, 150, seconds=4.0)
            assert ends(asked) == {200: 150}
            assert max(one.took for one in asked) < 2.5, "none waited for another one's answer"

    asyncio.run(play())


def test_when_all_idle_connections_have_died_the_second_attempt_goes_over_a_new_one() -> None:
    async def play() -> None:
        async with scene() as (server, gateway, metrics):

            async def together(number: int, question: Question, writer: asyncio.StreamWriter) -> None:
                await asyncio.sleep(0.1)
                writer.write(response(200, b"{}"))

            async def only_new_ones(number: int, question: Question, writer: asyncio.StreamWriter) -> None:
                if number <= old:
                    writer.transport.abort()
                else:
                    writer.write(response(200, b"{}"))

            server.answer = together
            await ask(gateway, 5)
            old = server.connections
            assert gateway.connections == old == 5
            server.answer = only_new_ones
            assert ends(await ask(gateway)) == {200: 1}
            assert metrics.counter("backend_attempts_total", "result", "stale_connection").value == 1
            assert metrics.counter("backend_attempts_total", "result", "unreachable").value == 0
            for _ in range(12):  # none of the other dead ones is left to be taken
                assert ends(await ask(gateway)) == {200: 1}
            assert len([number for number, _ in server.questions if number <= old]) == 6

    asyncio.run(play())


def test_stale_connections_do_not_open_the_breaker() -> None:
    async def play() -> None:
        async with scene() as (server, gateway, _):

            async def once_each(number: int, question: Question, writer: asyncio.StreamWriter) -> None:
                if number in seen:
                    writer.transport.abort()
                else:
                    seen.add(number)
                    await asyncio.sleep(0.1)
                    writer.write(response(200, b"{}"))

            seen: set[int] = set()
            server.answer = once_each
            await ask(gateway, 20)
            asked = await ask(gateway, 20)
            assert ends(asked) == {200: 20}
            assert not gateway.breaker.open

    asyncio.run(play())


def test_credentials_that_end_fail_those_who_wait_at_once() -> None:
    async def play() -> None:
        async with scene(most=1) as (server, gateway, _):

            async def never(number: int, question: Question, writer: asyncio.StreamWriter) -> None:
                await asyncio.sleep(30)

            errors: list[object] = []
            asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
            server.answer = never
            asked = [Asked(1.0) for _ in range(40)]
            for one in asked:
                gateway.start(one)
            await until(lambda: len(server.questions) == 1)
            gateway.use_credentials(None)
            assert ends(asked[1:]) == {Fault.NO_CREDENTIALS: 39}
            await asyncio.sleep(1.1)
            assert asked[0].ends == [Fault.TIMEOUT]
            assert errors == []

    asyncio.run(play())


def test_credentials_that_end_while_connecting_fail_the_question_and_keep_the_connection() -> None:
    async def play() -> None:
        async with scene() as (_, gateway, _metrics):
            asked = [Asked(1.0) for _ in range(40)]
            for one in asked:
                gateway.start(one)
            gateway.use_credentials(None)
            await until(lambda: all(one.ends for one in asked))
            assert ends(asked) == {Fault.NO_CREDENTIALS: 40}
            gateway.use_credentials(CREDENTIALS)
            assert ends(await ask(gateway)) == {200: 1}

    asyncio.run(play())


def test_a_question_that_is_over_is_not_kept_in_the_queue() -> None:
    async def play() -> None:
        async with scene(most=1) as (server, gateway, _):

            async def never(number: int, question: Question, writer: asyncio.StreamWriter) -> None:
                await asyncio.sleep(30)

            server.answer = never
            patient = [Asked(3.0) for _ in range(2)]
            hasty = [Asked(0.1) for _ in range(50)]
            given_up = [Asked(3.0) for _ in range(50)]
            for one in patient + hasty + given_up:
                gateway.start(one)
            for one in given_up:
                gateway.cancel(one)
            await until(lambda: all(one.ends for one in hasty))
            assert list(gateway._waiting) == [patient[1]]
            assert ends(given_up) == {}

    asyncio.run(play())


def test_a_long_first_attempt_leaves_time_for_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway_module, "FIRST_ATTEMPT_SECONDS", 0.3)
    monkeypatch.setattr(gateway_module, "SECOND_ATTEMPT_SECONDS", 0.3)

    async def play() -> None:
        async with scene() as (server, gateway, metrics):

            async def swallow_the_first(number: int, question: Question, writer: asyncio.StreamWriter) -> None:
                if len(server.questions) > 1:
                    writer.write(response(200, b"{}"))

            server.answer = swallow_the_first
            [asked] = await ask(gateway, seconds=2.0)
            assert asked.ends == [200]
            assert 0.3 <= asked.took < 1.0
            assert [number for number, _ in server.questions] == [1, 2]
            assert metrics.counter("backend_attempts_total", "result", "timeout").value == 1

    asyncio.run(play())


def test_a_second_attempt_is_not_cut_short_by_the_first_ones_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway_module, "FIRST_ATTEMPT_SECONDS", 0.3)
    monkeypatch.setattr(gateway_module, "SECOND_ATTEMPT_SECONDS", 0.3)

    async def play() -> None:
        async with scene() as (server, gateway, _):

            async def fail_then_dawdle(number: int, question: Question, writer: asyncio.StreamWriter) -> None:
                if len(server.questions) == 1:
                    writer.write(response(503, b"{}"))
                else:
                    await asyncio.sleep(0.6)
                    writer.write(response(200, b"{}"))

            server.answer = fail_then_dawdle
            assert ends(await ask(gateway, seconds=2.0)) == {200: 1}
            assert len(server.questions) == 2

    asyncio.run(play())


def test_a_short_login_gets_all_its_time_in_one_attempt() -> None:
    async def play() -> None:
        async with scene() as (server, gateway, _):

            async def slowly(number: int, question: Question, writer: asyncio.StreamWriter) -> None:
                await asyncio.sleep(0.7)
                writer.write(response(200, b"{}"))

            server.answer = slowly
            assert ends(await ask(gateway, seconds=0.9)) == {200: 1}
            assert len(server.questions) == 1

    asyncio.run(play())


def test_a_wrong_clock_is_corrected_by_the_refusal_and_the_question_asked_again() -> None:
    async def play() -> None:
        async with scene() as (server, gateway, metrics):

            async def strict(number: int, question: Question, writer: asyncio.StreamWriter) -> None:
                theirs = time.time() + 3600
                stamp = time.strftime("%Y%m%dT%H", time.gmtime(theirs))
                right = question.headers["x-amz-date"].startswith(stamp)
                date = f"Date: {formatdate(theirs, usegmt=True)}\r\n"
                writer.write(response(200 if right else 403, b"{}", date))

            watcher = Watching()
            gateway.watcher = watcher
            server.answer = strict
            assert ends(await ask(gateway)) == {200: 1}
            assert len(server.questions) == 2
            assert 3590 < watcher.offsets[0] < 3610
            assert metrics.counter("clock_corrections_total").value == 1
            assert ends(await ask(gateway)) == {200: 1}
            assert len(server.questions) == 3, "the correction is kept"

    asyncio.run(play())


@pytest.mark.parametrize("header", ["", "Date: yesterday\r\n", "Date: {now}\r\n"])
def test_a_refusal_that_is_not_about_time_is_not_asked_again_and_wakes_the_keeper(header: str) -> None:
    date = header.format(now=formatdate(time.time(), usegmt=True))

    async def play() -> None:
        async with scene() as (server, gateway, _):

            async def refuse(number: int, question: Question, writer: asyncio.StreamWriter) -> None:
                writer.write(response(403, b"{}", date))

            gateway.watcher = watcher = Watching()
            server.answer = refuse
            assert ends(await ask(gateway)) == {Fault.NOT_AUTHORISED: 1}
            assert len(server.questions) == 1
            assert (watcher.refusals, watcher.offsets) == (1, [])

    asyncio.run(play())


class Watching:
    def __init__(self) -> None:
        self.refusals = 0
        self.offsets: list[float] = []

    def refused(self) -> None:
        self.refusals += 1

    def clock_corrected(self, offset: float) -> None:
        self.offsets.append(offset)


def test_with_an_open_breaker_a_question_that_was_never_sent_says_so() -> None:
    async def play() -> None:
        unused = free_port()
        gateway = gateway_to(unused, Metrics())
        for _ in range(5):
            assert set(ends(await ask(gateway, 4, seconds=0.5))) <= {Fault.UNREACHABLE, Fault.NEVER_ASKED}
        assert gateway.breaker.open
        asked = await ask(gateway, 8, seconds=0.2)
        assert Fault.NEVER_ASKED in ends(asked)
        assert Fault.TIMEOUT not in ends(asked)
        gateway.close()

    asyncio.run(play())


def test_a_probe_goes_past_an_open_breaker_and_a_full_pool() -> None:
    async def play() -> None:
        async with scene(most=1) as (server, gateway, _):
            for _ in range(20):
                gateway.breaker.failed(time.monotonic())

            async def never(number: int, question: Question, writer: asyncio.StreamWriter) -> None:
                if number == 1:
                    await asyncio.sleep(30)
                writer.write(response(200, b"{}"))

            server.answer = never
            stuck, probe = Asked(2.0), Asked(2.0)
            gateway.probe(stuck)
            await until(lambda: len(server.questions) == 1)
            gateway.probe(probe)
            await until(lambda: bool(probe.ends))
            assert probe.ends == [200]
            assert not gateway.breaker.open

    asyncio.run(play())


def test_e6_the_name_is_looked_up_again_and_of_several_addresses_one_that_works_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool_module, "ADDRESS_SECONDS", 0.2)

    async def play() -> None:
        async with scene() as (server, gateway, _):
            loop, looked_up = asyncio.get_running_loop(), 0

            async def look_up(*_: object, **__: object) -> list[tuple[object, ...]]:
                nonlocal looked_up
                looked_up += 1
                return [(2, 1, 6, "", (address, server.port)) for address in ("127.0.0.9", "127.0.0.1")]

            monkeypatch.setattr(loop, "getaddrinfo", look_up)
            assert ends(await ask(gateway)) == {200: 1}
            gateway._pool.drop_idle()
            assert ends(await ask(gateway)) == {200: 1}
            assert looked_up == 2

    asyncio.run(play())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
