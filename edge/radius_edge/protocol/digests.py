"""MD5 and keyed hashes whose key is taken in once, then copied for every packet.

RADIUS is built on MD5; nothing here chooses it. CPython's own MD5 is preferred to OpenSSL's: it exists on machines
where OpenSSL forbids MD5, and it is quicker on short input.
"""

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from hashlib import md5
else:
    try:
        from _md5 import md5
    except ImportError:  # a Python built without its own hashes
        from hashlib import md5

__all__ = ["KeyedHash", "hmac_md5", "hmac_sha256", "md5"]

_BLOCK_OCTETS: Final = 64  # of MD5 and of SHA-256 (RFC 2104)
_INNER: Final = bytes(octet ^ 0x36 for octet in range(256))
_OUTER: Final = bytes(octet ^ 0x5C for octet in range(256))


class _Hash(Protocol):
    def copy(self) -> "_Hash": ...
    def update(self, octets: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


class KeyedHash:
    """HMAC (RFC 2104) with both key blocks hashed beforehand: half the work of a one-shot HMAC."""

    __slots__ = ("_copy_inner", "_copy_outer")

    def __init__(self, key: bytes, new: Callable[[bytes], _Hash]) -> None:
        if len(key) > _BLOCK_OCTETS:
            key = new(key).digest()
        block = key.ljust(_BLOCK_OCTETS, b"\0")
        self._copy_inner = new(block.translate(_INNER)).copy
        self._copy_outer = new(block.translate(_OUTER)).copy

    def digest(self, octets: bytes) -> bytes:
        inner, outer = self._copy_inner(), self._copy_outer()
        inner.update(octets)
        outer.update(inner.digest())
        return outer.digest()


def hmac_md5(key: bytes) -> KeyedHash:
    return KeyedHash(key, md5)


def hmac_sha256(key: bytes) -> KeyedHash:
    return KeyedHash(key, hashlib.sha256)
