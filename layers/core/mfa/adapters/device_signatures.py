"""SignatureVerifier on ``cryptography``: ECDSA on P-256 with SHA-256 (FIPS 186-5), in the form of WebCrypto.

A signature with the other value of s (n - s) verifies as well, as it does everywhere but in Bitcoin: WebCrypto makes
both kinds. So a signature must never serve as the name of what was signed.
"""

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from mfa.domain.push_devices import PUBLIC_KEY_OCTETS, SIGNATURE_OCTETS

_ALGORITHM: Final = ECDSA(SHA256())


class EcdsaVerifier:
    def verify_signature(self, public_key: bytes, octets: bytes, signature: bytes) -> bool:
        key = _point(public_key)
        if key is None or len(signature) != SIGNATURE_OCTETS:
            return False
        half = SIGNATURE_OCTETS // 2
        r, s = int.from_bytes(signature[:half]), int.from_bytes(signature[half:])
        try:
            key.verify(encode_dss_signature(r, s), octets, _ALGORITHM)  # OpenSSL refuses r and s outside 1 … n-1
        except InvalidSignature:
            return False
        return True

    def is_public_key(self, public_key: bytes) -> bool:
        return _point(public_key) is not None


def _point(public_key: bytes) -> EllipticCurvePublicKey | None:
    """Only the one form that devices send: the library takes compressed points (33 octets) as well."""
    if len(public_key) != PUBLIC_KEY_OCTETS:
        return None
    try:
        return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public_key)
    except ValueError:  # not on the curve, or not in the uncompressed form
        return None
