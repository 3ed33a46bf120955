"""One PAP login as a RADIUS client (pyrad): a signed Access-Request goes out, a verified reply comes back. And the
question whether a server is there at all (Status-Server, RFC 5997), which is about no user.

The request carries a Message-Authenticator, and a reply counts only if its Response Authenticator and its own
Message-Authenticator are right (RFC 2865 section 3, RFC 3579 section 3.2): anything else is discarded and the wait
goes on, as a real client does.
"""

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from pyrad.client import Client
from pyrad.packet import AccessAccept, AccessChallenge, AccessReject, AuthPacket, Packet, PacketError, StatusServer

from gatehouse.errors import CommandError
from gatehouse.radius_dictionary import dictionary

MAX_NAME_OCTETS: Final = 253
MAX_PASSWORD_OCTETS: Final = 128
MAX_STATION_OCTETS: Final = 253
MADE_UP_STATION: Final = "203.0.113.7"  # nobody's, for examples (RFC 5737, TEST-NET-3): where a trial comes from
_MAX_PACKET_OCTETS: Final = 4096
_STATE: Final = 24
_MESSAGE_AUTHENTICATOR: Final = 80
_REPLIES: Final = {
    AccessAccept: "Access-Accept",
    AccessReject: "Access-Reject",
    AccessChallenge: "Access-Challenge",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RadiusServer:
    """``timeout`` seconds are waited after each of ``retries + 1`` sendings of the same packet. ``source`` is the
    address of this machine to send from: a RADIUS server knows its clients by it. ``station`` is the
    Calling-Station-Id: where the person's device is said to be."""

    host: str
    port: int
    secret: bytes = field(repr=False)
    timeout: float = 10
    retries: int = 0
    source: str | None = None
    station: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A reply whose authenticators were both right. ``state`` is what the answer to a challenge must bring back."""

    code: int
    attributes: tuple[tuple[str, str], ...]
    milliseconds: float
    state: bytes | None = None

    @property
    def name(self) -> str:
        return _REPLIES[self.code]

    @property
    def accepted(self) -> bool:
        return bool(self.code == AccessAccept)

    @property
    def challenged(self) -> bool:
        return bool(self.code == AccessChallenge)


def log_in(server: RadiusServer, username: str, password: str, state: bytes | None = None) -> Reply:
    """Send one login and wait for its decision; raises CommandError if none comes. With the ``state`` of a challenge
    it is the answer to that."""
    return _exchange(server, _access_request(server, username, password, state))


def ask_whether_alive(server: RadiusServer) -> Reply:
    """An Access-Accept if the server is there and knows this machine by this shared secret; raises CommandError if
    nothing genuine comes."""
    secret = server.secret
    request = AuthPacket(StatusServer, secret=secret, dict=dictionary(), message_authenticator=True)
    return _exchange(server, request)


def address_towards(host: str, port: int, source: str | None = None) -> str:
    """This machine's address as ``host`` would see it, if nothing translates it on the way. Nothing is sent."""
    nobody = RadiusServer(host=host, port=port, secret=b"", source=source)
    with _connected(nobody) as udp:
        return str(udp.getsockname()[0])


def _exchange(server: RadiusServer, request: Any) -> Reply:  # noqa: ANN401 -- pyrad has no types
    octets = request.RequestPacket()
    began = time.perf_counter()
    with _connected(server) as udp:
        forged = 0
        for received in _receive(udp, octets, server):
            reply = _genuine(request, received)
            if reply is not None:
                return _read(reply, (time.perf_counter() - began) * 1000)
            forged += 1
    raise _no_answer(server, forged)


def _access_request(server: RadiusServer, username: str, password: str, state: bytes | None) -> Any:  # noqa: ANN401 -- pyrad has no types
    if not 1 <= len(username.encode()) <= MAX_NAME_OCTETS:
        raise CommandError("bad-name", f"a user name has 1 to {MAX_NAME_OCTETS} octets")
    if not 1 <= len(password.encode()) <= MAX_PASSWORD_OCTETS:
        raise CommandError("bad-code", f"a code has 1 to {MAX_PASSWORD_OCTETS} octets")
    if server.station is not None and not 1 <= len(server.station.encode()) <= MAX_STATION_OCTETS:
        raise CommandError("bad-station", f"a Calling-Station-Id has 1 to {MAX_STATION_OCTETS} octets")
    client = Client(server.host, secret=server.secret, dict=dictionary())
    request = client.CreateAuthPacket(User_Name=username, NAS_Identifier="gatehouse")
    request["User-Password"] = request.PwCrypt(password)
    if server.station is not None:
        request["Calling-Station-Id"] = server.station
    if state is not None:
        request["State"] = state
    return request


def _connected(server: RadiusServer) -> socket.socket:
    """A connected socket takes datagrams from the server's address and port only."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(server.host, server.port, type=socket.SOCK_DGRAM)[0]
        udp = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError):
        raise CommandError("unreachable", f"the name {server.host} cannot be resolved") from None
    try:
        _send_from(udp, server.source)
        udp.connect(address)
    except OSError as error:
        udp.close()
        raise CommandError("unreachable", f"{server.host} cannot be reached: {error.strerror}") from None
    except CommandError:
        udp.close()
        raise
    return udp


def _send_from(udp: socket.socket, source: str | None) -> None:
    if source is None:
        return
    try:
        udp.bind((source, 0))
    except OSError as error:
        raise CommandError("bad-source", f"cannot send from {source}: {error.strerror or error}") from None


def _receive(udp: socket.socket, request: bytes, server: RadiusServer) -> Iterator[bytes]:
    """Every datagram that comes until the last wait is over; the same packet is sent again after each wait."""
    try:
        for _ in range(server.retries + 1):
            udp.send(request)
            end = time.monotonic() + server.timeout
            while (left := end - time.monotonic()) > 0:
                udp.settimeout(left)
                try:
                    yield udp.recv(_MAX_PACKET_OCTETS)
                except TimeoutError:
                    break
    except ConnectionRefusedError:
        raise CommandError("unreachable", f"nothing listens on UDP port {server.port} of {server.host}") from None
    except OSError as error:
        raise CommandError("unreachable", f"{server.host} cannot be reached: {error.strerror}") from None


def _genuine(request: Any, received: bytes) -> Packet | None:  # noqa: ANN401 -- pyrad has no types
    try:
        reply = request.CreateReply(packet=received)
        genuine = request.VerifyReply(reply, received, enforce_ma=True)
    except (PacketError, ValueError, LookupError):  # a datagram that is no RADIUS packet proves nothing
        return None
    return reply if genuine and reply.code in _REPLIES else None


def _no_answer(server: RadiusServer, forged: int) -> CommandError:
    where = f"{server.host} port {server.port}"
    if forged:
        return CommandError(
            "reply-not-genuine", f"the reply of {where} was not signed with this shared secret: compare the two secrets"
        )
    waited = server.timeout * (server.retries + 1)
    return CommandError(
        "no-answer",
        f"no answer from {where} within {waited:g} s; a RADIUS server says nothing to a client whose address or "
        "shared secret it does not know",
    )


def _read(reply: Packet, milliseconds: float) -> Reply:
    attributes = [
        (_name(key), _text(_name(key), value))
        for key, values in reply.items()
        if key != _MESSAGE_AUTHENTICATOR
        for value in values
    ]
    state: bytes | None = reply.get(_STATE, [None])[0]
    return Reply(code=reply.code, attributes=tuple(attributes), milliseconds=round(milliseconds, 1), state=state)


def _name(key: int | tuple[int, ...]) -> str:
    if isinstance(key, tuple):
        return "Vendor-Specific-" + "-".join(map(str, key))
    return str(dictionary().attrindex.backward.get(key, f"Attribute-{key}"))


def _text(name: str, value: bytes) -> str:
    """Numbers and addresses by their type, text as text, everything else in hexadecimal."""
    known = dictionary().attributes.get(name)
    if known is not None and known.type == "integer" and len(value) == 4:
        return str(int.from_bytes(value))
    if known is not None and known.type == "ipaddr" and len(value) == 4:
        return socket.inet_ntoa(value)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return "0x" + value.hex()
