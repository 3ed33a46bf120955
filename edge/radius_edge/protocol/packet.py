"""The strict reader of RADIUS packets (RFC 2865 sections 3 and 5).

Lenient readers were the way in for several attacks, so whatever the RFC calls an error ends here with a PacketError.
Octets past Length are padding and ignored; octets that Length promises but the datagram lacks are an error.
"""

from typing import Final

from radius_edge.protocol.attributes import MESSAGE_AUTHENTICATOR
from radius_edge.protocol.errors import PacketError
from radius_edge.protocol.reasons import DiscardReason

HEADER_OCTETS: Final = 20
MAX_PACKET_OCTETS: Final = 4096
MAX_ATTRIBUTES: Final = 200  # FreeRADIUS' default too; real requests carry 5 to 30
MESSAGE_AUTHENTICATOR_LENGTH: Final = 18  # RFC 3579 section 3.2
_MESSAGE_AUTHENTICATOR_OCTETS: Final = MESSAGE_AUTHENTICATOR_LENGTH - 2


class Packet:
    """One well-formed packet. ``octets`` end at Length; ``message_authenticator_at`` is 0 when there is none."""

    __slots__ = ("attributes", "authenticator", "code", "identifier", "kinds", "message_authenticator_at", "octets")

    def __init__(
        self, octets: bytes, attributes: list[tuple[int, bytes]], kinds: bytes, message_authenticator_at: int
    ) -> None:
        self.code = octets[0]
        self.identifier = octets[1]
        self.authenticator = octets[4:20]
        self.octets = octets
        self.attributes = attributes
        self.kinds = kinds
        self.message_authenticator_at = message_authenticator_at

    def count(self, kind: int) -> int:
        return self.kinds.count(kind)

    def first(self, kind: int) -> bytes | None:
        at = self.kinds.find(kind)
        return None if at < 0 else self.attributes[at][1]

    def written(self, kind: int) -> bytes:
        """All attributes of one kind as they stood, in their order."""
        return b"".join(bytes((kind, len(value) + 2)) + value for found, value in self.attributes if found == kind)


def read_packet(datagram: bytes) -> Packet:
    """Read one datagram; raise PacketError with the rule that it breaks."""
    octets = _checked_length(datagram)
    attributes: list[tuple[int, bytes]] = []
    message_authenticator_at = 0
    at, end = HEADER_OCTETS, len(octets)
    while at < end:
        if at + 1 == end:
            raise PacketError(DiscardReason.ATTRIBUTE)
        kind = octets[at]
        after = at + octets[at + 1]
        at += 2
        if not at <= after <= end or kind == 0:
            raise PacketError(DiscardReason.ATTRIBUTE)
        if kind == MESSAGE_AUTHENTICATOR:
            if after - at != _MESSAGE_AUTHENTICATOR_OCTETS or message_authenticator_at:
                raise PacketError(DiscardReason.BAD_MESSAGE_AUTHENTICATOR)
            message_authenticator_at = at
        attributes.append((kind, octets[at:after]))
        at = after
    if len(attributes) > MAX_ATTRIBUTES:
        raise PacketError(DiscardReason.TOO_MANY_ATTRIBUTES)
    return Packet(octets, attributes, bytes([kind for kind, _ in attributes]), message_authenticator_at)


def _checked_length(datagram: bytes) -> bytes:
    """The octets that Length counts."""
    size = len(datagram)
    if size < HEADER_OCTETS:
        raise PacketError(DiscardReason.MALFORMED)
    length = datagram[2] << 8 | datagram[3]
    if not HEADER_OCTETS <= length <= min(size, MAX_PACKET_OCTETS):
        raise PacketError(DiscardReason.LENGTH)
    if size > MAX_PACKET_OCTETS:  # padding is one thing, a jumbo datagram another
        raise PacketError(DiscardReason.MALFORMED)
    return datagram[:length]
