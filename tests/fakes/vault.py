"""A vault without KMS: it authenticates like the real one, but hides nothing from somebody who knows the key."""

import hashlib
import hmac
from itertools import count

from mfa.domain.sealing import Sealed
from mfa.errors import SealBrokenError, UnavailableError

_TAG_OCTETS = 32


class FakeVault:
    """``available = False`` is KMS being down."""

    def __init__(self, key: bytes = b"fake data key") -> None:
        self.available = True
        self._key = key
        self._serial = count(1)

    def prepare(self) -> None:
        self._check_available()

    def seal(self, plaintext: bytes, context: bytes) -> Sealed:
        self._check_available()
        nonce = next(self._serial).to_bytes(12)
        return Sealed(1, nonce + self._masked(plaintext, nonce) + self._tag(plaintext, nonce, context))

    def open(self, sealed: Sealed, context: bytes) -> bytes:
        self._check_available()
        nonce, body, tag = sealed.octets[:12], sealed.octets[12:-_TAG_OCTETS], sealed.octets[-_TAG_OCTETS:]
        plaintext = self._masked(body, nonce)
        if sealed.key_version != 1 or not hmac.compare_digest(tag, self._tag(plaintext, nonce, context)):
            raise SealBrokenError("the sealed octets do not open with this key and context")
        return plaintext

    def digest(self, purpose: str, value: bytes) -> bytes:
        self._check_available()
        return hmac.digest(self._key, len(purpose).to_bytes(2) + purpose.encode() + value, "sha256")

    def _check_available(self) -> None:
        if not self.available:
            raise UnavailableError("the vault is not reachable")

    def _masked(self, octets: bytes, nonce: bytes) -> bytes:
        mask = hashlib.shake_256(self._key + nonce).digest(len(octets))
        return bytes(left ^ right for left, right in zip(octets, mask, strict=True))

    def _tag(self, plaintext: bytes, nonce: bytes, context: bytes) -> bytes:
        return hmac.digest(self._key, len(context).to_bytes(4) + context + nonce + plaintext, "sha256")
