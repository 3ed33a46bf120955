"""A RADIUS server in miniature, written from RFC 2865 and 3579 without any library: it can also answer wrongly."""

import hashlib
import hmac
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

SECRET = b"a shared secret for tests"
ACCEPT, REJECT, CHALLENGE = 2, 3, 11


@dataclass(frozen=True)
class Request:
    octets: bytes
    attributes: Sequence[tuple[int, bytes]]
    source: str = ""

    @property
    def authenticator(self) -> bytes:
        return self.octets[4:20]

    def value(self, kind: int) -> bytes:
        (value,) = [value for known, value in self.attributes if known == kind]
        return value

    @property
    def password(self) -> bytes:
        """RFC 2865 section 5.2."""
        hidden, last, plain = self.value(2), self.authenticator, b""
        for start in range(0, len(hidden), 16):
            block = hidden[start : start + 16]
            mask = hashlib.md5(SECRET + last).digest()  # noqa: S324 -- the RFC's own algorithm
            plain += bytes(left ^ right for left, right in zip(block, mask, strict=True))
            last = block
        return plain.rstrip(b"\0")

    @property
    def is_signed(self) -> bool:
        """RFC 3579 section 3.2; the Message-Authenticator stands first, as the answer to CVE-2024-3596 asks."""
        zeroed = self.octets[:22] + bytes(16) + self.octets[38:]
        return self.attributes[0] == (80, hmac.digest(SECRET, zeroed, "md5"))


def read_request(octets: bytes, source: str) -> Request:
    assert struct.unpack("!H", octets[2:4])[0] == len(octets)
    attributes, rest = [], octets[20:]
    while rest:
        attributes.append((rest[0], rest[2 : rest[1]]))
        rest = rest[rest[1] :]
    return Request(octets, attributes, source)


def reply_to(
    request: Request,
    code: int,
    attributes: Sequence[tuple[int, bytes]] = (),
    *,
    secret: bytes = SECRET,
    with_message_authenticator: bool = True,
    spoil_message_authenticator: bool = False,
    identifier: int | None = None,
) -> bytes:
    body = b"".join(bytes([kind, len(value) + 2]) + value for kind, value in attributes)
    signature = bytes([80, 18]) + bytes(16) if with_message_authenticator else b""
    identifier = request.octets[1] if identifier is None else identifier
    header = struct.pack("!BBH", code, identifier, 20 + len(signature) + len(body))
    if with_message_authenticator:
        mac = hmac.digest(secret, header + request.authenticator + signature + body, "md5")
        signature = bytes([80, 18]) + (bytes(16) if spoil_message_authenticator else mac)
    attributes_sent = signature + body
    authenticator = hashlib.md5(header + request.authenticator + attributes_sent + secret).digest()  # noqa: S324 -- RFC 2865
    return header + authenticator + attributes_sent


type Answers = Callable[[Request], Sequence[bytes]]


@dataclass
class Responder:
    port: int
    requests: list[Request] = field(default_factory=list)


@contextmanager
def responding(answers: Answers) -> Iterator[Responder]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        responder = Responder(udp.getsockname()[1])

        def serve() -> None:
            while True:
                octets, sender = udp.recvfrom(4096)
                if octets == b"stop":
                    return
                responder.requests.append(read_request(octets, sender[0]))
                for one in answers(responder.requests[-1]):
                    udp.sendto(one, sender)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield responder
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stop:
                stop.sendto(b"stop", ("127.0.0.1", responder.port))
            thread.join()
