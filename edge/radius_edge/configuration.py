"""The configuration the edge works by: loaded again and again, and the last good one kept.

It comes from GET /clients (by ETag) or from a file with the same document. A new one is checked whole before it is
used; a bad one is logged and changes nothing. Reading a long one happens in a thread, so packets do not wait.
"""

import asyncio
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from mfa.contract import ContractError, EdgeConfiguration
from radius_edge.backend import Backend, BackendError
from radius_edge.clients import ClientTable
from radius_edge.logs import LogLines
from radius_edge.metrics import Metrics
from radius_edge.protocol.login_id import LoginIds

REFRESH_SECONDS: Final = 30.0
JITTER: Final = 0.2
FIRST_RETRY_SECONDS: Final = 0.5  # until the first one is there, nobody can log in
MAX_RETRY_SECONDS: Final = 5.0


class Configuration:
    """One revision, ready for use."""

    __slots__ = ("clients", "login_ids", "revision")

    def __init__(self, document: EdgeConfiguration) -> None:
        self.revision = document.revision
        self.clients = ClientTable(document.clients)
        self.login_ids = LoginIds(document.login_id_key)


class ConfigurationError(Exception):
    """Raised by a source that could not give a valid document. The text is for the log and holds no secret."""


class Source(Protocol):
    async def load(self) -> Configuration | None:
        """A new configuration, or None if nothing changed. Raises ConfigurationError."""
        ...


class FileSource:
    """A local file. The same octets are not read twice."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: bytes | None = None

    async def load(self) -> Configuration | None:
        return await asyncio.to_thread(self.read)

    def read(self) -> Configuration | None:
        try:
            octets = self._path.read_bytes()
        except OSError as error:
            raise ConfigurationError(f"cannot read {self._path}: {error.strerror}") from None
        if octets == self._last:
            return None
        configuration = _parse(octets, str(self._path))
        self._last = octets
        return configuration


class BackendSource:
    """GET /clients."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._etag: str | None = None

    async def load(self) -> Configuration | None:
        try:
            fetched = await self._backend.fetch_clients(self._etag)
        except BackendError as error:
            raise ConfigurationError(str(error)) from None
        if fetched.body is None:
            return None
        configuration = await asyncio.to_thread(_parse, fetched.body, "GET /clients")
        self._etag = fetched.etag
        return configuration


class Refresher:
    """Calls ``use`` with every new configuration."""

    def __init__(
        self, source: Source, use: Callable[[Configuration], None], log: LogLines, metrics: Metrics, *, loaded: bool
    ) -> None:
        self._source = source
        self._use = use
        self._log = log
        self._metrics = metrics
        self._loaded = loaded
        self._now = asyncio.Event()
        self.checked_at: float | None = time.monotonic() if loaded else None

    def refresh_now(self) -> None:
        self._now.set()

    async def run(self) -> None:
        retry = FIRST_RETRY_SECONDS
        if self._loaded:
            await self._pause(REFRESH_SECONDS)
        while True:
            if await self._refresh() or self._loaded:
                await self._pause(REFRESH_SECONDS)
            else:
                await self._pause(retry)
                retry = min(retry * 2, MAX_RETRY_SECONDS)

    async def _refresh(self) -> bool:
        try:
            configuration = await self._source.load()
        except ConfigurationError as error:
            self._metrics.count("configuration_loads_total", "result", "failed")
            self._log.write("configuration_refused", error=str(error), kept_previous=self._loaded)
            return False
        self.checked_at = time.monotonic()
        self._metrics.count("configuration_loads_total", "result", "new" if configuration else "unchanged")
        if configuration is not None:
            self._loaded = True
            self._use(configuration)
            self._log.write("configuration_loaded", revision=configuration.revision)
        return True

    async def _pause(self, seconds: float) -> None:
        seconds *= random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - spreads load, hides nothing
        try:
            async with asyncio.timeout(seconds):
                await self._now.wait()
        except TimeoutError:
            pass
        self._now.clear()


def _parse(octets: bytes, where: str) -> Configuration:
    try:
        return Configuration(EdgeConfiguration.from_json(octets))
    except ContractError as error:
        raise ConfigurationError(f"{where}: {error}") from None
