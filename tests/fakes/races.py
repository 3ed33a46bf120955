"""Threads that start at the same moment and are switched far more often than Python would."""

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Final

AS_OFTEN_AS_POSSIBLE: Final = 1e-6  # seconds; Python's own interval is 5e-3
# CPython 3.13.0 itself crashes now and then when it switches fifty threads inside botocore much more often than
# this (segmentation faults in urllib.parse and copy). Between the calls to the table, where a race is decided,
# threads change places anyway: each waits there for its turn.
OFTEN_WITH_BOTOCORE: Final = 1e-3


_interval = AS_OFTEN_AS_POSSIBLE


def all_at_once[Result](actions: Sequence[Callable[[], Result]]) -> list[Result]:
    """Run all of them in parallel and return their results in order."""
    barrier = Barrier(len(actions))

    def run(action: Callable[[], Result]) -> Result:
        barrier.wait(timeout=30)
        return action()

    with _switching_every(_interval), ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


@contextmanager
def gently_for_botocore() -> Iterator[None]:
    """Races in this block go through botocore."""
    global _interval  # noqa: PLW0603 -- a race does not know what its actions are made of
    _interval = OFTEN_WITH_BOTOCORE
    try:
        yield
    finally:
        _interval = AS_OFTEN_AS_POSSIBLE


@contextmanager
def _switching_every(seconds: float) -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(seconds)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
