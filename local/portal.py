"""The portal of one machine: an origin of its own for the web app, which browsers take for secure.

AWS gives the web app and its API one host name; the emulator has a path for them. So this passes requests on to that
path. ``localhost`` is the name, because only there (and with TLS) browsers allow service workers and passkeys. The
origin is part of passkeys, so it is known before anything is deployed. What stands under ``/_local/`` is not of the
product: the pages of the one-machine set-up.
"""

import http.client
from collections.abc import Iterable
from email.message import Message
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from local.loopback_server import Answer, LoopbackServer, RefusedRequestError, Request, Respond, text_answer

FIRST_PORT: Final = 8400
LOCAL_PAGES: Final = "/_local/"
PASSING_SECONDS: Final = 35.0  # API Gateway gives a function 29 s
MAX_ANSWER_OCTETS: Final = 8_000_000  # a function's answer has 6 MB at most

# Of one connection only (RFC 9110 section 7.6.1), or made anew here.
_NOT_PASSED_ON: Final = frozenset(
    {
        "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer",
        "transfer-encoding", "upgrade", "expect", "host", "content-length",
    }
)  # fmt: skip


class Portal:
    """It has its port from the beginning, answers 503 at first, and the product's answers from ``pass_on_to`` on."""

    def __init__(self, first_port: int = FIRST_PORT) -> None:
        self._backend: str | None = None
        self._pages: Respond | None = None
        self._server = LoopbackServer(first_port, self._respond)

    @property
    def origin(self) -> str:
        return f"http://localhost:{self._server.port}"

    def pass_on_to(self, api_url: str) -> None:
        """``api_url`` is the base of the API's URLs, without a slash at its end."""
        self._backend = api_url

    def show(self, pages: Respond) -> None:
        """Who answers under ``/_local/``."""
        self._pages = pages

    def stop(self) -> None:
        self._server.stop()

    def _respond(self, request: Request) -> Answer:
        if not request.headers["host"].lower().startswith("localhost:"):
            return self._own_name(request)
        if request.path.startswith(LOCAL_PAGES):
            return text_answer(HTTPStatus.NOT_FOUND, "not here") if self._pages is None else self._pages(request)
        if self._backend is None:
            return text_answer(HTTPStatus.SERVICE_UNAVAILABLE, "starting; try again in a moment")
        return pass_on(request, self._backend)

    def _own_name(self, request: Request) -> Answer:
        """127.0.0.1 is another origin: a device that is paired there would not be found here."""
        if request.method not in {"GET", "HEAD"}:
            raise RefusedRequestError(HTTPStatus.MISDIRECTED_REQUEST, f"use {self.origin}")
        return Answer(status=HTTPStatus.TEMPORARY_REDIRECT, headers=[("location", self.origin + request.target)])


def pass_on(request: Request, api_url: str) -> Answer:
    """One request over one connection: framing is made anew, so what is behind never sees another message in it."""
    parts = urlsplit(api_url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PASSING_SECONDS)
    try:
        return _exchange(connection, request, parts.path, parts.netloc)
    except TimeoutError:
        return text_answer(HTTPStatus.GATEWAY_TIMEOUT, "the function did not answer in time")
    except (OSError, http.client.HTTPException):
        return text_answer(HTTPStatus.BAD_GATEWAY, "the emulator cannot be reached")
    finally:
        connection.close()


def _exchange(connection: http.client.HTTPConnection, request: Request, base: str, host: str) -> Answer:
    connection.putrequest(request.method, base + request.target, skip_host=True, skip_accept_encoding=True)
    connection.putheader("host", host)
    connection.putheader("content-length", str(len(request.body)))
    for name, value in _passed_on(request.headers):
        try:
            connection.putheader(name, value)
        except ValueError:
            raise RefusedRequestError(HTTPStatus.BAD_REQUEST, "the headers are malformed") from None
    connection.endheaders(request.body)
    answered = connection.getresponse()
    body = answered.read(MAX_ANSWER_OCTETS + 1)
    if len(body) > MAX_ANSWER_OCTETS:
        return text_answer(HTTPStatus.BAD_GATEWAY, "the answer is too large")
    length = answered.headers["content-length"] if request.method == "HEAD" else None
    return Answer(status=answered.status, headers=_passed_on(answered.headers), body=body, content_length=length)


def _passed_on(headers: Message) -> list[tuple[str, str]]:
    left_out = _NOT_PASSED_ON | frozenset(_named(headers.get_all("connection", [])))
    return [(name, value) for name, value in headers.items() if name.lower() not in left_out]


def _named(lines: Iterable[str]) -> Iterable[str]:
    return (name.strip().lower() for line in lines for name in line.split(","))
