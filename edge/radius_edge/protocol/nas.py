"""The attributes that tell where a login comes from. Only these leave the edge beside name and password.

One that is malformed is left out, not a reason to refuse: a NAS-Port of three octets is a careless client, and the
login is decided on its merits.
"""

import ipaddress
from collections.abc import Callable

from radius_edge.protocol import attributes as attr
from radius_edge.protocol.packet import Packet


def _text(value: bytes) -> str | None:
    try:
        return value.decode() or None
    except UnicodeDecodeError:
        return None


def _integer(value: bytes) -> str | None:
    return str(int.from_bytes(value)) if len(value) == 4 else None


def _ipv4(value: bytes) -> str | None:
    return f"{value[0]}.{value[1]}.{value[2]}.{value[3]}" if len(value) == 4 else None


def _ipv6(value: bytes) -> str | None:
    return str(ipaddress.IPv6Address(value)) if len(value) == 16 else None


_READ: dict[int, tuple[str, Callable[[bytes], str | None]]] = {
    attr.NAS_IP_ADDRESS: ("NAS-IP-Address", _ipv4),
    attr.NAS_PORT: ("NAS-Port", _integer),
    attr.CALLED_STATION_ID: ("Called-Station-Id", _text),
    attr.CALLING_STATION_ID: ("Calling-Station-Id", _text),
    attr.NAS_IDENTIFIER: ("NAS-Identifier", _text),
    attr.NAS_PORT_TYPE: ("NAS-Port-Type", _integer),
    attr.NAS_IPV6_ADDRESS: ("NAS-IPv6-Address", _ipv6),
}


def nas_attributes(packet: Packet) -> dict[str, str]:
    """Name → value, the first of each kind."""
    found: dict[str, str] = {}
    for kind, value in packet.attributes:
        entry = _READ.get(kind)
        if entry is not None:
            text = entry[1](value)
            if text is not None:
                found.setdefault(entry[0], text)
    return found
