"""Is this code right for this subscriber now? A pure decision on values that were read before."""

from collections.abc import Iterable, Sequence

from mfa.domain.factors import AcceptedCode, CodeFactors, FactorState, TotpFactor
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

    A fit on a used step loses against a fit on an unused one of another factor.
    """
    fits = [(factor, fit) for factor, seed in candidates if (fit := find_time_step(factor, seed, code, now))]
    fresh = [accepted for factor, accepted in fits if accepted.time_step > factor.last_accepted_time_step]
    if fresh:
        return fresh[0]
    return RejectReason.CODE_USED if fits else RejectReason.WRONG_CODE
