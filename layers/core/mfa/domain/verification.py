"""Is this code right for this subscriber now? A pure decision on values that were read before."""

from collections.abc import Iterable, Sequence
from typing import Final

from mfa.domain.factors import AcceptedCode, CodeFactors, FactorState, TotpFactor, TotpParameters
from mfa.domain.login_replay import MAX_REPLAY_WINDOW_SECONDS
from mfa.domain.otp import WINDOW, code_at, find_time_step
from mfa.domain.proofs import Proof
from mfa.domain.reasons import RejectReason

_SHORTEST_PERIOD: Final = 30  # seconds
# How many steps can have been used after one while its packet may still be sent again: as many as begin in that time,
# and the window's reach to either side.
_STEPS_SINCE: Final = MAX_REPLAY_WINDOW_SECONDS // _SHORTEST_PERIOD + len(WINDOW) - 1


def factors_for(proof: Proof, item: CodeFactors) -> Sequence[TotpFactor]:
    """The factors that could have made the typed code. A pending one never counts."""
    return [
        factor
        for factor in item.factors.values()
        if factor.state is FactorState.ACTIVE and proof.may_have_digits(factor.parameters.digits)
    ]


def verify_code(
    proof: Proof, candidates: Iterable[tuple[TotpFactor, bytes]], now: float
) -> AcceptedCode | RejectReason:
    """Check against every factor and its seed, without stopping at the first that fits.

    A fit on a used step loses against a fit on an unused one of another token. A token that was enrolled twice is
    still one token: a step that one of its factors used is used for the other, too.
    """
    known = list(candidates)
    used = _last_steps(known)
    fits = [
        (accepted, used[seed, factor.parameters])
        for factor, seed in known
        if (accepted := find_time_step(factor, seed, proof.proves, now))
    ]
    fresh = [accepted for accepted, last_step in fits if accepted.time_step > last_step]
    if fresh:
        return fresh[0]
    return RejectReason.CODE_USED if fits else RejectReason.WRONG_CODE


def code_of(accepted: AcceptedCode, candidates: Iterable[tuple[TotpFactor, bytes]]) -> str:
    """The code that was found to be right, as text."""
    return next(
        code_at(accepted.time_step, seed, factor.parameters)
        for factor, seed in candidates
        if factor.factor_id == accepted.factor_id
    )


def accepted_text(proof: Proof, candidates: Iterable[tuple[TotpFactor, bytes]]) -> str | None:
    """The code by which this proof was accepted within the replay window; None if it was not.

    It is the last used step of a factor, or one of the few that could have been used since."""
    found = None
    for factor, seed in candidates:
        last_step = factor.last_accepted_time_step
        for step in range(max(0, last_step - _STEPS_SINCE), last_step + 1):
            text = code_at(step, seed, factor.parameters)
            if proof.proves(text):
                found = text
    return found


def _last_steps(candidates: Iterable[tuple[TotpFactor, bytes]]) -> dict[tuple[bytes, TotpParameters], int]:
    """The last used step of each token, which is a seed with its parameters."""
    last: dict[tuple[bytes, TotpParameters], int] = {}
    for factor, seed in candidates:
        token = (seed, factor.parameters)
        last[token] = max(last.get(token, -1), factor.last_accepted_time_step)
    return last
