"""Waiting for a limited time, also for what knows no limit of its own: a name server, an answer that comes in drops."""

import threading
from collections.abc import Callable
from concurrent.futures import Future


def within[T](seconds: float, work: Callable[[], T]) -> T:
    """What ``work`` returns or raises. Raises TimeoutError if it takes longer; it is left alone then, in a daemon, so
    that it does not keep the command from ending."""
    ended: Future[T] = Future()

    def run() -> None:
        try:
            ended.set_result(work())
        except BaseException as error:  # noqa: BLE001 -- raised again where it is waited for
            ended.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return ended.result(timeout=seconds)
