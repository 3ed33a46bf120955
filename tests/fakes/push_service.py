"""A push service on loopback (RFC 8030) with the browser behind it: it checks what a real one checks, and opens what
only the browser could.

Others may use it as a process' push service too: ``with push_service() as service``. It takes messages for every
subscription that ``subscribe`` made, and refuses what breaks a rule with the status that a real one answers.
"""

import base64
import json
import re
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from mfa.adapters.web_push import p256
from mfa.adapters.web_push.message_encryption import decrypt
from mfa.domain.push_devices import PushSubscription
from mfa.ports import Clock
from tests.fakes.clock import FakeClock

MAX_MESSAGE_OCTETS = 4096  # RFC 8030 section 7.2
MAX_TOKEN_SECONDS = 24 * 3600  # RFC 8292 section 2
_AUTHORIZATION = re.compile(r"vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), k=([\w-]+)")
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(frozen=True, kw_only=True)
class Browser:
    """A subscription's private half."""

    key: ec.EllipticCurvePrivateKey
    auth_secret: bytes
    vapid_public_key: bytes


@dataclass(frozen=True, kw_only=True)
class Received:
    """A message that was taken, opened. ``contact`` is the sub of its token."""

    path: str
    payload: bytes
    ttl: int
    urgency: str
    topic: str
    octets: int
    contact: str | None


class RefusedMessageError(Exception):
    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


@dataclass
class PushService:
    """``status`` other than None is what everything is answered with. ``hangs`` answers nothing until the end,
    ``trickles`` one octet at a time without end. ``requests`` counts all, also those that were refused."""

    clock: Clock
    origin: str = ""
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False
    trickles: bool = False
    received: list[Received] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    requests: int = 0
    tokens: set[str] = field(default_factory=set)
    ends: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Condition = field(default_factory=threading.Condition)
    _browsers: dict[str, Browser] = field(default_factory=dict)

    def subscribe(self, vapid_public_key: bytes) -> PushSubscription:
        """As ``pushManager.subscribe`` does, bound to the key of one sender."""
        browser = Browser(key=p256.new_key(), auth_secret=secrets.token_bytes(16), vapid_public_key=vapid_public_key)
        path = f"/push/{secrets.token_urlsafe(24)}"
        self._browsers[path] = browser
        return PushSubscription(
            endpoint=self.origin + path,
            public_key=p256.public_octets(browser.key),
            auth_secret=browser.auth_secret,
        )

    def unsubscribe(self, subscription: PushSubscription) -> None:
        """From then on it is gone."""
        del self._browsers[subscription.endpoint.removeprefix(self.origin)]

    def wait_for(self, count: int, seconds: float = 10) -> list[Received]:
        """The messages, as soon as there are so many."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.received) >= count, timeout=seconds), self.refused
            return list(self.received)

    def take(self, path: str, headers: Message, body: bytes) -> None:
        """Raises RefusedMessageError."""
        if self.status is not None:
            raise RefusedMessageError(self.status, "told to")
        try:
            received = self._opened(path, headers, body)
        except RefusedMessageError as refused:
            self.refused.append(refused.why)
            raise
        with self.arrived:
            self.received.append(received)
            self.arrived.notify_all()

    def _opened(self, path: str, headers: Message, body: bytes) -> Received:
        browser = self._browsers.get(path)
        if browser is None:
            raise RefusedMessageError(HTTPStatus.GONE, "no such subscription")
        contact = self._contact(headers.get("Authorization", ""), browser)
        ttl = headers.get("TTL", "")
        if not ttl.isdecimal():
            raise RefusedMessageError(HTTPStatus.BAD_REQUEST, "no TTL")
        if headers.get("Urgency") not in {"very-low", "low", "normal", "high"}:
            raise RefusedMessageError(HTTPStatus.BAD_REQUEST, "no urgency that exists")
        if not _TOPIC.fullmatch(headers.get("Topic", "")):
            raise RefusedMessageError(HTTPStatus.BAD_REQUEST, "no topic that may be")
        return Received(
            path=path,
            payload=_payload(headers, body, browser),
            ttl=int(ttl),
            urgency=headers["Urgency"],
            topic=headers["Topic"],
            octets=len(body),
            contact=contact,
        )

    def _contact(self, authorization: str, browser: Browser) -> str | None:
        """Checks the token as RFC 8292 section 4.2 says."""
        found = _AUTHORIZATION.fullmatch(authorization)
        if found is None:
            raise RefusedMessageError(HTTPStatus.UNAUTHORIZED, "no VAPID authorization")
        header, claims, signature, key = found.groups()
        if _octets(key) != browser.vapid_public_key:
            raise RefusedMessageError(HTTPStatus.FORBIDDEN, "another key than that of the subscription")
        _verify(f"{header}.{claims}".encode(), _octets(signature), browser.vapid_public_key)
        self.tokens.add(authorization)
        return self._read_claims(_json(header), _json(claims))

    def _read_claims(self, header: dict[str, Any], claims: dict[str, Any]) -> str | None:
        now = self.clock.now()
        if header != {"typ": "JWT", "alg": "ES256"} or claims["aud"] != self.origin:
            raise RefusedMessageError(HTTPStatus.FORBIDDEN, "a token for another audience")
        if not now < claims["exp"] <= now + MAX_TOKEN_SECONDS:
            raise RefusedMessageError(HTTPStatus.FORBIDDEN, "a token that has ended, or lives too long")
        contact: str | None = claims.get("sub")
        return contact


def _payload(headers: Message, body: bytes, browser: Browser) -> bytes:
    if headers.get("Content-Encoding") != "aes128gcm":
        raise RefusedMessageError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "another content coding")
    if len(body) > MAX_MESSAGE_OCTETS:
        raise RefusedMessageError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too large")
    try:
        return decrypt(body, browser.key, browser.auth_secret)
    except ValueError as error:
        raise RefusedMessageError(HTTPStatus.BAD_REQUEST, f"the browser cannot open it: {error}") from None


def _verify(octets: bytes, signature: bytes, key: bytes) -> None:
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    try:
        p256.public_key(key).verify(encode_dss_signature(r, s), octets, ec.ECDSA(SHA256()))
    except InvalidSignature:
        raise RefusedMessageError(HTTPStatus.FORBIDDEN, "a token with a wrong signature") from None


def _octets(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "==")


def _json(part: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(_octets(part))
    return value


@contextmanager
def push_service(*, clock: Clock | None = None, tls: SSLContext | None = None) -> Iterator[PushService]:
    """``tls`` is the server's side."""
    service = PushService(clock=clock or FakeClock())
    server = _Server(("127.0.0.1", 0), _handler(service))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    service.origin = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        service.ends.set()
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A sender that goes away in the middle is what some of the tests are about."""


def _handler(service: PushService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def do_POST(self) -> None:
            service.requests += 1
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.close_connection = True
            if service.hangs:
                service.ends.wait(timeout=30)
            elif service.trickles:
                self._trickle()
            else:
                self._answer(body)

        def _trickle(self) -> None:
            """A status line that never ends."""
            self.wfile.write(b"HTTP/1.1 201 ")
            while not service.ends.wait(timeout=0.2):
                self.wfile.write(b"x")

        def _answer(self, body: bytes) -> None:
            try:
                service.take(self.path, self.headers, body)
                status = HTTPStatus.CREATED.value
            except RefusedMessageError as refused:
                status = refused.status
            self.send_response(status)
            for name, value in {"Location": f"{service.origin}/message/1", **service.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    return Handler
