"""Is this code right for this subscriber now? A pure decision on values that were read before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mfa.domain.factors import (
    AcceptedCode,
    CodeFactor,
    CodeFactors,
    CodeParameters,
    FactorState,
    FarCode,
    HotpFactor,
)
from mfa.domain.login_replay import MAX_REPLAY_WINDOW_SECONDS
from mfa.domain.otp import WINDOW, code_at, find_code
from mfa.domain.proofs import CodeProof, Proof
from mfa.domain.reasons import RejectReason
from mfa.domain.resync import RESYNC_WINDOW, find_far_code, find_next_of_far_code

_SHORTEST_PERIOD: Final = 30  # seconds
# How many steps can have been used after one while its packet may still be sent again: as many as begin in that time,
# and the window's reach to either side. A button can be pressed more often than that.
_STEPS_SINCE: Final = MAX_REPLAY_WINDOW_SECONDS // _SHORTEST_PERIOD + len(WINDOW) - 1
_COUNTERS_SINCE: Final = RESYNC_WINDOW


@dataclass(frozen=True, slots=True)
class FoundFar:
    """A right code of a factor beyond its window: remembered, and refused."""

    factor_id: str
    code: FarCode


type Verdict = AcceptedCode | FoundFar | RejectReason
type Candidates = Sequence[tuple[CodeFactor, bytes]]


def factors_for(proof: Proof, item: CodeFactors) -> Sequence[CodeFactor]:
    """The factors that could have made the typed code. A pending one never counts."""
    return [
        factor
        for factor in item.factors.values()
        if factor.state is FactorState.ACTIVE and proof.may_have_digits(factor.parameters.digits)
    ]


def verify_code(proof: Proof, candidates: Candidates, now: float) -> Verdict:
    """Check against every factor and its seed, without stopping at the first that fits.

    A fit on a used step or counter loses against a fit on an unused one of another token. A token that was enrolled
    twice is still one token: a step that one of its factors used is used for the other, too.
    """
    used = _last_used(candidates)
    fits = [
        (accepted, used[seed, factor.parameters])
        for factor, seed in candidates
        if (accepted := find_code(factor, seed, proof.proves, now))
    ]
    fresh = [accepted for accepted, last in fits if accepted.moving_factor > last]
    if fresh:
        return fresh[0]
    return RejectReason.CODE_USED if fits else _beyond_the_windows(proof, candidates, now)


def _beyond_the_windows(proof: Proof, candidates: Candidates, now: float) -> Verdict:
    """Under PAP only: so many candidates take a tenth of a second where each needs an NT hash and three DES keys."""
    if not isinstance(proof, CodeProof):
        return RejectReason.WRONG_CODE
    used = _last_used(candidates)
    for factor, seed in candidates:
        accepted = find_next_of_far_code(factor, seed, proof.proves, now)
        if accepted is not None and accepted.moving_factor > used[seed, factor.parameters]:
            return accepted
    far = ((factor.factor_id, find_far_code(factor, seed, proof.proves, now)) for factor, seed in candidates)
    found = [FoundFar(factor_id, code) for factor_id, code in far if code is not None]
    return found[0] if found else RejectReason.WRONG_CODE


def code_of(accepted: AcceptedCode, candidates: Candidates) -> str:
    """The code that was found to be right, as text."""
    return next(
        code_at(accepted.moving_factor, seed, factor.parameters)
        for factor, seed in candidates
        if factor.factor_id == accepted.factor_id
    )


def accepted_text(proof: Proof, candidates: Candidates) -> str | None:
    """The code by which this proof was accepted within the replay window; None if it was not.

    It is the last used one of a factor, or one of the few that could have been used before it since."""
    found = None
    for factor, seed in candidates:
        last = factor.last_moving_factor
        since = _COUNTERS_SINCE if isinstance(factor, HotpFactor) else _STEPS_SINCE
        for moving_factor in range(max(0, last - since), last + 1):
            text = code_at(moving_factor, seed, factor.parameters)
            if proof.proves(text):
                found = text
    return found


def _last_used(candidates: Candidates) -> dict[tuple[bytes, CodeParameters], int]:
    """The last used step or counter of each token, which is a seed with its parameters."""
    last: dict[tuple[bytes, CodeParameters], int] = {}
    for factor, seed in candidates:
        token = (seed, factor.parameters)
        last[token] = max(last.get(token, -1), factor.last_moving_factor)
    return last
