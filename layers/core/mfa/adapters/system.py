"""Time and randomness, from the operating system."""

import secrets
import time


class SystemClock:
    def now(self) -> float:
        return time.time()


class SystemRandom:
    def octets(self, count: int) -> bytes:
        return secrets.token_bytes(count)


class SystemPause:
    def __call__(self, seconds: float) -> None:
        time.sleep(seconds)
