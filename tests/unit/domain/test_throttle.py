"""Locks fall at every tenth try, last longer each time, and end by themselves until the hundredth."""

import pytest

from mfa.domain.factors import Throttle
from mfa.domain.throttle import (
    FRESH,
    GATE_STEP,
    HARD_LIMIT,
    GateState,
    gate_state,
    lock_seconds,
    locked_until,
    next_gate,
)


def after(tries: int, gate: int, last_try_at: int = 1000) -> Throttle:
    return Throttle(tries=tries, gate=gate, last_try_at=last_try_at, successes=0)


@pytest.mark.parametrize(
    ("gate", "seconds"),
    [(10, 60), (20, 120), (30, 240), (40, 480), (50, 960), (60, 1920), (70, 3600), (80, 3600), (90, 3600)],
)
def test_each_lock_is_twice_as_long_up_to_an_hour(gate: int, seconds: int) -> None:
    assert lock_seconds(gate) == seconds


@pytest.mark.parametrize(
    ("throttle", "now", "state"),
    [
        (FRESH, 0, GateState.OPEN),
        (after(9, 10), 1000, GateState.OPEN),
        (after(10, 10), 1000, GateState.LOCKED),
        (after(10, 10), 1059, GateState.LOCKED),
        (after(10, 10), 1060, GateState.LOCK_EXPIRED),
        (after(11, 20), 1000, GateState.OPEN),
        (after(20, 20), 1119, GateState.LOCKED),
        (after(20, 20), 1120, GateState.LOCK_EXPIRED),
        (after(99, 100), 1000, GateState.OPEN),
        (after(100, 100), 10**9, GateState.LOCKED_HARD),
        (after(101, 110), 10**9, GateState.LOCKED_HARD),
    ],
)
def test_the_table_of_locks(throttle: Throttle, now: int, state: GateState) -> None:
    assert gate_state(throttle, now) is state


def test_a_lock_counts_from_the_last_try() -> None:
    assert locked_until(after(10, 10, last_try_at=5000)) == 5060


def test_a_patient_guesser_gets_a_hundred_tries_and_no_more() -> None:
    """NIST SP 800-63B: at most 100 consecutive failures, however long they wait."""
    throttle, now, tries = FRESH, 0, 0
    for _ in range(1000):
        match gate_state(throttle, now):
            case GateState.LOCKED:
                now = locked_until(throttle)
                continue
            case GateState.LOCKED_HARD:
                break
            case GateState.LOCK_EXPIRED:
                throttle = after(throttle.tries, next_gate(throttle), now)
        tries += 1
        throttle = after(throttle.tries + 1, throttle.gate, now)
    assert tries == HARD_LIMIT
    assert now > 3 * 3600  # and has waited for hours


def test_the_gate_moves_in_whole_steps() -> None:
    assert next_gate(after(10, 10)) == 10 + GATE_STEP
