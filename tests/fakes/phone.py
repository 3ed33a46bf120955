"""A person's phone: a device key as the browser keeps it, and a passkey with an authenticator of its own.

It builds what it signs from what it was shown, independently of the server's code.
"""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mfa.contract.fields import base64url

# FIDO's authenticator data (WebAuthn section 6.1): user present, user verified, attested credential data follows.
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def raw_public_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def raw_signature(key: ec.EllipticCurvePrivateKey, octets: bytes) -> bytes:
    r, s = decode_dss_signature(key.sign(octets, ec.ECDSA(SHA256())))
    return r.to_bytes(32) + s.to_bytes(32)


def as_javascript_writes(*parts: str | int) -> bytes:
    """``JSON.stringify([...])``"""
    return json.dumps(parts, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass
class Phone:
    device_id: str = ""
    key: ec.EllipticCurvePrivateKey = field(default_factory=new_key)

    @property
    def public_key(self) -> bytes:
        return raw_public_key(self.key)

    def sign(self, octets: bytes) -> str:
        return base64url(raw_signature(self.key, octets))

    def pairing(self, session_token: str, name: str) -> dict[str, Any]:
        """The body of ``POST /v1/enrollment/devices``."""
        session, key = base64url(hashlib.sha256(session_token.encode()).digest()), base64url(self.public_key)
        signature = self.sign(as_javascript_writes("gatehouse-pairing-v1", session, key, name))
        return {"name": name, "public_key": key, "signature": signature}

    def authorization(self, method: str, path: str, time_ms: int, body: bytes = b"") -> str:
        digest = base64url(hashlib.sha256(body).digest())
        signed = as_javascript_writes("gatehouse-request-v1", self.device_id, method, path, time_ms, digest)
        return f'Gatehouse-Device id="{self.device_id}", time="{time_ms}", signature="{self.sign(signed)}"'

    def decision_octets(self, prompt: dict[str, Any], decision: str, number: str = "") -> bytes:
        """``prompt`` as the device API shows it."""
        shown = [prompt[name] for name in ("id", "nonce", "user", "client", "address", "time")]
        return as_javascript_writes("gatehouse-decision-v1", *shown, decision, number)

    def decision(self, prompt: dict[str, Any], decision: str, number: str | None = None) -> dict[str, Any]:
        """The body of ``POST /v1/device/prompts/{id}/decision``."""
        signature = self.sign(self.decision_octets(prompt, decision, number or ""))
        body = {"decision": decision, "signature": signature}
        return body if number is None else {**body, "number": number}


@dataclass
class SoftPasskey:
    """An authenticator with one credential; ``counts`` is whether it counts its signatures, as few still do."""

    origin: str
    relying_party_id: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=new_key)
    credential_id: bytes = b"a credential of a soft key"
    counts: bool = False
    signatures: int = 0

    def create(self, challenge: str, *, flags: int = PRESENT | VERIFIED) -> dict[str, Any]:
        """What ``navigator.credentials.create()`` gives, as ``toJSON()`` writes it."""
        attested = bytes(16) + len(self.credential_id).to_bytes(2) + self.credential_id + self._cose_key()
        data = self._authenticator_data(flags | ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client_data = self._client_data("webauthn.create", challenge)
        return self._credential({"clientDataJSON": base64url(client_data), "attestationObject": base64url(attestation)})

    def get(self, challenge: bytes, *, flags: int = PRESENT | VERIFIED) -> dict[str, Any]:
        """What ``navigator.credentials.get()`` gives."""
        self.signatures += self.counts
        data = self._authenticator_data(flags)
        client_data = self._client_data("webauthn.get", base64url(challenge))
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        return self._credential(
            {
                "clientDataJSON": base64url(client_data),
                "authenticatorData": base64url(data),
                "signature": base64url(signature),
                "userHandle": None,
            }
        )

    def _authenticator_data(self, flags: int) -> bytes:
        return hashlib.sha256(self.relying_party_id.encode()).digest() + bytes([flags]) + self.signatures.to_bytes(4)

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _cose_key(self) -> bytes:
        """RFC 9053 section 7.1.1: EC2, ES256, P-256, x, y."""
        point = raw_public_key(self.key)
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        name = base64url(self.credential_id)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        }
