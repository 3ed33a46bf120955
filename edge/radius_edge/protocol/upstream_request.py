"""A client's Access-Request as the edge asks it of an upstream: an old RADIUS server (RFC 2865 section 2.3).

What the client sent goes on as it came, in its order, but for

    User-Password                      hidden anew: it is covered by the secret and the Request Authenticator
    CHAP-Challenge                     added where the client's Request Authenticator was the challenge
    NAS-IP-Address, NAS-IPv6-Address   added where nothing names the client: the server sees the edge's address only
    State, Proxy-State                 left out: they belong to this edge and to who is before it
    Message-Authenticator              made anew and put first

One Proxy-State is ours: a mark of this deployment, which servers must hand on and return. Whoever meets it in a request
has forwarded it before: two servers that forward to each other would do so for ever.
"""

import ipaddress
from typing import Final

from mfa.contract import ChapCredential, PapCredential
from radius_edge.protocol import attributes as attr
from radius_edge.protocol import codes
from radius_edge.protocol.access_request import Ask
from radius_edge.protocol.errors import RequestError
from radius_edge.protocol.login_id import LoginIds
from radius_edge.protocol.message_authenticator import signed_request
from radius_edge.protocol.packet import HEADER_OCTETS, MAX_PACKET_OCTETS, MESSAGE_AUTHENTICATOR_LENGTH, Packet
from radius_edge.protocol.pap import hide_user_password
from radius_edge.protocol.shared_secret import SharedSecret

_NOT_PASSED_ON: Final = frozenset({attr.STATE, attr.PROXY_STATE, attr.MESSAGE_AUTHENTICATOR})
_NAMES_OF_CLIENTS: Final = frozenset({attr.NAS_IP_ADDRESS, attr.NAS_IPV6_ADDRESS, attr.NAS_IDENTIFIER})
_MARK: Final = b"forwarded"


def mark_of(login_ids: LoginIds) -> bytes:
    """The same at all edges of a deployment, and made by nobody else."""
    return login_ids.login_id(_MARK, b"")


def was_forwarded(packet: Packet, mark: bytes) -> bool:
    return attr.PROXY_STATE in packet.kinds and (attr.PROXY_STATE, mark) in packet.attributes


def upstream_request(
    packet: Packet,
    ask: Ask,
    source_ip: str,
    mark: bytes,
    *,
    identifier: int,
    authenticator: bytes,
    secret: SharedSecret,
) -> bytes:
    """``identifier``, ``authenticator`` (random) and ``secret`` are the upstream's. Raises RequestError."""
    octets = b"".join(
        _written(kind, value, ask, authenticator, secret)
        for kind, value in packet.attributes
        if kind not in _NOT_PASSED_ON
    )
    octets += _added(packet, ask, source_ip) + attr.attribute(attr.PROXY_STATE, mark)
    if HEADER_OCTETS + MESSAGE_AUTHENTICATOR_LENGTH + len(octets) > MAX_PACKET_OCTETS:
        raise RequestError(f"this request does not fit into {MAX_PACKET_OCTETS} octets")
    return signed_request(codes.ACCESS_REQUEST, identifier, authenticator, octets, secret)


def _written(kind: int, value: bytes, ask: Ask, authenticator: bytes, secret: SharedSecret) -> bytes:
    if kind == attr.USER_PASSWORD and isinstance(ask.credential, PapCredential):
        value = hide_user_password(ask.credential.text, authenticator, secret)
    return bytes((kind, len(value) + 2)) + value


def _added(packet: Packet, ask: Ask, source_ip: str) -> bytes:
    octets = b""
    if isinstance(ask.credential, ChapCredential) and not packet.count(attr.CHAP_CHALLENGE):
        octets += attr.attribute(attr.CHAP_CHALLENGE, ask.credential.challenge)
    if _NAMES_OF_CLIENTS.isdisjoint(packet.kinds):
        address = ipaddress.ip_address(source_ip)
        kind = attr.NAS_IP_ADDRESS if address.version == 4 else attr.NAS_IPV6_ADDRESS
        octets += attr.attribute(kind, address.packed)
    return octets
