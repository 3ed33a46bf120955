"""MS-CHAP version 1 (RFC 2433) and version 2 (RFC 2759), the server's side, and their keys (RFC 2548, RFC 3079).

Pure. DES comes in as a function, because the standard library has none. A *password* here is whatever text the
server knows as a candidate: a code, a word. DES and MD4 are broken, and prescribed: who captures a response finds a
six-digit code in no time. What the protocol gives is that no text is sent in clear, not that none can be found out.
"""

import hashlib
from collections.abc import Callable, Sequence
from hmac import compare_digest
from typing import Final

from mfa.domain.md4 import md4

type Des = Callable[[bytes, bytes], bytes]
"""(8-octet key, its parity bits ignored; whole blocks of 8 octets) -> each block encrypted for itself."""

# RFC 2759 section 8.7
_MAGIC_1: Final = b"Magic server to client signing constant"
_MAGIC_2: Final = b"Pad to make it do more than one iteration"
# RFC 3079 section 3.4
_KEY_MAGIC_1: Final = b"This is the MPPE Master Key"
_KEY_MAGIC_2: Final = b"On the client side, this is the send key; on the server side, it is the receive key."
_KEY_MAGIC_3: Final = b"On the client side, this is the receive key; on the server side, it is the send key."
_PAD_1: Final = bytes(40)
_PAD_2: Final = b"\xf2" * 40


def nt_hash(password: str) -> bytes:
    """RFC 2759 section 8.3: MD4 of the password in UTF-16, little-endian."""
    return md4(password.encode("utf-16-le"))


def challenge_hash(peer_challenge: bytes, authenticator_challenge: bytes, user_name: bytes) -> bytes:
    """RFC 2759 section 8.2: the 8-octet challenge of version 2. ``user_name`` is without its domain."""
    return hashlib.sha1(peer_challenge + authenticator_challenge + user_name, usedforsecurity=False).digest()[:8]


def nt_response(challenge: bytes, password_hash: bytes, des: Des) -> bytes:
    """RFC 2759 section 8.5: 24 octets from an 8-octet challenge and a 16-octet NT hash."""
    key = password_hash + bytes(5)
    return b"".join(des(_spread(key[at : at + 7]), challenge) for at in (0, 7, 14))


def verify_nt_response(challenges: Sequence[bytes], response: bytes, password_hash: bytes, des: Des) -> bytes | None:
    """The challenge to which that hash gives that response; None if there is none among them.

    The first third is compared first: it tells a wrong candidate at a third of the cost, for all challenges in one
    call, and nothing leaves the server in between."""
    thirds = des(_spread(password_hash[:7]), b"".join(challenges))
    found = None
    for index, challenge in enumerate(challenges):
        if compare_digest(thirds[index * 8 : index * 8 + 8], response[:8]):
            fits = compare_digest(nt_response(challenge, password_hash, des), response)
            found = challenge if fits else found
    return found


def authenticator_response(password_hash: bytes, response: bytes, challenge: bytes) -> str:
    """RFC 2759 section 8.7: ``S=`` and 40 hexadecimal digits, by which the server proves itself."""
    digest = hashlib.sha1(md4(password_hash) + response + _MAGIC_1, usedforsecurity=False).digest()
    return "S=" + hashlib.sha1(digest + challenge + _MAGIC_2, usedforsecurity=False).hexdigest().upper()


def mppe_keys(password_hash: bytes, response: bytes) -> tuple[bytes, bytes]:
    """(send, receive) session keys of the server, 16 octets each: RFC 3079 section 3.3."""
    digest = hashlib.sha1(md4(password_hash) + response + _KEY_MAGIC_1, usedforsecurity=False).digest()
    return _start_key(digest[:16], _KEY_MAGIC_3), _start_key(digest[:16], _KEY_MAGIC_2)


def _start_key(master_key: bytes, magic: bytes) -> bytes:
    return hashlib.sha1(master_key + _PAD_1 + magic + _PAD_2, usedforsecurity=False).digest()[:16]


def _spread(seven: bytes) -> bytes:
    """56 key bits as 8 octets, the lowest bit of each left for parity."""
    bits = int.from_bytes(seven)
    return bytes(((bits >> shift) & 0x7F) << 1 for shift in range(49, -1, -7))
