"""Keys of the curve P-256 as Web Push has them: public ones as 65 octets, uncompressed (SEC 1 section 2.3.3)."""

from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE: Final = ec.SECP256R1()
PRIVATE_KEY_OCTETS: Final = 32


def public_octets(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def private_octets(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_numbers().private_value.to_bytes(PRIVATE_KEY_OCTETS)


def private_key(octets: bytes) -> ec.EllipticCurvePrivateKey:
    """Raises ValueError."""
    return ec.derive_private_key(int.from_bytes(octets), CURVE)


def public_key(octets: bytes) -> ec.EllipticCurvePublicKey:
    """Raises ValueError if it is not a point of the curve."""
    return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, octets)


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(CURVE)
