"""RequestCounter in memory."""

from tests.fakes.state import State


class InMemoryRequestCounter:
    def __init__(self, state: State) -> None:
        self._state = state

    def count(self, key: str, window: int, ends_at: int) -> int:
        with self._state.call("requests.count"):
            self._state.requests[key, window] += 1
            return self._state.requests[key, window]
