"""CHAP (RFC 1994) as RADIUS carries it (RFC 2865 section 5.3), the server's side."""

import hashlib
from hmac import compare_digest


def chap_response(identifier: int, secret: str, challenge: bytes) -> bytes:
    """RFC 1994 section 4.1: MD5 of the identifier, the secret (here whatever was typed) and the challenge."""
    content = bytes([identifier]) + secret.encode() + challenge
    return hashlib.md5(content, usedforsecurity=False).digest()


def verify_chap_response(identifier: int, challenge: bytes, response: bytes, secret: str) -> bool:
    return compare_digest(chap_response(identifier, secret, challenge), response)
