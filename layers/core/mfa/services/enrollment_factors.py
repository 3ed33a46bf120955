"""The user's side of enrolment: start a TOTP factor, prove it with a code, list factors, name them, remove them.

A factor starts PENDING, shows its seed once, and is accepted at logins only after a code has proven that the
authenticator has the seed. One factor at most is pending: starting again replaces it, and the seed that was shown
before is worthless from then on. The code that confirms is used up: no login takes it again (RFC 6238 section 5.2).
"""

from dataclasses import dataclass
from typing import Final

from mfa.contract import fields
from mfa.domain.factors import (
    MAX_FACTORS,
    AcceptedCode,
    CodeFactor,
    CodeFactors,
    FactorState,
    TotpFactor,
    TotpParameters,
)
from mfa.domain.otp import find_code, is_code
from mfa.domain.proofs import CodeProof
from mfa.domain.sealing import seed_context
from mfa.errors import ConditionRefusedError, InvalidInputError, NotFoundError
from mfa.ports import AuditTrail, Clock, Random, SubscriberStore, Vault
from mfa.services.enrollment_errors import (
    FactorLimitError,
    FactorNotPendingError,
    StartedTwiceError,
    TriesUsedUpError,
    WrongCodeError,
)
from mfa.services.enrollment_events import SUBSCRIBER_ACTOR, SubscriberEvent
from mfa.services.enrollment_names import checked_label
from mfa.services.enrollment_provisioning import SEED_OCTETS, Provisioning, provision
from mfa.services.enrollment_sessions import Claimant
from mfa.services.token_inventory import taken_from_owner
from mfa.token_ports import TokenStore

MAX_CONFIRMATION_TRIES: Final = 5  # who typed five wrong codes has another key or a wrong clock
FACTOR_ID_OCTETS: Final = 12  # unique among eight; nobody can act on a factor by its id alone
DEFAULT_FACTOR_NAME: Final = "Authenticator app"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedFactor:
    """The only time that the seed is shown."""

    factor_id: str
    provisioning: Provisioning


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorEnrollment:
    """``issuer`` is the name that authenticator apps show beside the account."""

    store: SubscriberStore
    tokens: TokenStore
    vault: Vault
    clock: Clock
    random: Random
    audit: AuditTrail
    issuer: str

    def start(self, claimant: Claimant, parameters: TotpParameters, name: str | None) -> StartedFactor:
        label = checked_label("name", DEFAULT_FACTOR_NAME if name is None else name)
        seed = self.random.octets(SEED_OCTETS[parameters.algorithm])
        factor = self._sealed_factor(claimant.user_id, seed, parameters, label)
        self._add(claimant.factors, factor)
        account = self._account(claimant.user_id)
        self._record(SubscriberEvent.FACTOR_STARTED, claimant.user_id, factor.factor_id)
        return StartedFactor(
            factor_id=factor.factor_id,
            provisioning=provision(seed, parameters, issuer=self.issuer, account=account),
        )

    def _sealed_factor(self, user_id: str, seed: bytes, parameters: TotpParameters, name: str) -> TotpFactor:
        factor_id = fields.base64url(self.random.octets(FACTOR_ID_OCTETS))
        return TotpFactor(
            factor_id=factor_id,
            name=name,
            state=FactorState.PENDING,
            parameters=parameters,
            seed=self.vault.seal(seed, seed_context(user_id, factor_id)),
            created_at=int(self.clock.now()),
        )

    def _add(self, present: CodeFactors, factor: CodeFactor) -> None:
        replaced = _pending(present)
        if replaced is None and len(present.factors) >= MAX_FACTORS:
            raise FactorLimitError
        try:
            self.store.add_pending_factor(present.user_id, factor, replaced.factor_id if replaced else None)
        except ConditionRefusedError:
            raise StartedTwiceError from None

    def _account(self, user_id: str) -> str:
        subscriber = self.store.read(user_id)
        if subscriber is None:
            raise NotFoundError("no such user")
        return subscriber.aliases[0].name

    def confirm(self, claimant: Claimant, factor_id: str, code: str) -> CodeFactor:
        """Prove a pending factor. One try is counted before the code is looked at, so that no race adds tries."""
        user_id, now = claimant.user_id, int(self.clock.now())
        factor = _factor(claimant.factors, factor_id)
        if factor.state is not FactorState.PENDING:
            raise FactorNotPendingError
        typed = _checked_code(code, factor.parameters.digits)
        tries = self._charge(user_id, factor_id, now)
        used = self._accepted_code(user_id, factor, typed, now)
        if used is None:
            self._record(SubscriberEvent.FACTOR_CONFIRMATION_REFUSED, user_id, factor_id)
            raise WrongCodeError(MAX_CONFIRMATION_TRIES - tries)
        self._activate(user_id, used, now)
        return _factor(self.store.factors(user_id), factor_id)

    def _charge(self, user_id: str, factor_id: str, now: int) -> int:
        try:
            tries = self.store.charge_confirmation(user_id, factor_id, now)
        except ConditionRefusedError:
            raise FactorNotPendingError from None
        if tries > MAX_CONFIRMATION_TRIES:
            raise TriesUsedUpError
        return tries

    def _accepted_code(self, user_id: str, factor: CodeFactor, typed: str, now: int) -> AcceptedCode | None:
        seed = self.vault.open(factor.seed, seed_context(user_id, factor.factor_id))
        return find_code(factor, seed, CodeProof(typed).proves, now)

    def _activate(self, user_id: str, used: AcceptedCode, now: int) -> None:
        try:
            self.store.activate_factor(user_id, used.factor_id, used, now)
        except ConditionRefusedError:  # another confirmation of the same factor came first
            raise FactorNotPendingError from None
        self._record(SubscriberEvent.FACTOR_ACTIVATED, user_id, used.factor_id)

    def rename(self, claimant: Claimant, factor_id: str, name: str) -> CodeFactor:
        """Raises NotFoundError, InvalidInputError."""
        label = checked_label("name", name)
        if label != _factor(claimant.factors, factor_id).name:
            self.store.rename_factor(claimant.user_id, factor_id, label)
            self._record(SubscriberEvent.FACTOR_RENAMED, claimant.user_id, factor_id)
        return _factor(self.store.factors(claimant.user_id), factor_id)

    def remove(self, claimant: Claimant, factor_id: str) -> None:
        """A hardware token goes back into the inventory: its counter must not begin anew with the next user."""
        serial = _factor(claimant.factors, factor_id).serial
        token = None if serial is None else self.tokens.read(serial)
        if token is not None and token.owner is not None and token.owner.factor_id == factor_id:
            taken_from_owner(self.tokens, self.store, token)
        else:
            self.store.remove_factor(claimant.user_id, factor_id)
        self._record(SubscriberEvent.FACTOR_REMOVED, claimant.user_id, factor_id)

    def _record(self, event: SubscriberEvent, user_id: str, factor_id: str) -> None:
        self.audit.subscriber_changed(event, user_id, {"factor_id": factor_id}, SUBSCRIBER_ACTOR)


def _factor(present: CodeFactors, factor_id: str) -> CodeFactor:
    factor = present.factors.get(factor_id)
    if factor is None:
        raise NotFoundError("no such factor")
    return factor


def _pending(present: CodeFactors) -> CodeFactor | None:
    return next((factor for factor in present.factors.values() if factor.state is FactorState.PENDING), None)


def _checked_code(code: str, digits: int) -> str:
    code = code.strip(" ")
    if len(code) != digits or not is_code(code):
        raise InvalidInputError("not-a-code", f"code must be {digits} digits, as the authenticator shows them")
    return code
