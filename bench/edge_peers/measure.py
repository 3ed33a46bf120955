"""One measurement: a load on a running server, and what the server used for it."""

import os
import time
from dataclasses import dataclass

from bench.edge_peers import usage
from bench.edge_peers.errors import BenchError
from bench.edge_peers.load import Answers, Stream
from bench.edge_peers.peers.server import Target
from bench.edge_peers.workplace import Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """``elsewhere``: the share of the machine that went to processes which are not the benchmark's. It disturbs."""

    cpu_seconds: float
    seconds: float
    elsewhere: float
    pss_mb: float
    peak_rss_mb: float
    threads: int


class Meter:
    """Reads what ``server`` and everybody else use between its making and ``used``."""

    def __init__(self, server: int, backend: int) -> None:
        self._server = server
        self._backend = backend
        self._started_at = time.monotonic()
        self._server_before, self._backend_before = usage.cpu_seconds(server), usage.cpu_seconds(backend)
        self._machine_before = usage.machine_cpu_seconds()
        self._own_before = time.process_time()

    def used(self, *answers: Answers) -> Used:
        """``answers`` of all generators that ran meanwhile: their own CPU time is not "elsewhere"."""
        seconds = time.monotonic() - self._started_at
        server = usage.cpu_seconds(self._server) - self._server_before
        machine = usage.machine_cpu_seconds() - self._machine_before
        ours = server + usage.cpu_seconds(self._backend) - self._backend_before
        ours += time.process_time() - self._own_before + sum(each.cpu_seconds for each in answers)
        return Used(
            cpu_seconds=server,
            seconds=seconds,
            elsewhere=max(0.0, machine - ours) / seconds / (os.cpu_count() or 1),
            pss_mb=usage.pss_mb(self._server),
            peak_rss_mb=usage.peak_rss_mb(self._server),
            threads=usage.threads(self._server),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSample:
    answers: Answers
    used: Used

    @property
    def cpu_us(self) -> float:
        """CPU microseconds of the server for each login that it answered."""
        return 1e6 * self.used.cpu_seconds / self.answers.answered

    @property
    def elsewhere(self) -> float:
        return self.used.elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSample:
    """``instant`` beside ``held``; ``alone`` is the same instant load before anything was held."""

    alone: Answers
    instant: Answers
    held: Answers
    idle_mb: float
    held_mb: float
    held_threads: int
    used: Used

    @property
    def elsewhere(self) -> float:
        return self.used.elsewhere


def measure_load(workplace: Workplace, target: Target, backend: int, warm_up: Stream, stream: Stream) -> LoadSample:
    """Raises BenchError if hardly anything was answered: then there is nothing to divide by."""
    workplace.generator.run(target.port, warm_up)
    meter = Meter(target.pid, backend)
    answers = workplace.generator.run(target.port, stream)
    if answers.forged:
        raise BenchError(f"{answers.forged} replies were signed wrongly")
    if not answers.accepted:
        raise BenchError(f"none of {answers.sent} logins was accepted: {target.process.last_words()}")
    return LoadSample(answers=answers, used=meter.used(answers))


def measure_held(
    workplace: Workplace, target: Target, backend: int, *, alone: Stream, instant: Stream, held: Stream
) -> HeldSample:
    """``held`` and ``instant`` begin together; memory is read half a second after the last push was sent."""
    generator = workplace.generator
    alone_answers = generator.run(target.port, alone)
    idle_mb = usage.pss_mb(target.pid)
    meter = Meter(target.pid, backend)
    pushes, instants = generator.start(target.port, held), generator.start(target.port, instant)
    try:
        time.sleep(held.count / held.rate + 0.5)
        held_mb, held_threads = usage.pss_mb(target.pid), usage.threads(target.pid)
        instant_answers, held_answers = instants.answers(), pushes.answers()
    finally:
        instants.stop()
        pushes.stop()
    target.process.check()
    return HeldSample(
        alone=alone_answers, instant=instant_answers, held=held_answers, idle_mb=idle_mb, held_mb=held_mb,
        held_threads=held_threads, used=meter.used(instant_answers, held_answers),
    )  # fmt: skip
