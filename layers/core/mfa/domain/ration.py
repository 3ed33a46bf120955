"""How often one person may be disturbed: about three times in ten minutes, then ever more seldom.

Prompts and messages can be caused by anybody who knows a user's name, so they are rationed by user, since the last
success. Who is asked again and again without an answer is asked after growing pauses. All of it heals by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

TIMES: Final = 3  # in SPAN_SECONDS since the last success: a person rarely needs two
SPAN_SECONDS: Final = 600
FIRST_PAUSE_SECONDS: Final = 60  # after TIMES without an answer; doubling with each further one
LONGEST_PAUSE_SECONDS: Final = 3600
FORGOTTEN_SECONDS: Final = 86_400  # after a day of quiet the pauses begin anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Ration:
    """``times`` are those of the last ones since the last success, newest last (Unix seconds); ``unanswered`` counts
    all of these. ``successes`` is the hot item's count when the last one was sent."""

    times: tuple[float, ...] = ()
    unanswered: int = 0
    successes: int = 0


NOTHING_SPENT: Final = Ration()


def renewed(ration: Ration, successes: int, now: float, *, answered: bool = False) -> Ration:
    """After a success, or a long time, nothing is held against anybody."""
    long_ago = bool(ration.times) and now - ration.times[-1] > FORGOTTEN_SECONDS
    is_anew = answered or long_ago or ration.successes != successes
    return Ration(successes=ration.successes) if is_anew else ration


def is_spent(ration: Ration, now: float) -> bool:
    """Whether there may be none now."""
    if len(lately(ration.times, now)) >= TIMES:
        return True
    return bool(ration.times) and now < ration.times[-1] + pause_seconds(ration.unanswered)


def spent_once_more(ration: Ration, successes: int, now: float) -> Ration:
    return Ration(times=(*ration.times, now)[-TIMES:], unanswered=ration.unanswered + 1, successes=successes)


def given_back(ration: Ration) -> Ration:
    """Without the last one: nobody was disturbed by it."""
    return replace(ration, times=ration.times[:-1], unanswered=max(0, ration.unanswered - 1))


def pause_seconds(unanswered: int) -> int:
    """How long nobody is disturbed after so many times without an answer."""
    if unanswered < TIMES:
        return 0
    doublings = min(unanswered - TIMES, 10)
    return min(FIRST_PAUSE_SECONDS << doublings, LONGEST_PAUSE_SECONDS)


def lately(times: Sequence[float], now: float) -> Sequence[float]:
    return [at for at in times if now - at < SPAN_SECONDS]
