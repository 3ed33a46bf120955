"""ConfigurationStore in memory."""

from mfa.domain.configuration import Configuration, CurrentRevision
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

    def apply(self, configuration: Configuration, now: int) -> None:
        with self._state.call("configurations.apply"):
            current = self._state.current
            previous = current.revision if current else None
            if configuration.revision != (previous or 0) + 1:
                raise ConflictError("somebody else applied a configuration meanwhile; read it and try again")
            self._state.revisions[configuration.revision] = configuration
            self._state.current = CurrentRevision(revision=configuration.revision, previous=previous, switched_at=now)
