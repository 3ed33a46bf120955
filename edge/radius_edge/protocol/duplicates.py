"""Duplicate detection (RFC 5080 section 2.2.2).

A packet is known by source address and port, Identifier and Request Authenticator:

    unknown                  NEW        begin() it; it replaces whatever was open under the same Identifier
    open (still deciding)    PENDING    say nothing: the answer is on its way
    finished                 FINISHED   the same octets again, for as long as the client may resend
    known, but other octets  DIFFERS    somebody plays with captured packets: say nothing

Whoever can forge a source address can reuse an Identifier, so a packet that proves nothing (no Message-Authenticator)
never replaces one that was proven. Bounded: finished entries leave when their time is over, or the soonest to leave
first when there are too many. Open ones are bounded by whoever opens them.
"""

from collections import deque
from enum import Enum, auto
from typing import Final

MAX_FINISHED: Final = 131_072
SWEEP_SECONDS: Final = 1.0  # an entry is never answered from after its time; its memory may stay this much longer

type Address = tuple[str, int] | tuple[str, int, int, int]
type _Slot = tuple[Address, int, bool]
type _Key = tuple[Address, int, bytes]


class Verdict(Enum):
    NEW = auto()
    PENDING = auto()
    FINISHED = auto()
    DIFFERS = auto()


class Entry:
    """One known packet. ``reply`` is None while it is open, and for a packet that is never to be answered."""

    __slots__ = ("digest", "finished", "forget_at", "key", "proven", "reply", "superseded")

    def __init__(self, key: _Key, digest: bytes, *, proven: bool) -> None:
        self.key = key
        self.digest = digest
        self.proven = proven
        self.reply: bytes | None = None
        self.finished = False
        self.superseded = False  # the client has reused the Identifier: it no longer listens for this answer
        self.forget_at = 0.0


class DuplicateCache:
    """``digest`` is any collision-free digest of the whole packet."""

    def __init__(self, most_finished: int = MAX_FINISHED) -> None:
        self._entries: dict[_Key, Entry] = {}
        self._open: dict[_Slot, Entry] = {}
        # A queue for each length of memory: within one, entries leave in the order in which they came.
        self._finished: dict[float, deque[Entry]] = {}
        self._finished_count = 0
        self._most_finished = most_finished
        self._sweep_at = 0.0

    def __len__(self) -> int:
        return len(self._entries)

    def look_up(
        self, address: Address, identifier: int, authenticator: bytes, digest: bytes, now: float
    ) -> tuple[Verdict, bytes | None]:
        """The verdict, and the reply to send again if there is one."""
        entry = self._entries.get((address, identifier, authenticator))
        if entry is None:
            return Verdict.NEW, None
        if entry.finished and entry.forget_at <= now:
            return Verdict.NEW, None
        if entry.digest != digest:
            return Verdict.DIFFERS, None
        if not entry.finished:
            return Verdict.PENDING, None
        return Verdict.FINISHED, entry.reply

    def begin(self, address: Address, identifier: int, authenticator: bytes, digest: bytes, *, proven: bool) -> Entry:
        """Open a NEW packet. An open one under the same Identifier is superseded: its late answer must not be sent."""
        older = self._open.get((address, identifier, proven))
        if older is not None:
            older.superseded = True
        if proven:
            older = self._open.get((address, identifier, False))
            if older is not None:
                older.superseded = True
        key = (address, identifier, authenticator)
        entry = Entry(key, digest, proven=proven)
        self._entries[key] = self._open[address, identifier, proven] = entry
        return entry

    def finish(self, entry: Entry, reply: bytes | None, now: float, remember_seconds: float) -> bool:
        """Keep the reply for retransmissions. False if it must not be sent, because the client has moved on."""
        self._close(entry)
        entry.finished = True
        entry.reply = reply
        entry.forget_at = now + remember_seconds
        queue = self._finished.get(remember_seconds)
        if queue is None:
            queue = self._finished[remember_seconds] = deque()
        queue.append(entry)
        self._finished_count += 1
        if now >= self._sweep_at or self._finished_count > self._most_finished:
            self._forget_old(now)
        return not entry.superseded

    def abandon(self, entry: Entry) -> None:
        """Forget an open packet: its retransmission begins anew."""
        self._close(entry)
        self._forget(entry)

    def _close(self, entry: Entry) -> None:
        address, identifier, _ = entry.key
        slot = (address, identifier, entry.proven)
        if self._open.get(slot) is entry:
            del self._open[slot]

    def _forget_old(self, now: float) -> None:
        self._sweep_at = now + SWEEP_SECONDS
        for remember_seconds, queue in tuple(self._finished.items()):
            while queue and queue[0].forget_at <= now:
                self._forget_first(queue)
            if not queue:
                del self._finished[remember_seconds]
        while self._finished_count > self._most_finished:
            self._forget_first(min((queue for queue in self._finished.values() if queue), key=_forgets_next))

    def _forget_first(self, queue: deque[Entry]) -> None:
        self._finished_count -= 1
        self._forget(queue.popleft())

    def _forget(self, entry: Entry) -> None:
        if self._entries.get(entry.key) is entry:
            del self._entries[entry.key]


def _forgets_next(queue: deque[Entry]) -> float:
    return queue[0].forget_at
