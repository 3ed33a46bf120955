"""An authenticator app: it knows nothing but what the enrolment showed, and computes RFC 6238 on its own."""

import base64
import hashlib
import hmac
from urllib.parse import parse_qs, urlsplit


def code_of(otpauth_uri: str, now: float) -> str:
    read = {name: values[0] for name, values in parse_qs(urlsplit(otpauth_uri).query).items()}
    seed = base64.b32decode(read["secret"] + "=" * (-len(read["secret"]) % 8))
    digits, period = int(read.get("digits", "6")), int(read.get("period", "30"))
    digest = getattr(hashlib, read.get("algorithm", "SHA1").lower())
    mac = hmac.digest(seed, (int(now) // period).to_bytes(8), digest)
    start = mac[-1] & 15
    return str((int.from_bytes(mac[start : start + 4]) & 0x7FFFFFFF) % 10**digits).zfill(digits)


def other_code(code: str) -> str:
    """A code of the same length that is wrong for every step that one could be right for, almost surely."""
    return str((int(code) + 417_011) % 10 ** len(code)).zfill(len(code))
