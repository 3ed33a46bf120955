"""Time and randomness, from the operating system."""

import secrets
import time
from datetime import datetime


class SystemClock:
    def now(self) -> float:
        return time.time()


class SystemRandom:
    def octets(self, count: int) -> bytes:
        return secrets.token_bytes(count)


class SystemPause:
    def __call__(self, seconds: float) -> None:
        time.sleep(seconds)


def local_time(timezone: str, at: float) -> datetime:
    """What the clocks show in an IANA time zone. Raises ValueError if there is no such zone."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 -- only rules with times need it

    try:
        return datetime.fromtimestamp(at, ZoneInfo(timezone))
    except (ZoneInfoNotFoundError, OSError):  # OSError: the name of a folder, such as "Europe"
        raise ValueError("there is no such time zone") from None
