"""A small HTTP server on loopback: a thread a connection, everything bounded, one function that answers.

It is strict about what it takes (RFC 9112), because browsers reach it: a page of any site may send requests to
loopback, and a name that resolves to it makes them look like ours. So only its own names count as Host.
"""

import re
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from local.errors import LocalError

ADDRESS: Final = "127.0.0.1"
MAX_BODY_OCTETS: Final = 64 * 1024  # the functions take 16 KiB of a user, a push service 4 KiB
MAX_CONNECTIONS: Final = 64  # a browser opens six
IDLE_SECONDS: Final = 20.0
PORT_TRIES: Final = 200
POLL_SECONDS: Final = 0.1  # how soon the server notices that it shall end

_TARGET: Final = re.compile(r"/[!-~]*")  # origin form, visible ASCII (RFC 9112 section 3.2.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """``target`` is path and query as they were sent, ``path`` the first part of it, still encoded."""

    method: str
    target: str
    headers: Message = field(repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """``headers`` without framing, which the server adds. ``content_length`` is told where there is no body to count
    (HEAD)."""

    status: int
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = field(default=b"", repr=False)
    content_length: str | None = None


class RefusedRequestError(Exception):
    """Raised for a request that is not answered but refused. The text says why."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status = status


type Respond = Callable[[Request], Answer]


def text_answer(status: HTTPStatus, text: str) -> Answer:
    headers = [("content-type", "text/plain; charset=utf-8"), ("x-content-type-options", "nosniff")]
    return Answer(status=status, headers=headers, body=f"{text}\n".encode())


class LoopbackServer:
    """It listens and asks ``respond`` from the beginning. ``first_port`` 0 takes any."""

    def __init__(self, first_port: int, respond: Respond) -> None:
        self._server = _bound(first_port)
        self._server.respond = respond
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def stop(self) -> None:
        """Also ends the connections that are open. Again is no error."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server.end_connections()


def _bound(first_port: int) -> "_Server":
    """On the first port that is free, also of IPv6: a browser may try ``::1`` for localhost first, and must not find
    somebody else there."""
    for port in range(first_port, first_port + PORT_TRIES) if first_port else (0,):
        if _taken_on_ipv6(port):
            continue
        try:
            return _Server((ADDRESS, port), _Connection)
        except OSError:
            continue
    raise LocalError(f"no free TCP port from {first_port} on at {ADDRESS}: end what listens there")


def _taken_on_ipv6(port: int) -> bool:
    try:
        with socket.create_connection(("::1", port), timeout=1):
            return port != 0
    except OSError:
        return False


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # a connection that idles must not hold up the end
    block_on_close = False
    request_queue_size = MAX_CONNECTIONS  # the usual five make a burst of connections wait for a second

    def __init__(self, address: tuple[str, int], connection: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, connection)
        self.respond: Respond
        self._places = threading.BoundedSemaphore(MAX_CONNECTIONS)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    @property
    def names(self) -> frozenset[str]:
        """What the Host header may say. Any other name that leads here is somebody's trick (DNS rebinding)."""
        return frozenset(f"{name}:{self.server_address[1]}" for name in ("localhost", ADDRESS))

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 -- the base class's own
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 -- as above
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._open.discard(request)
            self._places.release()

    def end_connections(self) -> None:
        with self._lock:
            for connection in self._open:
                _shut(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 -- as above
        """A browser that goes away in the middle is daily life; anything else is a mistake of ours, and is shown."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it has ended by itself


class _Connection(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def _serve(self) -> None:
        try:
            answer = self._answer()
        except RefusedRequestError as refused:
            self.close_connection = True  # what follows may be the rest of what was refused
            answer = text_answer(refused.status, str(refused))
        self._send(answer)

    # The base class looks for a method named after the request's own; another one is answered 501.
    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815 -- its names

    def _answer(self) -> Answer:
        _check(self.path, self.headers, self.server.names)
        request = Request(method=self.command, target=self.path, headers=self.headers, body=self._body())
        return self.server.respond(request)

    def _body(self) -> bytes:
        length = _body_octets(self.headers)
        body = self.rfile.read(length)
        if len(body) < length:
            raise RefusedRequestError(HTTPStatus.BAD_REQUEST, "the body ends too early")
        return body

    def _send(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.content_length is not None:
            self.send_header("content-length", answer.content_length)
        elif answer.status not in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
            self.send_header("content-length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 -- the base class's own name
        """The functions log what they are asked; a second log here would have to be kept clean of secrets."""


def _check(target: str, headers: Message, names: frozenset[str]) -> None:
    if not _TARGET.fullmatch(target) or _leaves_the_tree(target):
        raise RefusedRequestError(HTTPStatus.BAD_REQUEST, "the request target is not a plain path")
    if headers.defects or any(set(value) & {"\r", "\n"} for value in headers.values()):  # folded: RFC 9112 section 5.2
        raise RefusedRequestError(HTTPStatus.BAD_REQUEST, "the headers are malformed")
    hosts = headers.get_all("host", [])
    if len(hosts) != 1 or hosts[0].lower() not in names:
        raise RefusedRequestError(HTTPStatus.MISDIRECTED_REQUEST, "this server answers to its own names only")


def _leaves_the_tree(target: str) -> bool:
    """Whether a segment is ``.`` or ``..`` in any spelling: what stands behind might resolve it."""
    path = unquote_to_bytes(unquote_to_bytes(target.partition("?")[0])).replace(b"\\", b"/")
    return any(segment in {b".", b".."} for segment in path.split(b"/"))


def _body_octets(headers: Message) -> int:
    if "transfer-encoding" in headers:
        raise RefusedRequestError(HTTPStatus.NOT_IMPLEMENTED, "a body needs a Content-Length")
    lengths = headers.get_all("content-length", ["0"])
    if len(lengths) != 1 or not re.fullmatch(r"[0-9]{1,10}", lengths[0]):
        raise RefusedRequestError(HTTPStatus.BAD_REQUEST, "the Content-Length is not one number")
    if int(lengths[0]) > MAX_BODY_OCTETS:
        raise RefusedRequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {MAX_BODY_OCTETS} octets are taken")
    return int(lengths[0])
