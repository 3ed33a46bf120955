"""Voluntary application server identification (RFC 8292): a signed token that tells a push service who sends.

A token is good for one audience (the push service's origin) and made again long before its end.
"""

import json
from dataclasses import dataclass, field
from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from mfa.adapters.web_push import p256
from mfa.contract.fields import base64url
from mfa.ports import Clock

TOKEN_SECONDS: Final = 12 * 3600  # RFC 8292 section 2: at most 24 hours; the rest is for clocks that are wrong
RENEWED_SECONDS: Final = 3600  # before its end
_COORDINATE_OCTETS: Final = 32


class SigningKey(Protocol):
    def private_key(self) -> ec.EllipticCurvePrivateKey:
        """Raises UnavailableError or SealBrokenError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    header: str = field(repr=False)
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    until: float


class Vapid:
    """``contact`` is whom a push service may write to: a mailto: or https: URI, None if nobody."""

    def __init__(self, *, keys: SigningKey, contact: str | None, clock: Clock) -> None:
        self._keys = keys
        self._contact = contact
        self._clock = clock
        self._kept: dict[str, _Kept] = {}

    def authorization(self, audience: str) -> str:
        """The Authorization header (section 3). Raises UnavailableError or SealBrokenError."""
        now, key = self._clock.now(), self._keys.private_key()
        kept = self._kept.get(audience)
        if kept is None or kept.key is not key or now >= kept.until:
            header = self._made(audience, key, now)
            kept = _Kept(header=header, key=key, until=now + TOKEN_SECONDS - RENEWED_SECONDS)
            self._kept[audience] = kept
        return kept.header

    def _made(self, audience: str, key: ec.EllipticCurvePrivateKey, now: float) -> str:
        claims: dict[str, object] = {"aud": audience, "exp": int(now) + TOKEN_SECONDS}
        if self._contact is not None:
            claims["sub"] = self._contact
        return f"vapid t={_signed(claims, key)}, k={base64url(p256.public_octets(key))}"


def _signed(claims: dict[str, object], key: ec.EllipticCurvePrivateKey) -> str:
    """A JWS in its compact form (RFC 7515) by ES256: r and s as they are, not in DER (RFC 7518 section 3.4)."""
    octets = f"{_part({'typ': 'JWT', 'alg': 'ES256'})}.{_part(claims)}".encode()
    r, s = decode_dss_signature(key.sign(octets, ec.ECDSA(SHA256())))
    signature = r.to_bytes(_COORDINATE_OCTETS) + s.to_bytes(_COORDINATE_OCTETS)
    return f"{octets.decode()}.{base64url(signature)}"


def _part(value: dict[str, object]) -> str:
    return base64url(json.dumps(value, separators=(",", ":")).encode())
