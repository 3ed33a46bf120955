"""Processes that the benchmark starts, and surely ends: by their own process id, on every way out.

Each is started through setpriv with a parent-death signal, so the kernel ends it even if the benchmark is killed.
"""

import contextlib
import resource
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from bench.edge_peers.errors import BenchError
from bench.edge_peers.packages import SEARCH_PATH, program

STOP_SECONDS: Final = 3.0  # FreeRADIUS waits for threads that wait for a held push; nobody waits for it
ENDS_WITH_US: Final = (program("setpriv"), "--pdeathsig", "TERM", "--")
_LOG_LINES: Final = 12


class Running:
    """One started process. ``pid`` is its own: setpriv becomes the program."""

    def __init__(self, name: str, command: Sequence[str | Path], log: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [*ENDS_WITH_US, *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={"PATH": SEARCH_PATH, "LANG": "C.UTF-8", **environment},
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def check(self) -> None:
        """Raise BenchError if it has ended by itself."""
        if self._process.poll() is not None:
            raise BenchError(f"{self.name} ended with status {self._process.returncode}: {self.last_words()}")

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
        return " | ".join(line.strip() for line in lines)

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP leave through the same ``finally`` clauses as Ctrl-C."""

    def leave(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def raise_open_files_limit() -> None:
    """Children inherit it; thousands of connections to the backend need it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
