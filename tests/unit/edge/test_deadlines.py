"""The table of deadlines: due in time, never twice, never after removal."""

import asyncio
import time

from radius_edge.deadlines import TICK_SECONDS, Deadlines


class Item:
    def __init__(self) -> None:
        self.tick = -1
        self.due_at: list[float] = []

    def due(self, now: float) -> None:
        self.due_at.append(now)


def test_an_item_is_due_at_its_time_and_at_most_a_tick_later() -> None:
    async def scene() -> None:
        deadlines, item = Deadlines(), Item()
        deadlines.add(item, 100.0)
        deadlines.run_due(99.999)
        assert item.due_at == []
        deadlines.run_due(100.0 + TICK_SECONDS)
        assert item.due_at == [100.0 + TICK_SECONDS]
        deadlines.run_due(200.0)
        assert len(item.due_at) == 1

    asyncio.run(scene())


def test_a_removed_item_is_never_due() -> None:
    async def scene() -> None:
        deadlines, gone, stays = Deadlines(), Item(), Item()
        deadlines.add(gone, 100.0)
        deadlines.add(stays, 100.0)
        deadlines.remove(gone)
        deadlines.remove(gone)
        deadlines.run_due(101.0)
        assert (gone.due_at, stays.due_at) == ([], [101.0])

    asyncio.run(scene())


def test_what_is_added_late_is_due_at_the_next_turn() -> None:
    async def scene() -> None:
        deadlines, item = Deadlines(), Item()
        deadlines.add(Item(), 100.0)
        deadlines.run_due(101.0)
        deadlines.add(item, 50.0)
        deadlines.run_due(101.5)
        assert item.due_at == [101.5]

    asyncio.run(scene())


def test_it_wakes_by_itself_and_sleeps_when_nothing_waits() -> None:
    async def scene() -> None:
        deadlines, item = Deadlines(), Item()
        start = time.monotonic()
        deadlines.add(item, start + 0.05)
        async with asyncio.timeout(5):
            while not item.due_at:  # noqa: ASYNC110 - the table calls, it does not signal
                await asyncio.sleep(0.005)
        assert item.due_at[0] - start >= 0.05
        assert deadlines._alarm is None

    asyncio.run(scene())


def test_an_earlier_item_moves_the_alarm_and_removed_ones_do_not_wake_anybody() -> None:
    async def scene() -> None:
        deadlines, late, early = Deadlines(), Item(), Item()
        now = time.monotonic()
        deadlines.add(late, now + 60)
        deadlines.add(early, now + 0.03)
        async with asyncio.timeout(5):
            while not early.due_at:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.005)
        assert deadlines._alarm is not None
        assert deadlines._alarm.when() - asyncio.get_running_loop().time() > 50
        deadlines.remove(late)
        deadlines._ring()
        assert deadlines._alarm is None
        assert deadlines._ticks == {}

    asyncio.run(scene())


def test_an_item_that_fails_does_not_stop_the_others_for_ever() -> None:
    class Broken(Item):
        def due(self, now: float) -> None:
            raise RuntimeError

    async def scene() -> None:
        deadlines, beside, later = Deadlines(), Item(), Item()
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        now = time.monotonic()
        for item in (Broken(), beside, Broken()):
            deadlines.add(item, now)
        deadlines.add(later, now + 3 * TICK_SECONDS)
        async with asyncio.timeout(5):
            while not later.due_at or not beside.due_at:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.005)

    asyncio.run(scene())


def test_an_item_that_adds_a_later_one_and_fails_does_not_make_its_tick_wait_for_that() -> None:
    class Broken(Item):
        def due(self, now: float) -> None:
            deadlines.add(later, now + 60)
            raise RuntimeError

    async def scene() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        now = time.monotonic()
        for item in (Broken(), *beside):
            deadlines.add(item, now)
        async with asyncio.timeout(5):
            while not all(item.due_at for item in beside):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.005)
        assert max(item.due_at[0] for item in beside) - now < 1

    for _ in range(8):  # the items of a tick are a set: somebody must come after the broken one
        deadlines, later, beside = Deadlines(), Item(), [Item() for _ in range(8)]
        asyncio.run(scene())
