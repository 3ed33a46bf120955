"""Which controller is asked, and when the next one is: one at a time as long as all is well, never long otherwise.

Every controller has a lane, which is a thread: it connects, waits for its turn, and asks. The first has a head start of
150 ms to be connected, then the next one is connected as well. The first that is ready asks; if it has no answer after
its time (or fails), the next one that is ready asks too, and the first answer is taken.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Final

from mfa.adapters.ldap.channel import Channel
from mfa.adapters.ldap.faults import (
    ControllerFaultError,
    ServiceAccountRefusedError,
    TooLateError,
    class_and_place,
)
from mfa.contract.directory import DomainController

HEAD_START_SECONDS: Final = 0.15  # to be connected
PATIENCE_SECONDS: Final = 0.3  # to answer about one account: a well controller takes a tenth of it

type Connect = Callable[[DomainController], Channel]
type Ask[Answer] = Callable[[DomainController, Channel], Answer]


class Lane[Answer]:
    """One controller and its thread. What becomes of it is told to the race."""

    def __init__(self, controller: DomainController, connect: Connect, ask: Ask[Answer]) -> None:
        self.controller = controller
        self.answer: Answer | None = None
        self.error: Exception | None = None
        self._connect, self._ask = connect, ask
        self._channel: Channel | None = None
        self._turn = threading.Event()
        self._over = False

    def start(self, tell: "Callable[[Lane[Answer]], None]") -> None:
        threading.Thread(target=self._run, args=(tell,), daemon=True, name=self.controller.host).start()

    def take_turn(self) -> None:
        self._turn.set()

    def end(self) -> None:
        """Whatever it is at, nobody waits for it any more."""
        self._over = True
        if self._channel is not None:
            self._channel.interrupt()
        self._turn.set()

    def _run(self, tell: "Callable[[Lane[Answer]], None]") -> None:
        try:
            with self._connect(self.controller) as channel:
                self._channel = channel
                tell(self)
                self._turn.wait()
                if not self._over:
                    self.answer = self._ask(self.controller, channel)
        except Exception as error:  # noqa: BLE001 -- a thread's error must reach whoever waits for it
            self.error = error
        tell(self)


def race[Answer](
    controllers: Sequence[DomainController],
    connect: Connect,
    ask: Ask[Answer],
    deadline: float,
    *,
    patience: float = PATIENCE_SECONDS,
) -> tuple[DomainController, Answer]:
    """The first answer, and whose it is. ``deadline`` by time.monotonic().

    Raises ControllerFaultError if every controller failed, ServiceAccountRefusedError, or TooLateError."""
    lanes = [Lane(controller, connect, ask) for controller in controllers]
    try:
        return _Course(lanes, patience).run(deadline)
    finally:
        for lane in lanes:
            lane.end()


class _Course[Answer]:
    """The state of one race."""

    def __init__(self, lanes: Sequence[Lane[Answer]], patience: float) -> None:
        self._patience = patience
        self._waiting = deque(lanes)
        self._connecting: list[Lane[Answer]] = []
        self._ready: deque[Lane[Answer]] = deque()
        self._asking: list[Lane[Answer]] = []
        self._failed: list[Lane[Answer]] = []
        self._news: SimpleQueue[Lane[Answer]] = SimpleQueue()
        self._next_start = 0.0  # when one more controller is connected
        self._patience_ends = 0.0  # when one more controller is asked

    def run(self, deadline: float) -> tuple[DomainController, Answer]:
        while True:
            self._let_go()
            if not (self._connecting or self._asking):
                raise ControllerFaultError("; ".join(_told(lane) for lane in self._failed))
            winner = self._hear(deadline)
            if winner is not None and winner.answer is not None:
                return winner.controller, winner.answer

    def _let_go(self) -> None:
        """Give the turn, and start connecting, where it is due."""
        now = time.monotonic()
        impatient = now >= self._patience_ends
        if self._ready and (not self._asking or impatient):
            lane = self._ready.popleft()
            self._asking.append(lane)
            self._patience_ends = now + self._patience
            self._next_start = now + self._patience / 2  # so that the next is ready when patience ends
            lane.take_turn()
        elif self._waiting and (now >= self._next_start or not (self._connecting or self._asking)):
            lane = self._waiting.popleft()
            self._connecting.append(lane)
            self._next_start = now + HEAD_START_SECONDS
            lane.start(self._news.put)

    def _hear(self, deadline: float) -> Lane[Answer] | None:
        """Wait for news of a lane until something else is due."""
        try:
            lane = self._news.get(timeout=self._due(deadline))
        except Empty:
            if time.monotonic() >= deadline:
                raise TooLateError(self._late()) from None
            return None
        if lane in self._connecting:
            self._connecting.remove(lane)
            (self._failed if lane.error else self._ready).append(lane)
        elif lane.error is not None:
            self._asking.remove(lane)
            self._failed.append(lane)
        if isinstance(lane.error, ServiceAccountRefusedError):
            raise lane.error
        if lane.error is not None and not self._asking:
            self._next_start = self._patience_ends = 0.0  # at once
        return lane

    def _due(self, deadline: float) -> float:
        times = [deadline]
        if self._waiting:
            times.append(self._next_start)
        if self._ready:
            times.append(self._patience_ends)
        return max(0.0, min(times) - time.monotonic())

    def _late(self) -> str:
        silent = [f"{lane.controller.host}: no answer in time" for lane in (*self._asking, *self._connecting)]
        return "; ".join([*silent, *(_told(lane) for lane in self._failed)])


def _told[Answer](lane: Lane[Answer]) -> str:
    error = lane.error
    text = str(error) if isinstance(error, ControllerFaultError) else class_and_place(error) if error else "ended"
    return f"{lane.controller.host}: {text}"
