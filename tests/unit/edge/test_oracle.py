"""The strict reader against pyrad with an empty dictionary, on generated packets.

What we accept pyrad must accept and read the same. What only pyrad accepts must fall into a known class, each
explained in docs/strictness.md. ``ORACLE_PACKETS`` sets how many (100,000 and more outside of ``make test``);
``python -m tests.unit.edge.test_oracle`` prints the table of the document.
"""

import os
import random
import sys
from collections import Counter
from collections.abc import Iterator

from pyrad.dictionary import Dictionary
from pyrad.packet import Packet as PyradPacket
from pyrad.packet import PacketError as PyradError

from radius_edge.protocol.errors import PacketError
from radius_edge.protocol.packet import Packet, read_packet
from radius_edge.protocol.reasons import DiscardReason
from tests.fakes.radius_client import access_request, accounting_request, attribute, packet

PACKETS = int(os.environ.get("ORACLE_PACKETS", "5000"))
SECRET = b"0123456789abcdefg"
EMPTY = Dictionary()

EXPLAINED = frozenset(
    {
        DiscardReason.ATTRIBUTE,  # lengths past the end, length 0 or 1, half a header, type 0
        DiscardReason.BAD_MESSAGE_AUTHENTICATOR,  # two of them, or not 16 octets
        DiscardReason.LENGTH,  # Length below 20, or above 4096
        DiscardReason.MALFORMED,  # datagrams above 4096 octets
        DiscardReason.TOO_MANY_ATTRIBUTES,
    }
)


def seeds() -> tuple[bytes, ...]:
    vendor = attribute(26, (311).to_bytes(4) + attribute(25, bytes(50)))
    return (
        access_request("alice", "123456", secret=SECRET, authenticator=bytes(16)),
        access_request(
            "alice", "123456", secret=SECRET, authenticator=bytes(16), signed=False, more=attribute(24, b"s")
        ),
        access_request("bob", "x" * 40, secret=SECRET, authenticator=bytes(16), more=vendor + attribute(33, b"hop")),
        accounting_request(attribute(40, (1).to_bytes(4)) + attribute(44, b"session"), secret=SECRET),
        packet(12, b"", secret=SECRET, authenticator=bytes(16)),
        packet(1, attribute(1, b"eve") + attribute(79, bytes(60)) * 4, secret=SECRET, authenticator=bytes(16)),
    )


def generated(count: int, seed: int = 1) -> Iterator[bytes]:
    """Half well-formed, half broken in one to four places."""
    source = random.Random(seed)
    known = seeds()
    for _ in range(count):
        octets = source.choice(known) if source.random() < 0.5 else random_packet(source)
        yield octets if source.random() < 0.25 else mutant(octets, source)


def random_packet(source: random.Random) -> bytes:
    attributes, count = b"", source.choice((0, 1, 2, 5, 12, 40, 250))
    sizes = (0, 1, 4) if count == 250 else (0, 1, 4, 16, 16, 30, 253)
    for _ in range(count):
        attributes += attribute(source.randint(0, 255), source.randbytes(source.choice(sizes)))
    code = source.choice((1, 2, 3, 4, 5, 11, 12, 40, 43, 255, 0))
    return packet(code, attributes[:65_000], secret=SECRET, authenticator=source.randbytes(16), signed=False)


def mutant(octets: bytes, source: random.Random) -> bytes:
    changed = bytearray(octets)
    for _ in range(source.randint(1, 4)):
        at = source.randrange(len(changed)) if changed else 0
        match source.randrange(7):
            case 0 if changed:
                changed[at] = source.randrange(256)
            case 1 if changed:
                changed[at] ^= 1 << source.randrange(8)
            case 2:
                del changed[at : at + source.randint(1, 20)]
            case 3:
                changed[at:at] = source.randbytes(source.randint(1, 20))
            case 4:
                changed += source.randbytes(source.choice((1, 2, 18, 300, 4096)))
            case 5 if len(changed) >= 4:
                changed[2:4] = source.randrange(65_536).to_bytes(2)
            case 6 if len(changed) >= 4:
                changed[2:4] = min(len(changed), 65_535).to_bytes(2)
    return bytes(changed)


def ours(octets: bytes) -> Packet | DiscardReason:
    try:
        return read_packet(octets)
    except PacketError as error:
        return error.reason


def theirs(octets: bytes) -> PyradPacket | None:
    try:
        return PyradPacket(packet=octets, dict=EMPTY, secret=SECRET)
    except (PyradError, ValueError, IndexError, OverflowError):
        return None


def reads_the_same(read: Packet, other: PyradPacket) -> bool:
    grouped: dict[object, list[bytes]] = {}
    for kind, value in read.attributes:
        for key, part in vendor_parts(value) if kind == 26 else [(kind, value)]:
            grouped.setdefault(key, []).append(part)
    found = {kind: list(other[kind]) for kind in other.keys()}  # noqa: SIM118 - pyrad's packet is no real mapping
    head = (read.code, read.identifier, read.authenticator)
    return head == (other.code, other.id, other.authenticator) and grouped == found


def vendor_parts(value: bytes) -> list[tuple[object, bytes]]:
    """pyrad takes Vendor-Specific apart in the form that RFC 2865 section 5.26 recommends, where it has that form."""
    parts: list[tuple[object, bytes]] = []
    at = 4
    while at < len(value):
        size = value[at + 1] if at + 1 < len(value) else 0
        if size < 2 or at + size > len(value):
            return [(26, value)]
        parts.append(((int.from_bytes(value[:4]), value[at]), value[at + 2 : at + size]))
        at += size
    return parts or [(26, value)]


def compare(count: int) -> Counter[str]:
    """Counts by verdict; an assertion fails on anything that is not explained."""
    counts: Counter[str] = Counter()
    for octets in generated(count):
        read, other = ours(octets), theirs(octets)
        if isinstance(read, Packet):
            assert other is not None, f"only we accept {octets.hex()}"
            assert reads_the_same(read, other), f"read differently: {octets.hex()}"
            counts["both accept"] += 1
        elif other is None:
            counts["both refuse"] += 1
        else:
            assert read in EXPLAINED, f"only pyrad accepts {octets.hex()}: {read}"
            counts[f"only pyrad accepts: {read}"] += 1
    return counts


def test_what_we_accept_pyrad_accepts_and_reads_the_same() -> None:
    counts = compare(PACKETS)
    assert counts["both accept"] > PACKETS / 10
    assert counts["both refuse"] > PACKETS / 100
    assert sum(counts.values()) == PACKETS


if __name__ == "__main__":
    for verdict, number in sorted(compare(int(sys.argv[1]) if sys.argv[1:] else 100_000).items()):
        print(f"| {verdict} | {number:,} |")  # noqa: T201 - the table of docs/strictness.md
