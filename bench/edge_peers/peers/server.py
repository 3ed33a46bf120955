"""What a case needs to know of a server: its name, and how to have one running."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from bench.edge_peers.processes import Running
from bench.edge_peers.workplace import Workplace


@dataclass(frozen=True, slots=True)
class Target:
    """A running server that has shown that it accepts what is right and rejects what is wrong."""

    process: Running
    port: int

    @property
    def pid(self) -> int:
        return self.process.pid


class Server(Protocol):
    @property
    def name(self) -> str: ...

    def running(self, workplace: Workplace) -> AbstractContextManager[Target]:
        """Started, proven, and stopped at the end of the block. Raises BenchError."""
        ...
