"""A pause that takes no time: it moves the clock instead, and lets a test act meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fakes.clock import FakeClock


@dataclass
class FakePause:
    clock: FakeClock
    meanwhile: Callable[[], None] | None = None
    taken: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        self.clock.advance(seconds)
        if self.meanwhile is not None:
            self.meanwhile()
