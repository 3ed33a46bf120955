"""Long work in turns with the event loop: one piece, then whatever has arrived meanwhile, then the next piece.

Reading the answer about a hundred pending logins takes milliseconds. Many such answers come at once, and a packet that
comes then must not wait for all of them.
"""

import asyncio
from collections import deque
from collections.abc import Callable


class Turns:
    """Runs on one event loop; work is done in the order in which it came."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()

    def add(self, work: Callable[[], None]) -> None:
        self._waiting.append(work)
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        try:
            self._waiting[0]()
        finally:
            self._waiting.popleft()
            if self._waiting:
                asyncio.get_running_loop().call_soon(self._next)
