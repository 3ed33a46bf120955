"""Token buckets in bounded memory, for what must not cost a user a try or the table a write."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

MAX_KEYS: Final = 4096  # about 1 MB; the key used longest ago gives way


class TokenBuckets[Key: Hashable]:
    """Each key may take ``burst`` at once and ``per_second`` in the long run. Time comes in as a parameter."""

    def __init__(self, *, burst: float, per_second: float, max_keys: int = MAX_KEYS) -> None:
        self._burst = burst
        self._per_second = per_second
        self._max_keys = max_keys
        self._levels: OrderedDict[Key, tuple[float, float]] = OrderedDict()

    def take(self, key: Key, now: float) -> bool:
        """False if the bucket is empty; then nothing is taken."""
        level = self._level(key, now)
        allowed = level >= 1
        self._levels[key] = (level - 1 if allowed else level, now)
        self._levels.move_to_end(key)
        if len(self._levels) > self._max_keys:
            self._levels.popitem(last=False)
        return allowed

    def _level(self, key: Key, now: float) -> float:
        level, at = self._levels.get(key, (self._burst, now))
        return min(self._burst, level + max(0.0, now - at) * self._per_second)
