"""A process that the set-up starts, and surely ends.

Each child leads a process group, so that what it starts itself (the emulator's function processes) ends with it.
"""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from local.errors import LocalError

_LIBC: Final = ctypes.CDLL(None)
PR_SET_PDEATHSIG: Final = 1  # prctl(2); Linux only, like the rest of the set-up
STOP_SECONDS: Final = 10.0  # an edge may drain logins that it holds; then it is killed


class Child:
    """One running child; as a context it is ended at the end of the block, however that comes."""

    def __init__(self, name: str, command: Sequence[str | Path], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        self._command = command
        self._environment = dict(environment)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(b"")
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as output:
            return subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 one system call, by a function that is loaded already
            )

    def restart(self) -> None:
        """Start it again after ``kill`` or ``stop``; the log goes on."""
        self._process = self._start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def check(self) -> None:
        """Raise LocalError if it has ended by itself, with the last lines that it said."""
        status = self._process.poll()
        if status is not None:
            raise LocalError(f"{self.name} ended with status {status}. {self.log} says:\n{_last_lines(self.log)}")

    def send_signal(self, number: signal.Signals) -> None:
        """To it and to what it started."""
        self._signal_group(number)

    def kill(self) -> None:
        """End it as a crash would, without a chance to tidy up."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        self._signal_group(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._end_group()

    def _end_group(self) -> None:
        """What is left of the group after its leader: give it a moment, then kill it."""
        until = time.monotonic() + 1
        while time.monotonic() < until:
            if not self._signal_group(signal.SIGTERM):
                return
            time.sleep(0.02)
        self._signal_group(signal.SIGKILL)

    def _signal_group(self, number: signal.Signals) -> bool:
        """False if nobody of the group is left."""
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return False
        return True


def _end_with_parent() -> None:
    """In the child, before it becomes another program: SIGTERM to it when the set-up itself is killed or crashes."""
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _last_lines(log: Path, count: int = 20) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
