"""The time that goes into signatures: ours, unless the API has said that ours is wrong.

AWS refuses a signature whose time is more than five minutes away from its own. The refusal carries the API's time in
its Date header, so one refused question is enough to sign all later ones by the API's time. Nothing else in the edge
uses this clock: deadlines are monotonic, and codes are checked by the functions' time.
"""

import time
from email.utils import parsedate_to_datetime
from typing import Final

TOLERATED_SECONDS: Final = 60.0  # less is no reason for a refusal, and Date has whole seconds only


class ServerClock:
    """``offset``: seconds to add to time.time(). A clock that is set right later is noticed by the same way."""

    __slots__ = ("offset",)

    def __init__(self) -> None:
        self.offset = 0.0

    def now(self) -> float:
        return time.time() + self.offset

    def latest(self) -> float:
        """The later of both clocks, for the end of permissions: no correction can put it off."""
        return max(time.time(), self.now())

    def learn(self, date: str | None) -> bool:
        """From the Date header of a refusal. True if the next signature will have another time."""
        theirs = _unix_seconds(date)
        if theirs is None or abs(theirs - self.now()) < TOLERATED_SECONDS:
            return False
        self.offset = theirs - time.time()
        if abs(self.offset) < TOLERATED_SECONDS:  # ours is right again
            self.offset = 0.0
        return True


def _unix_seconds(date: str | None) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() if date else None
    except (ValueError, OverflowError):
        return None
