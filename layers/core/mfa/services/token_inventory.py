"""The administrator's side of hardware tokens: who has which, give, take back, and bring one back that ran away."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mfa.contract import fields
from mfa.domain.factors import MAX_FACTORS, AcceptedCode, CodeFactor
from mfa.domain.proofs import CodeProof
from mfa.domain.resync import find_pair
from mfa.domain.sealing import seed_context, token_context
from mfa.domain.subscribers import Subscriber
from mfa.domain.tokens import Token, TokenOwner, canonical_serial, factor_of
from mfa.errors import ConditionRefusedError, InvalidInputError, NotFoundError
from mfa.ports import AuditTrail, Clock, Random, SubscriberStore, Vault
from mfa.services.enrollment_errors import FactorLimitError
from mfa.services.enrollment_events import SubscriberEvent
from mfa.services.enrollment_names import find_subscriber
from mfa.services.enrollment_realms import Realms
from mfa.services.token_errors import (
    TokenChangedError,
    TokenFreeError,
    TokenRefusedError,
    TokenTakenError,
    TokenTriesSpentError,
    TokenUnknownError,
)
from mfa.token_ports import TokenStore

RESYNC_TRIES: Final = 5  # of one token within RESYNC_TRIES_SECONDS: a guess fits two codes in a row 99 times in 10**12
RESYNC_TRIES_SECONDS: Final = 3600
MAX_PAGE: Final = 50
_FACTOR_ID_OCTETS: Final = 12
_TRIES_TO_TAKE_BACK: Final = 3  # how often the user may log in with it meanwhile


@dataclass(frozen=True, slots=True)
class ShownToken:
    """``owner`` is None, too, for a token whose owner is gone."""

    token: Token
    owner: Subscriber | None
    factor: CodeFactor | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenInventory:
    """Each method takes the serial number as it was sent and the ``actor``, the ARN of the administrator."""

    store: TokenStore
    subscribers: SubscriberStore
    realms: Realms
    vault: Vault
    clock: Clock
    random: Random
    audit: AuditTrail

    def page(self, after: str | None, most: int) -> Sequence[ShownToken]:
        behind = None if after is None else canonical_serial(after)
        return [self._shown(token) for token in self.store.page(behind, min(most, MAX_PAGE))]

    def show(self, serial: str) -> ShownToken:
        return self._shown(known_token(self.store, serial))

    def assign(self, serial: str, username: str, realm: str | None, actor: str) -> ShownToken:
        token = known_token(self.store, serial)
        subscriber = find_subscriber(self.subscribers, self.realms.choose(realm), username)
        if token.owner is not None and token.owner.user_id == subscriber.user_id:
            return self._shown(token)  # again, by an import that goes on
        factor = sealed_factor(token, subscriber.user_id, self.vault, self.random, self.clock)
        give(self.store, self.subscribers, token, factor, subscriber.user_id)
        self._record(SubscriberEvent.TOKEN_ASSIGNED, subscriber.user_id, token, actor)
        return self.show(serial)

    def take_back(self, serial: str, actor: str) -> ShownToken:
        token = taken_from_owner(self.store, self.subscribers, known_token(self.store, serial))
        self._record(SubscriberEvent.TOKEN_TAKEN_BACK, _owner(token).user_id, token, actor)
        return self.show(serial)

    def resynchronise(self, serial: str, codes: tuple[str, str], actor: str) -> ShownToken:
        """By two codes in a row. One try is counted before they are looked at."""
        token = known_token(self.store, serial)
        owner = _owner(token)
        factor = owned_factor(self.subscribers, owner)
        if factor is None:
            raise TokenFreeError
        charge(self.store, f"resync|{token.serial}", self.clock, RESYNC_TRIES, RESYNC_TRIES_SECONDS)
        used = self._pair(owner, factor, codes)
        if used is None or not self._used(owner.user_id, used):
            self._record(SubscriberEvent.TOKEN_RESYNC_REFUSED, owner.user_id, token, actor)
            raise TokenRefusedError
        self._record(SubscriberEvent.TOKEN_RESYNCED, owner.user_id, token, actor)
        return self.show(serial)

    def _pair(self, owner: TokenOwner, factor: CodeFactor, codes: tuple[str, str]) -> AcceptedCode | None:
        seed = self.vault.open(factor.seed, seed_context(owner.user_id, owner.factor_id))
        first, second = (CodeProof(code).proves for code in codes)
        return find_pair(factor, seed, first, second, self.clock.now())

    def _used(self, user_id: str, code: AcceptedCode) -> bool:
        try:
            self.store.use_up(user_id, code, int(self.clock.now()))
        except ConditionRefusedError:
            return False
        return True

    def _shown(self, token: Token) -> ShownToken:
        if token.owner is None:
            return ShownToken(token, None, None)
        owner = self.subscribers.read(token.owner.user_id)
        return ShownToken(token, owner, None if owner is None else owned_factor(self.subscribers, token.owner))

    def _record(self, event: SubscriberEvent, user_id: str, token: Token, actor: str) -> None:
        self.audit.subscriber_changed(event, user_id, {"serial": token.serial}, actor)


def known_token(store: TokenStore, serial: str) -> Token:
    try:
        token = store.read(canonical_serial(serial))
    except InvalidInputError:  # nothing in the inventory is called so
        token = None
    if token is None:
        raise TokenUnknownError
    return token


def sealed_factor(token: Token, user_id: str, vault: Vault, random: Random, clock: Clock) -> CodeFactor:
    """The token as a factor of that user: its seed, sealed anew, opens nowhere else."""
    factor_id = fields.base64url(random.octets(_FACTOR_ID_OCTETS))
    seed = vault.open(token.seed, token_context(token.serial))
    sealed = vault.seal(seed, seed_context(user_id, factor_id))
    return factor_of(token, factor_id, sealed, int(clock.now()))


def give(store: TokenStore, subscribers: SubscriberStore, token: Token, factor: CodeFactor, user_id: str) -> None:
    """Raises TokenTakenError, FactorLimitError, or TokenChangedError if neither is seen (any more)."""
    if token.owner is not None:
        raise TokenTakenError
    try:
        store.assign(token, factor, user_id, factor.created_at)
    except ConditionRefusedError:
        now = store.read(token.serial)
        if now is not None and now.owner is not None:
            raise TokenTakenError from None
        if len(subscribers.factors(user_id).factors) >= MAX_FACTORS:
            raise FactorLimitError from None
        raise TokenChangedError from None


def taken_from_owner(store: TokenStore, subscribers: SubscriberStore, token: Token) -> Token:
    """Returns the token as it was while somebody had it."""
    seen: Token | None = token
    for _ in range(_TRIES_TO_TAKE_BACK):
        if seen is None:
            raise TokenUnknownError
        try:
            store.take_back(seen, owned_factor(subscribers, _owner(seen)))
        except ConditionRefusedError:  # a login used a code meanwhile, or somebody else took it back
            seen = store.read(token.serial)
        else:
            return seen
    raise TokenChangedError


def owned_factor(subscribers: SubscriberStore, owner: TokenOwner) -> CodeFactor | None:
    try:
        return subscribers.factors(owner.user_id).factors.get(owner.factor_id)
    except NotFoundError:
        return None


def charge(store: TokenStore, subject: str, clock: Clock, budget: int, seconds: int) -> None:
    try:
        store.charge(subject, int(clock.now()), budget, seconds)
    except ConditionRefusedError:
        raise TokenTriesSpentError from None


def _owner(token: Token) -> TokenOwner:
    if token.owner is None:
        raise TokenFreeError
    return token.owner
