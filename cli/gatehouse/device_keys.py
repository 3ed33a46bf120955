"""The key of a device that lives in this terminal, and the file that keeps it between two commands.

A phone's key cannot leave its browser. This one is in a file that only its owner may read: good for trying push out
and for tests, not for a person's logins.
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from gatehouse.device_signatures import base64url
from gatehouse.errors import CommandError

VERSION: Final = 1
_COORDINATE_OCTETS: Final = 32


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """A P-256 key pair."""

    private: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def new(cls) -> Self:
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @property
    def public(self) -> bytes:
        """65 octets, uncompressed."""
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def sign(self, octets: bytes) -> str:
        """ECDSA with SHA-256: r and s, 32 octets each, as base64url. That is what WebCrypto makes."""
        numbers = decode_dss_signature(self.private.sign(octets, ec.ECDSA(hashes.SHA256())))
        return base64url(b"".join(number.to_bytes(_COORDINATE_OCTETS) for number in numbers))


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """A paired device as it is kept: where it was paired, under which id, with which key."""

    url: str
    device_id: str
    key: DeviceKey = field(repr=False)

    def save(self, path: Path) -> None:
        """Never over another device's key. From its first octet on the file is its owner's alone."""
        pem = self.key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        document = {"version": VERSION, "url": self.url, "device_id": self.device_id, "private_key": pem.decode()}
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise CommandError("key-file", f"{path} cannot be written: {error.strerror}") from None
        with os.fdopen(descriptor, "w") as file:
            json.dump(document, file, indent=2)

    @classmethod
    def load(cls, path: Path) -> Self:
        try:
            return cls._read(json.loads(path.read_text()))
        except OSError as error:
            text = f"{path} cannot be read: {error.strerror}; pair first: gatehouse device pair CODE"
            raise CommandError("key-file", text) from None
        except (AttributeError, KeyError, TypeError, ValueError):
            raise CommandError("key-file", f"{path} is no key file of this command") from None

    @classmethod
    def _read(cls, document: Any) -> Self:  # noqa: ANN401 -- what does not fit raises one of the errors above
        if document["version"] != VERSION:
            raise ValueError("another version")
        private = load_pem_private_key(document["private_key"].encode(), None)
        if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
            raise TypeError("no key of that kind")
        return cls(url=str(document["url"]), device_id=str(document["device_id"]), key=DeviceKey(private))
