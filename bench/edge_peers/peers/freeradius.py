"""FreeRADIUS 3.2: with rlm_rest, which asks the same backend as the edge, and with static PAP, which asks nobody."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.edge_peers.packages import program
from bench.edge_peers.peers.server import Target
from bench.edge_peers.processes import Running
from bench.edge_peers.workplace import Workplace, free_udp_port

DEFAULT_THREADS: Final = 32
STARTING_THREADS: Final = 5  # Debian's start_servers, of at most 32
MOST_CONNECTIONS: Final = 1024  # what its connection pool allows, whatever is configured
_USERS: Final = 1000
_CONFIGURATION: Final = Path(__file__).parent / "radiusd.conf.in"


@dataclass(frozen=True, slots=True)
class FreeRadius:
    """``static``: a list of users instead of the backend. ``tls``: to the backend."""

    threads: int = DEFAULT_THREADS
    tls: bool = False
    static: bool = False

    @property
    def name(self) -> str:
        if self.static:
            return "FreeRADIUS, static PAP"
        return f"FreeRADIUS + rlm_rest, {self.threads:,} threads"

    @contextmanager
    def running(self, workplace: Workplace) -> Iterator[Target]:
        rest_port, static_port = free_udp_port(), free_udp_port()
        workplace.write(
            "raddb/radiusd.conf", _CONFIGURATION,
            secret=workplace.secret, api_url=workplace.backend_url(tls=self.tls),
            threads=self.threads, connections=min(self.threads, MOST_CONNECTIONS),
            first_connections=min(self.threads, DEFAULT_THREADS),
            rest_port=rest_port, static_port=static_port,
        )  # fmt: skip
        folder = workplace.folder / "raddb"
        (folder / "dictionary").touch()
        (folder / "users").write_text(
            "".join(f'd0-user{number:06d} Cleartext-Password := "123456"\n' for number in range(_USERS))
        )
        command: list[str | Path] = [
            program("freeradius"),
            "-f",
            "-d",
            folder,
            "-D",
            "/usr/share/freeradius",
            "-n",
            "radiusd",
        ]
        with Running("FreeRADIUS", command, workplace.folder / "freeradius.out", {}) as process:
            port = static_port if self.static else rest_port
            workplace.wait_until_it_answers(process, port)
            workplace.prove_that_it_decides(process, port)
            yield Target(process, port)
