"""``--processes N``: the same ports served by several processes, and one that watches over them.

The kernel gives each client's address and port to one process, so a retransmission meets the process that knows it;
after a process has ended its clients are spread over the others, and login ids make that safe. This process serves no
packets: it passes log lines on, sums metrics, starts anew what has ended, and hands signals down.
"""

import asyncio
import contextlib
import json
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from radius_edge.health import HealthServer
from radius_edge.logs import LogLines
from radius_edge.metric_sums import sum_expositions
from radius_edge.settings import Settings, SettingsError

LOG_DESCRIPTOR: Final = 1
START_SECONDS: Final = 15.0
FETCH_SECONDS: Final = 2.0
FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 30.0
STEADY_SECONDS: Final = 60.0  # who lived so long did not die of a bad start
AFTER_DRAIN_SECONDS: Final = 4.0
PIPE_OCTETS: Final = 1 << 18

type Announce = Callable[[dict[str, object]], None]


class StartError(Exception):
    """Raised when the first process ends before it serves. It has said why on standard error."""

    def __init__(self, code: int) -> None:
        super().__init__("a process of the edge could not start")
        self.code = code


class Worker:
    """One process that serves. ``listening`` is its first line."""

    def __init__(self, child: asyncio.subprocess.Process, log: LogLines) -> None:
        self._child = child
        self._log = log
        self.started_at = time.monotonic()
        self.listening: dict[str, object] = {}

    @classmethod
    async def start(cls, arguments: Sequence[str], environ: Mapping[str, str], log: LogLines) -> "Worker":
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "radius_edge", *arguments),
            stdin=asyncio.subprocess.PIPE,  # its end tells the child that this process is gone
            stdout=asyncio.subprocess.PIPE,
            env=dict(environ),
            limit=PIPE_OCTETS,
        )
        return cls(child, log)

    async def first_line(self) -> bool:
        """True once it serves; False if it ended or says nothing in time."""
        assert self._child.stdout is not None, "a pipe was asked for"  # noqa: S101 - for mypy
        try:
            async with asyncio.timeout(START_SECONDS):
                line = await self._child.stdout.readline()
            self.listening = dict(json.loads(line))
        except (TimeoutError, ValueError):
            return False
        return True

    async def relay_until_it_ends(self) -> int:
        """Pass its log lines on, whole ones only; its exit code."""
        assert self._child.stdout is not None, "a pipe was asked for"  # noqa: S101 - for mypy
        rest = b""
        while octets := await self._child.stdout.read(PIPE_OCTETS):
            lines, newline, rest = (rest + octets).rpartition(b"\n")
            if newline:
                self._log.relay(lines + newline)
        return await self._child.wait()

    def signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._child.send_signal(number)

    async def fetch(self, path: str) -> tuple[int, str]:
        """From its own health port. Raises OSError, TimeoutError or ValueError."""
        async with asyncio.timeout(FETCH_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", int(str(self.listening["health_port"])))
            writer.write(f"GET {path} HTTP/1.1\r\n\r\n".encode())
            try:
                head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
            finally:
                writer.close()
        return int(head.split(" ", 2)[1]), body


class Supervisor:
    """``stop`` and ``reload`` may be called at any time, also from a signal handler."""

    def __init__(self, settings: Settings, arguments: Sequence[str], environ: Mapping[str, str]) -> None:
        self._settings = settings
        self._arguments = arguments
        self._environ = environ
        self._log = LogLines(LOG_DESCRIPTOR, asyncio.get_running_loop().call_later)
        self._stop = asyncio.Event()
        self._workers: dict[int, Worker] = {}
        self._restarts = 0
        self._health = HealthServer(self._why_not_ready, self._exposition)

    def stop(self) -> None:
        self._stop.set()

    def reload(self) -> None:
        for worker in self._workers.values():
            worker.signal(signal.SIGHUP)

    async def run(self, announce: Announce) -> None:
        """Serve until ``stop``. Raises StartError or SettingsError if it cannot begin."""
        settings, tasks = self._settings, []
        try:
            first = await self._start(0, settings.auth_port, settings.acct_port)
            ports = int(str(first.listening["auth_port"])), int(str(first.listening["acct_port"]))
            health_port = await self._open_health()
            tasks = [
                asyncio.create_task(self._keep(number, *ports, first if number == 0 else None))
                for number in range(settings.processes)
            ]
            announce({**first.listening, "health_port": health_port, "processes": settings.processes})
            await self._stop.wait()
        finally:
            await self._end(tasks)

    async def _open_health(self) -> int | None:
        if self._settings.health_host is None:
            return None
        try:
            return await self._health.start(self._settings.health_host, self._settings.health_port)
        except OSError as error:
            raise SettingsError(f"cannot listen: {error}") from None

    async def _start(self, number: int, auth_port: int, acct_port: int) -> Worker:
        own = ("--processes", "1", "--shared-ports", "--health", "127.0.0.1:0")
        ports = ("--auth-port", str(auth_port), "--acct-port", str(acct_port))
        worker = await Worker.start((*self._arguments, *own, *ports), self._environ, self._log)
        self._workers[number] = worker
        if not await worker.first_line():
            worker.signal(signal.SIGKILL)
            raise StartError(await worker.relay_until_it_ends())
        return worker

    async def _keep(self, number: int, auth_port: int, acct_port: int, worker: Worker | None) -> None:
        """One process after the other, with growing pauses, until the end."""
        pause = FIRST_PAUSE_SECONDS
        while not self._stop.is_set():
            try:
                worker = worker or await self._start(number, auth_port, acct_port)
                code = await worker.relay_until_it_ends()
                pause = FIRST_PAUSE_SECONDS if time.monotonic() - worker.started_at > STEADY_SECONDS else pause
            except (OSError, StartError) as error:
                code = error.code if isinstance(error, StartError) else -1
            self._workers.pop(number, None)
            worker = None
            if not self._stop.is_set():
                self._restarts += 1
                self._log.write("alarm", reason="process_ended", process=number, exit_code=code, pause_seconds=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _end(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        """All drain at the same time; who does not end in time is killed."""
        self._stop.set()
        for worker in self._workers.values():
            worker.signal(signal.SIGTERM)
        if self._workers and tasks:
            await asyncio.wait(tasks, timeout=self._settings.drain_seconds + AFTER_DRAIN_SECONDS)
        for worker in self._workers.values():
            worker.signal(signal.SIGKILL)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._health.close()
        self._log.close()

    async def _why_not_ready(self) -> str | None:
        """One that is not well takes its share of the packets with it, so all must be."""
        if self._stop.is_set():
            return "draining"
        if len(self._workers) < self._settings.processes:
            return "a process has ended and is not back yet"
        for status, text in await self._fetch("/readyz"):
            if status != 200:
                return text.strip()
        return None

    async def _exposition(self) -> str:
        texts = [text for status, text in await self._fetch("/metrics") if status == 200]
        return sum_expositions(texts) + (
            f"# TYPE gatehouse_edge_processes gauge\ngatehouse_edge_processes {len(self._workers)}\n"
            f"# TYPE gatehouse_edge_process_restarts_total counter\n"
            f"gatehouse_edge_process_restarts_total {self._restarts}\n"
        )

    async def _fetch(self, path: str) -> list[tuple[int, str]]:
        async def one(worker: Worker) -> tuple[int, str]:
            try:
                return await worker.fetch(path)
            except (OSError, TimeoutError, ValueError, LookupError):
                return 503, "a process does not answer"

        return list(await asyncio.gather(*map(one, tuple(self._workers.values()))))
