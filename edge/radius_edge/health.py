"""The health port: a very small HTTP server for probes and scrapes, nothing else.

GET /healthz   200 while the process serves its event loop
GET /readyz    200 once a configuration is loaded and until draining begins; the backend being away changes nothing,
               because taking the edge out of service would not bring it back (docs/decisions/0008)
GET /metrics   Prometheus text
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

MAX_HEAD_OCTETS: Final = 8_192
MAX_CONNECTIONS: Final = 32
SECONDS: Final = 5.0
_TEXT: Final = "text/plain; charset=utf-8"
_REASONS: Final = {200: "OK", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}

type Answer = tuple[int, str, str]


class HealthServer:
    """``why_not_ready`` gives None, or the reason in words."""

    def __init__(
        self, why_not_ready: Callable[[], Awaitable[str | None]], exposition: Callable[[], Awaitable[str]]
    ) -> None:
        self._why_not_ready = why_not_ready
        self._exposition = exposition
        self._server: asyncio.Server | None = None
        self._connections = 0

    async def start(self, host: str, port: int) -> int:
        """Returns the port. Raises OSError."""
        self._server = await asyncio.start_server(self._serve, host, port, limit=MAX_HEAD_OCTETS)
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        try:
            if self._connections <= MAX_CONNECTIONS:
                async with asyncio.timeout(SECONDS):
                    await self._answer(reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # a probe that gave up or sent something else than a request
        finally:
            self._connections -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, _, rest = head.partition(b"\r\n")[0].decode("latin-1").partition(" ")
        status, content_type, text = await self._respond(method, rest.partition(" ")[0])
        body = text.encode()
        writer.write(
            f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
        )
        if method == "GET":
            writer.write(body)
        await writer.drain()

    async def _respond(self, method: str, path: str) -> Answer:
        if method not in {"GET", "HEAD"}:
            return 405, _TEXT, "only GET\n"
        if path == "/healthz":
            return 200, _TEXT, "ok\n"
        if path == "/readyz":
            reason = await self._why_not_ready()
            return (200, _TEXT, "ready\n") if reason is None else (503, _TEXT, f"{reason}\n")
        if path == "/metrics":
            return 200, "text/plain; version=0.0.4; charset=utf-8", await self._exposition()
        return 404, _TEXT, "there is /healthz, /readyz and /metrics\n"
