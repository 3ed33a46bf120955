"""The configuration the edge works by: loaded again and again, and the last good one kept.

It comes from GET /clients (by ETag) or from a file with the same document. A new one is checked whole before it is
used; a bad one is logged and changes nothing, and so is one without any client after one that had some: more likely
something was lost than everybody shut out. Reading a long one happens in a thread, so packets do not wait.
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
MAX_PERMISSION_DAYS: Final = 90  # as the backend has it for waivers: to the end of that day in UTC
_DAY_SECONDS: Final = 86_400


class Configuration:
    """One revision, ready for use."""

    __slots__ = ("accept_while_unreachable", "clients", "empty", "login_ids", "revision", "upstreams")

    def __init__(self, document: EdgeConfiguration) -> None:
        self.revision = document.revision
        self.empty = not document.clients
        self.clients = ClientTable(document.clients)
        self.accept_while_unreachable = {
            client.name: client.accept_while_backend_unreachable_until
            for client in document.clients
            if client.accept_while_backend_unreachable_until is not None
        }
        self.login_ids = LoginIds(document.login_id_key)
        self.upstreams = {upstream.name: upstream for upstream in document.upstreams}


class ConfigurationError(Exception):
    """Raised by a source that could not give a valid document. The text is for the log and holds no secret."""


class Source(Protocol):
    async def load(self) -> Configuration | None:
        """A new configuration, or None if nothing changed. Raises ConfigurationError."""
        ...

    def forget(self) -> None:
        """What was loaded last is not in use: load it again next time."""


class FileSource:
    """A local file. The same octets are not read twice. Nobody has checked its permissions before, so their ends are
    checked here."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: bytes | None = None

    async def load(self) -> Configuration | None:
        return await asyncio.to_thread(self.read)

    def forget(self) -> None:
        self._last = None

    def read(self) -> Configuration | None:
        try:
            octets = self._path.read_bytes()
        except OSError as error:
            raise ConfigurationError(f"cannot read {self._path}: {error.strerror}") from None
        if octets == self._last:
            return None
        document = _document(octets, str(self._path))
        _refuse_far_ends(document, str(self._path), time.time())
        configuration = _configuration(document, str(self._path))
        self._last = octets
        return configuration


class BackendSource:
    """GET /clients."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._etag: str | None = None  # opaque: it may cover more than the revision

    def forget(self) -> None:
        self._etag = None

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
        self,
        source: Source,
        use: Callable[[Configuration], None],
        log: LogLines,
        metrics: Metrics,
        broken: Callable[[str, Exception], None],
        *,
        current: Configuration | None = None,
    ) -> None:
        """``current`` is what was loaded before; ``broken`` hears of errors of ours."""
        self._source = source
        self._use = use
        self._log = log
        self._metrics = metrics
        self._broken = broken
        self._current = current
        self._now = asyncio.Event()
        self.checked_at: float | None = None if current is None else time.monotonic()

    def refresh_now(self) -> None:
        self._now.set()

    async def run(self) -> None:
        """Never ends by itself, whatever goes wrong."""
        retry = FIRST_RETRY_SECONDS
        if self._current is not None:
            await self._pause(REFRESH_SECONDS)
        while True:
            if await self._refresh() or self._current is not None:
                await self._pause(REFRESH_SECONDS)
            else:
                await self._pause(retry)
                retry = min(retry * 2, MAX_RETRY_SECONDS)

    async def _refresh(self) -> bool:
        try:
            configuration = await self._source.load()
            self._refuse_sudden_emptiness(configuration)
        except ConfigurationError as error:
            self._metrics.count("configuration_loads_total", "result", "failed")
            self._log.write("configuration_refused", error=str(error), kept_previous=self._current is not None)
            return False
        except Exception as error:  # noqa: BLE001 - no more threads, no more memory: that may pass
            self._metrics.count("configuration_loads_total", "result", "failed")
            self._source.forget()
            self._broken("configuration", error)
            return False
        self.checked_at = time.monotonic()
        self._metrics.count("configuration_loads_total", "result", "new" if configuration else "unchanged")
        if configuration is not None:
            self._current = configuration
            self._use(configuration)
            self._log.write("configuration_loaded", revision=configuration.revision)
        return True

    def _refuse_sudden_emptiness(self, configuration: Configuration | None) -> None:
        """Raises ConfigurationError. An edge that really is to serve nobody can be stopped."""
        if configuration is None or not configuration.empty or self._current is None or self._current.empty:
            return
        self._source.forget()
        self._metrics.count("alarms_total", "alarm", "configuration_empty")
        self._log.write(
            "alarm", reason="configuration_empty", hint="the new configuration has no clients; kept the old"
        )
        raise ConfigurationError("it has no clients, and the one in use has")

    async def _pause(self, seconds: float) -> None:
        seconds *= random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - spreads load, hides nothing
        try:
            async with asyncio.timeout(seconds):
                await self._now.wait()
        except TimeoutError:
            pass
        self._now.clear()


def _parse(octets: bytes, where: str) -> Configuration:
    return _configuration(_document(octets, where), where)


def _document(octets: bytes, where: str) -> EdgeConfiguration:
    try:
        return EdgeConfiguration.from_json(octets)
    except ContractError as error:
        raise ConfigurationError(f"{where}: {error}") from None


def _configuration(document: EdgeConfiguration, where: str) -> Configuration:
    try:
        return Configuration(document)
    except ContractError as error:  # two clients clash
        raise ConfigurationError(f"{where}: {error}") from None


def _refuse_far_ends(document: EdgeConfiguration, where: str, now: float) -> None:
    """Raises ConfigurationError. A dangerous switch that never ends is forgotten."""
    too_far = (int(now) // _DAY_SECONDS + MAX_PERMISSION_DAYS + 1) * _DAY_SECONDS
    for client in document.clients:
        ends = {
            "accept_while_backend_unreachable_until": client.accept_while_backend_unreachable_until,
            "chap_without_message_authenticator_until": client.chap_without_message_authenticator_until,
        }
        for name, until in ends.items():
            if until is not None and until >= too_far:
                limit = f"{MAX_PERMISSION_DAYS} days ahead at most: before {too_far} in Unix seconds"
                raise ConfigurationError(f"{where}: client {client.name}: {name} may lie {limit}")
