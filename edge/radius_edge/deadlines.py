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
    """Runs on one event loop. It wakes up for the first item that still waits, not for those that were removed."""

    def __init__(self) -> None:
        self._ticks: dict[int, set[Waiting]] = {}
        self._done_until = 0
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_tick = 0

    def add(self, item: Waiting, at: float) -> None:
        """Call ``item.due`` at ``at`` (time.monotonic) unless it is removed before."""
        tick = max(int(at / TICK_SECONDS) + 1, self._done_until + 1)
        item.tick = tick
        items = self._ticks.get(tick)
        if items is None:
            self._ticks[tick] = {item}
        else:
            items.add(item)
        if self._alarm is None or tick < self._alarm_tick:
            self._set_alarm(tick)

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
            items = self._ticks[tick]
            while items:  # one that raises leaves the others here, for the next turn
                item = items.pop()
                item.tick = -1
                item.due(now)
            del self._ticks[tick]

    def _set_alarm(self, tick: int) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        seconds = tick * TICK_SECONDS - time.monotonic()
        self._alarm = asyncio.get_running_loop().call_later(max(seconds, 0.0), self._ring)
        self._alarm_tick = tick

    def _set_alarm_for_the_first(self) -> None:
        """An item may have been added meanwhile, and set an alarm that is too late for those that were left."""
        if self._ticks:
            first = min(self._ticks)
            if self._alarm is None or first < self._alarm_tick:
                self._set_alarm(first)

    def _ring(self) -> None:
        self._alarm = None
        try:
            self.run_due(time.monotonic())
        finally:
            self._ticks = {tick: items for tick, items in self._ticks.items() if items}
            self._set_alarm_for_the_first()
