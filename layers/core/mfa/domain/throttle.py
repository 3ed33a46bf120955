"""How many codes may be tried (RFC 4226 section 7.3, NIST SP 800-63B section 3.2.2).

Tries are counted from the last success on. At every tenth the gate falls and the lock runs from the last try on,
twice as long each time, until it is an hour; so a stranger who locks a user out has to go on doing it, and the
lock ends by itself. At 100 nothing opens but an administrator. Tries while locked change nothing.
"""

from enum import StrEnum
from typing import Final

from mfa.domain.factors import Throttle

GATE_STEP: Final = 10  # tries between two locks: a typing person rarely needs four
HARD_LIMIT: Final = 100  # consecutive failures, the most that NIST SP 800-63B allows
FIRST_LOCK_SECONDS: Final = 60
LONGEST_LOCK_SECONDS: Final = 3600

FRESH: Final = Throttle(tries=0, gate=GATE_STEP, last_try_at=0, successes=0)


class GateState(StrEnum):
    """What the throttle says to one more try."""

    OPEN = "open"  # count it and check it
    LOCKED = "locked"  # wait
    LOCK_EXPIRED = "lock_expired"  # set the next gate, then count it and check it
    LOCKED_HARD = "locked_hard"  # an administrator unlocks


def gate_state(throttle: Throttle, now: float) -> GateState:
    if throttle.tries >= HARD_LIMIT:
        return GateState.LOCKED_HARD
    if throttle.tries < throttle.gate:
        return GateState.OPEN
    return GateState.LOCKED if now < locked_until(throttle) else GateState.LOCK_EXPIRED


def is_at_gate(throttle: Throttle) -> bool:
    """Whether the try that was counted last is the last before a lock."""
    return throttle.tries >= min(throttle.gate, HARD_LIMIT)


def locked_until(throttle: Throttle) -> int:
    """Unix seconds. Meaningful once the gate is reached."""
    return throttle.last_try_at + lock_seconds(throttle.gate)


def lock_seconds(gate: int) -> int:
    """One minute at the first gate, doubling with each further one, at most one hour."""
    return min(FIRST_LOCK_SECONDS << (gate // GATE_STEP - 1), LONGEST_LOCK_SECONDS)


def next_gate(throttle: Throttle) -> int:
    return throttle.gate + GATE_STEP
