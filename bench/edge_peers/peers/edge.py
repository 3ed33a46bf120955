"""The edge as it is delivered: one process, every feature on, its log written to a file, its requests signed."""

import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Final

from bench.edge_peers.errors import BenchError
from bench.edge_peers.peers.server import Target
from bench.edge_peers.processes import Running
from bench.edge_peers.workplace import READY_SECONDS, ROOT, Workplace
from mfa.contract import EdgeClient, EdgeConfiguration, MessageAuthenticatorPolicy

# Long enough for a push of 10 s; its answers are kept for retransmissions for 60 s, FreeRADIUS keeps them for 5.
TIMEOUT_SECONDS: Final = 30
RETRIES: Final = 1
_PYTHONPATH: Final = f"{ROOT / 'edge'}:{ROOT / 'layers/core'}"


@dataclass(frozen=True, slots=True)
class GatehouseEdge:
    """``tls``: to the backend."""

    tls: bool = False

    @property
    def name(self) -> str:
        return "Gatehouse edge"

    @contextmanager
    def running(self, workplace: Workplace) -> Iterator[Target]:
        command: list[str | Path] = [
            workplace.edge_python, "-m", "radius_edge", "--listen", "127.0.0.1", "--auth-port", "0", "--acct-port", "0",
            "--health", "127.0.0.1:0", "--api-url", f"{workplace.backend_url(tls=self.tls)}/v1",
            "--clients-file", _clients_file(workplace),
            *(["--ca-file", workplace.certificate] if self.tls else ["--allow-http-backend-on-loopback"]),
        ]  # fmt: skip
        with Running("the edge", command, workplace.folder / "edge.log", _environment()) as process:
            port = _announced_port(process)
            workplace.wait_until_it_answers(process, port)
            workplace.prove_that_it_decides(process, port)
            yield Target(process, port)


def _environment() -> dict[str, str]:
    return {
        "PYTHONPATH": _PYTHONPATH,
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": secrets.token_hex(20),
    }


def _clients_file(workplace: Workplace) -> Path:
    client = EdgeClient(
        name="bench",
        networks=(ip_network("127.0.0.0/8"),),
        secrets=(workplace.secret.encode(),),
        require_message_authenticator=MessageAuthenticatorPolicy.AUTO,
        timeout_seconds=TIMEOUT_SECONDS,
        retries=RETRIES,
    )
    path = workplace.folder / "clients.json"
    path.write_bytes(
        EdgeConfiguration(revision="bench", login_id_key=secrets.token_bytes(32), clients=(client,)).to_json()
    )
    return path


def _announced_port(process: Running) -> int:
    """The edge's first line says which port it was given."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        process.check()
        lines = process.log.read_text(errors="replace").splitlines(keepends=True)
        for line in lines:
            if line.endswith("\n") and '"listening"' in line:
                port: int = json.loads(line)["auth_port"]
                return port
        time.sleep(0.02)
    raise BenchError(f"the edge does not listen: {process.last_words()}")
