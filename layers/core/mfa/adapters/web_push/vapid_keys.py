"""The key by which push services know this deployment (VAPID, RFC 8292): made on first need, kept for ever.

Browsers bind their subscriptions to it, so another one would silence all of them. It is stored sealed, by one
conditional write: of many that make one at once, all use the one that was stored. Like the vault's own keys it is kept
in memory for an hour at most.
"""

from contextlib import suppress
from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric import ec

from mfa.adapters.web_push import p256
from mfa.domain.sealing import Sealed
from mfa.errors import ConditionRefusedError, UnavailableError
from mfa.ports import Clock, Vault

KEPT_SECONDS: Final = 3600
_CONTEXT: Final = b"vapid-key"


class SealedKeyStore(Protocol):
    """Where the sealed key is stored (KEY#vapid / SEALED)."""

    def read(self) -> Sealed | None:
        """Strongly consistent."""
        ...

    def create(self, key: Sealed) -> None:
        """Raises ConditionRefusedError if there is one."""
        ...


class StoredVapidKeys:
    """VapidKeys, and the private key for those who sign."""

    def __init__(self, *, store: SealedKeyStore, vault: Vault, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._key: ec.EllipticCurvePrivateKey | None = None
        self._until = 0.0

    def public_key(self) -> bytes:
        return p256.public_octets(self.private_key())

    def private_key(self) -> ec.EllipticCurvePrivateKey:
        """Raises UnavailableError, or SealBrokenError if what is stored was tampered with."""
        now = self._clock.now()
        if self._key is None or now >= self._until:
            self._key = None
            self._key = p256.private_key(self._vault.open(self._store.read() or self._made(), _CONTEXT))
            self._until = now + KEPT_SECONDS
        return self._key

    def _made(self) -> Sealed:
        """What is stored after one was made, whoever made it. A write whose answer was lost may have worked: the read
        tells."""
        made = self._vault.seal(p256.private_octets(p256.new_key()), _CONTEXT)
        with suppress(ConditionRefusedError, UnavailableError):
            self._store.create(made)
        stored = self._store.read()
        if stored is None:
            raise UnavailableError("the VAPID key could not be stored")
        return stored
