"""What an Accounting-Request tells (RFC 2866, RFC 2869), in the words of the contract.

The request is authenticated as a whole, so a careless attribute is left out instead of losing the record. Texts that
are not UTF-8 are written with escapes: a record of them is better than none.
"""

import ipaddress
from collections.abc import Callable
from typing import Final

from mfa.contract.accounting import AccountingRequest
from radius_edge.protocol import attributes as attr
from radius_edge.protocol.packet import Packet

MAX_TEXT_OCTETS: Final = 253
_GIGAWORD: Final = 2**32


def _integer(value: bytes) -> str | None:
    return str(int.from_bytes(value)) if len(value) == 4 else None


def _address(value: bytes) -> str | None:
    return str(ipaddress.ip_address(value)) if len(value) in {4, 16} else None


def _text(value: bytes) -> str | None:
    return shown(value) or None


def _hexadecimal(value: bytes) -> str | None:
    return f"0x{value[:120].hex()}" if value else None


_KEPT: Final[dict[int, tuple[str, Callable[[bytes], str | None]]]] = {
    attr.NAS_IP_ADDRESS: ("NAS-IP-Address", _address),
    attr.NAS_PORT: ("NAS-Port", _integer),
    6: ("Service-Type", _integer),
    8: ("Framed-IP-Address", _address),
    attr.CLASS: ("Class", _hexadecimal),
    attr.CALLED_STATION_ID: ("Called-Station-Id", _text),
    attr.CALLING_STATION_ID: ("Calling-Station-Id", _text),
    attr.NAS_IDENTIFIER: ("NAS-Identifier", _text),
    45: ("Acct-Authentic", _integer),
    47: ("Acct-Input-Packets", _integer),
    48: ("Acct-Output-Packets", _integer),
    49: ("Acct-Terminate-Cause", _integer),
    50: ("Acct-Multi-Session-Id", _text),
    51: ("Acct-Link-Count", _integer),
    attr.NAS_PORT_TYPE: ("NAS-Port-Type", _integer),
    66: ("Tunnel-Client-Endpoint", _text),
    77: ("Connect-Info", _text),
    87: ("NAS-Port-Id", _text),
    attr.NAS_IPV6_ADDRESS: ("NAS-IPv6-Address", _address),
    168: ("Framed-IPv6-Address", _address),
}


def read_accounting(
    packet: Packet, *, client: str, config_revision: str, source_ip: str, now: float
) -> AccountingRequest | None:
    """None without a usable Acct-Status-Type, which every request must have (RFC 2866 section 5.1)."""
    status = _number(packet, attr.ACCT_STATUS_TYPE)
    if status is None:
        return None
    attributes = _attributes(packet)
    event_timestamp = _number(packet, attr.EVENT_TIMESTAMP)
    delay = _number(packet, attr.ACCT_DELAY_TIME) or 0
    return AccountingRequest(
        client=client,
        config_revision=config_revision,
        source_ip=source_ip,
        nas=_nas(attributes, source_ip),
        session_id=shown(packet.first(attr.ACCT_SESSION_ID) or b""),
        status=status,
        username=shown(packet.first(attr.USER_NAME) or b""),
        event_time=event_timestamp or max(0, int(now) - delay),
        exact_time=bool(event_timestamp),
        session_time=_number(packet, attr.ACCT_SESSION_TIME),
        input_octets=_octets(packet, attr.ACCT_INPUT_OCTETS, attr.ACCT_INPUT_GIGAWORDS),
        output_octets=_octets(packet, attr.ACCT_OUTPUT_OCTETS, attr.ACCT_OUTPUT_GIGAWORDS),
        attributes=attributes,
    )


def shown(value: bytes) -> str:
    """Text of at most 253 octets, whatever the octets are."""
    text = value.decode(errors="backslashreplace")
    octets = text.encode()
    return text if len(octets) <= MAX_TEXT_OCTETS else octets[:MAX_TEXT_OCTETS].decode(errors="ignore")


def _attributes(packet: Packet) -> dict[str, str]:
    found: dict[str, str] = {}
    for kind, value in packet.attributes:
        entry = _KEPT.get(kind)
        text = entry[1](value) if entry is not None else None
        if entry is not None and text is not None:
            found.setdefault(entry[0], text)
    return found


def _nas(attributes: dict[str, str], source_ip: str) -> str:
    for name in ("NAS-Identifier", "NAS-IP-Address", "NAS-IPv6-Address"):
        if name in attributes:
            return attributes[name]
    return source_ip


def _number(packet: Packet, kind: int) -> int | None:
    value = packet.first(kind)
    return int.from_bytes(value) if value is not None and len(value) == 4 else None


def _octets(packet: Packet, octets: int, gigawords: int) -> int | None:
    low = _number(packet, octets)
    return None if low is None else low + _GIGAWORD * (_number(packet, gigawords) or 0)
