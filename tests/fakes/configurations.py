"""ConfigurationStore in memory."""

from mfa.domain.configuration import NO_REVISION, Configuration, CurrentRevision
from mfa.domain.user_names import Realm
from mfa.errors import ConflictError, NotFoundError
from tests.fakes.state import State


class InMemoryConfigurations:
    def __init__(self, state: State) -> None:
        self._state = state

    def current(self) -> CurrentRevision | None:
        with self._state.call("configurations.current"):
            return self._state.current

    def load(self, revision: int) -> Configuration:
        with self._state.call("configurations.load"):
            try:
                return self._state.revisions[revision]
            except KeyError:
                raise NotFoundError(f"there is no revision {revision} of the configuration") from None

    def load_realms(self, revision: int) -> tuple[Realm, ...]:
        return self.load(revision).realms

    def apply(self, configuration: Configuration, now: int) -> None:
        with self._state.call("configurations.apply"):
            current = self._state.current or NO_REVISION
            if configuration.revision != current.revision + 1:
                raise ConflictError("somebody else applied a configuration meanwhile; read it and try again")
            self._state.revisions[configuration.revision] = configuration
            self._state.current = current.followed_by_next(now)
