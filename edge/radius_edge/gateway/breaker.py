"""The circuit breaker: after a row of failures the backend gets one question a quarter of a second, no more.

Open does not mean refused: logins wait for a probe to succeed, each until its own deadline. So a backend that comes
back is noticed at once, and one that is down is not trampled.
"""

from typing import Final

FAILURES_TO_OPEN: Final = 10
PROBE_SECONDS: Final = 0.25


class Breaker:
    def __init__(self) -> None:
        self._failures = 0
        self._next_probe = 0.0

    @property
    def open(self) -> bool:
        return self._failures >= FAILURES_TO_OPEN

    def permits(self, now: float) -> bool:
        """True if a question may go out now. While open, a True uses up the probe."""
        if self._failures < FAILURES_TO_OPEN:
            return True
        if now < self._next_probe:
            return False
        self._next_probe = now + PROBE_SECONDS
        return True

    def wait(self, now: float) -> float:
        """Seconds until the next probe may go out."""
        return max(0.0, self._next_probe - now)

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self, now: float) -> None:
        self._failures += 1
        if self._failures == FAILURES_TO_OPEN:
            self._next_probe = now + PROBE_SECONDS
