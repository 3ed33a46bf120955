"""One question to the backend and the ways it can end. The pool moves it; its subclasses know what it means."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final, Protocol

from radius_edge.gateway.faults import Fault
from radius_edge.gateway.response import Response

if TYPE_CHECKING:
    from radius_edge.gateway.connection import Connection

MOST_ATTEMPTS: Final = 2


class Asker(Protocol):
    def expired(self, exchange: "Exchange", now: float) -> None:
        """Its deadline has come."""
        ...


class Exchange(ABC):
    """Ends exactly once: by ``answered`` or by ``failed``. ``deadline`` is in time.monotonic.

    ``faults`` are those of all its attempts, in their order. ``reached``: a connection is being opened for it, and
    TCP has been answered.
    """

    __slots__ = ("asked_by", "attempts", "connection", "deadline", "done", "faults", "reached", "tick")

    method: str = "POST"
    resource: str = ""
    most_body_octets: int = 65_536

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.attempts = 0
        self.done = False
        self.faults: tuple[Fault, ...] = ()
        self.reached = False
        self.tick = -1
        self.connection: Connection | None = None
        self.asked_by: Asker | None = None

    def due(self, now: float) -> None:
        if self.asked_by is not None:
            self.asked_by.expired(self, now)

    @abstractmethod
    def body(self, now: float) -> bytes:
        """Written anew for every attempt, because the time that is left is part of it."""

    def headers(self) -> str:
        """More headers, each line ended; they are not signed."""
        return ""

    @abstractmethod
    def answered(self, response: Response) -> None:
        """A whole response below 400 that is no failure of the backend."""

    @abstractmethod
    def failed(self, fault: Fault) -> None: ...
