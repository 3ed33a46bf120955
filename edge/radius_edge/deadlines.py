"""Thousands of deadlines and held replies in one table, instead of one timer each.

Time is cut into ticks; an item waits in the set of its tick. Adding and removing is one dictionary operation, so a
login that is answered in time never costs a timer. An item is due at its time or at most one tick later.
"""

import asyncio
import time
from typing import Final, Protocol

TICK_SECONDS: Final = 0.02


class Waiting(Protocol):
    """Something with an end. ``tick`` belongs to the table; -1 means it is not in it."""

    tick: int

    def due(self, now: float) -> None: ...


class Deadlines:
    """Runs on one event loop; wakes up only while something waits."""

    def __init__(self) -> None:
        self._ticks: dict[int, set[Waiting]] = {}
        self._done_until = 0
        self._running = False

    def add(self, item: Waiting, at: float) -> None:
        """Call ``item.due`` at ``at`` (time.monotonic) unless it is removed before."""
        tick = max(int(at / TICK_SECONDS) + 1, self._done_until + 1)
        item.tick = tick
        items = self._ticks.get(tick)
        if items is None:
            self._ticks[tick] = {item}
            self._wake()
        else:
            items.add(item)

    def remove(self, item: Waiting) -> None:
        items = self._ticks.get(item.tick)
        if items is not None:
            items.discard(item)
        item.tick = -1

    def run_due(self, now: float) -> None:
        """Call everything whose tick is over."""
        current = int(now / TICK_SECONDS)
        for tick in sorted(tick for tick in self._ticks if tick <= current):
            self._done_until = max(self._done_until, tick)
            for item in self._ticks.pop(tick):
                item.tick = -1
                item.due(now)

    def _wake(self) -> None:
        if not self._running:
            self._running = True
            asyncio.get_running_loop().call_later(TICK_SECONDS, self._turn)

    def _turn(self) -> None:
        self._running = False
        try:
            self.run_due(time.monotonic())
        finally:
            if self._ticks:
                self._wake()
