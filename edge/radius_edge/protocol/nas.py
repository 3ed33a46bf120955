"""The attributes that tell where a login comes from. Only these leave the edge beside name and password.

One that is malformed is left out, not a reason to refuse: a NAS-Port of three octets is a careless client, and the
login is decided on its merits.
"""

import ipaddress
from collections.abc import Callable
from json.encoder import encode_basestring as quoted
from typing import Final

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


MAX_REMEMBERED: Final = 2_048  # attributes; with the longest values about 2 MB


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


class NasMembers:
    """The same as members of a JSON object. A client tells the same of most logins, so what was written is kept."""

    def __init__(self) -> None:
        self._written: dict[tuple[int, bytes], str] = {}

    def written(self, packet: Packet) -> str:
        found: dict[int, str] = {}
        for attribute in packet.attributes:
            kind = attribute[0]
            if kind in _READ and kind not in found:
                member = self._written.get(attribute)
                if member is None:
                    member = self._write(attribute)
                if member:
                    found[kind] = member
        return ",".join(found.values())

    def _write(self, attribute: tuple[int, bytes]) -> str:
        """Empty for a malformed one."""
        name, read = _READ[attribute[0]]
        text = read(attribute[1])
        member = "" if text is None else f'"{name}":{quoted(text)}'
        if len(self._written) >= MAX_REMEMBERED:
            self._written.clear()
        self._written[attribute] = member
        return member
