"""A domain controller that believes everybody: it answers "success" to every bind, an empty password included, as
Windows does. It writes down all that it is sent, and can hang or hang up at any step.

What must never reach a controller (an empty password, any password without TLS or under a wrong certificate, a second
bind) is proved by looking at what reached this one.
"""

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum

from mfa.domain.windows_values import guid_octets, sid_octets
from tests.fakes import ber
from tests.integration.edge.certificates import Files

SERVICE = "svc@corp.example.test"
SERVICE_PASSWORD = b"service password"
BASE = "DC=corp,DC=example,DC=test"
GUID = "0e61c412-f804-4c38-9786-3da46cd0c258"
GROUP = "S-1-5-21-1-2-3-513"
GROUP_DN = f"CN=MFA-Users,OU=Groups,{BASE}"

BIND_REQUEST, BIND_RESPONSE, UNBIND = 0x60, 0x61, 0x42
CONTROLS = 0xA0
PAGED_RESULTS = b"1.2.840.113556.1.4.319"
SEARCH_REQUEST, SEARCH_ENTRY, SEARCH_DONE = 0x63, 0x64, 0x65

type Values = Mapping[str, list[bytes]]


class Step(StrEnum):
    CONNECTED = "connected"  # before TLS
    SERVICE_BIND = "service_bind"
    SEARCH = "search"
    USER_CONNECTED = "user_connected"  # the second connection, before TLS
    USER_BIND = "user_bind"


@dataclass(frozen=True)
class Bind:
    name: str
    password: bytes
    connection: int


@dataclass(frozen=True)
class Search:
    base: str
    filter: bytes  # as it came, in BER
    attributes: tuple[str, ...]


@dataclass
class Account:
    dn: str = f"CN=Alice,OU=People,{BASE}"
    attributes: dict[str, list[bytes]] = field(
        default_factory=lambda: {
            "objectGUID": [guid_octets(GUID)],
            "sAMAccountName": [b"alice"],
            "userPrincipalName": [b"alice@corp.example.test"],
            "displayName": [b"Alice Example"],
            "userAccountControl": [b"512"],
            "msDS-User-Account-Control-Computed": [b"0"],
            "pwdLastSet": [b"134397881585944320"],
            "badPwdCount": [b"0"],
            "badPasswordTime": [b"0"],
            "accountExpires": [b"9223372036854775807"],
        }
    )
    groups: list[bytes] = field(default_factory=lambda: [sid_octets(GROUP)])


