"""A RADIUS client written a second time, from the RFCs and hashlib alone, so that it can judge the edge."""

import hashlib
import hmac
import os
import socket
from dataclasses import dataclass, field

ACCEPT, REJECT, CHALLENGE = 2, 3, 11


def attribute(kind: int, value: bytes) -> bytes:
    return bytes((kind, len(value) + 2)) + value


def hidden(password: bytes, authenticator: bytes, secret: bytes) -> bytes:
    """RFC 2865 section 5.2; nothing is checked, so that wrong ones can be made."""
    padded = password.ljust(max(16, -(-len(password) // 16) * 16), b"\0")
    out, vector = b"", authenticator
    for at in range(0, len(padded), 16):
        key = hashlib.md5(secret + vector).digest()  # noqa: S324 - RADIUS
        vector = bytes(a ^ b for a, b in zip(padded[at : at + 16], key, strict=True))
        out += vector
    return out


def packet(
    code: int,
    attributes: bytes,
    *,
    secret: bytes,
    identifier: int = 1,
    authenticator: bytes | None = None,
    signed: bool = True,
) -> bytes:
    """``signed``: with a Message-Authenticator at its end, as old clients put it."""
    authenticator = authenticator or os.urandom(16)
    if not signed:
        return bytes((code, identifier)) + (20 + len(attributes)).to_bytes(2) + authenticator + attributes
    head = bytes((code, identifier)) + (38 + len(attributes)).to_bytes(2) + authenticator
    value = hmac.digest(secret, head + attributes + attribute(80, bytes(16)), "md5")
    return head + attributes + attribute(80, value)


def access_request(
    user: bytes | str,
    password: bytes | str,
    *,
    secret: bytes,
    identifier: int = 1,
    authenticator: bytes | None = None,
    more: bytes = b"",
    signed: bool = True,
) -> bytes:
    authenticator = authenticator or os.urandom(16)
    user = user.encode() if isinstance(user, str) else user
    password = password.encode() if isinstance(password, str) else password
    attributes = attribute(1, user) + attribute(2, hidden(password, authenticator, secret)) + more
    return packet(1, attributes, secret=secret, identifier=identifier, authenticator=authenticator, signed=signed)


def accounting_request(attributes: bytes, *, secret: bytes, identifier: int = 1) -> bytes:
    head = bytes((4, identifier)) + (20 + len(attributes)).to_bytes(2)
    authenticator = hashlib.md5(head + bytes(16) + attributes + secret).digest()  # noqa: S324 - RADIUS
    return head + authenticator + attributes


@dataclass(frozen=True)
class Reply:
    """A reply whose authenticators were checked."""

    octets: bytes
    attributes: list[tuple[int, bytes]] = field(default_factory=list)

    @property
    def code(self) -> int:
        return self.octets[0]

    def values(self, kind: int) -> list[bytes]:
        return [value for found, value in self.attributes if found == kind]


def checked_reply(octets: bytes, request: bytes, secret: bytes, *, message_authenticator: bool = True) -> Reply:
    """Assert all that must hold for every reply, and read it."""
    assert octets[1] == request[1], "the Identifier must match"
    assert int.from_bytes(octets[2:4]) == len(octets) <= 4096
    expected = hashlib.md5(octets[:4] + request[4:20] + octets[20:] + secret).digest()  # noqa: S324 - RADIUS
    assert octets[4:20] == expected, "the Response Authenticator must match"
    attributes, at = [], 20
    while at < len(octets):
        size = octets[at + 1]
        assert size >= 3
        attributes.append((octets[at], octets[at + 2 : at + size]))
        at += size
    assert at == len(octets)
    if message_authenticator:
        assert attributes[0][0] == 80, "Message-Authenticator must come first"
        zeroed = octets[:4] + request[4:20] + octets[20:22] + bytes(16) + octets[38:]
        assert attributes[0][1] == hmac.digest(secret, zeroed, "md5"), "Message-Authenticator must match"
        assert sum(kind == 80 for kind, _ in attributes) == 1
    return Reply(octets, attributes)


class RadiusClient:
    """One UDP socket at one source address."""

    def __init__(self, server: tuple[str, int], secret: bytes, source: str = "127.0.0.1") -> None:
        family = socket.AF_INET6 if ":" in source else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.bind((source, 0))
        self.server = server
        self.secret = secret

    def send(self, octets: bytes) -> None:
        self.socket.sendto(octets, self.server)

    def receive(self, seconds: float) -> bytes | None:
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(65_536)
        except TimeoutError:
            return None

    def ask(self, request: bytes, *, seconds: float = 5.0, message_authenticator: bool = True) -> Reply | None:
        self.send(request)
        octets = self.receive(seconds)
        if octets is None:
            return None
        return checked_reply(octets, request, self.secret, message_authenticator=message_authenticator)

    def log_in(self, user: bytes | str, password: bytes | str, **options: object) -> Reply | None:
        seconds = float(options.pop("seconds", 5.0))  # type: ignore[arg-type]
        return self.ask(access_request(user, password, secret=self.secret, **options), seconds=seconds)  # type: ignore[arg-type]

    def close(self) -> None:
        self.socket.close()
