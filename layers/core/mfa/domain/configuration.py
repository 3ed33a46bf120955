"""What an administrator configures: realms and RADIUS clients, as one immutable revision."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mfa.contract.clients import EdgeClient
from mfa.domain.user_names import Realm

PREVIOUS_REVISION_VALID_SECONDS: Final = 300  # edges fetch every 30-60 s; a lagging one must not lock a company out
DEFAULT_PROBE_NAMES: Final = frozenset({"fakeusername", "awsfakeuser"})  # what AWS directories send when MFA is enabled


class ClientMode(StrEnum):
    """What the typed text means. Password modes come with the directory capability."""

    SECOND_FACTOR = "second_factor"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientPolicy:
    """One RADIUS client: its edge part, and what the backend knows beyond it."""

    edge: EdgeClient
    realm: str
    mode: ClientMode = ClientMode.SECOND_FACTOR
    probe_names: frozenset[str] = DEFAULT_PROBE_NAMES

    @property
    def replay_window_seconds(self) -> int:
        """How long the client may still resend this packet: timeout x (retries + 1), at most 60 s."""
        return min(self.edge.timeout_seconds * (self.edge.retries + 1), 60)

    @property
    def failure_hold_ms(self) -> int:
        """How long any code failure is held, counted from arrival, so that all look alike: min(1 s, timeout / 2)."""
        return min(1000, self.edge.timeout_seconds * 500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """``revision`` counts from 1. Realms and clients are found by name."""

    revision: int
    realms: tuple[Realm, ...]
    clients: tuple[ClientPolicy, ...]

    def client(self, name: str) -> ClientPolicy | None:
        return next((client for client in self.clients if client.edge.name == name), None)

    def realm(self, name: str) -> Realm | None:
        return next((realm for realm in self.realms if realm.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentRevision:
    """The one mutable item of the configuration. ``switched_at`` is in Unix seconds."""

    revision: int
    previous: int | None
    switched_at: int

    def admits(self, revision: int, now: float) -> bool:
        """True for the current revision, and for the previous one during the grace period."""
        if revision == self.revision:
            return True
        return revision == self.previous and now < self.switched_at + PREVIOUS_REVISION_VALID_SECONDS
