"""A whole edge on an event loop in a thread, its stub backend beside it, and clients on loopback addresses."""

import asyncio
import json
import os
import ssl
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import uvloop

from mfa.contract import EdgeClient
from mfa.contract.clients import EdgeUpstream
from radius_edge.edge import Edge
from radius_edge.settings import Settings
from tests.fakes.edge_configuration import ENVIRON, SECRET, configuration
from tests.fakes.radius_client import RadiusClient
from tests.integration.edge.stub_backend import Fault, StubBackend


class Rig:
    """``with Rig(...) as rig``: everything runs, and the edge is ready unless ``ready=False``."""

    def __init__(
        self,
        *clients: EdgeClient,
        arguments: tuple[str, ...] = (),
        environ: dict[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        fault: Fault | None = None,
        ready: bool = True,
        upstreams: tuple[EdgeUpstream, ...] = (),
    ) -> None:
        self.backend = StubBackend(configuration(*clients, upstreams=upstreams), fault)
        self._arguments = arguments
        self._environ = ENVIRON if environ is None else environ
        self._tls = tls
        self._ready = ready
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rig")
        self._clients: list[RadiusClient] = []
        self.error: BaseException | None = None
        self.listening: dict[str, object] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(10)
        if self.error is not None:
            self._thread.join()
            raise self.error
        if self._ready:
            self.wait_until(lambda: self.http("/readyz")[0] == 200)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for radius_client in self._clients:
            radius_client.close()
        self.stop()
        self._thread.join(70)
        self._log.close()
        assert not self._thread.is_alive()

    def client(self, secret: bytes = SECRET, source: str = "127.0.0.1", *, port: str = "auth_port") -> RadiusClient:
        radius_client = RadiusClient(("127.0.0.1", int(str(self.listening[port]))), secret, source)
        self._clients.append(radius_client)
        return radius_client

    def http(self, path: str) -> tuple[int, str]:
        url = f"http://127.0.0.1:{self.listening['health_port']}{path}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def metric(self, name: str, **labels: str) -> float:
        shown = ",".join(f'{label}="{value}"' for label, value in labels.items())
        line = f"gatehouse_edge_{name}{{{shown}}}" if labels else f"gatehouse_edge_{name}"
        for found in self.http("/metrics")[1].splitlines():
            if found.startswith(line + " "):
                return float(found.rpartition(" ")[2])
        return 0.0

    def log_text(self) -> str:
        time.sleep(0.35)  # the flush of the log
        return os.pread(self._log.fileno(), 1 << 24, 0).decode()

    def log_lines(self, event: str | None = None) -> list[dict[str, object]]:
        lines = [json.loads(line) for line in self.log_text().splitlines()]
        return [line for line in lines if event in (None, line["event"])]

    def on_loop[T](self, call: Callable[[], Coroutine[object, object, T]]) -> T:
        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(10)

    def wait_until(self, condition: Callable[[], bool], seconds: float = 8) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.02)

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(self._main())
        except BaseException as error:  # noqa: BLE001 - handed to the test
            self.error = error
            self._started.set()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self.backend.start(self._tls)
        scheme = "https" if self._tls else "http"
        arguments = [
            *(
                "--api-url",
                f"{scheme}://api.example.test/v1",
                "--connect-to",
                f"127.0.0.1:{self.backend.port}",
                "--region",
                "eu-west-1",
            ),
            *("--listen", "127.0.0.1", "--auth-port", "0", "--acct-port", "0", "--health", "127.0.0.1:0"),
            *("--allow-http-backend-on-loopback", *self._arguments),
        ]
        settings = Settings.parse(arguments, self._environ)
        self.edge = Edge(settings, self._environ, self._log.fileno())
        try:
            await self.edge.run(self._announce)
        finally:
            await self.backend.stop()

    def _announce(self, listening: dict[str, object]) -> None:
        self.listening = listening
        self._started.set()

    def stop(self) -> None:
        """What SIGTERM does."""
        with suppress(RuntimeError):  # it has stopped already, and its loop is closed
            self._loop.call_soon_threadsafe(self.edge.stop)


@contextmanager
def clients_file(*clients: EdgeClient) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clients.json"
        path.write_bytes(configuration(*clients))
        yield path
