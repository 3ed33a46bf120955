"""A token that has run away from us (RFC 4226 section 7.4, RFC 6238 section 6): two codes in a row show how far.

One right code from far ahead says little: among a hundred counters a guess fits ten thousand times as often as it
should. Only the very next code after it does. Everything goes forward: a code before the last used one shows nothing.
"""

from collections.abc import Iterable
from typing import Final

from mfa.domain.factors import AcceptedCode, CodeFactor, FarCode, HotpFactor, TotpFactor
from mfa.domain.otp import LOOK_AHEAD, MAX_DRIFT, IsTyped, code_at, time_step_at

RESYNC_WINDOW: Final = 100  # counters after the last used one
RESYNC_SECONDS: Final = 600  # between the two codes, where they are typed in two logins


def find_far_code(factor: CodeFactor, seed: bytes, is_typed: IsTyped, now: float) -> FarCode | None:
    """A right code beyond the window; the nearest, if two are alike. Of an app there is none: its clock is set by the
    network, and whoever saw two codes of it some minutes ago must not use them."""
    found = [step for step in _far(factor, now) if is_typed(code_at(step, seed, factor.parameters))]
    return FarCode(found[0], int(now)) if found else None


def find_next_of_far_code(factor: CodeFactor, seed: bytes, is_typed: IsTyped, now: float) -> AcceptedCode | None:
    """The code that follows the last far one, if it was typed soon enough after that."""
    far = factor.far
    if far is None or not 0 <= now - far.at <= RESYNC_SECONDS or far.moving_factor <= factor.last_moving_factor:
        return None
    if isinstance(factor, HotpFactor):
        expected: Iterable[int] = (far.moving_factor + 1,)
    else:  # by the same clock, read at both moments: a step may begin between
        centre = far.moving_factor + time_step_at(now, factor.parameters) - time_step_at(far.at, factor.parameters)
        expected = [step for step in range(centre - 1, centre + 2) if step > far.moving_factor]
    found = [step for step in expected if is_typed(code_at(step, seed, factor.parameters))]
    return _accepted(factor, found[-1], now) if found else None


def find_pair(
    factor: CodeFactor, seed: bytes, is_first: IsTyped, is_second: IsTyped, now: float
) -> AcceptedCode | None:
    """Two codes in a row, typed together, anywhere in the wider window; the second is the one that is used up."""
    found = [
        step
        for step in _wide(factor, now)
        if is_first(code_at(step, seed, factor.parameters)) & is_second(code_at(step + 1, seed, factor.parameters))
    ]
    return _accepted(factor, found[0] + 1, now) if found else None


def _wide(factor: CodeFactor, now: float) -> range:
    """Where the first of two codes may lie."""
    last = factor.last_moving_factor
    if isinstance(factor, HotpFactor):
        return range(last + 1, last + RESYNC_WINDOW)
    centre = time_step_at(now, factor.parameters)
    return range(max(last + 1, centre - MAX_DRIFT, 0), centre + MAX_DRIFT)


def _far(factor: CodeFactor, now: float) -> range:
    last = factor.last_moving_factor
    if isinstance(factor, HotpFactor):
        return range(last + LOOK_AHEAD + 1, last + RESYNC_WINDOW)
    return range(0) if factor.serial is None else _wide(factor, now)


def _accepted(factor: CodeFactor, step: int, now: float) -> AcceptedCode | None:
    """None for a clock that is further off than is followed."""
    drift = step - time_step_at(now, factor.parameters) if isinstance(factor, TotpFactor) else 0
    if abs(drift) > MAX_DRIFT:
        return None
    return AcceptedCode(factor_id=factor.factor_id, moving_factor=step, drift=drift)
