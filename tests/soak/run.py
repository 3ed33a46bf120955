"""The soak itself: an edge as a process of its own, the stub backend, the senders, the faults, and who watches them."""

import asyncio
import contextlib
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Final

from tests.fakes.edge_configuration import ENVIRON, SECRET
from tests.fakes.radius_client import RadiusClient, checked_reply
from tests.integration.edge.flood import Mutants
from tests.soak.backend import AWAY, CORP, FAULTS, LAX, ROTATING, TIMEOUT_SECONDS, SoakBackend, next_configuration
from tests.soak.exchanges import Plan, Sender, forgery, plan
from tests.soak.expectations import ACCEPT, Ended, Kind, Tally, Weather
from tests.soak.report import progress, summary
from tests.soak.watch import MOST_KILOBYTES, Drift, Sample, drift, metrics, sample, total

ROOT: Final = Path(__file__).resolve().parents[2]
WEIGHTS: Final = {
    Kind.RIGHT: 36,
    Kind.WRONG: 14,
    Kind.UNSIGNED: 5,
    Kind.CHAP: 5,
    Kind.MS_CHAP_2: 5,
    Kind.WRONG_MS_CHAP_2: 3,
    Kind.ROTATING: 5,
    Kind.RETRANSMITTED: 6,
    Kind.APPROVED: 6,
    Kind.DENIED: 3,
    Kind.UNANSWERED: 2,
    Kind.ACCOUNTING: 6,
    Kind.STATUS: 2,
    Kind.STRANGER: 1,
    Kind.FORGED: 1,
}
MUTANTS_SHARE: Final = 0.2  # beside the exchanges
FINE_SECONDS, FAULT_SECONDS, CLOSING_SECONDS = 35.0, 8.0, 5.0  # the breaker closes, connections are made anew
RELOAD_SECONDS: Final = 7.0
SAMPLE_SECONDS, PROGRESS_SECONDS = 5.0, 10.0
HEARTBEAT_SECONDS, STALL_SECONDS = 0.05, 0.15
SETTLED_AFTER: Final = 0.2  # of the run, but two minutes at most: from then on memory has to be flat
IDLE_SECONDS: Final = 30.0  # at the end: idle connections live 20 s


