"""The edge put together: the one place that knows all parts, and the order in which they start and stop."""

import asyncio
import contextlib
import ssl
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from radius_edge.accounting import Accounting
from radius_edge.authentication import Authentication
from radius_edge.backend import Backend, ping
from radius_edge.configuration import BackendSource, Configuration, ConfigurationError, FileSource, Refresher, Source
from radius_edge.credentials.source import CredentialsKeeper, static_credentials
from radius_edge.deadlines import Deadlines
from radius_edge.fail_mode import FailMode
from radius_edge.gateway.gateway import Gateway
from radius_edge.health import HealthServer
from radius_edge.kernel_drops import dropped
from radius_edge.logs import LogLines
from radius_edge.metric_lines import MetricLines
from radius_edge.metrics import Metrics
from radius_edge.reception import Reception
from radius_edge.settings import Settings, SettingsError
from radius_edge.sockets import UdpSocket

LOG_DESCRIPTOR: Final = 1
CONFIGURATION_TTL_SECONDS: Final = 3_600.0  # docs/decisions/0008

type Announce = Callable[[dict[str, object]], None]


class EdgeError(Exception):
    """Raised when the edge ended without being told to."""


class Watch:
    """What follows when the API does not take our signatures."""

    def __init__(self, alarm: Callable[..., None], keeper: CredentialsKeeper | None) -> None:
        self._alarm = alarm
        self._keeper = keeper

    def refused(self) -> None:
        if self._keeper is not None:
            self._keeper.refused()

    def clock_corrected(self, offset: float) -> None:
        self._alarm("clock_wrong", hint="set this machine's clock; signed by the API's time now", offset=round(offset))


