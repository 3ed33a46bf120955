"""What the set-up tells a person while it works: one line a step, with the seconds that it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def step(what: str) -> Iterator[None]:
    say(f"{what} …", end="")
    begin = time.monotonic()
    try:
        yield
    except KeyboardInterrupt:
        say(" stopped")
        raise
    except BaseException:
        say(" failed")
        raise
    say(f" {time.monotonic() - begin:.1f} s")


def say(text: str, end: str = "\n") -> None:
    """A reader that has gone away (`make run | head`) stops nothing."""
    with suppress(BrokenPipeError):
        print(text, end=end, flush=True)


def complain(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
