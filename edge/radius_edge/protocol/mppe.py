"""MS-MPPE keys in an Access-Accept (RFC 2548 section 2.4), hidden under the shared secret.

They exist only where a dangerous switch of the client's policy asks for them: keys made from a code of six digits
protect no more than that code does.
"""

from typing import Final

from radius_edge.protocol.errors import ReplyError
from radius_edge.protocol.ms_chap import MICROSOFT
from radius_edge.protocol.shared_secret import SharedSecret
from radius_edge.protocol.vendor import vendor_attribute

MPPE_ENCRYPTION_POLICY: Final = 7
MPPE_ENCRYPTION_TYPES: Final = 8
MPPE_SEND_KEY: Final = 16
MPPE_RECV_KEY: Final = 17
SALT_OCTETS: Final = 2
_BLOCK_OCTETS: Final = 16
_MAX_KEY_OCTETS: Final = 239  # one octet of length before it, 15 blocks in all
_ENCRYPTION_ALLOWED: Final = (1).to_bytes(4)  # section 2.4.4
_RC4_128_BIT: Final = (4).to_bytes(4)  # section 2.4.5, the S bit alone: 40-bit keys are never offered


def hide_key(key: bytes, salt: bytes, authenticator: bytes, secret: SharedSecret) -> bytes:
    """Salt and String of section 2.4.2. ``salt`` has its highest bit set and is unique within the packet."""
    if len(salt) != SALT_OCTETS or not salt[0] & 0x80:
        raise ReplyError("the salt of a key must have two octets with the highest bit set")
    if not 1 <= len(key) <= _MAX_KEY_OCTETS:
        raise ReplyError(f"a key must have 1 to {_MAX_KEY_OCTETS} octets")
    plain = bytes((len(key),)) + key
    plain += bytes(-len(plain) % _BLOCK_OCTETS)
    hidden, vector = b"", authenticator + salt
    for at in range(0, len(plain), _BLOCK_OCTETS):
        vector = _xor(plain[at : at + _BLOCK_OCTETS], secret.pad(vector))
        hidden += vector
    return salt + hidden


def read_key(octets: bytes, authenticator: bytes, secret: SharedSecret) -> bytes:
    """What a client reads out of ``hide_key``. Raises ReplyError."""
    salt, hidden = octets[:SALT_OCTETS], octets[SALT_OCTETS:]
    if len(salt) < SALT_OCTETS or not salt[0] & 0x80 or not hidden or len(hidden) % _BLOCK_OCTETS:
        raise ReplyError("this is no salted key")
    plain, vector = b"", authenticator + salt
    for at in range(0, len(hidden), _BLOCK_OCTETS):
        block = hidden[at : at + _BLOCK_OCTETS]
        plain += _xor(block, secret.pad(vector))
        vector = block
    if plain[0] >= len(plain) or any(plain[1 + plain[0] :]):
        raise ReplyError("this key was hidden under another secret or request")
    return plain[1 : 1 + plain[0]]


def key_attributes(send_key: bytes, recv_key: bytes, salt: bytes, authenticator: bytes, secret: SharedSecret) -> bytes:
    """Policy, types and both keys. ``salt``: two random octets; each key gets one of its own from them."""
    send_salt = bytes((salt[0] | 0x80, salt[1]))
    recv_salt = bytes((send_salt[0], salt[1] ^ 1))
    return (
        vendor_attribute(MICROSOFT, MPPE_ENCRYPTION_POLICY, _ENCRYPTION_ALLOWED)
        + vendor_attribute(MICROSOFT, MPPE_ENCRYPTION_TYPES, _RC4_128_BIT)
        + vendor_attribute(MICROSOFT, MPPE_SEND_KEY, hide_key(send_key, send_salt, authenticator, secret))
        + vendor_attribute(MICROSOFT, MPPE_RECV_KEY, hide_key(recv_key, recv_salt, authenticator, secret))
    )


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left) ^ int.from_bytes(right)).to_bytes(len(left))
