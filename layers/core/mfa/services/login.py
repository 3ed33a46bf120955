"""Decide one login: read it, let the policy speak, then go its course (login_course).

Every exit leaves exactly one record, and every fault ends in a Reject.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING, Final

from mfa.contract.login import LoginRequest, LoginResponse, Outcome
from mfa.domain.configuration import ClientPolicy
from mfa.domain.factor_choice import as_offered, automatic_factor, startable_factors
from mfa.domain.ms_chap import Des
from mfa.domain.policy import FactorKind
from mfa.domain.push import PushApproval
from mfa.domain.rate_limit import TokenBuckets
from mfa.domain.reasons import RejectReason
from mfa.domain.typed_text import FactorWord, TypedWord
from mfa.domain.user_names import NameRefusedError, read_name
from mfa.errors import GatehouseError
from mfa.ports import (
    AuditTrail,
    ChallengeStore,
    ClientObserver,
    Clock,
    Directory,
    LoginStore,
    PasswordTryStore,
    Pause,
    Seen,
    SubscriberIndex,
    Vault,
)
from mfa.services.configuration import ClientInForce, ConfigurationService
from mfa.services.login_attempts import LoginAttempts
from mfa.services.login_codes import LoginCodes
from mfa.services.login_course import LoginCourse
from mfa.services.login_decision import Decision, answered, forwarded, place_of, record, rejected, response
from mfa.services.login_facts import Claimant, begin_login
from mfa.services.login_policy import LoginPolicy, Ruling, admits_without_factor, lets_somebody_through_unread
from mfa.services.login_proof import NOTHING_SHOWN, CredentialReader, Shown, refused_at_sight

if TYPE_CHECKING:
    from datetime import datetime

    from mfa.domain.challenges import Challenge
    from mfa.recovery_ports import RecoveryCodeStore
    from mfa.services.challenges import Challenges
    from mfa.services.login_messages import LoginMessages
    from mfa.services.login_passage import Passage
    from mfa.services.login_passwords import LoginPasswords
    from mfa.services.login_recovery import LoginRecovery
    from mfa.services.push_prompts import PushPrompts

# Rejects of one client that are held like prompts, by one instance. Each takes a place at an edge for many seconds;
# with more of them something else is going on than people who mistype.
LIKE_PROMPTS_BURST: Final = 500
LIKE_PROMPTS_PER_SECOND: Final = 20.0
_CODES: Final = frozenset({FactorKind.CODE, FactorKind.SMS})  # what six digits may be


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """``role`` is the IAM role of the edge that asks; from ``started`` to ``cut_off`` there can be an answer to it."""

    role: str | None
    started: float
    cut_off: float


class LoginService:
    """``des`` gives the cipher; it is asked for when MS-CHAP needs it. ``offers`` are the kinds of factors that this
    deployment has."""

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
        directory: Directory,
        password_tries: PasswordTryStore,
        challenges: ChallengeStore,
        prompts: "PushPrompts",
        messages: "LoginMessages",
        recovery_codes: "RecoveryCodeStore",
        pause: Pause,
        local_time: Callable[[str, float], "datetime"],
        offers: frozenset[FactorKind],
    ) -> None:
        self._configuration = configuration
        self._index = index
        self._logins = logins
        self._vault = vault
        self._audit = audit
        self._clock = clock
        self._observer = observer
        self._credentials = CredentialReader(des)
        self._directory = directory
        self._password_tries = password_tries
        self._challenge_store = challenges
        self._recovery_codes = recovery_codes
        self._pause = pause
        self._policy = LoginPolicy(directory=directory, index=index, local_time=local_time)
        self._attempts = LoginAttempts(logins=logins, codes=LoginCodes(vault), clock=clock)
        self._messages = messages
        self._offers = offers
        self._course = LoginCourse(
            attempts=self._attempts,
            passwords=lambda: self._passwords,
            prompts=prompts,
            messages=messages,
            recovery=lambda: self._recovery,
        )
        self._like_prompts = TokenBuckets[str](burst=LIKE_PROMPTS_BURST, per_second=LIKE_PROMPTS_PER_SECOND)

    def decide(
        self,
        request: LoginRequest,
        role: str | None = None,
        trace_id: str | None = None,
        life_ms: int | None = None,
    ) -> LoginResponse:
        """``role`` is the IAM role of the edge that asks; ``trace_id`` is how its own log calls this request. After
        ``life_ms`` no answer reaches it any more, however long its client goes on waiting."""
        started = self._clock.now()
        cut_off = inf if life_ms is None else started + life_ms / 1000
        decision = self._fail_closed(request, _Call(role=role, started=started, cut_off=cut_off))
        self._audit.login_decided(record(request, decision, self._clock.now() - started, trace_id))
        return response(request, decision)

    def _fail_closed(self, request: LoginRequest, call: _Call) -> Decision:
        try:
            return self._decide(request, call)
        except GatehouseError as error:  # our own errors hold no secret
            return rejected(RejectReason.UNAVAILABLE, fault=f"{type(error).__name__}: {error}")
        except Exception as error:  # noqa: BLE001 -- a fault of ours must end in a recorded Reject as well
            return rejected(RejectReason.UNAVAILABLE, fault=place_of(error))

    def _decide(self, request: LoginRequest, call: _Call) -> Decision:
        client = self._configuration.client(request.client, request.config_revision, call.role)
        if isinstance(client, RejectReason):
            return rejected(client)
        if self._observer.seen(request, client.policy) is Seen.DROP:
            return rejected(RejectReason.MESSAGE_AUTHENTICATOR_MISSING)
        offered = replace(client, policy=as_offered(client.policy, self._offers))
        decision = self._read(request, offered, call)
        if decision.proves_the_sender:
            self._observer.accepted(request, client.policy)
        return answered(decision, client.policy)

    def _read(self, request: LoginRequest, client: ClientInForce, call: _Call) -> Decision:
        """All that can be said without touching the user's item; then the rest."""
        refused = refused_at_sight(request, client.policy, call.started)
        if refused is not None:
            return rejected(refused)
        challenge = None if request.state is None else self._challenges.open(request)
        if isinstance(challenge, RejectReason):
            return rejected(challenge)
        shown = self._credentials.read(request, client.policy, call.started, answers_challenge=challenge is not None)
        if isinstance(shown, RejectReason) and not lets_somebody_through_unread(client):
            return rejected(self._credentials.charged(shown, request, call.started))
        claimant = self._claimant(request, client, call)
        if claimant is None:
            return rejected(RejectReason.NAME_REFUSED)
        ruling = self._policy.judge(claimant)
        decision = self._ruled(claimant, ruling, shown, challenge)
        if challenge is None and self._asks_without_a_password(shown, client.policy):
            decision = self._like_a_prompt(decision, client.policy)
        if not isinstance(shown, RejectReason):
            decision = replace(decision, typed=shown.kind)
        return ruling.noted(decision)

    def _claimant(self, request: LoginRequest, client: ClientInForce, call: _Call) -> Claimant | None:
        try:
            alias = read_name(request.username, client.realms, client.policy.user_names)
        except NameRefusedError:
            return None
        client_waits_until = call.started + request.deadline_ms / 1000
        return Claimant(
            request=request,
            client=client,
            alias=alias,
            user_id=self._index.find(alias),
            started=call.started,
            deadline=min(client_waits_until, call.cut_off),
            client_waits_until=client_waits_until,
            role=call.role,
        )

    def _ruled(
        self, claimant: Claimant, ruling: Ruling, shown: Shown | RejectReason, challenge: "Challenge | None"
    ) -> Decision:
        if ruling.refusal is not None:
            return rejected(ruling.refusal, user_id=claimant.user_id)
        if ruling.upstream is not None:
            return forwarded(ruling.upstream, user_id=claimant.user_id)
        passed = None
        if challenge is None and admits_without_factor(claimant.client, ruling):
            passed = self._passage.decide(claimant, ruling, shown)
        return passed or self._proven(claimant, ruling, shown, challenge)

    def _proven(
        self, claimant: Claimant, ruling: Ruling, shown: Shown | RejectReason, challenge: "Challenge | None"
    ) -> Decision:
        if isinstance(shown, RejectReason):
            reason = self._credentials.charged(shown, claimant.request, claimant.started)
            return rejected(reason, user_id=claimant.user_id)
        refused = self._refused_by_policy(shown, ruling.factors, claimant.policy.push_approval)
        if refused is not None:
            return rejected(refused, user_id=claimant.user_id)
        login = begin_login(
            self._vault,
            claimant,
            shown,
            factors=ruling.factors,
            account=ruling.account,
            attributes=ruling.attributes,
        )
        return self._course.prove(login) if challenge is None else self._course.answer(login, challenge)

    def _like_a_prompt(self, decision: Decision, policy: ClientPolicy) -> Decision:
        if decision.outcome is not Outcome.REJECT:
            return decision
        return replace(decision, like_a_prompt=self._like_prompts.take(policy.edge.name, self._clock.now()))

    def _asks_without_a_password(self, shown: Shown | RejectReason, policy: ClientPolicy) -> bool:
        """Who does so must not learn by the time whether anybody got a prompt or a message. What is told from the
        client's own policy is the same for everybody; what its rules say is not."""
        if isinstance(shown, RejectReason) or shown.password is not None:
            return False
        asks = shown.word is not None or shown == NOTHING_SHOWN
        return asks and self._refused_by_policy(shown, policy.factors, policy.push_approval) is None

    def _refused_by_policy(
        self, shown: Shown, factors: Sequence[FactorKind], approval: PushApproval
    ) -> RejectReason | None:
        """Without a look at what the user has."""
        if shown.word is not None:
            return self._refused_word(shown.word, factors, approval)
        if shown.proof is not None and not _CODES.intersection(factors):
            return RejectReason.FACTOR_NOT_OFFERED
        if shown.recovery_code is not None and FactorKind.RECOVERY_CODE not in factors:
            return RejectReason.FACTOR_NOT_OFFERED
        if shown == NOTHING_SHOWN and automatic_factor(factors, startable_factors(approval)) is None:
            return RejectReason.NO_AUTOMATIC_FACTOR
        return None

    def _refused_word(
        self, word: TypedWord, factors: Sequence[FactorKind], approval: PushApproval
    ) -> RejectReason | None:
        if word.word is FactorWord.SMS:
            return None if FactorKind.SMS in factors else RejectReason.FACTOR_NOT_OFFERED
        if word.word is FactorWord.PHONE:
            return self._refused_call(factors)
        if FactorKind.PUSH not in factors:
            return RejectReason.FACTOR_NOT_OFFERED
        return RejectReason.NUMBER_MISSING if word.number is None and approval is PushApproval.NUMBER else None

    def _refused_call(self, factors: Sequence[FactorKind]) -> RejectReason | None:
        if FactorKind.PHONE not in self._offers:
            return RejectReason.CALLS_NOT_DEPLOYED
        return None if FactorKind.PHONE in factors else RejectReason.FACTOR_NOT_OFFERED

    # ---- what a login with a code alone does not need; a cold start does not pay for it

    @cached_property
    def _passwords(self) -> "LoginPasswords":
        from mfa.services.login_passwords import LoginPasswords  # noqa: PLC0415 -- see above
        from mfa.services.password_check import PasswordCheck  # noqa: PLC0415 -- see above

        check = PasswordCheck(
            directory=self._directory,
            tries=self._password_tries,
            vault=self._vault,
            clock=self._clock,
            pause=self._pause,
        )
        return LoginPasswords(
            attempts=self._attempts,
            check=check,
            challenges=self._challenges,
            prompted=self._course.prompted,
            messaged=self._course.messaged,
            called=self._course.called,
        )

    @cached_property
    def _recovery(self) -> "LoginRecovery":
        from mfa.services.login_recovery import LoginRecovery  # noqa: PLC0415 -- see above

        return LoginRecovery(
            attempts=self._attempts,
            codes=self._recovery_codes,
            passwords=lambda: self._passwords,
            vault=self._vault,
            audit=self._audit,
        )

    @cached_property
    def _challenges(self) -> "Challenges":
        from mfa.services.challenges import Challenges  # noqa: PLC0415 -- see above

        return Challenges(store=self._challenge_store, vault=self._vault)

    @cached_property
    def _passage(self) -> "Passage":
        from mfa.services.login_passage import Passage  # noqa: PLC0415 -- see above

        return Passage(
            policy=self._policy,
            index=self._index,
            logins=self._logins,
            course=self._course,
            passwords=self._passwords,
            vault=self._vault,
            clock=self._clock,
        )
