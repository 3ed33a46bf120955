"""The circuit breaker: opens after a row of failures, lets single probes through, closes at the first success."""

from radius_edge.gateway.breaker import FAILURES_TO_OPEN, PROBE_SECONDS, Breaker


def opened(now: float = 100.0) -> Breaker:
    breaker = Breaker()
    for _ in range(FAILURES_TO_OPEN):
        assert not breaker.open
        breaker.failed(now)
    assert breaker.open
    return breaker


def test_closed_it_permits_everything() -> None:
    breaker = Breaker()
    assert all(breaker.permits(0.0) for _ in range(1000))


def test_single_failures_do_not_open_it() -> None:
    breaker = Breaker()
    for _ in range(1000):
        breaker.failed(0.0)
        breaker.succeeded()
    assert not breaker.open


def test_open_it_permits_one_probe_at_a_time() -> None:
    breaker = opened(100.0)
    assert not breaker.permits(100.0)
    assert breaker.wait(100.0) == PROBE_SECONDS
    assert breaker.permits(100.0 + PROBE_SECONDS)
    assert not breaker.permits(100.0 + PROBE_SECONDS)
    breaker.failed(100.0 + PROBE_SECONDS)
    assert breaker.permits(100.0 + 2 * PROBE_SECONDS)


def test_a_success_closes_it() -> None:
    breaker = opened()
    breaker.succeeded()
    assert not breaker.open
    assert breaker.permits(100.0)
