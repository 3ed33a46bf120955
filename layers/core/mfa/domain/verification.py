"""Is this code right for this subscriber now? A pure decision on values that were read before."""

from collections.abc import Iterable, Sequence

from mfa.domain.factors import AcceptedCode, CodeFactors, FactorState, TotpFactor, TotpParameters
from mfa.domain.otp import find_time_step
from mfa.domain.reasons import RejectReason


def factors_for(code: str, item: CodeFactors) -> Sequence[TotpFactor]:
    """The factors that could have made a code of that length. A pending one never counts."""
    return [
        factor
        for factor in item.factors.values()
        if factor.state is FactorState.ACTIVE and factor.parameters.digits == len(code)
    ]


def verify_code(code: str, candidates: Iterable[tuple[TotpFactor, bytes]], now: float) -> AcceptedCode | RejectReason:
    """Check against every factor and its seed, without stopping at the first that fits.

    A fit on a used step loses against a fit on an unused one of another token. A token that was enrolled twice is
    still one token: a step that one of its factors used is used for the other, too.
    """
    known = list(candidates)
    used = _last_steps(known)
    fits = [
        (accepted, used[seed, factor.parameters])
        for factor, seed in known
        if (accepted := find_time_step(factor, seed, code, now))
    ]
    fresh = [accepted for accepted, last_step in fits if accepted.time_step > last_step]
    if fresh:
        return fresh[0]
    return RejectReason.CODE_USED if fits else RejectReason.WRONG_CODE


def _last_steps(candidates: Iterable[tuple[TotpFactor, bytes]]) -> dict[tuple[bytes, TotpParameters], int]:
    """The last used step of each token, which is a seed with its parameters."""
    last: dict[tuple[bytes, TotpParameters], int] = {}
    for factor, seed in candidates:
        token = (seed, factor.parameters)
        last[token] = max(last.get(token, -1), factor.last_accepted_time_step)
    return last
