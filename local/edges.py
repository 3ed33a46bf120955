"""RADIUS edges as processes of this machine, one loopback address each."""

import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.child import Child
from local.credentials import AwsCredentials, aws_environment
from local.deploy import Stack
from local.emulator import Emulator
from local.errors import LocalError
from local.layout import PYTHON, ROOT, RunFolder
from local.ports import free_radius_ports, free_tcp_port

HOSTS: Final = ("127.0.0.1", "127.0.0.2")
MAX_CONNECTIONS: Final = 4  # the emulator starts a process for each call that finds the others busy
READY_SECONDS: Final = 60.0  # the first fetch of the clients waits for a cold function


class Edge:
    """A running edge: its addresses, and its process."""

    def __init__(self, name: str, host: str, auth_port: int, health_port: int) -> None:
        self.name = name
        self.host = host
        self.auth_port = auth_port
        self.acct_port = auth_port + 1
        self._health = f"http://{host}:{health_port}"
        self._listen = [
            f"--listen={host}", f"--auth-port={auth_port}", f"--acct-port={self.acct_port}",
            f"--health={host}:{health_port}",
        ]  # fmt: skip
        self.process: Child

    @property
    def health_url(self) -> str:
        return f"{self._health}/healthz"

    def start(self, folder: RunFolder, api_url: str, environment: dict[str, str]) -> None:
        command: list[str | Path] = [
            PYTHON, "-m", "radius_edge", *self._listen, f"--api-url={api_url}", f"--max-connections={MAX_CONNECTIONS}",
            "--allow-http-backend-on-loopback",
        ]  # fmt: skip
        self.process = Child(self.name, command, environment, folder.log(self.name))

    def restart(self) -> None:
        """Start it again after it has ended, and wait until it is ready."""
        self.process.restart()
        self.wait_until_ready()

    def stop(self) -> None:
        self.process.stop()

    def wait_until_ready(self) -> None:
        until = time.monotonic() + READY_SECONDS
        while not self._ready():
            self.process.check()
            if time.monotonic() > until:
                raise LocalError(f"{self.name} was not ready within {READY_SECONDS:.0f} s; see {self.process.log}")
            time.sleep(0.05)

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._health}/readyz", timeout=2) as answer:  # noqa: S310 our own http URL
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """How many edges are wanted, from which port on, and as whom they call."""

    count: int
    first_port: int
    credentials: AwsCredentials


def start_edges(fleet: Fleet, folder: RunFolder, emulator: Emulator, stack: Stack, ending: ExitStack) -> Sequence[Edge]:
    """Start them together, wait for all. Whoever owns ``ending`` ends them."""
    hosts = HOSTS[: fleet.count]
    auth_port = free_radius_ports(hosts, fleet.first_port)
    edges = [Edge(f"edge-{number}", host, auth_port, free_tcp_port()) for number, host in enumerate(hosts, start=1)]
    environment = _environment(emulator, fleet.credentials)
    for edge in edges:
        edge.start(folder, stack.edge_api_url(emulator), environment)
        ending.callback(edge.stop)
    for edge in edges:
        edge.wait_until_ready()
    return edges


def _environment(emulator: Emulator, credentials: AwsCredentials) -> dict[str, str]:
    """Of ``mfa`` the edge may import the contract only. Its image has nothing else; here only a test holds that."""
    path = f"{ROOT / 'edge'}:{ROOT / 'layers/core'}"
    return aws_environment(emulator.url, credentials) | {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
