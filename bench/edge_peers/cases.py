"""What is measured, beside whom, and which goal it has. Every case goes through all its servers once a round."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bench.edge_peers.load import Stream
from bench.edge_peers.peers.edge import GatehouseEdge
from bench.edge_peers.peers.freeradius import DEFAULT_THREADS, STARTING_THREADS, FreeRadius
from bench.edge_peers.peers.server import Server

INSTANT_RATE: Final = 200
HELD_RATE: Final = 2000  # pushes a second until all are held
EDGE: Final = GatehouseEdge()


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of everything: ``QUICK`` for a look, ``FULL`` for figures to quote.

    ``tries``: how often at most a sample is taken until the machine was calm meanwhile.
    """

    rounds: int
    tries: int
    seconds: float
    held: int
    held_seconds: int
    held_rounds: int


QUICK: Final = Size(rounds=2, tries=2, seconds=1.5, held=2_000, held_seconds=4, held_rounds=1)
FULL: Final = Size(rounds=5, tries=3, seconds=4, held=10_000, held_seconds=10, held_rounds=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadCase:
    """``edge`` beside ``peers``; ratios are to the first peer."""

    name: str
    title: str
    stream: Callable[[Size], Stream]
    edge: GatehouseEdge = EDGE
    peers: Sequence[Server] = (FreeRadius(),)
    most_ratio: float | None = None
    least_per_second: float | None = None

    @property
    def servers(self) -> Sequence[Server]:
        return (self.edge, *self.peers)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCase:
    name: str = "held"
    edge: GatehouseEdge = EDGE
    peers: Sequence[Server] = (FreeRadius(), FreeRadius(threads=512), FreeRadius(threads=2000))
    most_p99_ms: float = 10
    most_mb: float = 64

    @property
    def servers(self) -> Sequence[Server]:
        return (self.edge, *self.peers)

    def title(self, size: Size) -> str:
        return f"{size.held:,} pushes held {size.held_seconds} s beside {INSTANT_RATE} instant logins/s, 0 ms backend"

    def alone(self, size: Size) -> Stream:
        return Stream(rate=INSTANT_RATE, seconds=size.seconds)

    def held(self, size: Size) -> Stream:
        """A user each, because two pushes of one user are not two logins."""
        return Stream(
            rate=HELD_RATE, count=size.held, users=size.held, takes=f"h{size.held_seconds * 1000}",
            timeout_ms=(size.held_seconds + 5) * 1000,
        )  # fmt: skip

    def instant(self, size: Size) -> Stream:
        """From the first push sent until the last one is answered."""
        return Stream(rate=INSTANT_RATE, seconds=size.held / HELD_RATE + size.held_seconds + 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleCase:
    """FreeRADIUS with as few threads as Debian lets it start with."""

    name: str = "idle"
    title: str = "idle, after its first logins"
    edge: GatehouseEdge = EDGE
    peers: Sequence[Server] = (FreeRadius(threads=STARTING_THREADS), FreeRadius(threads=DEFAULT_THREADS))
    most_mb: float = 40

    @property
    def servers(self) -> Sequence[Server]:
        return (self.edge, *self.peers)


type Case = LoadCase | HeldCase | IdleCase

CASES: Final[Sequence[Case]] = (
    LoadCase(
        name="saturation",
        title="saturation: 64 outstanding, 0 ms backend",
        stream=lambda size: Stream(outstanding=64, seconds=size.seconds),
        peers=(FreeRadius(), FreeRadius(static=True)),
        most_ratio=0.75,
    ),
    LoadCase(
        name="saturation-tls",
        title="saturation: 64 outstanding, 0 ms backend over TLS",
        stream=lambda size: Stream(outstanding=64, seconds=size.seconds),
        edge=GatehouseEdge(tls=True),
        peers=(FreeRadius(tls=True),),
        most_ratio=0.8,
    ),
    LoadCase(
        name="paced-100",
        title="100 logins/s, 20 ms backend",
        stream=lambda size: Stream(rate=100, seconds=2 * size.seconds, takes="d20"),
        most_ratio=1.1,
    ),
    LoadCase(
        name="paced-1000",
        title="1,000 logins/s, 20 ms backend",
        stream=lambda size: Stream(rate=1000, seconds=size.seconds, takes="d20"),
        most_ratio=1.1,
    ),
    LoadCase(
        name="one-process",
        title="one process: 1,000 outstanding, 20 ms backend",
        stream=lambda size: Stream(outstanding=1000, seconds=size.seconds, takes="d20"),
        peers=(FreeRadius(), FreeRadius(threads=512)),
        least_per_second=20_000,
    ),
    HeldCase(),
    IdleCase(),
)
