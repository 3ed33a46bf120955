"""User-Password, hidden and read (RFC 2865 section 5.2).

The reader gives text or a reason. Bytes that are not strict UTF-8, and NUL anywhere but in the padding, are refused
rather than repaired: a repaired password is a different password, and an empty one must never reach a directory.
"""

from typing import Final

from radius_edge.protocol.errors import CredentialError
from radius_edge.protocol.reasons import LocalRejectReason
from radius_edge.protocol.shared_secret import SharedSecret

BLOCK_OCTETS: Final = 16
MAX_OCTETS: Final = 128


def read_user_password(hidden: bytes, authenticator: bytes, secret: SharedSecret) -> str:
    """The text under a User-Password of 16 to 128 octets; raise CredentialError."""
    if len(hidden) % BLOCK_OCTETS or not BLOCK_OCTETS <= len(hidden) <= MAX_OCTETS:
        raise CredentialError(LocalRejectReason.PASSWORD_LENGTH)
    stream, size = secret.pad(authenticator), len(hidden)
    if size > BLOCK_OCTETS:
        for at in range(0, size - BLOCK_OCTETS, BLOCK_OCTETS):
            stream += secret.pad(hidden[at : at + BLOCK_OCTETS])
    text = int.from_bytes(hidden, "big") ^ int.from_bytes(stream, "big")
    return _text(text.to_bytes(size, "big").rstrip(b"\0"))


def hide_user_password(text: str, authenticator: bytes, secret: SharedSecret) -> bytes:
    """What a client sends. An empty text becomes one block of padding, as clients do it."""
    octets = text.encode()
    if len(octets) > MAX_OCTETS:
        raise ValueError(f"a User-Password holds at most {MAX_OCTETS} octets")
    blocks = max(1, -(-len(octets) // BLOCK_OCTETS))
    octets = octets.ljust(blocks * BLOCK_OCTETS, b"\0")
    hidden, vector = b"", authenticator
    for at in range(0, len(octets), BLOCK_OCTETS):
        vector = _xor(octets[at : at + BLOCK_OCTETS], secret.pad(vector))
        hidden += vector
    return hidden


def _text(octets: bytes) -> str:
    if not octets:
        raise CredentialError(LocalRejectReason.PASSWORD_EMPTY)
    if octets.find(0) >= 0:
        raise CredentialError(LocalRejectReason.PASSWORD_NOT_TEXT)
    try:
        return octets.decode()
    except UnicodeDecodeError:
        raise CredentialError(LocalRejectReason.PASSWORD_NOT_TEXT) from None


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left) ^ int.from_bytes(right)).to_bytes(len(left))