@dataclass
class Controller:
    """``plain``: it speaks no TLS. ``halt``: where it stops answering; ``hang_up``: where it closes."""

    certificate: Files
    accounts: list[Account] = field(default_factory=lambda: [Account()])
    policy: dict[str, list[bytes]] = field(
        default_factory=lambda: {"lockoutThreshold": [b"5"], "lockOutObservationWindow": [b"-18000000000"]}
    )
    settings: dict[str, list[bytes]] = field(default_factory=dict)  # of a PSO
    has_group: bool = True
    search_result: int = 0
    page: int | None = None  # objects that are sent at once to who asks for pages
    answer_bind: Callable[[str, bytes], tuple[int, str]] = lambda _name, _password: (0, "")
    plain: bool = False
    halt: Step | None = None
    hang_up: Step | None = None
    delay: float = 0.0  # before each search is answered
    port: int = 0
    connections: int = 0
    binds: list[Bind] = field(default_factory=list)
    searches: list[Search] = field(default_factory=list)
    raw: bytes = b""  # what came without TLS
    handshake_errors: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    @property
    def user_binds(self) -> list[Bind]:
        return [bind for bind in self.binds if bind.name != SERVICE]

    # ---- one connection

    def serve(self, accepted: socket.socket, number: int) -> None:
        with suppress(_EndedError, OSError), accepted:
            self._at(Step.CONNECTED if number == 1 else Step.USER_CONNECTED)
            if self.plain:
                self._listen_to(accepted)
                return
            with self._wrapped(accepted) as tls:
                received = b""
                while True:
                    end = ber.whole_message(received)
                    if end is None:
                        received += _some(tls)
                        continue
                    self._answer(tls, received[:end], number)
                    received = received[end:]

    def _listen_to(self, accepted: socket.socket) -> None:
        """Whatever comes is written down, and answered as a bind that succeeded would be."""
        while True:
            self.raw += _some(accepted)
            accepted.sendall(_message(1, _result(BIND_RESPONSE, 0, "")))

    def _wrapped(self, accepted: socket.socket) -> ssl.SSLSocket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate.certificate, self.certificate.key)
        try:
            return context.wrap_socket(accepted, server_side=True)
        except OSError as error:
            self.handshake_errors.append(str(error))
            raise _EndedError from error

    def _answer(self, tls: ssl.SSLSocket, message: bytes, number: int) -> None:
        ((_, content),) = ber.parts(message)
        (_, identifier), (operation, request), *controls = ber.parts(content)
        number_of_message = int.from_bytes(identifier)
        if operation == BIND_REQUEST:
            tls.sendall(_message(number_of_message, self._bound(request, number)))
        elif operation == SEARCH_REQUEST:
            for answer in self._found(request, _cookie(controls)):
                tls.sendall(_message(number_of_message, *answer))
        else:
            raise _EndedError

    def _bound(self, request: bytes, number: int) -> bytes:
        _version, (_, name), (kind, password) = ber.parts(request)
        assert kind == 0x80, "only simple binds are expected"
        bind = Bind(name.decode(), password, number)
        self.binds.append(bind)
        self._at(Step.SERVICE_BIND if bind.name == SERVICE else Step.USER_BIND)
        return _result(BIND_RESPONSE, *self.answer_bind(bind.name, bind.password))

    def _found(self, request: bytes, cookie: bytes | None) -> Iterator[tuple[bytes, ...]]:
        base, scope, _deref, size, _time, _types, search_filter, attributes = ber.parts(request)
        wanted = tuple(name.decode() for _, name in ber.parts(attributes[1]))
        search = Search(base[1].decode(), ber.tlv(*search_filter), wanted)
        self.searches.append(search)
        self._at(Step.SEARCH)
        self._over.wait(self.delay)
        entries = self._entries(search, is_subtree=scope[1] == b"\x02")[: int.from_bytes(size[1]) or None]
        begin = int(cookie or b"0")
        end = begin + self.page if self.page and cookie is not None else len(entries)
        for dn, values in entries[begin:end]:
            yield (_entry(dn, {name: values[name] for name in wanted if values.get(name)}),)
        done = _result(SEARCH_DONE, self.search_result, "")
        more = str(end).encode() if end < len(entries) else b""
        yield (done,) if cookie is None else (done, ber.tlv(CONTROLS, _page_control(more)))

    def _entries(self, search: Search, *, is_subtree: bool) -> list[tuple[str, Values]]:
        if is_subtree and search.attributes == ("cn",):
            return [(GROUP_DN, {"cn": [b"MFA-Users"]})] if self.has_group else []
        if is_subtree and search.attributes == ("objectSid",):
            return []  # no group in the group
        if is_subtree:
            return [(account.dn, account.attributes) for account in self.accounts]
        if "lockoutThreshold" in search.attributes:
            return [(search.base, self.policy)]
        if "msDS-LockoutThreshold" in search.attributes:
            return [(search.base, self.settings)]
        return [(one.dn, {"tokenGroups": one.groups}) for one in self.accounts if one.dn == search.base]

    def _at(self, step: Step) -> None:
        if step is self.hang_up:
            raise _EndedError
        if step is self.halt:
            self._over.wait()
            raise _EndedError

    def end(self) -> None:
        self._over.set()


class _EndedError(Exception):
    """The connection is over."""


def _some(connection: socket.socket) -> bytes:
    octets = connection.recv(4096)
    if not octets:
        raise _EndedError
    return octets


def _message(identifier: int, *parts: bytes) -> bytes:
    return ber.tlv(ber.SEQUENCE, ber.integer(identifier), *parts)


def _cookie(controls: list[tuple[int, bytes]]) -> bytes | None:
    """Of a paged search (RFC 2696); None if this is none."""
    for _, some in controls:
        for _, control in ber.parts(some):
            (_, kind), *_, (_, value) = ber.parts(control)
            if kind == PAGED_RESULTS:
                ((_, inside),) = ber.parts(value)
                _size, (_, cookie) = ber.parts(inside)
                return cookie
    return None


def _page_control(cookie: bytes) -> bytes:
    value = ber.tlv(ber.SEQUENCE, ber.integer(0), ber.octets(cookie))
    return ber.tlv(ber.SEQUENCE, ber.octets(PAGED_RESULTS), ber.octets(value))


def _result(tag: int, code: int, text: str) -> bytes:
    return ber.tlv(tag, ber.integer(code, ber.ENUMERATED), ber.octets(""), ber.octets(text))


def _entry(dn: str, values: Values) -> bytes:
    attributes = [
        ber.tlv(ber.SEQUENCE, ber.octets(name), ber.tlv(ber.SET, *map(ber.octets, found)))
        for name, found in values.items()
    ]
    return ber.tlv(SEARCH_ENTRY, ber.octets(dn), ber.tlv(ber.SEQUENCE, *attributes))


@contextmanager
def serving(controller: Controller, *, backlog: int = 20) -> Iterator[Controller]:
    """Listens on a free port of loopback until the end."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=backlog)
    controller.port = listener.getsockname()[1]
    threads: list[threading.Thread] = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                accepted, _ = listener.accept()
                # A connection that a test ends must not leave its thread behind.
                accepted.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 10, 0))
                controller.connections += 1
                threads.append(
                    threading.Thread(target=controller.serve, args=(accepted, controller.connections), daemon=True)
                )
                threads[-1].start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield controller
    finally:
        controller.end()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join(5)
        ends = time.monotonic() + 5
        for thread in threads:
            thread.join(max(0.0, ends - time.monotonic()))
