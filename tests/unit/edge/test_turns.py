"""Pieces of long work: in their order, one a turn, and none lost when one breaks."""

import asyncio

from radius_edge.turns import Turns


def test_between_two_pieces_the_event_loop_serves_others() -> None:
    async def main() -> None:
        done: list[str] = []
        turns, loop = Turns(), asyncio.get_running_loop()
        for name in ("first", "second", "third"):
            turns.add(lambda name=name: (done.append(name), loop.call_soon(done.append, f"after {name}"))[0])
        assert done == []
        await asyncio.sleep(0.01)
        assert done == ["first", "after first", "second", "after second", "third", "after third"]

    asyncio.run(main())


def test_a_piece_that_breaks_leaves_the_others() -> None:
    async def main() -> None:
        broken: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: broken.append(context["exception"]))
        done: list[str] = []
        turns = Turns()
        turns.add(lambda: done.remove("not there"))
        turns.add(lambda: done.append("second"))
        await asyncio.sleep(0.01)
        assert done == ["second"]
        assert [type(error) for error in broken] == [ValueError]
        turns.add(lambda: done.append("third"))
        await asyncio.sleep(0.01)
        assert done == ["second", "third"]

    asyncio.run(main())
