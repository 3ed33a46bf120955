"""One run of the benchmark: its folder, its secret, its certificate, and the processes that all servers share."""

import secrets
import socket
import subprocess
import time
from pathlib import Path
from string import Template
from typing import Final

from bench.edge_peers.errors import BenchError
from bench.edge_peers.load import REFUSED_PASSWORD, Generator, Stream
from bench.edge_peers.packages import program
from bench.edge_peers.processes import Running

ROOT: Final = Path(__file__).resolve().parents[2]
READY_SECONDS: Final = 20.0
_PROBE: Final = Stream(rate=50, count=1, timeout_ms=300)
_RIGHT: Final = Stream(rate=500, count=20)
_WRONG: Final = Stream(rate=500, count=20, password=REFUSED_PASSWORD)


class Workplace:
    """``folder`` exists and belongs to this run alone. ``edge_python`` is the interpreter that runs the edge."""

    def __init__(self, folder: Path, edge_python: Path) -> None:
        self.folder = folder
        self.edge_python = edge_python
        self.secret = secrets.token_hex(16)
        self.generator = Generator(folder, self.secret)
        self.certificate = folder / "certificate.pem"
        self._make_certificate()
        self.http_port, self.https_port = free_tcp_port(), free_tcp_port()

    def backend_url(self, *, tls: bool) -> str:
        return f"https://127.0.0.1:{self.https_port}" if tls else f"http://127.0.0.1:{self.http_port}"

    def write(self, name: str, template: Path, **values: object) -> Path:
        """A configuration file with its $names filled in; ``$folder`` is always known."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template(template.read_text()).substitute(folder=self.folder, **values))
        return path

    def wait_until_it_answers(self, server: Running, port: int) -> None:
        """Raises BenchError."""
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            server.check()
            if self.generator.run(port, _PROBE).answered:
                return
            time.sleep(0.05)
        raise BenchError(f"{server.name} did not answer: {server.last_words()}")

    def prove_that_it_decides(self, server: Running, port: int) -> None:
        """What accepts or rejects everything is no login server, however fast. Raises BenchError."""
        right, wrong = self.generator.run(port, _RIGHT), self.generator.run(port, _WRONG)
        if right.accepted != right.sent or wrong.rejected != wrong.sent or right.forged or wrong.forged:
            raise BenchError(f"{server.name} does not decide: right {right}, wrong {wrong}; {server.last_words()}")

    def _make_certificate(self) -> None:
        command = [
            program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc",
            "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
            "-keyout", str(self.folder / "key.pem"), "-out", str(self.certificate),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BenchError(f"openssl could not make a certificate: {done.stderr}")


def free_tcp_port() -> int:
    return _free_port(socket.SOCK_STREAM)


def free_udp_port() -> int:
    return _free_port(socket.SOCK_DGRAM)


def _free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
