"""As much of WebAuthn as a server needs that has made its own options: ES256, no attestation."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

RELYING_PARTY: Final = "localhost"
_PRESENT, _VERIFIED = 0x01, 0x04


def octets_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class RefusedError(Exception):
    """Raised for a credential or an assertion that proves nothing."""


@dataclass(frozen=True, slots=True)
class Credential:
    credential_id: bytes
    public_key: ec.EllipticCurvePublicKey


def verified_creation(credential: Mapping[str, Any], challenge: bytes, origin: str) -> Credential:
    response = credential["response"]
    _check_client(octets_of(response["clientDataJSON"]), "webauthn.create", challenge, origin)
    authenticator = _authenticator_data(octets_of(response["attestationObject"]))
    _check_authenticator(authenticator)
    length = int.from_bytes(authenticator[53:55])
    return Credential(authenticator[55 : 55 + length], _public_key(authenticator[55 + length :]))


def check_assertion(assertion: Mapping[str, Any], challenge: bytes, origin: str, credential: Credential) -> None:
    response = assertion["response"]
    client = octets_of(response["clientDataJSON"])
    authenticator = octets_of(response["authenticatorData"])
    _check_client(client, "webauthn.get", challenge, origin)
    _check_authenticator(authenticator)
    if octets_of(assertion["rawId"]) != credential.credential_id:
        raise RefusedError("another credential")
    signed = authenticator + hashlib.sha256(client).digest()
    try:
        credential.public_key.verify(octets_of(response["signature"]), signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise RefusedError("signature") from None


def _check_client(client: bytes, kind: str, challenge: bytes, origin: str) -> None:
    said = json.loads(client)
    if (said["type"], octets_of(said["challenge"]), said["origin"]) != (kind, challenge, origin):
        raise RefusedError("client data")


def _check_authenticator(data: bytes) -> None:
    if data[:32] != hashlib.sha256(RELYING_PARTY.encode()).digest():
        raise RefusedError("relying party")
    if not (data[32] & _PRESENT and data[32] & _VERIFIED):
        raise RefusedError("the user was not verified")


def _authenticator_data(attestation: bytes) -> bytes:
    """The octet string behind the CBOR key "authData"; with attestation "none" nothing else is of interest."""
    start = attestation.index(b"\x68authData") + 9
    size = {0x58: 1, 0x59: 2}[attestation[start]]
    length = int.from_bytes(attestation[start + 1 : start + 1 + size])
    return attestation[start + 1 + size :][:length]


def _public_key(cose: bytes) -> ec.EllipticCurvePublicKey:
    """x and y of an EC2 key (RFC 9053 section 7.1.1), in CTAP's canonical order."""
    x, y = cose.index(b"\x21\x58\x20") + 3, cose.index(b"\x22\x58\x20") + 3
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + cose[x : x + 32] + cose[y : y + 32])
