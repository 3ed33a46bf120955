"""Devices that can approve logins: a key that signs, a way to wake the app, and perhaps a passkey."""

from dataclasses import dataclass, field
from typing import Final

MAX_DEVICES: Final = 5  # of one user; each is named by one digit (push2)
DEVICE_ID_OCTETS: Final = 16
PUBLIC_KEY_OCTETS: Final = 65  # P-256, uncompressed (SEC 1 section 2.3.3), as WebCrypto exports it "raw"
SIGNATURE_OCTETS: Final = 64  # r and s of ECDSA, as WebCrypto makes them (IEEE P1363), not DER


@dataclass(frozen=True, slots=True, kw_only=True)
class PushSubscription:
    """Where a push service takes messages for the app (RFC 8030), and the keys that they are sealed with (RFC 8291):
    ``public_key`` 65 octets, ``auth_secret`` 16. The endpoint is a capability: whoever has it can ring."""

    endpoint: str = field(repr=False)
    public_key: bytes = field(repr=False)
    auth_secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A WebAuthn credential of the device. ``public_key`` is a COSE key."""

    credential_id: bytes
    public_key: bytes = field(repr=False)
    sign_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PushDevice:
    """``device_id`` is base64url. Its place among the user's devices stands in the hot item (CodeFactors.devices),
    which also decides whether it counts: a device that is not there approves nothing. Times in Unix seconds."""

    device_id: str
    user_id: str
    name: str
    public_key: bytes = field(repr=False)
    created_at: int
    subscription: PushSubscription | None = None
    passkey: Passkey | None = None
    last_used_at: int | None = None
