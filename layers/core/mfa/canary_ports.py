"""What the canary needs from outside, as protocols; ``mfa.ports`` says how they are read."""

from dataclasses import dataclass, field
from typing import Protocol

TARGETS = 2  # addresses of the edge, of which one is asked for a login and the other whether it is there


@dataclass(frozen=True, slots=True, kw_only=True)
class CanarySecret:
    """Of the canary's own RADIUS client and user. ``seed`` is that of its codes."""

    shared_secret: bytes = field(repr=False)
    seed: bytes = field(repr=False)


class CanarySecrets(Protocol):
    def read(self) -> CanarySecret:
        """Raises UnavailableError, also while nobody has set it up."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """``reply`` is None if none came in time."""

    reply: bytes | None
    milliseconds: int


class DatagramCarrier(Protocol):
    """Carries one datagram to one of the edge's addresses, by its number, and brings back what is answered."""

    def carry(self, target: int, datagram: bytes, seconds: float) -> Carried:
        """Raises UnavailableError if nothing could be carried at all."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryReport:
    """``fault`` is None if a login and a Status-Server were answered as they should be. ``milliseconds`` is how long
    the login took."""

    fault: str | None
    milliseconds: int | None


class CanaryLog(Protocol):
    def tried(self, report: CanaryReport) -> None:
        """Never raises."""
        ...
