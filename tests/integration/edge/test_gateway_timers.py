"""The timer of waiting questions on the edge's own event loop: uvloop makes no timer of a moment that is now."""

import asyncio

import pytest
import uvloop

from tests.integration.edge.test_gateway import scene

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("first", [0.0, 0.0003, 0.02])
@pytest.mark.parametrize("second", [0.0, 0.0003, 0.02])
def test_a_pause_may_be_shorter_than_the_loop_can_measure(first: float, second: float) -> None:
    async def main() -> None:
        async with scene() as (_, gateway, _):
            gateway._pump_later(first)
            gateway._pump_later(second)
            await asyncio.sleep(0.04)
            gateway._pump_later(second)
            assert gateway._pump_at is not None

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
