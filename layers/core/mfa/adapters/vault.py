"""The vault: AES-256-GCM under data keys that only KMS can unwrap.

A data key is made once, when a new deployment is prepared, and stored wrapped. A key that is missing later is a fault
and never made anew: a new one would open nothing old and change every digest. It is unwrapped when it is first needed,
never at import (a snapshot of a function must not hold it), and kept for an hour at most; so a key that was taken
away in KMS stops working. The encryption context names the deployment: another stack's key does not open here.
"""

import hmac
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from mfa.domain.sealing import Sealed
from mfa.errors import ConditionRefusedError, SealBrokenError, UnavailableError
from mfa.ports import Clock, Random

KEPT_SECONDS: Final = 3600
NONCE_OCTETS: Final = 12
CURRENT_VERSION: Final = 1  # a further one seals new secrets and leaves the old ones readable
DIGEST_VERSION: Final = 1  # digests are looked up by, so their key never changes
_KEY_OCTETS: Final = 32


class WrappedKeys(Protocol):
    """Where wrapped data keys are stored."""

    def read(self, version: int) -> bytes | None: ...

    def create(self, version: int, wrapped: bytes) -> None:
        """Raises ConditionRefusedError if that version exists."""
        ...


@dataclass(frozen=True, slots=True)
class _DataKey:
    """One key per purpose is derived from it, so that what is sealed and what is digested never share one
    (RFC 5869 section 2.3; a data key is uniformly random, so nothing needs to be extracted)."""

    plaintext: bytes = field(repr=False)
    until: float
    derived: dict[str, bytes] = field(repr=False, default_factory=dict)

    def for_purpose(self, purpose: str) -> bytes:
        key = self.derived.get(purpose)
        if key is None:
            expand = HKDFExpand(algorithm=SHA256(), length=_KEY_OCTETS, info=purpose.encode())
            key = self.derived[purpose] = expand.derive(self.plaintext)
        return key


class KmsVault:
    """``kms`` gives the client of KMS; it is asked for when the first key is needed."""

    def __init__(
        self,
        *,
        kms: Callable[[], Any],
        key_id: str,
        deployment: str,
        wrapped_keys: WrappedKeys,
        clock: Clock,
        random: Random,
    ) -> None:
        self._kms = kms
        self._key_id = key_id
        self._context = {"gatehouse:deployment": deployment, "gatehouse:purpose": "data-key"}
        self._wrapped_keys = wrapped_keys
        self._clock = clock
        self._random = random
        self._keys: dict[int, _DataKey] = {}

    def prepare(self) -> None:
        if self._wrapped_keys.read(CURRENT_VERSION) is None:
            self._create(CURRENT_VERSION)

    def seal(self, plaintext: bytes, context: bytes) -> Sealed:
        nonce = self._random.octets(NONCE_OCTETS)
        cipher = self._cipher(CURRENT_VERSION)
        return Sealed(CURRENT_VERSION, nonce + cipher.encrypt(nonce, plaintext, _bound(context, CURRENT_VERSION)))

    def open(self, sealed: Sealed, context: bytes) -> bytes:
        nonce, ciphertext = sealed.octets[:NONCE_OCTETS], sealed.octets[NONCE_OCTETS:]
        cipher = self._cipher(sealed.key_version)
        try:
            return cipher.decrypt(nonce, ciphertext, _bound(context, sealed.key_version))
        except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce and a tag
            raise SealBrokenError("sealed octets do not open: wrong owner, wrong key or tampering") from None

    def digest(self, purpose: str, value: bytes) -> bytes:
        key = self._data_key(DIGEST_VERSION).for_purpose(f"gatehouse|digest|{purpose}")
        return hmac.digest(key, value, "sha256")

    def _cipher(self, version: int) -> AESGCM:
        return AESGCM(self._data_key(version).for_purpose("gatehouse|seal"))

    def _data_key(self, version: int) -> _DataKey:
        now = self._clock.now()
        kept = self._keys.get(version)
        if kept is None or now >= kept.until:
            self._keys.pop(version, None)
            kept = self._keys[version] = _DataKey(self._fetch(version), now + KEPT_SECONDS)
        return kept

    def _fetch(self, version: int) -> bytes:
        wrapped = self._wrapped_keys.read(version)
        if wrapped is not None:
            return self._unwrap(wrapped)
        if version == CURRENT_VERSION:
            raise UnavailableError("the deployment's data key is missing: restore the table's item for it")
        raise SealBrokenError(f"there is no data key {version}")

    def _create(self, version: int) -> None:
        arguments = {"KeyId": self._key_id, "NumberOfBytes": _KEY_OCTETS}
        made = self._ask("generate_data_key_without_plaintext", **arguments)
        with suppress(ConditionRefusedError):  # another one made it first: all use that one
            self._wrapped_keys.create(version, made["CiphertextBlob"])

    def _unwrap(self, wrapped: bytes) -> bytes:
        return bytes(self._ask("decrypt", KeyId=self._key_id, CiphertextBlob=wrapped)["Plaintext"])

    def _ask(self, operation: str, **arguments: object) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._kms(), operation)(EncryptionContext=self._context, **arguments)
        except ClientError as error:
            raise UnavailableError(f"KMS refused {operation}: {error.response['Error']['Code']}") from None
        except BotoCoreError as error:
            raise UnavailableError(f"KMS cannot be reached: {type(error).__name__}") from None
        return answer


def _bound(context: bytes, version: int) -> bytes:
    return context + b"|v%d" % version
