"""One JSON line per decision, on standard output, and never a wait for whoever reads it.

Lines are gathered and handed to a thread that alone may block. When its queue is full (a stopped reader, a full disk)
lines are lost and counted; logins go on. Every text is escaped to ASCII, so no user name can break a line, move a
cursor or turn the writing direction.
"""

import os
import queue
import threading
import time
from collections.abc import Callable
from json.encoder import encode_basestring_ascii as quoted
from typing import Final

FLUSH_SECONDS: Final = 0.2
MAX_WAITING_BATCHES: Final = 16  # with full batches of 350 octets a line, 6 MB
MAX_BATCH_LINES: Final = 1_000
MAX_SOURCES: Final = 1_024  # of each event and reason; so a flood of one kind cannot hide another kind
PRUNE_SECONDS: Final = 1.0
QUIET_SECONDS: Final = 60.0

type Scalar = str | int | float | bool | None


class LogLines:
    """``later(seconds, call)`` schedules the flush; the event loop's call_later in service, anything in tests."""

    def __init__(self, descriptor: int, later: Callable[[float, Callable[[], None]], object]) -> None:
        self._descriptor = descriptor
        self._later = later
        self._lines: list[str] = []
        self._batches: queue.Queue[bytes | None] = queue.Queue(MAX_WAITING_BATCHES)
        self._scheduled = False
        self._second = 0
        self._second_text = ""
        self._millisecond = 0
        self._millisecond_text = ""
        self.lost = 0
        self._writer = threading.Thread(target=self._write_batches, name="log-writer", daemon=True)
        self._writer.start()

    def write(self, event: str, **fields: Scalar) -> None:
        """A line of an event. Field names are ours, values may be anybody's."""
        rest = "".join(f',"{name}":{_json(value)}' for name, value in fields.items() if value is not None)
        self.line(f'"event":"{event}"{rest}')

    def line(self, members: str) -> None:
        """A line of ready JSON members, for the one place that is called per login."""
        lines = self._lines
        if len(lines) >= MAX_BATCH_LINES:
            self.flush()
            lines = self._lines
        lines.append(f'{{"time":"{self._now()}",{members}}}\n')
        if not self._scheduled:
            self._scheduled = True
            self._later(FLUSH_SECONDS, self._flush_scheduled)

    def relay(self, octets: bytes) -> None:
        """Whole lines that another process has written."""
        try:
            self._batches.put_nowait(octets)
        except queue.Full:
            self.lost += octets.count(b"\n")

    def flush(self) -> None:
        lines, self._lines = self._lines, []
        try:
            if lines:
                self._batches.put_nowait("".join(lines).encode("ascii"))
        except queue.Full:
            self.lost += len(lines)

    def close(self, seconds: float = 1.0) -> None:
        """Write what is left, but do not wait longer than this for a reader."""
        self.flush()
        try:
            self._batches.put_nowait(None)
        except queue.Full:
            return
        self._writer.join(seconds)

    def _flush_scheduled(self) -> None:
        self._scheduled = False
        self.flush()

    def _now(self) -> str:
        millisecond = int(time.time() * 1000)
        if millisecond != self._millisecond:
            self._millisecond = millisecond
            second, rest = divmod(millisecond, 1000)
            if second != self._second:
                self._second = second
                self._second_text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
            self._millisecond_text = f"{self._second_text}.{rest:03d}Z"
        return self._millisecond_text

    def _write_batches(self) -> None:
        while (batch := self._batches.get()) is not None:
            rest = memoryview(batch)
            try:
                while rest:
                    rest = rest[os.write(self._descriptor, rest) :]
            except OSError:  # closed, broken or full: nobody can be told, and logins do not depend on it
                self.lost += batch.count(b"\n")


class RationedLines:
    """One line a minute for each (event, reason, what it is about); the next one says how many were left out."""

    def __init__(self, log: LogLines) -> None:
        self._log = log
        self._tables: dict[tuple[str, str], _Windows] = {}

    def write(self, event: str, reason: str, about: str, now: float, **fields: Scalar) -> None:
        """Events and reasons are words of ours, so they are few; ``about`` may be anybody's."""
        windows = self._tables.get((event, reason))
        if windows is None:
            windows = self._tables[event, reason] = _Windows()
        left_out = windows.enter(about, now)
        if left_out is not None:
            self._log.write(event, reason=reason, left_out_before=left_out or None, **fields)


class _Windows:
    """The quiet minutes of one kind of line. Bounded; looked through for old ones at most once a second."""

    __slots__ = ("_pruned_at", "_windows")

    def __init__(self) -> None:
        self._windows: dict[str, list[float]] = {}
        self._pruned_at = float("-inf")

    def __len__(self) -> int:
        return len(self._windows)

    def enter(self, about: str, now: float) -> int | None:
        """How many lines were left out before this one; None if this one is left out, too."""
        window = self._windows.get(about)
        if window is not None and now < window[0]:
            window[1] += 1
            return None
        if window is None and not self._has_room(now):
            return None
        self._windows[about] = [now + QUIET_SECONDS, 0]
        return int(window[1]) if window else 0

    def _has_room(self, now: float) -> bool:
        if len(self._windows) >= MAX_SOURCES and now - self._pruned_at >= PRUNE_SECONDS:
            self._windows = {about: window for about, window in self._windows.items() if now < window[0]}
            self._pruned_at = now
        return len(self._windows) < MAX_SOURCES


def _json(value: Scalar) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else repr(value)