class Edge:
    """One running edge. ``stop`` may be called at any time, also from a signal handler."""

    def __init__(self, settings: Settings, environ: Mapping[str, str], log_descriptor: int = LOG_DESCRIPTOR) -> None:
        self._settings = settings
        self._stop = asyncio.Event()
        self._draining = False
        self._log = LogLines(log_descriptor, asyncio.get_running_loop().call_later)
        self.metrics = Metrics()
        self._deadlines = Deadlines()
        self._gateway = Gateway(
            settings.endpoint,
            settings.region,
            tls_context(settings),
            self._deadlines,
            self.metrics,
            max_connections=settings.max_connections,
        )
        self._reception = Reception(self._log, self.metrics)
        self._fail_mode = FailMode(
            partial(ping, self._gateway), self._reception.every_alarm, time.monotonic, self._gateway.clock.latest
        )
        self._gateway.hears = self._fail_mode.attempt_ended
        backend = Backend(self._gateway, self._fail_mode)
        self._keeper = self._credentials(environ)
        self._gateway.watcher = Watch(self._reception.alarm, self._keeper)
        self._authentication = Authentication(self._reception, backend, self._deadlines)
        self._accounting = Accounting(self._reception, backend)
        self._refresher = self._make_refresher(backend)
        self._ports: list[UdpSocket] = []
        self._metric_lines = MetricLines(self.metrics, self._log)
        self._health = HealthServer(self._readiness, self._exposition)
        self._add_gauges()

    async def run(self, announce: Announce) -> None:
        """Serve until ``stop``; then answer what is in flight. Raises SettingsError if a port cannot be had, and
        EdgeError after a part that must never end has ended."""
        tasks: list[asyncio.Task[None]] = []
        asyncio.get_running_loop().set_exception_handler(self._broken_callback)
        try:
            announce(await self._open())
            parts = (self._refresher, self._keeper, self._metric_lines)
            tasks = [asyncio.create_task(part.run()) for part in parts if part is not None]
            ended = await self._until_stopped(tasks)
            await self._drain()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._close()
        if ended:
            raise EdgeError("a part of the edge that must never end has ended; the log says which")

    async def _until_stopped(self, tasks: list[asyncio.Task[None]]) -> bool:
        """True if one of the tasks ended before: then this edge would slowly go blind, so it must be replaced."""
        stopped = asyncio.create_task(self._stop.wait())
        await asyncio.wait((stopped, *tasks), return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        ended = [task for task in tasks if task.done()]
        for task in ended:
            error = None if task.cancelled() else task.exception()
            self._log.write("task_ended", task=str(task.get_coro()), error=type(error).__name__)
        return bool(ended)

    def _broken_callback(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Instead of the event loop's own line, which would show the error's text."""
        error = context.get("exception")
        self._reception.broken("loop", error if isinstance(error, Exception) else RuntimeError())

    def stop(self) -> None:
        self._stop.set()

    def reload(self) -> None:
        self._refresher.refresh_now()

    async def _open(self) -> dict[str, object]:
        settings = self._settings
        auth_port, acct_port, health_port = settings.auth_port, settings.acct_port, None
        try:
            for address in settings.listen:
                auth_port = self._listen(address, auth_port, self._authentication.packet_received)
                acct_port = self._listen(address, acct_port, self._accounting.packet_received)
            if settings.health_host is not None:
                health_port = await self._health.start(settings.health_host, settings.health_port)
        except OSError as error:
            raise SettingsError(f"cannot listen: {error}") from None
        for port in self._ports:
            port.start()
        return {
            "event": "listening",
            "receive_buffer_octets": min(port.receive_buffer for port in self._ports),
            "listen": list(settings.listen),
            "auth_port": auth_port,
            "acct_port": acct_port,
            "health_port": health_port,
        }

    def _listen(self, address: str, port: int, packet_received: Callable[..., None]) -> int:
        bound = UdpSocket(address, port, packet_received, shared=self._settings.shared_ports)
        self._ports.append(bound)
        return bound.port

    async def _drain(self) -> None:
        """Stop reading, answer what was read. Every login has a deadline, so this ends."""
        self._draining = True
        self._log.write("draining", in_flight=self._authentication.in_flight)
        for port in self._ports:
            port.stop_reading()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.drain_seconds):
                await self._authentication.all_answered()
                await self._accounting.all_answered()
        self._authentication.reject_all()
        self._metric_lines.write()
        self._log.write("stopped", in_flight=self._authentication.in_flight)

    def _close(self) -> None:
        for port in self._ports:
            port.close()
        self._health.close()
        self._authentication.close()
        self._fail_mode.close()
        self._gateway.close()
        self._log.close()

    def _credentials(self, environ: Mapping[str, str]) -> CredentialsKeeper | None:
        static = static_credentials(environ)
        if static is None:
            gateway = self._gateway
            return CredentialsKeeper(gateway.use_credentials, self._log, self._reception.broken, gateway.clock.now)
        self._gateway.use_credentials(static)
        return None

    def _make_refresher(self, backend: Backend) -> Refresher:
        """A file is read before anything is served: a bad one must stop the start."""
        path = self._settings.clients_file
        source: Source = BackendSource(backend) if path is None else FileSource(path)
        if isinstance(source, FileSource):
            try:
                self._use(source.read())
            except ConfigurationError as error:
                raise SettingsError(str(error)) from None
        current = self._reception.configuration
        return Refresher(source, self._use, self._log, self.metrics, self._reception.broken, current=current)

    def _use(self, configuration: Configuration | None) -> None:
        self._reception.configuration = configuration
        self._fail_mode.allowed = configuration.accept_while_unreachable if configuration else {}

    async def _readiness(self) -> str | None:
        return self._why_not_ready()

    async def _exposition(self) -> str:
        return self.metrics.exposition()

    def _why_not_ready(self) -> str | None:
        if self._draining:
            return "draining"
        if self._reception.configuration is None:
            return "no configuration was loaded yet"
        if self._configuration_age() > CONFIGURATION_TTL_SECONDS:
            return "the configuration could not be confirmed for too long"
        return None

    def _add_gauges(self) -> None:
        gauge = self.metrics.gauge
        gauge("logins_in_flight", lambda: self._authentication.in_flight)
        gauge("logins_pending", lambda: self._authentication.pending)
        gauge("logins_forwarded_now", lambda: self._authentication.forwarded_now)
        gauge("backend_connections", lambda: self._gateway.connections)
        gauge("backend_outage", lambda: self._fail_mode.outage)
        gauge("backend_breaker_open", lambda: self._gateway.breaker.open)
        gauge("ready", lambda: self._why_not_ready() is None)
        gauge("clock_offset_seconds", lambda: self._gateway.clock.offset)
        # What is in use, without what the allocator keeps: resident memory alone cannot tell a leak from that.
        gauge("memory_blocks_in_use", sys.getallocatedblocks)
        gauge("receive_buffer_octets", lambda: min((port.receive_buffer for port in self._ports), default=0))
        self.metrics.total("kernel_drops_total", lambda: dropped({port.inode for port in self._ports}))
        self.metrics.total("log_lines_lost_total", lambda: self._log.lost)
        gauge("configuration_age_seconds", self._configuration_age)

    def _configuration_age(self) -> float:
        """NaN until a configuration was seen."""
        checked_at = self._refresher.checked_at
        return float("nan") if checked_at is None else time.monotonic() - checked_at


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """Certificates and names are always verified; there is no switch."""
    if not settings.endpoint.tls:
        return None
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ssl.SSLError):
        raise SettingsError(f"cannot read certificates from {settings.ca_file}") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
