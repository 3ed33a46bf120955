"""Vendor-Specific (RFC 2865 section 5.26): reading and writing the attributes of one vendor.

A value that is not laid out as the section recommends is not ours to judge, only to pass by.
"""

from typing import Final

from radius_edge.protocol.attributes import MAX_VALUE_OCTETS, VENDOR_SPECIFIC, attribute
from radius_edge.protocol.errors import ReplyError
from radius_edge.protocol.packet import Packet

MAX_VENDOR_VALUE_OCTETS: Final = MAX_VALUE_OCTETS - 6  # after Vendor-Id, vendor type and vendor length


def vendor_attributes(packet: Packet, vendor: int) -> list[tuple[int, bytes]]:
    """(vendor type, value) of all well-formed attributes of this vendor, in their order."""
    if VENDOR_SPECIFIC not in packet.kinds:
        return []
    prefix = vendor.to_bytes(4)
    found: list[tuple[int, bytes]] = []
    for kind, value in packet.attributes:
        if kind == VENDOR_SPECIFIC and value.startswith(prefix):
            found += inner_attributes(value)
    return found


def inner_attributes(value: bytes) -> list[tuple[int, bytes]]:
    """(vendor type, value) in one Vendor-Specific; nothing of one that does not come out even."""
    found: list[tuple[int, bytes]] = []
    at, end = 4, len(value)
    while at < end:
        if at + 2 > end:
            return []
        size = value[at + 1]
        if size < 2 or at + size > end:
            return []
        found.append((value[at], value[at + 2 : at + size]))
        at += size
    return found


def vendor_attribute(vendor: int, kind: int, value: bytes) -> bytes:
    """One attribute of a vendor in a Vendor-Specific of its own. Raises ReplyError."""
    if not 1 <= len(value) <= MAX_VENDOR_VALUE_OCTETS:
        raise ReplyError(f"a vendor's attribute value must have 1 to {MAX_VENDOR_VALUE_OCTETS} octets")
    return attribute(VENDOR_SPECIFIC, vendor.to_bytes(4) + bytes((kind, len(value) + 2)) + value)
