"""MD4 (RFC 1320), for one purpose: the NT hash inside MS-CHAP (RFC 2433, RFC 2759).

OpenSSL 3 no longer offers it. Its weakness is known and does not matter here: the protocol prescribes it, and
no other use is allowed.
"""

import struct
from typing import Final

_MASK: Final = 0xFFFFFFFF
_START: Final = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476)
_BLOCK: Final = struct.Struct("<16I")

# RFC 1320 section 3.4: which word is added in each step of a round, with the shift that follows
_ROUND_1: Final = tuple(zip(range(16), (3, 7, 11, 19) * 4, strict=True))
_ROUND_2: Final = tuple(zip((0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), (3, 5, 9, 13) * 4, strict=True))
_ROUND_3: Final = tuple(zip((0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15), (3, 9, 11, 15) * 4, strict=True))
_SQUARE_ROOT_OF_2: Final = 0x5A827999
_SQUARE_ROOT_OF_3: Final = 0x6ED9EBA1


def md4(message: bytes) -> bytes:
    """The 16-octet digest."""
    padded = message + b"\x80" + bytes(-(len(message) + 9) % 64) + struct.pack("<Q", len(message) * 8)
    state = _START
    for at in range(0, len(padded), 64):
        state = _compress(state, _BLOCK.unpack_from(padded, at))
    return struct.pack("<4I", *state)


def _compress(state: tuple[int, int, int, int], words: tuple[int, ...]) -> tuple[int, int, int, int]:
    a, b, c, d = state
    for word, shift in _ROUND_1:
        total = a + ((b & c) | (~b & d)) + words[word]
        a, b, c, d = d, _rotated(total, shift), b, c
    for word, shift in _ROUND_2:
        total = a + ((b & c) | (b & d) | (c & d)) + words[word] + _SQUARE_ROOT_OF_2
        a, b, c, d = d, _rotated(total, shift), b, c
    for word, shift in _ROUND_3:
        total = a + (b ^ c ^ d) + words[word] + _SQUARE_ROOT_OF_3
        a, b, c, d = d, _rotated(total, shift), b, c
    return (
        (state[0] + a) & _MASK,
        (state[1] + b) & _MASK,
        (state[2] + c) & _MASK,
        (state[3] + d) & _MASK,
    )


def _rotated(total: int, bits: int) -> int:
    value = total & _MASK
    return ((value << bits) | (value >> (32 - bits))) & _MASK
