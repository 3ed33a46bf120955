"""Subscribers whose token is known already: seeding, and import from another product.

Whoever enrols through the API proves the factor with a code first; here the factor is active at once, because the
caller vouches for it.
"""

from dataclasses import dataclass
from typing import Final

from mfa.contract.fields import base64url
from mfa.domain.factors import AcceptedCode, FactorState, SubscriberState, TotpFactor, TotpParameters
from mfa.domain.otp import MIN_SEED_OCTETS
from mfa.domain.sealing import seed_context
from mfa.domain.subscribers import Subscriber
from mfa.domain.user_names import NameRefusedError, Realm, canonical_name
from mfa.errors import InvalidInputError
from mfa.ports import AuditTrail, Clock, Random, SubscriberStore, Vault

_ID_OCTETS: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Provisioning:
    store: SubscriberStore
    vault: Vault
    random: Random
    clock: Clock
    audit: AuditTrail

    def add_subscriber_with_totp(
        self,
        *,
        realm: Realm,
        names: tuple[str, ...],
        seed: bytes,
        actor: str,
        display_name: str = "",
        parameters: TotpParameters | None = None,
        factor_name: str = "Authenticator",
    ) -> str:
        """Create a subscriber under all of ``names`` with one active TOTP factor; return the user id.

        Raises InvalidInputError for a name or seed that can never work, ConflictError if a name is taken."""
        if len(seed) < MIN_SEED_OCTETS:
            raise InvalidInputError("seed-too-short", f"A seed must have at least {MIN_SEED_OCTETS} octets.")
        subscriber = self._subscriber(realm, names, display_name)
        factor = self._factor(subscriber.user_id, seed, parameters or TotpParameters(), factor_name)
        self.store.create(subscriber)
        self.store.add_pending_factor(subscriber.user_id, factor, None)
        self.store.activate_factor(subscriber.user_id, factor.factor_id, _unused(factor), subscriber.created_at)
        self.audit.subscriber_changed(
            "subscriber_provisioned", subscriber.user_id, {"factor_id": factor.factor_id}, actor
        )
        return subscriber.user_id

    def _subscriber(self, realm: Realm, names: tuple[str, ...], display_name: str) -> Subscriber:
        try:
            aliases = tuple(dict.fromkeys(canonical_name(name, realm) for name in names))
        except NameRefusedError as error:
            raise InvalidInputError("name-refused", f"{str(error).capitalize()}.") from None
        if not aliases:
            raise InvalidInputError("name-missing", "A subscriber needs at least one name.")
        return Subscriber(
            user_id=self._new_id(),
            display_name=display_name or names[0],
            aliases=aliases,
            state=SubscriberState.ACTIVE,
            created_at=int(self.clock.now()),
        )

    def _factor(self, user_id: str, seed: bytes, parameters: TotpParameters, name: str) -> TotpFactor:
        factor_id = self._new_id()
        return TotpFactor(
            factor_id=factor_id,
            name=name,
            state=FactorState.PENDING,
            parameters=parameters,
            seed=self.vault.seal(seed, seed_context(user_id, factor_id)),
            created_at=int(self.clock.now()),
        )

    def _new_id(self) -> str:
        return base64url(self.random.octets(_ID_OCTETS))


def _unused(factor: TotpFactor) -> AcceptedCode:
    return AcceptedCode(factor_id=factor.factor_id, moving_factor=factor.last_accepted_time_step)
