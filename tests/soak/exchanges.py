"""What is sent, and from where: one function that makes the packets of an exchange, one that waits for its replies."""

import asyncio
import hashlib
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Self

from mfa.adapters.des import des
from mfa.domain import ms_chap
from tests.fakes.edge_configuration import OLD_SECRET, SECRET
from tests.fakes.radius_client import access_request, accounting_request, attribute, checked_reply, packet
from tests.soak.backend import CORP, LAX, ROTATING, STRANGER, TIMEOUT_SECONDS
from tests.soak.expectations import ACCOUNTING_RESPONSE, Kind

RIGHT, WRONG = "123456", "000000"
SENT_AGAIN: Final = frozenset({Kind.RETRANSMITTED, Kind.APPROVED})
SENT_AGAIN_AFTER: Final = (0.0, 0.2, 0.8)  # seconds; and once more after the reply
LISTEN_AFTER_REPLY: Final = 0.4
GRACE_SECONDS: Final = 1.0  # beyond the client's patience, to see what comes too late
SILENT_SECONDS: Final = 1.5
REST_SECONDS: Final = 3.0  # before an Identifier is used again: a copy of its last reply may be late
_WRONG_SECRET: Final = b"another-secret-of-somebody-else"


@dataclass(frozen=True, slots=True)
class Plan:
    """One exchange: a packet, the secret that its replies are checked with, and where it is sent from."""

    kind: Kind
    name: str
    source: str
    secret: bytes
    write: Callable[[int, bytes], bytes]  # identifier and secret to octets

    @property
    def accounting(self) -> bool:
        return self.kind is Kind.ACCOUNTING

    @property
    def session(self) -> str:
        return f"session-{self.name}"


def plan(kind: Kind, number: int) -> Plan:
    name = f"user-{number}"
    if kind in {Kind.APPROVED, Kind.DENIED, Kind.UNANSWERED}:
        wanted = {Kind.APPROVED: "accept", Kind.DENIED: "reject", Kind.UNANSWERED: "nobody"}[kind]
        name = f"wait-{wanted}-{number}"
    source = {Kind.UNSIGNED: LAX, Kind.ROTATING: ROTATING, Kind.STRANGER: STRANGER}.get(kind, CORP)
    secret = OLD_SECRET if kind is Kind.ROTATING and number % 2 else SECRET
    writers: dict[Kind, Callable[[int, bytes], bytes]] = {
        Kind.WRONG: _pap(name, WRONG),
        Kind.UNSIGNED: _pap(name, RIGHT, signed=False),
        Kind.CHAP: _chap(name, RIGHT),
        Kind.MS_CHAP_2: _ms_chap_2(name, RIGHT),
        Kind.WRONG_MS_CHAP_2: _ms_chap_2(name, WRONG),
        Kind.ACCOUNTING: _accounting(name),
        Kind.STATUS: lambda identifier, secret: packet(12, b"", secret=secret, identifier=identifier),
        Kind.FORGED: lambda identifier, _: _pap(name, RIGHT)(identifier, _WRONG_SECRET),
    }
    return Plan(kind, name, source, secret, writers.get(kind, _pap(name, RIGHT)))


def _pap(name: str, code: str, *, signed: bool = True) -> Callable[[int, bytes], bytes]:
    return lambda identifier, secret: access_request(name, code, secret=secret, identifier=identifier, signed=signed)


def _chap(name: str, code: str) -> Callable[[int, bytes], bytes]:
    def write(identifier: int, secret: bytes) -> bytes:
        challenge = os.urandom(16)
        response = b"\7" + hashlib.md5(b"\7" + code.encode() + challenge).digest()  # noqa: S324 - CHAP
        attributes = attribute(1, name.encode()) + attribute(3, response) + attribute(60, challenge)
        return packet(1, attributes, secret=secret, identifier=identifier)

    return write


def _ms_chap_2(name: str, code: str) -> Callable[[int, bytes], bytes]:
    def write(identifier: int, secret: bytes) -> bytes:
        challenge, peer = os.urandom(16), os.urandom(16)
        hashed = ms_chap.challenge_hash(peer, challenge, name.encode())
        response = ms_chap.nt_response(hashed, ms_chap.nt_hash(code), des)
        value = attribute(11, challenge) + attribute(25, b"\7\0" + peer + bytes(8) + response)
        attributes = attribute(1, name.encode()) + attribute(26, (311).to_bytes(4) + value)
        return packet(1, attributes, secret=secret, identifier=identifier)

    return write


