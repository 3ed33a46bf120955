"""The HTTP API's front door on loopback: the real web function, and two functions of an event behind it.

As the template routes: ``/v1/device`` to one, ``/v1/enrollment`` to the other, everything else to ``web``.
"""

import base64
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from web.app import create_app
from web.static_files import read_static_files

STATIC = Path(__file__).resolve().parents[2] / "functions/web/static"

type Lambda = Callable[[Mapping[str, Any], Any], Mapping[str, Any]]
type Intercept = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]


@dataclass
class Portal:
    """``origin`` is what the browser opens. ``intercept`` may answer in a function's place: a fault, or a stranger."""

    devices: Lambda | None = None
    enrollment: Lambda | None = None
    issuer: str = "Example Corp"
    origin: str = ""
    told_origin: str = ""
    intercept: Intercept | None = None
    requests: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._files = read_static_files(STATIC)

    def stand_before(self, devices: Lambda, enrollment: Lambda) -> None:
        """From now on it leads to these functions, and nothing is in the way."""
        self.devices, self.enrollment = devices, enrollment
        self.issuer, self.told_origin, self.intercept = "Example Corp", "", None
        self.requests.clear()

    def answer(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        self.requests.append((event["requestContext"]["http"]["method"], event["rawPath"]))
        if self.intercept and (instead := self.intercept(event)):
            return instead
        return self.function(event)

    def function(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the function itself answers."""
        return self._routed(str(event["rawPath"]))(event, None)

    def _routed(self, path: str) -> Lambda:
        if path == "/v1/device" or path.startswith("/v1/device/"):
            assert self.devices is not None
            return self.devices
        if path.startswith("/v1/enrollment/"):
            assert self.enrollment is not None
            return self.enrollment
        return create_app(self._files, issuer=self.issuer, origin=self.told_origin)


@contextmanager
def serving(portal: Portal) -> Iterator[Portal]:
    """Serve it until the end of the block, on a port of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(portal))
    server.daemon_threads = True
    # Not the address: passkeys and service workers want a name, and "localhost" counts as secure without TLS.
    portal.origin = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield portal
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(portal: Portal) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            answered = portal.answer(_event(self))
            body = answered.get("body") or ""
            octets = base64.b64decode(body) if answered.get("isBase64Encoded") else body.encode()
            self.send_response_only(int(answered["statusCode"]))  # without a date of its own: functions tell theirs
            for name, value in answered["headers"].items():
                self.send_header(name, value)
            for cookie in answered.get("cookies", ()):
                self.send_header("set-cookie", cookie)
            if answered["statusCode"] not in {204, 304}:
                self.send_header("content-length", str(len(octets)))
            with suppress(ConnectionError):  # a browser that goes on to another page hangs up
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(octets)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 -- the base class's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's own name
            """Requests are what tests look at, not a log."""

    return Handler


def _event(request: BaseHTTPRequestHandler) -> dict[str, Any]:
    path, _, query = request.path.partition("?")
    body = request.rfile.read(int(request.headers.get("content-length") or 0))
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {name.lower(): value for name, value in request.headers.items()},
        "requestContext": {"http": {"method": request.command, "path": path, "sourceIp": "127.0.0.1"}},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
