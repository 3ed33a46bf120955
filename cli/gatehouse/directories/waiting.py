"""Waiting until a directory has taken its settings over."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from gatehouse.directories.directory import Directory, Status

LOOK_EVERY_SECONDS: Final = 10
# A directory may show its former status for a moment after a change was asked for.
FORMER_STATUS_SECONDS: Final = 30


class Patience(Protocol):
    def now(self) -> float:
        """Unix seconds."""
        ...

    def sleep(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """``tell`` hears every look: seconds since the beginning and the status."""

    patience: Patience
    seconds: float
    tell: Callable[[int, Status | None], None]

    def until_settled(self, look: Callable[[], Directory]) -> Directory:
        """The directory when it has completed or failed, or as it was when the time ran out."""
        began = self.patience.now()
        was_creating = False
        while True:
            found, waited = look(), self.patience.now() - began
            self.tell(round(waited), found.status)
            was_creating = was_creating or found.status is Status.CREATING
            settled = found.status in {Status.COMPLETED, Status.FAILED}
            if settled and (was_creating or waited >= FORMER_STATUS_SECONDS):
                return found
            if waited >= self.seconds:
                return found
            self.patience.sleep(LOOK_EVERY_SECONDS)
