"""Message encryption for Web Push (RFC 8291), both ways: what the app's subscription alone can open.

A push service carries the message and cannot read it. The sender's key is made for one message.
"""

from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mfa.adapters.web_push import content_coding, p256

_INFO: Final = b"WebPush: info\0"


def encrypt(
    plaintext: bytes,
    receiver: bytes,
    auth_secret: bytes,
    *,
    sender: ec.EllipticCurvePrivateKey,
    salt: bytes,
    padded_to: int = 0,
) -> bytes:
    """``receiver`` is the subscription's public key. ``sender`` and ``salt`` (16 octets) must be used once only. Raises
    ValueError if the key is none, or the plaintext too long."""
    public = p256.public_octets(sender)
    shared = sender.exchange(ec.ECDH(), p256.public_key(receiver))
    key = _keying_material(shared, auth_secret, receiver, public)
    return content_coding.encode(plaintext, key, salt, public, padded_to=padded_to)


def decrypt(message: bytes, receiver: ec.EllipticCurvePrivateKey, auth_secret: bytes) -> bytes:
    """What the browser does. Raises ValueError."""
    sender = content_coding.key_id_of(message)
    shared = receiver.exchange(ec.ECDH(), p256.public_key(sender))
    key = _keying_material(shared, auth_secret, p256.public_octets(receiver), sender)
    return content_coding.decode(message, key)


def _keying_material(shared: bytes, auth_secret: bytes, receiver: bytes, sender: bytes) -> bytes:
    """Section 3.3: the subscription's secret is mixed in, so that a public key alone lets nobody write."""
    return HKDF(algorithm=SHA256(), length=32, salt=auth_secret, info=_INFO + receiver + sender).derive(shared)
