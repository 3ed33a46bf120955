"""Policy ``auto``: who has once proven that it sends Message-Authenticator must go on sending it.

Kept per (client, source address) by the backend, for all edges and over a restart, from the first accepted login on.
Here in memory is only what the backend may not have told yet: it ends by itself, because a Message-Authenticator does
not cover the source address. Whoever sends a captured packet again from another address must not silence that address
for good. When the table is full the whole client is pinned for that time: full must not mean lenient.
"""

from collections.abc import Set as AbstractSet
from typing import Final

UNCONFIRMED_SECONDS: Final = 120.0  # two fetches of the configuration, at the slowest

MAX_PINS: Final = 65_536


class PinnedSources:
    """The sources whose packets without Message-Authenticator are a downgrade."""

    def __init__(self, most: int = MAX_PINS) -> None:
        self._sources: dict[tuple[str, str], float] = {}
        self._clients: dict[str, float] = {}
        self._most = most

    def pin(self, client: str, source_ip: str, now: float) -> None:
        """``now`` in seconds of a clock that never goes back."""
        source, until = (client, source_ip), now + UNCONFIRMED_SECONDS
        sources = self._sources
        if source not in sources and len(sources) >= self._most:
            self._sources = sources = {known: end for known, end in sources.items() if end > now}
            if len(sources) >= self._most:
                self._clients[client] = until
                return
        sources[source] = until

    def forget(self, unpinned: AbstractSet[tuple[str, str]]) -> None:
        """An administrator has lifted these."""
        for source in unpinned:
            self._sources.pop(source, None)

    def holds(self, client: str, source_ip: str, now: float) -> bool:
        return self._sources.get((client, source_ip), now) > now or self._clients.get(client, now) > now
