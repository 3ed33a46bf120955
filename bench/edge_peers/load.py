"""The load generator (generator/, C): built when the benchmark starts, one process a stream of logins, JSON back."""

import json
import subprocess
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, Self

from bench.edge_peers.errors import BenchError
from bench.edge_peers.packages import program
from bench.edge_peers.processes import ENDS_WITH_US

SOURCES: Final = Path(__file__).parent / "generator"
REFUSED_PASSWORD: Final = "000000"  # noqa: S105 - the one that the stub backend refuses
_FLAGS: Final = ["-std=gnu17", "-O2", "-Wall", "-Wextra"]
_SPARE_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """``outstanding`` logins always on their way, or ``rate`` a second; for ``seconds``, or ``count`` of them.

    ``takes`` begins the user names and tells the backend how long a login takes (peers/answers.lua).
    """

    outstanding: int = 0
    rate: float = 0
    seconds: float = 0
    count: int = 0
    timeout_ms: int = 5000
    takes: str = "d0"
    password: str = "123456"  # noqa: S105 - any other than the refused one
    users: int = 1000

    def arguments(self) -> list[str]:
        return [
            "--timeout-ms", str(self.timeout_ms), "--user-prefix", f"{self.takes}-user", "--users", str(self.users),
            "--password", self.password,
            *(["--outstanding", str(self.outstanding)] if self.outstanding else ["--rate", str(self.rate)]),
            *(["--count", str(self.count)] if self.count else ["--seconds", str(self.seconds)]),
        ]  # fmt: skip

    @property
    def longest_seconds(self) -> float:
        sending = self.count / self.rate if self.count else self.seconds
        return sending + self.timeout_ms / 1000 + _SPARE_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """How a stream was answered. ``forged``: wrongly signed; ``unproven``: without Message-Authenticator;
    ``unsent``: the server owed an answer under every Identifier; ``behind_ms``: the generator's own worst delay."""

    sent: int
    accepted: int
    rejected: int
    challenged: int
    lost: int
    unsent: int
    forged: int
    unproven: int
    per_second: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    behind_ms: float
    elapsed: float
    cpu_seconds: float

    @classmethod
    def from_json(cls, text: str) -> Self:
        message = json.loads(text)
        return cls(**{field.name: message[field.name] for field in fields(cls)})

    @property
    def answered(self) -> int:
        return self.accepted + self.rejected + self.challenged

    @property
    def unanswered(self) -> int:
        return self.lost + self.unsent


class Sending:
    """A stream on its way."""

    def __init__(self, process: subprocess.Popen[str], longest_seconds: float) -> None:
        self._process = process
        self._longest_seconds = longest_seconds

    def answers(self) -> Answers:
        """Wait for the end. Raises BenchError."""
        try:
            output, errors = self._process.communicate(timeout=self._longest_seconds)
        except subprocess.TimeoutExpired:
            raise BenchError("the load generator did not come to an end") from None
        finally:
            self.stop()
        if self._process.returncode != 0:
            raise BenchError(f"the load generator failed: {errors.strip()}")
        return Answers.from_json(output)

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


class Generator:
    """The built program, and the secret that it shares with every server."""

    def __init__(self, folder: Path, secret: str) -> None:
        self._program = folder / "radius_load"
        self._secret = secret
        sources = sorted(SOURCES.glob("*.c"))
        done = subprocess.run(
            [program("gcc"), *_FLAGS, "-o", self._program, *sources, "-lm"], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise BenchError(f"gcc could not build the load generator: {done.stderr}")

    def start(self, port: int, stream: Stream) -> Sending:
        command = [self._program, "--port", str(port), "--secret", self._secret, *stream.arguments()]
        process = subprocess.Popen(
            [*ENDS_WITH_US, *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return Sending(process, stream.longest_seconds)

    def run(self, port: int, stream: Stream) -> Answers:
        return self.start(port, stream).answers()
