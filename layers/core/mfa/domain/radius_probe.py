"""The canary's packets: an Access-Request with a code, a Status-Server, and whether a reply answers them.

Written beside the edge's own code on purpose: a canary that shared the edge's mistakes would not see them.
RFC 2865 (packet, User-Password, Response Authenticator), RFC 3579 section 3.2 (Message-Authenticator), RFC 5997.
"""

import hmac
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import md5
from typing import Final

REQUEST_AUTHENTICATOR_OCTETS: Final = 16
_HEADER_OCTETS: Final = 20
_MA_OCTETS: Final = 16
_BLOCK: Final = 16


class Code(IntEnum):
    ACCESS_REQUEST = 1
    ACCESS_ACCEPT = 2
    ACCESS_REJECT = 3
    STATUS_SERVER = 12


class _Attribute(IntEnum):
    USER_NAME = 1
    USER_PASSWORD = 2
    NAS_IDENTIFIER = 32
    MESSAGE_AUTHENTICATOR = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """``authenticator`` is 16 random octets, ``secret`` the shared secret."""

    identifier: int
    authenticator: bytes = field(repr=False)
    secret: bytes = field(repr=False)

    def access_request(self, username: str, text: str) -> bytes:
        attributes = (
            _attribute(_Attribute.USER_NAME, username.encode())
            + _attribute(_Attribute.USER_PASSWORD, self._hidden(text.encode()))
            + _attribute(_Attribute.NAS_IDENTIFIER, b"gatehouse-canary")
        )
        return self._signed(Code.ACCESS_REQUEST, attributes)

    def status_server(self) -> bytes:
        return self._signed(Code.STATUS_SERVER, _attribute(_Attribute.NAS_IDENTIFIER, b"gatehouse-canary"))

    def answered_by(self, reply: bytes) -> Code | None:
        """The code of a reply that this secret made for this request; None for anything else."""
        if len(reply) < _HEADER_OCTETS or int.from_bytes(reply[2:4]) != len(reply) or reply[1] != self.identifier:
            return None
        code, attributes = reply[0], reply[_HEADER_OCTETS:]
        head = reply[:4] + self.authenticator
        expected = md5(head + attributes + self.secret, usedforsecurity=False).digest()
        if not hmac.compare_digest(expected, reply[4:_HEADER_OCTETS]) or not self._is_signed(head, attributes):
            return None
        return Code(code) if code in {Code.ACCESS_ACCEPT, Code.ACCESS_REJECT} else None

    def _is_signed(self, head: bytes, attributes: bytes) -> bool:
        """The edge puts Message-Authenticator first into every reply, and so it must be there."""
        if attributes[:2] != bytes((_Attribute.MESSAGE_AUTHENTICATOR, 2 + _MA_OCTETS)):
            return False
        zeroed = attributes[:2] + bytes(_MA_OCTETS) + attributes[2 + _MA_OCTETS :]
        return hmac.compare_digest(self._mac(head + zeroed), attributes[2 : 2 + _MA_OCTETS])

    def _signed(self, code: Code, attributes: bytes) -> bytes:
        empty = _attribute(_Attribute.MESSAGE_AUTHENTICATOR, bytes(_MA_OCTETS))
        length = _HEADER_OCTETS + len(empty) + len(attributes)
        head = bytes((code, self.identifier)) + length.to_bytes(2) + self.authenticator
        mac = self._mac(head + empty + attributes)
        return head + _attribute(_Attribute.MESSAGE_AUTHENTICATOR, mac) + attributes

    def _mac(self, octets: bytes) -> bytes:
        return hmac.digest(self.secret, octets, "md5")

    def _hidden(self, text: bytes) -> bytes:
        """RFC 2865 section 5.2."""
        padded, hidden = text + bytes(-len(text) % _BLOCK or (0 if text else _BLOCK)), b""
        for start in range(0, len(padded), _BLOCK):
            key = md5(self.secret + (hidden[-_BLOCK:] or self.authenticator), usedforsecurity=False).digest()
            hidden += bytes(a ^ b for a, b in zip(padded[start : start + _BLOCK], key, strict=True))
        return hidden


def _attribute(kind: int, value: bytes) -> bytes:
    return bytes((kind, 2 + len(value))) + value
