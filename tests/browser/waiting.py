"""Waiting for something that another process does."""

import time
from collections.abc import Callable


def wait_for[T](look: Callable[[], T | None], seconds: float = 20, pause: float = 0.02) -> T:
    """What ``look`` finds, as soon as it finds anything."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(pause)
    raise AssertionError(f"nothing came within {seconds} s")
