"""Attribute numbers, and writing one attribute (RFC 2865 section 5; names as in FreeRADIUS' dictionaries)."""

from typing import Final

from radius_edge.protocol.errors import ReplyError

USER_NAME: Final = 1
USER_PASSWORD: Final = 2
CHAP_PASSWORD: Final = 3
NAS_IP_ADDRESS: Final = 4
NAS_PORT: Final = 5
FILTER_ID: Final = 11
REPLY_MESSAGE: Final = 18
STATE: Final = 24
CLASS: Final = 25
VENDOR_SPECIFIC: Final = 26
CALLED_STATION_ID: Final = 30
CALLING_STATION_ID: Final = 31
NAS_IDENTIFIER: Final = 32
PROXY_STATE: Final = 33
ACCT_STATUS_TYPE: Final = 40
ACCT_DELAY_TIME: Final = 41
ACCT_INPUT_OCTETS: Final = 42
ACCT_OUTPUT_OCTETS: Final = 43
ACCT_SESSION_ID: Final = 44
ACCT_SESSION_TIME: Final = 46
ACCT_INPUT_GIGAWORDS: Final = 52
ACCT_OUTPUT_GIGAWORDS: Final = 53
EVENT_TIMESTAMP: Final = 55
CHAP_CHALLENGE: Final = 60
NAS_PORT_TYPE: Final = 61
TUNNEL_PASSWORD: Final = 69
ARAP_PASSWORD: Final = 70
EAP_MESSAGE: Final = 79
MESSAGE_AUTHENTICATOR: Final = 80
NAS_IPV6_ADDRESS: Final = 95
DIGEST_RESPONSE: Final = 103

MAX_VALUE_OCTETS: Final = 253  # Length is one octet and counts the two of the header


def attribute(kind: int, value: bytes) -> bytes:
    """Type, Length, Value."""
    if not 1 <= len(value) <= MAX_VALUE_OCTETS:
        raise ReplyError(f"an attribute value must have 1 to {MAX_VALUE_OCTETS} octets")
    return bytes((kind, len(value) + 2)) + value


def text_attributes(kind: int, text: str) -> bytes:
    """A text in as many attributes as it needs (RFC 2865 section 5.18)."""
    return b"".join(attribute(kind, piece) for piece in cut_text(text.encode(), MAX_VALUE_OCTETS))


def cut_text(octets: bytes, most: int) -> list[bytes]:
    """UTF-8 in pieces, never cut inside a character."""
    pieces = []
    while octets:
        end = min(most, len(octets))
        while end < len(octets) and octets[end] & 0xC0 == 0x80:  # a continuation octet must not begin a piece
            end -= 1
        pieces.append(octets[:end])
        octets = octets[end:]
    return pieces


def whole_attributes(octets: bytes, room: int) -> bytes:
    """As many whole attributes from the beginning of written ones as fit."""
    at = 0
    while at < len(octets) and at + octets[at + 1] <= room:
        at += octets[at + 1]
    return octets[:at]
