"""The receiving side of Web Push: opening a message (RFC 8291) and knowing its sender (RFC 8292)."""

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MAX_TOKEN_SECONDS: Final = 24 * 3600  # RFC 8292 section 2
_SALT_OCTETS: Final = 16
_HEADER_OCTETS: Final = 21  # salt, record size, length of the key id (RFC 8188 section 2.1)
_LAST_RECORD: Final = 2  # the delimiter before the padding
_VAPID: Final = re.compile(r"vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), ?k=([\w-]+)", re.ASCII)


class WebPushError(Exception):
    """Raised for a message that cannot be opened, or whose sender cannot be known. The text holds no secret."""


@dataclass(frozen=True, slots=True)
class SubscriptionKeys:
    """What a browser makes for a subscription, with the private half that no browser gives away."""

    private_key: ec.EllipticCurvePrivateKey = field(repr=False)
    auth_secret: bytes = field(repr=False)

    @property
    def public_key(self) -> bytes:
        return _raw(self.private_key.public_key())

    def open(self, message: bytes) -> bytes:
        """The plaintext of a body of one record. Raises WebPushError."""
        salt, sender, record = _parts(message)
        context = b"WebPush: info\0" + self.public_key + sender
        shared = self.private_key.exchange(ec.ECDH(), _point(sender))
        keying_material = _derived(shared, self.auth_secret, context, 32)
        key = _derived(keying_material, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _derived(keying_material, salt, b"Content-Encoding: nonce\0", 12)
        try:
            padded = AESGCM(key).decrypt(nonce, record, None)
        except InvalidTag:
            raise WebPushError("the message is not for these keys") from None
        content, delimiter = padded.rstrip(b"\0")[:-1], padded.rstrip(b"\0")[-1:]
        if delimiter != bytes([_LAST_RECORD]):
            raise WebPushError("the message is not one whole record")
        return content


def verify_sender(authorization: str, audience: str, now: float) -> bytes:
    """The public key (65 octets) of whoever signed this header for this push service. Raises WebPushError."""
    match = _VAPID.fullmatch(authorization)
    if match is None:
        raise WebPushError("the Authorization is not of the vapid scheme")
    header, claims, signature, key = match.groups()
    public_key = _octets(key)
    _verify(public_key, f"{header}.{claims}".encode(), _octets(signature))
    _check_claims(_part(header), _part(claims), audience, now)
    return public_key


def _check_claims(header: object, claims: object, audience: str, now: float) -> None:
    if not isinstance(header, dict) or header.get("alg") != "ES256" or not isinstance(claims, dict):
        raise WebPushError("the token is not an ES256 one")
    if claims.get("aud") != audience:
        raise WebPushError("the token is for another push service")
    expires = claims.get("exp")
    if not isinstance(expires, int | float) or not now < expires <= now + MAX_TOKEN_SECONDS:
        raise WebPushError("the token's time is over, or too far away")
    if not _is_contact(str(claims.get("sub", ""))):
        raise WebPushError("the token names no contact")  # Apple answers 403 then


def _is_contact(subject: str) -> bool:
    return bool(re.fullmatch(r"mailto:[^@\s]+@[^@\s]+", subject)) or urlsplit(subject).scheme in {"https", "http"}


def _verify(public_key: bytes, signed: bytes, signature: bytes) -> None:
    if len(signature) != 64:
        raise WebPushError("the token is not signed by its key")
    der = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    try:
        _point(public_key).verify(der, signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise WebPushError("the token is not signed by its key") from None


def _parts(message: bytes) -> tuple[bytes, bytes, bytes]:
    """Salt, the sender's public key, the one record."""
    if len(message) <= _HEADER_OCTETS:
        raise WebPushError("the message is too short")
    record_octets, id_octets = int.from_bytes(message[16:20]), message[20]
    start = _HEADER_OCTETS + id_octets
    record = message[start:]
    if not 17 < len(record) <= record_octets:
        raise WebPushError("the message is not one whole record")
    return message[:_SALT_OCTETS], message[_HEADER_OCTETS:start], record


def _derived(material: bytes, salt: bytes, information: bytes, octets: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=octets, salt=salt, info=information).derive(material)


def _point(public_key: bytes) -> ec.EllipticCurvePublicKey:
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    except ValueError:
        raise WebPushError("a public key is no point of the curve") from None


def _raw(public_key: ec.EllipticCurvePublicKey) -> bytes:
    return public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _part(text: str) -> object:
    try:
        return json.loads(_octets(text))
    except ValueError:
        raise WebPushError("the token is no JSON Web Token") from None


def _octets(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise WebPushError("the Authorization is not of the vapid scheme") from None
