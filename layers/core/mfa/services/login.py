"""Decide one login: load, decide, save.

A try is counted before the code is looked at (reserve, then verify), and a code counts only once its step is
stored as used; so no race, crash or lost answer gives a guess for free or an Accept twice. The normal path costs
two conditional writes. Every exit leaves exactly one record, and every fault ends in a Reject.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mfa.contract.fields import base64url
from mfa.contract.login import LoginRequest, LoginResponse
from mfa.domain.configuration import ClientPolicy, DangerousSwitch
from mfa.domain.factors import AcceptedCode, CodeFactors, TotpFactor
from mfa.domain.login_replay import (
    NextStep,
    Packet,
    StoredOutcome,
    explain_refusal,
    fingerprint_input,
    login_ids_to_forget,
)
from mfa.domain.ms_chap import Des
from mfa.domain.proofs import MsChap2Proof, Proof
from mfa.domain.reasons import RejectReason
from mfa.domain.sealing import seed_context
from mfa.domain.throttle import next_gate
from mfa.domain.user_names import NameRefusedError, canonical_name
from mfa.domain.verification import accepted_text, code_of, factors_for, verify_code
from mfa.errors import ConditionRefusedError, GatehouseError, UnavailableError
from mfa.ports import Attempt, AuditTrail, ClientObserver, Clock, LoginStore, Seen, SubscriberIndex, Vault
from mfa.services.configuration import ClientInForce, ConfigurationService
from mfa.services.login_decision import Decision, answered, nobody, place_of, record, response
from mfa.services.login_proof import CredentialReader

MAX_RESERVATIONS: Final = 4  # refused this often with no reason left to see: too much is going on, so fail closed

_COSTS_NO_TRY: Final = frozenset({RejectReason.CODE_USED, RejectReason.NOT_ENROLLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Login:
    """A request that names a possible user and proves a possible code."""

    proof: Proof
    attempt: Attempt
    packet: Packet
    started: float
    deadline: float
    with_mppe_keys: bool

    def decided(self, reason: RejectReason | None, *, replayed: bool = False) -> Decision:
        user_id = None if reason is RejectReason.UNKNOWN_USER else self.attempt.user_id
        return Decision(reason=reason, user_id=user_id, replayed=replayed)

    def accepted(self, code: str, *, factor_id: str | None = None, replayed: bool = False) -> Decision:
        ms_chap = None
        if isinstance(self.proof, MsChap2Proof):
            ms_chap = self.proof.success(code, with_keys=self.with_mppe_keys)
        return replace(self.decided(None, replayed=replayed), factor_id=factor_id, ms_chap=ms_chap)


class LoginService:
    def __init__(
        self,
        *,
        configuration: ConfigurationService,
        index: SubscriberIndex,
        logins: LoginStore,
        vault: Vault,
        audit: AuditTrail,
        clock: Clock,
        observer: ClientObserver,
        des: Callable[[], Des],
    ) -> None:
        self._configuration = configuration
        self._index = index
        self._logins = logins
        self._vault = vault
        self._audit = audit
        self._clock = clock
        self._observer = observer
        self._credentials = CredentialReader(des)

    def decide(self, request: LoginRequest, role: str | None = None, trace_id: str | None = None) -> LoginResponse:
        """``role`` is the IAM role of the edge that asks; ``trace_id`` is how its own log calls this request."""
        started = self._clock.now()
        decision = self._fail_closed(request, role, started)
        self._audit.login_decided(record(request, decision, self._clock.now() - started, trace_id))
        return response(request, decision)

    def _fail_closed(self, request: LoginRequest, role: str | None, started: float) -> Decision:
        try:
            return self._decide(request, role, started)
        except GatehouseError as error:  # our own errors hold no secret
            return Decision(reason=RejectReason.UNAVAILABLE, fault=f"{type(error).__name__}: {error}")
        except Exception as error:  # noqa: BLE001 -- a fault of ours must end in a recorded Reject as well
            return Decision(reason=RejectReason.UNAVAILABLE, fault=place_of(error))

    def _decide(self, request: LoginRequest, role: str | None, started: float) -> Decision:
        client = self._configuration.client(request.client, request.config_revision, role)
        if isinstance(client, RejectReason):
            return Decision(reason=client)
        if self._observer.seen(request, client.policy) is Seen.DROP:
            return Decision(reason=RejectReason.MESSAGE_AUTHENTICATOR_MISSING)
        login = self._read(request, client, started)
        decision = Decision(reason=login) if isinstance(login, RejectReason) else self._check(login)
        if decision.reason is None and not decision.replayed:
            self._observer.accepted(request, client.policy)
        return answered(decision, client.policy)

    def _read(self, request: LoginRequest, client: ClientInForce, started: float) -> _Login | RejectReason:
        """All that can be said without touching the user's item."""
        if request.username.strip(" ").casefold() in client.policy.probe_names:
            return RejectReason.PROBE_NAME
        if request.state is not None:
            return RejectReason.UNKNOWN_STATE
        proof = self._credentials.read(request, client.policy, started)
        if isinstance(proof, RejectReason):
            return proof
        try:
            alias = canonical_name(request.username, client.realm)
        except NameRefusedError:
            return RejectReason.NAME_REFUSED
        user_id = self._index.find(alias) or nobody(alias)
        return self._login(request, proof, user_id, client.policy, started)

    def _login(self, request: LoginRequest, proof: Proof, user_id: str, policy: ClientPolicy, started: float) -> _Login:
        login_id = base64url(request.login_id)
        fingerprint = self._vault.digest(
            "login-fingerprint", fingerprint_input(login_id, request.client, request.credential)
        )
        return _Login(
            proof=proof,
            attempt=Attempt(user_id=user_id, login_id=login_id, fingerprint=fingerprint, at=int(started)),
            packet=Packet(login_id=login_id, fingerprint=fingerprint, window_seconds=policy.replay_window_seconds),
            started=started,
            deadline=started + request.deadline_ms / 1000,
            with_mppe_keys=policy.waives(DangerousSwitch.MPPE_KEYS_FROM_CODES, started),
        )

    def _check(self, login: _Login) -> Decision:
        for _ in range(MAX_RESERVATIONS):
            if self._is_too_late(login):
                return login.decided(RejectReason.TOO_LATE)
            try:
                return self._verify(login, self._logins.reserve(login.attempt), counted=True)
            except ConditionRefusedError:
                decision = self._after_refusal(login)
            if decision is not None:
                return decision
        raise UnavailableError("the user's item changes too fast to reserve a try")

    def _after_refusal(self, login: _Login) -> Decision | None:
        """Read why; None if the reservation should be tried again."""
        seen = self._logins.read(login.attempt.user_id)
        why = explain_refusal(seen, login.packet, self._clock.now())
        if seen is None or isinstance(why, RejectReason):
            return login.decided(why if isinstance(why, RejectReason) else RejectReason.UNKNOWN_USER)
        if isinstance(why, StoredOutcome):
            return self._again(login, seen, why)
        if why is NextStep.CHECK:
            return self._verify(login, seen, counted=False)
        return self._past_gate(login, seen) if why is NextStep.RESERVE_PAST_GATE else None

    def _past_gate(self, login: _Login, seen: CodeFactors) -> Decision | None:
        try:
            reserved = self._logins.reserve_past_gate(login.attempt, seen, next_gate(seen.throttle))
        except ConditionRefusedError:  # somebody else opened the gate first
            return None
        return self._verify(login, reserved, counted=True)

    def _verify(self, login: _Login, item: CodeFactors, *, counted: bool) -> Decision:
        """Check the code against ``item``; ``counted`` tells whether this very request paid for the try."""
        opened = self._opened(login, item)
        verdict = verify_code(login.proof, opened, login.started) if opened else RejectReason.NOT_ENROLLED
        if self._is_too_late(login):  # the edge has given up: what nobody hears must not use up the code
            return login.decided(RejectReason.TOO_LATE)
        if isinstance(verdict, AcceptedCode):
            accepted = login.accepted(code_of(verdict, opened), factor_id=verdict.factor_id)
            return self._accept(login, item, verdict, accepted, counted=counted)
        return self._reject(login, item, verdict, counted=counted)

    def _opened(self, login: _Login, item: CodeFactors) -> Sequence[tuple[TotpFactor, bytes]]:
        return [
            (factor, self._vault.open(factor.seed, seed_context(item.user_id, factor.factor_id)))
            for factor in factors_for(login.proof, item)
        ]

    def _accept(
        self, login: _Login, item: CodeFactors, code: AcceptedCode, accepted: Decision, *, counted: bool
    ) -> Decision:
        try:
            self._logins.accept(login.attempt, code, self._forget(login, item))
        except ConditionRefusedError:
            stored = self._stored(login)
            return stored or self._reject(login, item, RejectReason.CODE_USED, counted=counted)
        except UnavailableError:  # written or not? The item knows
            stored = self._stored(login)
            if stored is None:
                raise
            return stored
        return accepted

    def _reject(self, login: _Login, item: CodeFactors, reason: RejectReason, *, counted: bool) -> Decision:
        refund = item if counted and reason in _COSTS_NO_TRY else None
        try:
            self._logins.reject(login.attempt, reason, self._forget(login, item), refund=refund)
        except ConditionRefusedError:  # the same packet was decided through the other edge
            return self._stored(login) or login.decided(reason)
        return login.decided(reason)

    def _stored(self, login: _Login) -> Decision | None:
        """How this packet stands now; None while it is still being checked."""
        item = self._logins.read(login.attempt.user_id)
        why = explain_refusal(item, login.packet, self._clock.now())
        if item is not None and isinstance(why, StoredOutcome):
            return self._again(login, item, why)
        return login.decided(why) if isinstance(why, RejectReason) else None

    def _again(self, login: _Login, item: CodeFactors, stored: StoredOutcome) -> Decision:
        if stored.reason is not None:
            return login.decided(stored.reason, replayed=True)
        if not isinstance(login.proof, MsChap2Proof):
            return login.decided(None, replayed=True)
        code = accepted_text(login.proof, self._opened(login, item))
        if code is None:  # its factor was removed meanwhile
            raise UnavailableError("what the client must be shown with this Accept cannot be made again")
        return login.accepted(code, replayed=True)

    def _forget(self, login: _Login, item: CodeFactors) -> tuple[str, ...]:
        return login_ids_to_forget(item.recent, login.attempt.login_id, self._clock.now())

    def _is_too_late(self, login: _Login) -> bool:
        return self._clock.now() >= login.deadline
