"""An old RADIUS server written from the RFCs and hashlib alone, so that it can judge what the edge asks and lie to it.

It serves one UDP port in a thread. ``answer`` gets every request and returns the datagrams to send back.
"""

import hashlib
import hmac
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tests.fakes.radius_client import ACCEPT, attribute


@dataclass(frozen=True)
class Asked:
    """One request, its Message-Authenticator checked."""

    octets: bytes
    attributes: tuple[tuple[int, bytes], ...]
    secret: bytes

    @property
    def authenticator(self) -> bytes:
        return self.octets[4:20]

    @property
    def user(self) -> str:
        return self.values(1)[0].decode()

    @property
    def password(self) -> bytes:
        """RFC 2865 section 5.2."""
        hidden, plain, vector = self.values(2)[0], b"", self.authenticator
        for at in range(0, len(hidden), 16):
            key = hashlib.md5(self.secret + vector).digest()  # noqa: S324 - RADIUS
            vector = hidden[at : at + 16]
            plain += bytes(a ^ b for a, b in zip(vector, key, strict=True))
        return plain.rstrip(b"\0")

    def values(self, kind: int) -> list[bytes]:
        return [value for found, value in self.attributes if found == kind]

    def reply(
        self,
        code: int,
        attributes: bytes = b"",
        *,
        secret: bytes | None = None,
        signed: bool = True,
        identifier: int = -1,
    ) -> bytes:
        """``signed``: with a Message-Authenticator. The request's Proxy-States come back, as RFC 2865 wants it."""
        secret = secret or self.secret
        attributes += b"".join(attribute(33, value) for value in self.values(33))
        length = 20 + (18 if signed else 0) + len(attributes)
        head = bytes((code, self.octets[1] if identifier < 0 else identifier)) + length.to_bytes(2)
        if signed:
            value = hmac.digest(secret, head + self.authenticator + attribute(80, bytes(16)) + attributes, "md5")
            attributes = attribute(80, value) + attributes
        return head + hashlib.md5(head + self.authenticator + attributes + secret).digest() + attributes  # noqa: S324


def asked(octets: bytes, secret: bytes) -> Asked:
    """Assert all that must hold for every request of the edge, and read it."""
    assert octets[0] == 1
    assert int.from_bytes(octets[2:4]) == len(octets) <= 4096
    attributes, at = [], 20
    while at < len(octets):
        size = octets[at + 1]
        attributes.append((octets[at], octets[at + 2 : at + size]))
        at += size
    assert at == len(octets)
    assert [kind for kind, _ in attributes].count(80) == 1
    assert attributes[0][0] == 80, "Message-Authenticator must come first"
    zeroed = octets[:22] + bytes(16) + octets[38:]
    assert attributes[0][1] == hmac.digest(secret, zeroed, "md5"), "Message-Authenticator must match"
    return Asked(octets, tuple(attributes), secret)


type Answer = Callable[[Asked], Iterable[bytes]]


def accept(request: Asked) -> list[bytes]:
    return [request.reply(ACCEPT)]


def silence(_: Asked) -> list[bytes]:
    return []


class OldServer:
    """``with OldServer(secret) as server``. ``requests`` are those whose signature was right, ``wrong`` the others."""

    def __init__(self, secret: bytes, answer: Answer = accept, port: int = 0, host: str = "127.0.0.1") -> None:
        self.secret = secret
        self.answer = answer
        self.requests: list[Asked] = []
        self.sources: set[int] = set()
        self.wrong = 0
        self._family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._host = host
        self._socket = socket.socket(self._family, socket.SOCK_DGRAM)
        self._socket.bind((host, port))
        self.port: int = self._socket.getsockname()[1]
        self._work: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._serve, name="old-server")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with socket.socket(self._family, socket.SOCK_DGRAM) as end:
            end.sendto(b"", (self._host, self.port))
        for thread in (self._thread, *self._work):
            thread.join(10)
        self._socket.close()

    def users(self) -> list[str]:
        return [request.user for request in self.requests]

    def _serve(self) -> None:
        while True:
            octets, address = self._socket.recvfrom(65_536)
            if not octets:
                return
            try:
                request = asked(octets, self.secret)
            except AssertionError:
                self.wrong += 1
                continue
            self.requests.append(request)
            self.sources.add(address[1])
            work = threading.Thread(target=self._reply, args=(request, address))
            self._work.append(work)
            work.start()

    def _reply(self, request: Asked, address: tuple[str, int]) -> None:
        for reply in self.answer(request):
            self._socket.sendto(reply, address)
