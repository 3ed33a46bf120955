"""Policy ``auto``: who has once proven that it sends Message-Authenticator must go on sending it.

Kept per (client, source address): here in memory, and by the backend for all edges and over a restart. Only a sender
who knows the shared secret can add an entry. When the table is full the whole client is pinned instead: full must not
mean lenient.
"""

from collections.abc import Set as AbstractSet
from typing import Final

MAX_PINS: Final = 65_536


class PinnedSources:
    """The sources whose packets without Message-Authenticator are a downgrade."""

    def __init__(self, most: int = MAX_PINS) -> None:
        self._sources: set[tuple[str, str]] = set()
        self._clients: set[str] = set()
        self._most = most

    def pin(self, client: str, source_ip: str) -> None:
        if len(self._sources) < self._most:
            self._sources.add((client, source_ip))
        elif (client, source_ip) not in self._sources:
            self._clients.add(client)

    def forget(self, unpinned: AbstractSet[tuple[str, str]]) -> None:
        """These need not keep their promise any more. A client that was pinned as a whole stays so."""
        self._sources -= unpinned

    def __contains__(self, source: tuple[str, str]) -> bool:
        return source in self._sources or source[0] in self._clients
