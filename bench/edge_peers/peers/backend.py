"""The stub backend: nginx with Lua (nginx.conf.in, answers.lua)."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.edge_peers.errors import BenchError
from bench.edge_peers.packages import program
from bench.edge_peers.processes import Running
from bench.edge_peers.workplace import Workplace

_FOLDER: Final = Path(__file__).parent
READY_SECONDS: Final = 10.0


@contextmanager
def running_backend(workplace: Workplace) -> Iterator[Running]:
    configuration = workplace.write(
        "nginx.conf", _FOLDER / "nginx.conf.in",
        lua_folder=_FOLDER, http_port=workplace.http_port, https_port=workplace.https_port,
    )  # fmt: skip
    folder = workplace.folder
    command: list[str | Path] = [program("nginx"), "-c", configuration, "-p", folder, "-e", folder / "nginx-error.log"]
    with Running("the backend", command, folder / "nginx.log", {}) as process:
        _wait_for(process, workplace.http_port)
        _wait_for(process, workplace.https_port)
        yield process


def _wait_for(process: Running, port: int) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        process.check()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise BenchError(f"the backend does not listen: {process.last_words()}")
