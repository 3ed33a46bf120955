"""Replies: Message-Authenticator first, then the attributes, then Proxy-State as it came (RFC 2865, RFC 3579).

First, because that order blunts the chosen-prefix collision behind CVE-2024-3596 even for clients that do not check it.
"""

from struct import Struct
from typing import Final

from radius_edge.protocol import codes
from radius_edge.protocol.errors import ReplyError
from radius_edge.protocol.message_authenticator import HEADER, ZEROS
from radius_edge.protocol.packet import HEADER_OCTETS, MAX_PACKET_OCTETS, MESSAGE_AUTHENTICATOR_LENGTH
from radius_edge.protocol.shared_secret import SharedSecret

BARE_REPLY_OCTETS: Final = HEADER_OCTETS + MESSAGE_AUTHENTICATOR_LENGTH

_head = Struct("!BBH").pack


def signed_reply(
    code: int, identifier: int, request_authenticator: bytes, secret: SharedSecret, attributes: bytes = b""
) -> bytes:
    """The whole reply; raise ReplyError above 4096 octets. ``attributes`` end with the request's Proxy-States."""
    length = BARE_REPLY_OCTETS + len(attributes)
    if length > MAX_PACKET_OCTETS:
        raise ReplyError(f"a reply of {length} octets does not fit into {MAX_PACKET_OCTETS}")
    head = _head(code, identifier, length)
    value = secret.message_authenticator(head + request_authenticator + HEADER + ZEROS + attributes)
    body = HEADER + value + attributes
    return head + secret.authenticator(head + request_authenticator + body) + body


def accounting_response(
    identifier: int, request_authenticator: bytes, secret: SharedSecret, proxy_states: bytes
) -> bytes:
    """RFC 2866 section 4.2. It has no Message-Authenticator: RFC 2869 section 5.19 allows none in accounting, and
    implementations differ in what they would compute it over."""
    head = _head(codes.ACCOUNTING_RESPONSE, identifier, HEADER_OCTETS + len(proxy_states))
    return head + secret.authenticator(head + request_authenticator + proxy_states) + proxy_states
