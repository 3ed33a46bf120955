"""The attributes of an upstream's reply as they go on to the client.

    State, Proxy-State, Message-Authenticator, EAP-Message   left out: they belong to the hop, or to a talk not had
    MS-MPPE-Send-Key, MS-MPPE-Recv-Key, Tunnel-Password      uncovered and covered anew (RFC 2548 section 2.4.2,
    MS-CHAP-MPPE-Keys                                         RFC 2868 section 3.5; RFC 2548 section 2.4.1)
    everything else                                          as it came

What is covered by the upstream's secret means nothing under the client's. A value that cannot be uncovered is left out
and named, so that it can be told.
"""

from dataclasses import dataclass, field
from typing import Final

from radius_edge.protocol import attributes as attr
from radius_edge.protocol.errors import ReplyError
from radius_edge.protocol.mppe import MPPE_RECV_KEY, MPPE_SEND_KEY, SALT_OCTETS
from radius_edge.protocol.ms_chap import MICROSOFT, MS_CHAP2_SUCCESS, MS_CHAP_ERROR
from radius_edge.protocol.packet import Packet
from radius_edge.protocol.shared_secret import SharedSecret
from radius_edge.protocol.vendor import inner_attributes

MS_CHAP_MPPE_KEYS: Final = 12
_BLOCK_OCTETS: Final = 16
_OF_THE_HOP: Final = frozenset({attr.STATE, attr.PROXY_STATE, attr.MESSAGE_AUTHENTICATOR, attr.EAP_MESSAGE})
_TAG_OCTETS: Final = 1
_PREFIX: Final = MICROSOFT.to_bytes(4)
_NAMES: Final = {
    MPPE_SEND_KEY: "MS-MPPE-Send-Key",
    MPPE_RECV_KEY: "MS-MPPE-Recv-Key",
    MS_CHAP_MPPE_KEYS: "MS-CHAP-MPPE-Keys",
}


@dataclass(frozen=True, slots=True)
class Cover:
    """What hides a value in a reply: the shared secret, and the authenticator of the request that it answers."""

    secret: SharedSecret
    authenticator: bytes


@dataclass(slots=True)
class PassedOn:
    """Written attributes: ``messages`` are the Reply-Messages, which may give way to the rest. ``left_out`` are names.
    ``microsoft`` are the types of Microsoft's attributes in it."""

    attributes: bytes = field(default=b"", repr=False)
    messages: bytes = b""
    left_out: list[str] = field(default_factory=list)
    microsoft: set[int] = field(default_factory=set)

    @property
    def has_success(self) -> bool:
        return MS_CHAP2_SUCCESS in self.microsoft

    @property
    def has_error(self) -> bool:
        return MS_CHAP_ERROR in self.microsoft


def passed_on(reply: Packet, upstreams: Cover, clients: Cover) -> PassedOn:
    """``upstreams`` covers the values as they came, ``clients`` as they shall go."""
    passed = PassedOn()
    for kind, value in reply.attributes:
        if kind == attr.REPLY_MESSAGE:
            passed.messages += _attribute(kind, value)
        elif kind == attr.TUNNEL_PASSWORD:
            _pass_tunnel_password(value, upstreams, clients, passed)
        elif kind == attr.VENDOR_SPECIFIC and value.startswith(_PREFIX):
            _pass_microsoft(value, upstreams, clients, passed)
        elif kind not in _OF_THE_HOP:
            passed.attributes += _attribute(kind, value)
    return passed


def _pass_tunnel_password(value: bytes, upstreams: Cover, clients: Cover, passed: PassedOn) -> None:
    try:
        value = value[:_TAG_OCTETS] + _salted_again(value[_TAG_OCTETS:], upstreams, clients)
    except ReplyError:
        passed.left_out.append("Tunnel-Password")
        return
    passed.attributes += _attribute(attr.TUNNEL_PASSWORD, value)


def _pass_microsoft(value: bytes, upstreams: Cover, clients: Cover, passed: PassedOn) -> None:
    """One Vendor-Specific can hold several attributes; one that is laid out otherwise is not ours to judge."""
    inner = inner_attributes(value)
    if not inner:
        passed.attributes += _attribute(attr.VENDOR_SPECIFIC, value)
        return
    octets = b""
    for kind, content in inner:
        try:
            octets += _attribute(kind, _microsoft_value(kind, content, upstreams, clients))
            passed.microsoft.add(kind)
        except ReplyError:
            passed.left_out.append(_NAMES[kind])
    if octets:
        passed.attributes += _attribute(attr.VENDOR_SPECIFIC, _PREFIX + octets)


def _microsoft_value(kind: int, value: bytes, upstreams: Cover, clients: Cover) -> bytes:
    """Raises ReplyError for a kind in ``_NAMES`` only."""
    if kind in {MPPE_SEND_KEY, MPPE_RECV_KEY}:
        return _salted_again(value, upstreams, clients)
    if kind == MS_CHAP_MPPE_KEYS:
        return _covered(_uncovered(value, b"", upstreams), b"", clients)
    return value


def _salted_again(value: bytes, upstreams: Cover, clients: Cover) -> bytes:
    """Salt and String. The salt stays: another secret and another authenticator make another stream of it."""
    salt, hidden = value[:SALT_OCTETS], value[SALT_OCTETS:]
    plain = _uncovered(hidden, salt, upstreams)
    if not 1 <= plain[0] < len(plain):
        raise ReplyError("the length in a covered value is impossible")
    return salt + _covered(plain, salt, clients)


def _uncovered(hidden: bytes, salt: bytes, cover: Cover) -> bytes:
    if not hidden or len(hidden) % _BLOCK_OCTETS:
        raise ReplyError("a covered value comes in blocks of 16 octets")
    plain, vector = b"", cover.authenticator + salt
    for at in range(0, len(hidden), _BLOCK_OCTETS):
        block = hidden[at : at + _BLOCK_OCTETS]
        plain += _xor(block, cover.secret.pad(vector))
        vector = block
    return plain


def _covered(plain: bytes, salt: bytes, cover: Cover) -> bytes:
    hidden, vector = b"", cover.authenticator + salt
    for at in range(0, len(plain), _BLOCK_OCTETS):
        vector = _xor(plain[at : at + _BLOCK_OCTETS], cover.secret.pad(vector))
        hidden += vector
    return hidden


def _attribute(kind: int, value: bytes) -> bytes:
    """As it came, also an empty one: it is not ours to judge."""
    return bytes((kind, len(value) + 2)) + value


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left) ^ int.from_bytes(right)).to_bytes(len(left))