def _accounting(name: str) -> Callable[[int, bytes], bytes]:
    attributes = (
        attribute(40, (2).to_bytes(4)) + attribute(44, f"session-{name}".encode()) + attribute(1, name.encode())
    )
    return lambda identifier, secret: accounting_request(attributes, secret=secret, identifier=identifier)


@dataclass
class Heard:
    """The replies to one exchange, as they come."""

    first: asyncio.Future[None]
    replies: list[bytes] = field(default_factory=list)
    first_at: float = 0.0

    def add(self, octets: bytes, now: float) -> None:
        self.replies.append(octets)
        if not self.first.done():
            self.first_at = now
            self.first.set_result(None)


class Sender(asyncio.DatagramProtocol):
    """One UDP socket: 256 Identifiers. A reply that nobody waits for is a stray one, and wrong."""

    def __init__(self, stray: Callable[[], None]) -> None:
        self._stray = stray
        self._free = deque((0.0, identifier) for identifier in range(256))  # and from when on
        self._heard: dict[int, Heard] = {}
        self._transport: asyncio.DatagramTransport

    @classmethod
    async def open(cls, source: str, port: int, stray: Callable[[], None]) -> Self:
        loop = asyncio.get_running_loop()
        address = ("127.0.0.1", port)
        return (await loop.create_datagram_endpoint(lambda: cls(stray), (source, 0), address))[1]

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, octets: bytes, _: object) -> None:
        heard = self._heard.get(octets[1]) if len(octets) > 1 else None
        if heard is None:
            self._stray()
        else:
            heard.add(octets, asyncio.get_running_loop().time())

    @property
    def busy(self) -> bool:
        return not self._free or self._free[0][0] > asyncio.get_running_loop().time()

    def close(self) -> None:
        self._transport.close()

    async def exchange(self, plan: Plan) -> tuple[bytes, int, Heard, float]:
        """What was sent, how often, what was heard, and when it began."""
        loop = asyncio.get_running_loop()
        identifier = self._free.popleft()[1]  # the one that was free for longest
        heard = self._heard[identifier] = Heard(loop.create_future())
        octets, began = plan.write(identifier, plan.secret), loop.time()
        try:
            packets = await self._send(plan, octets, heard)
        finally:
            del self._heard[identifier]
            self._free.append((loop.time() + REST_SECONDS, identifier))
        return octets, packets, heard, began

    async def _send(self, plan: Plan, octets: bytes, heard: Heard) -> int:
        if plan.kind not in SENT_AGAIN:
            self._transport.sendto(octets)
            await _wait(heard, patience_of(plan))
            return 1
        for pause in SENT_AGAIN_AFTER:
            await asyncio.sleep(pause)
            self._transport.sendto(octets)
        await _wait(heard, patience_of(plan) - sum(SENT_AGAIN_AFTER))
        self._transport.sendto(octets)
        await asyncio.sleep(LISTEN_AFTER_REPLY)
        return len(SENT_AGAIN_AFTER) + 1


def patience_of(plan: Plan) -> float:
    return SILENT_SECONDS if plan.kind in {Kind.STRANGER, Kind.FORGED} else TIMEOUT_SECONDS + GRACE_SECONDS


async def _wait(heard: Heard, seconds: float) -> None:
    await asyncio.wait((heard.first,), timeout=seconds)


def forgery(octets: bytes, heard: Heard, plan: Plan) -> str:
    """Why a reply is not genuine; empty if all are."""
    for reply in heard.replies:
        try:
            signed = reply[0] != ACCOUNTING_RESPONSE
            checked = checked_reply(reply, octets, plan.secret, message_authenticator=signed)
        except (AssertionError, IndexError) as error:
            return str(error).splitlines()[0] if str(error) else "malformed"
        if plan.kind is Kind.MS_CHAP_2 and checked.code == 2 and not _has_success(checked.values(26)):
            return "MS-CHAP2-Success is missing"
    return ""


def _has_success(vendor: list[bytes]) -> bool:
    return any(value[:5] == (311).to_bytes(4) + b"\x1a" for value in vendor)