class Soak:
    def __init__(self, seconds: float, rate: float, seed: int) -> None:
        self.seconds = seconds
        self.rate = rate
        self.random = random.Random(seed)
        self.backend = SoakBackend(b"")
        self.weather = Weather(CLOSING_SECONDS)
        self.tally = Tally()
        self.samples: list[Sample] = []
        self.mutants: list[Mutants] = []
        self.faults = self.reloads = 0
        self._exchanges: set[asyncio.Task[None]] = set()
        self._senders: dict[tuple[str, bool], list[Sender]] = {}

    async def run(self) -> bool:
        """True if nothing was wrong."""
        next_configuration(self.backend)
        await self.backend.start()
        try:
            async with self._edge() as (edge, ports):
                before = await self._soaked(edge, ports)
                drifted = drift(self.samples, after=self.samples[0].at + min(self.seconds * SETTLED_AFTER, 120))
                await self._end(edge, ports, before, drifted)
        finally:
            await self.backend.stop()
        return self.tally.wrong == 0

    @contextlib.asynccontextmanager
    async def _edge(self) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, int]]]:
        arguments = ["--listen", "127.0.0.1", "--auth-port", "0", "--acct-port", "0", "--health", "127.0.0.1:0"]
        arguments += ["--region", "eu-west-1", "--allow-http-backend-on-loopback"]
        arguments += ["--api-url", f"http://127.0.0.1:{self.backend.port}/v1"]
        environ = {"PYTHONPATH": f"{ROOT / 'edge'}:{ROOT / 'layers/core'}", "AWS_EC2_METADATA_DISABLED": "true"}
        with tempfile.TemporaryFile() as log:
            edge = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "radius_edge", *arguments, stdout=log, env={**environ, **ENVIRON}
            )
            try:
                yield edge, await _announced(log.fileno())
            finally:
                if edge.returncode is None:
                    edge.kill()
                    await edge.wait()

    # The load

    async def _soaked(self, edge: asyncio.subprocess.Process, ports: dict[str, int]) -> Sample:
        await self._first_login(ports)
        before = sample(edge.pid, await self._tables(ports))
        self._began = asyncio.get_running_loop().time()
        clients = [RadiusClient(("127.0.0.1", ports["auth_port"]), SECRET, one) for one in (CORP, LAX, ROTATING)]
        self.mutants = [Mutants(client, seed) for seed, client in enumerate(clients)]
        for mutants in self.mutants:  # what is in the wrong hands must not be waited for
            mutants.client.socket.setblocking(False)
        parts: list[Coroutine[object, object, None]] = [
            self._load(ports),
            self._send_mutants(),
            self._make_faults(),
            self._reload(edge),
            self._watch(edge, ports),
            self._watch_ourselves(),
        ]
        async with asyncio.TaskGroup() as group:
            for part in parts:
                group.create_task(part)
        await asyncio.gather(*self._exchanges)
        for client in clients:
            client.close()
        return before

    @property
    def _left(self) -> float:
        return self.seconds - (asyncio.get_running_loop().time() - self._began)

    async def _load(self, ports: dict[str, int]) -> None:
        number, kinds, weights = 0, tuple(WEIGHTS), tuple(WEIGHTS.values())
        while self._left > 0:
            due = (self.seconds - self._left) * self.rate
            while number < due:
                number += 1
                exchange = self._exchange(plan(self.random.choices(kinds, weights)[0], number), ports)
                task = asyncio.create_task(exchange)
                self._exchanges.add(task)
                task.add_done_callback(self._exchanges.discard)
            await asyncio.sleep(self.random.uniform(0.001, 0.02))

    async def _exchange(self, plan: Plan, ports: dict[str, int]) -> None:
        sender = await self._sender(plan, ports)
        octets, packets, heard, began = await sender.exchange(plan)
        now = asyncio.get_running_loop().time()
        ended = Ended(
            kind=plan.kind,
            began=began,
            ended=heard.first_at or now,
            packets=packets,
            replies=tuple(heard.replies),
            questions=self.backend.asked.pop(plan.name, 0),
            forged=forgery(octets, heard, plan),
        )
        stalled = self.weather.stalled(began, now)
        patience = float("inf") if stalled else TIMEOUT_SECONDS
        self.tally.add(ended, fine=not stalled and self.weather.fine(began, now), patience=patience)
        if plan.accounting and heard.replies and plan.session not in self.backend.kept_sessions:
            self.tally.complain("accounting was acknowledged and not stored")

    async def _sender(self, plan: Plan, ports: dict[str, int]) -> Sender:
        """One with a free Identifier; another socket where there is none."""
        senders = self._senders.setdefault((plan.source, plan.accounting), [])
        for sender in senders:
            if not sender.busy:
                return sender
        port = ports["acct_port" if plan.accounting else "auth_port"]
        senders.append(await Sender.open(plan.source, port, self._stray))
        return senders[-1]

    def _stray(self) -> None:
        now = asyncio.get_running_loop().time()
        if not self.weather.stalled(now - 2 * TIMEOUT_SECONDS, now):
            self.tally.complain("a reply nobody waits for")

    async def _send_mutants(self) -> None:
        while self._left > -TIMEOUT_SECONDS:
            for mutants in self.mutants:
                if self._left > 0:
                    mutants.send()
                try:
                    mutants.check_replies()
                except AssertionError:
                    self.tally.complain("a mutant got an answer that is no genuine Reject")
            await asyncio.sleep(len(self.mutants) / (self.rate * MUTANTS_SHARE))

    # What happens to the edge

    async def _make_faults(self) -> None:
        names = list(FAULTS)
        while self._left > FINE_SECONDS + FAULT_SECONDS + CLOSING_SECONDS:
            await asyncio.sleep(FINE_SECONDS)
            await self._fault(names[self.faults % len(names)])
            self.faults += 1

    async def _fault(self, name: str) -> None:
        loop = asyncio.get_running_loop()
        self.weather.begin(name, loop.time())
        self.backend.fault = FAULTS[name]
        if name == AWAY:
            await self.backend.away()
        await asyncio.sleep(FAULT_SECONDS)
        if name == AWAY:
            await self.backend.back()
        self.backend.fault = None
        self.weather.end(loop.time())

    async def _reload(self, edge: asyncio.subprocess.Process) -> None:
        while self._left > RELOAD_SECONDS:
            await asyncio.sleep(RELOAD_SECONDS)
            next_configuration(self.backend)
            edge.send_signal(signal.SIGHUP)
            self.reloads += 1

    @property
    def most_kilobytes(self) -> int:
        return max(one.kilobytes for one in self.samples)

    async def _watch(self, edge: asyncio.subprocess.Process, ports: dict[str, int]) -> None:
        shown = 0.0
        while self._left > 0:
            numbers = await self._tables(ports)
            self.samples.append(sample(edge.pid, numbers))
            elapsed = self.seconds - self._left
            if elapsed >= shown:
                shown += PROGRESS_SECONDS
                _say(progress(elapsed, self.seconds, self.tally, self.weather, self.samples, numbers))
            await asyncio.sleep(min(SAMPLE_SECONDS, max(0.0, self._left)))

    async def _watch_ourselves(self) -> None:
        loop = asyncio.get_running_loop()
        while self._left > -TIMEOUT_SECONDS:
            before = loop.time()
            await asyncio.sleep(HEARTBEAT_SECONDS)
            if loop.time() - before > HEARTBEAT_SECONDS + STALL_SECONDS:
                self.weather.stall(before, loop.time())

    async def _tables(self, ports: dict[str, int]) -> dict[str, float]:
        return await metrics(ports["health_port"])

    # The end

    async def _first_login(self, ports: dict[str, int]) -> None:
        """Until the configuration is there; also after the soak, when it is a good login at once."""
        for _ in range(50):
            if await self._log_in(ports):
                return
            await asyncio.sleep(0.1)
        raise TimeoutError("the edge accepts nobody")

    async def _log_in(self, ports: dict[str, int]) -> bool:
        sender = await Sender.open(CORP, ports["auth_port"], lambda: None)
        try:
            octets, _, heard, _ = await asyncio.wait_for(sender.exchange(plan(Kind.RIGHT, 0)), 0.5)
        except TimeoutError:
            return False
        finally:
            sender.close()
        return bool(heard.replies) and checked_reply(heard.replies[0], octets, SECRET).code == ACCEPT

    async def _end(
        self, edge: asyncio.subprocess.Process, ports: dict[str, int], before: Sample, drifted: Drift
    ) -> None:
        good_login = await self._log_in(ports)
        _say(f"the load has ended; waiting {IDLE_SECONDS:.0f} s for idle connections to go")
        await asyncio.sleep(IDLE_SECONDS)
        numbers = await self._tables(ports)
        after = sample(edge.pid, numbers)
        edge.terminate()
        stopped = await asyncio.wait_for(edge.wait(), 30)
        for text, wrong in {
            "a good login right after was not accepted": not good_login,
            f"memory in use is not flat: {drifted}": not drifted.flat,
            f"more than {MOST_KILOBYTES // 1024} MB resident": self.most_kilobytes > MOST_KILOBYTES,
            f"open files grew from {before.files} to {after.files}": after.files > before.files,
            "logins are left in the table": numbers["logins_in_flight"] > 0,
            "pending logins are left in the table": numbers["logins_pending"] > 0,
            "uncaught errors": total(numbers, "internal_errors_total") > 0,
            "the kernel dropped datagrams": numbers["kernel_drops_total"] > 0,
            f"SIGTERM ended with {stopped}": stopped != 0,
        }.items():
            if wrong:
                self.tally.complain(text)
        _say(summary(self, before, after, drifted, numbers))


async def _announced(log: int) -> dict[str, int]:
    """The first line of the edge's log says where it listens."""
    end = time.monotonic() + 10
    while b"\n" not in (first := os.pread(log, 4096, 0)):
        if time.monotonic() > end:
            raise TimeoutError("the edge does not start")
        await asyncio.sleep(0.05)
    listening = json.loads(first.split(b"\n")[0])
    return {name: int(listening[name]) for name in ("auth_port", "acct_port", "health_port")}


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
