"""How often edges ask about pushes that wait: the schedule of the backend, on the beat of the edge, with people who
answer when they do. Questions are shared, so they cost the less the more people log in at once."""

import math
import random
from collections import defaultdict
from statistics import NormalDist

from mfa.domain.login_transactions import FIRST_POLL_MS, LoginTransaction, poll_after_ms
from radius_edge.polling import BEAT_SECONDS

LIFE_SECONDS = 45.0
MEDIAN_SECONDS = 7.0  # phone found, unlocked, two digits typed, approved
SPREAD = 0.5  # of the logarithm: nine in ten answer within 3 to 16 s
ROUND_TRIP_SECONDS = 0.05


def alone(answered_after: float) -> int:
    """Questions about one login that nothing else waits beside."""
    return len(_asked_at(0.0, answered_after))


def shared(per_second: float, *, logins: int = 4000, seed: int = 1) -> float:
    """Questions for each login, where so many come to one edge."""
    random_ = random.Random(seed)
    answers = NormalDist(math.log(MEDIAN_SECONDS), SPREAD)
    now, beats = 0.0, defaultdict[float, int](int)
    for _ in range(logins):
        now += random_.expovariate(per_second)
        after = min(LIFE_SECONDS, math.exp(answers.inv_cdf(random_.random() or 0.5)))
        for beat in _asked_at(now, now + after):
            beats[beat] += 1
    return len(beats) / logins


def _asked_at(begun: float, answered: float) -> list[float]:
    """The last question is the first one after the answer."""
    login = _waiting(begun)
    asked = [_on_the_beat(begun + FIRST_POLL_MS / 1000)]
    while asked[-1] < answered and asked[-1] < begun + LIFE_SECONDS:
        seen = asked[-1] + ROUND_TRIP_SECONDS
        asked.append(_on_the_beat(seen + poll_after_ms(login, seen) / 1000))
    return asked


def _on_the_beat(at: float) -> float:
    return math.ceil(at / BEAT_SECONDS) * BEAT_SECONDS


def _waiting(now: float) -> LoginTransaction:
    return LoginTransaction(
        login_id="login",
        client="vpn",
        user_id="user",
        username="alice",
        source_ip="192.0.2.7",
        config_revision="1",
        created_at=now,
        expires_at=now + LIFE_SECONDS,
    )
