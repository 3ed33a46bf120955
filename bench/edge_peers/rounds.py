"""Goes through the cases, round by round and server by server, and keeps every sample.

Servers take turns within a round, so that whatever else the machine does meets all of them. A server that cannot be
measured becomes a line that says why; the others go on. A sample during which other programs took much of the machine
is taken again, whatever it shows: it says more about them than about the server.
"""

import dataclasses
import time
from collections.abc import Callable
from typing import Final

from bench.edge_peers.cases import Case, HeldCase, IdleCase, LoadCase, Size
from bench.edge_peers.errors import BenchError
from bench.edge_peers.load import Stream
from bench.edge_peers.measure import HeldSample, LoadSample, Meter, Used, measure_held, measure_load
from bench.edge_peers.peers.server import Server, Target
from bench.edge_peers.rows import Row, held_rows, idle_rows, load_rows
from bench.edge_peers.workplace import Workplace

WARM_UP_SECONDS: Final = 0.7
IDLE_SECONDS: Final = 1.0
CALM: Final = 0.1  # the share of the machine that other programs may take
_ONE_PUSH: Final = Stream(rate=10, count=1, takes="h300")

type Sample = LoadSample | HeldSample | Used


class Rounds:
    """``tell`` hears of every step. ``samples`` and ``failures`` are by case and server."""

    def __init__(self, workplace: Workplace, backend: int, size: Size, tell: Callable[[str], None]) -> None:
        self._workplace = workplace
        self._backend = backend
        self._tell = tell
        self.size = size
        self.rows: list[Row] = []
        self.samples: dict[str, dict[str, list[Sample]]] = {}
        self.failures: dict[str, dict[str, str]] = {}

    @property
    def failed(self) -> bool:
        return any(self.failures.values())

    def measure(self, case: Case) -> None:
        match case:
            case LoadCase():
                loads, failures = self._taken(case, self.size.rounds, lambda target: self._load(case, target))
                self.rows += load_rows(case, loads, failures)
            case HeldCase():
                helds, failures = self._taken(case, self.size.held_rounds, lambda target: self._held(case, target))
                self.rows += held_rows(case, self.size, helds, failures)
            case IdleCase():
                idles, failures = self._taken(case, self.size.rounds, self._idle)
                self.rows += idle_rows(case, idles, failures)

    def _taken[S: Sample](
        self, case: Case, rounds: int, take: Callable[[Target], S]
    ) -> tuple[dict[str, list[S]], dict[str, str]]:
        samples: dict[str, list[S]] = {server.name: [] for server in case.servers}
        failures: dict[str, str] = {}
        for number in range(rounds):
            for server in case.servers:
                if server.name in failures:
                    continue
                self._tell(f"{case.name}, round {number + 1} of {rounds}: {server.name}")
                try:
                    samples[server.name].append(self._calmest(server, take, self.size.tries))
                except BenchError as error:
                    failures[server.name] = str(error)
        self.samples[case.name] = {name: list(taken) for name, taken in samples.items()}
        self.failures[case.name] = failures
        return samples, failures

    def _calmest[S: Sample](self, server: Server, take: Callable[[Target], S], tries: int) -> S:
        best = self._one(server, take)
        for _ in range(tries - 1):
            if best.elsewhere <= CALM:
                break
            self._tell(f"  other programs took {best.elsewhere:.0%} of the machine: again")
            best = min(best, self._one(server, take), key=lambda sample: sample.elsewhere)
        return best

    def _one[S: Sample](self, server: Server, take: Callable[[Target], S]) -> S:
        with server.running(self._workplace) as target:
            return take(target)

    def _load(self, case: LoadCase, target: Target) -> LoadSample:
        stream = case.stream(self.size)
        warm_up = dataclasses.replace(stream, seconds=WARM_UP_SECONDS)
        return measure_load(self._workplace, target, self._backend, warm_up, stream)

    def _held(self, case: HeldCase, target: Target) -> HeldSample:
        push = self._workplace.generator.run(target.port, _ONE_PUSH)
        if not push.accepted:
            raise BenchError("not supported yet: a single push was not accepted")
        size = self.size
        return measure_held(
            self._workplace,
            target,
            self._backend,
            alone=case.alone(size),
            instant=case.instant(size),
            held=case.held(size),
        )

    def _idle(self, target: Target) -> Used:
        meter = Meter(target.pid, self._backend)
        time.sleep(IDLE_SECONDS)
        return meter.used()
