"""SyncStore in memory."""

from collections.abc import Sequence

from mfa.domain.directory_sync import SyncedUser
from tests.fakes.state import State


class InMemorySync:
    def __init__(self, state: State) -> None:
        self._state = state

    def known(self, realm: str) -> Sequence[SyncedUser]:
        with self._state.call("synced.known"):
            return [user for (name, _), user in self._state.synced.items() if name == realm]

    def note(self, realm: str, user: SyncedUser) -> None:
        with self._state.call("synced.note"):
            self._state.synced[realm, user.object_guid] = user
