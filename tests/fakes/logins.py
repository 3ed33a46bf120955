"""LoginStore and SubscriberIndex in memory. The conditions are those of the real adapter, word for word."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from mfa.domain.factors import (
    Accepted,
    ClaimedCode,
    CodeFactor,
    CodeFactors,
    FactorState,
    RecentLogin,
    RecentOutcome,
    SubscriberState,
    Throttle,
    used_up,
)
from mfa.domain.reasons import RejectReason
from mfa.domain.sent_codes import AcceptedMessage, SentCode
from mfa.domain.throttle import GATE_STEP
from mfa.domain.user_names import Alias
from mfa.domain.verification import FoundFar
from mfa.errors import ConditionRefusedError
from mfa.ports import AcceptedCode, Attempt
from tests.fakes.state import State


class InMemoryIndex:
    def __init__(self, state: State) -> None:
        self._state = state

    def find(self, alias: Alias) -> str | None:
        with self._state.call("index.find"):
            return self._state.aliases.get(alias)


class InMemoryLogins:
    def __init__(self, state: State) -> None:
        self._state = state

    def reserve(self, attempt: Attempt) -> CodeFactors:
        with self._state.call("logins.reserve"):
            item = self._active(attempt)
            if item.throttle.tries >= item.throttle.gate:
                raise ConditionRefusedError("the gate is reached")
            return self._count(item, attempt, item.throttle.gate)

    def reserve_past_gate(self, attempt: Attempt, seen: CodeFactors, next_gate: int) -> CodeFactors:
        with self._state.call("logins.reserve_past_gate"):
            item = self._active(attempt)
            if item.throttle != seen.throttle:
                raise ConditionRefusedError("somebody was faster")
            return self._count(item, attempt, next_gate)

    def read(self, user_id: str) -> CodeFactors | None:
        with self._state.call("logins.read"):
            return self._state.factors.get(user_id)

    def claim(self, attempt: Attempt, code: Accepted) -> None:
        with self._state.call("logins.claim"):
            item = self._may_be_accepted(attempt)
            step = code.moving_factor if isinstance(code, AcceptedCode) else 0
            login = replace(
                item.recent[attempt.login_id], claimed=ClaimedCode(factor_id=code.factor_id, moving_factor=step)
            )
            self._state.factors[attempt.user_id] = replace(
                _used_up(item, code, attempt.at), recent={**item.recent, attempt.login_id: login}
            )

    def accept(
        self,
        attempt: Attempt,
        code: Accepted | None,
        forget: Sequence[str],
        *,
        refund: CodeFactors | None = None,
        leaves: AcceptedMessage | None = None,
    ) -> None:
        with self._state.call("logins.accept"):
            item = self._may_be_accepted(attempt)
            if code is not None:
                item = _used_up(item, code, attempt.at)
            going_on = code if isinstance(code, AcceptedMessage) else leaves
            if going_on is not None and refund is None:
                item = replace(item, messages=tuple(_gone_on(item, going_on)))
            throttle = replace(item.throttle, tries=0, gate=GATE_STEP, successes=item.throttle.successes + 1)
            if refund is not None:
                throttle = _refunded(item, refund)
            self._state.factors[attempt.user_id] = replace(
                item,
                throttle=throttle,
                recent=_recent(item, attempt, RecentOutcome.ACCEPT, None, forget),
            )

    def challenge(self, attempt: Attempt, forget: Sequence[str], *, refund: CodeFactors | None = None) -> None:
        with self._state.call("logins.challenge"):
            item = self._checking(attempt)
            self._state.factors[attempt.user_id] = replace(
                item,
                throttle=_refunded(item, refund),
                recent=_recent(item, attempt, RecentOutcome.CHALLENGE, None, forget),
            )

    def wait(self, attempt: Attempt, prompt: str, forget: Sequence[str], *, refund: CodeFactors) -> None:
        with self._state.call("logins.wait"):
            item = self._checking(attempt)
            recent = _recent(item, attempt, RecentOutcome.PENDING, None, forget)
            recent[attempt.login_id] = replace(recent[attempt.login_id], prompt=prompt)
            self._state.factors[attempt.user_id] = replace(item, throttle=_refunded(item, refund), recent=recent)

    def link(self, user_id: str, account: Alias) -> None:
        with self._state.call("logins.link"):
            item = self._state.factors.get(user_id)
            if item is None or item.object_guid not in {None, account.name}:
                raise ConditionRefusedError("the user is gone, or is another account of the directory")
            if self._state.aliases.setdefault(account, user_id) != user_id:
                raise ConditionRefusedError("the account is another user")
            self._state.factors[user_id] = replace(item, object_guid=account.name)

    def reject(
        self,
        attempt: Attempt,
        reason: RejectReason,
        forget: Sequence[str],
        *,
        refund: CodeFactors | None = None,
        far: FoundFar | None = None,
    ) -> None:
        with self._state.call("logins.reject"):
            item = self._checking(attempt)
            factors = dict(item.factors)
            if far is not None and far.factor_id in factors:
                factors[far.factor_id] = replace(factors[far.factor_id], far=far.code)
            self._state.factors[attempt.user_id] = replace(
                item,
                factors=factors,
                throttle=_refunded(item, refund),
                recent=_recent(item, attempt, RecentOutcome.REJECT, reason, forget),
            )

    def _active(self, attempt: Attempt) -> CodeFactors:
        item = self._state.factors.get(attempt.user_id)
        if item is None or item.state is not SubscriberState.ACTIVE:
            raise ConditionRefusedError("unknown or not active")
        if attempt.login_id in item.recent:
            raise ConditionRefusedError("that login id is known")
        return item

    def _checking(self, attempt: Attempt) -> CodeFactors:
        item = self._state.factors.get(attempt.user_id)
        known = item and item.recent.get(attempt.login_id)
        if item is None or not known or known.outcome is not RecentOutcome.CHECKING:
            raise ConditionRefusedError("that login is not being checked any more")
        return item

    def _may_be_accepted(self, attempt: Attempt) -> CodeFactors:
        item = self._checking(attempt)
        if item.state is not SubscriberState.ACTIVE:
            raise ConditionRefusedError("the user is not active")
        return item

    def _count(self, item: CodeFactors, attempt: Attempt, gate: int) -> CodeFactors:
        throttle = replace(item.throttle, tries=item.throttle.tries + 1, gate=gate, last_try_at=attempt.at)
        counted = replace(item, throttle=throttle, recent=_recent(item, attempt, RecentOutcome.CHECKING, None, ()))
        self._state.factors[attempt.user_id] = counted
        return counted


def _refunded(item: CodeFactors, refund: CodeFactors | None) -> Throttle:
    throttle = item.throttle
    if refund is None or refund.throttle.successes != throttle.successes or throttle.tries == 0:
        return throttle
    return replace(throttle, tries=throttle.tries - 1)


def _used_up(item: CodeFactors, code: Accepted, at: int) -> CodeFactors:
    if isinstance(code, AcceptedMessage):
        return replace(item, messages=tuple(_sent_code_used(item, code, at)))
    return replace(item, factors={**item.factors, code.factor_id: used_up(_unused(item, code), code, at)})


def _sent_code_used(item: CodeFactors, code: AcceptedMessage, at: int) -> Iterator[SentCode]:
    sent = next((one for one in item.messages if one.code_id == code.code_id), None)
    if sent is None or code.place in sent.used or sent.expires_at <= at:
        raise ConditionRefusedError("that code is used, expired or gone")
    used = replace(sent, used=sent.used | {code.place})
    yield from (used if one is sent else one for one in item.messages)


def _gone_on(item: CodeFactors, code: AcceptedMessage) -> Iterator[SentCode]:
    era = item.throttle.successes + 1
    for one in item.messages:
        yield replace(one, tries=0, successes=era) if one.code_id == code.code_id else one


def _unused(item: CodeFactors, code: AcceptedCode) -> CodeFactor:
    factor = item.factors.get(code.factor_id)
    if factor is None or factor.state is not FactorState.ACTIVE:
        raise ConditionRefusedError("the factor is not active")
    if factor.last_moving_factor >= code.moving_factor:
        raise ConditionRefusedError("that step was used")
    return factor


def _recent(
    item: CodeFactors, attempt: Attempt, outcome: RecentOutcome, reason: RejectReason | None, forget: Sequence[str]
) -> dict[str, RecentLogin]:
    login = RecentLogin(
        outcome=outcome,
        reason=reason.value if reason else None,
        fingerprint=attempt.fingerprint,
        at=attempt.at,
    )
    kept = {login_id: known for login_id, known in item.recent.items() if login_id not in forget}
    return {**kept, attempt.login_id: login}
