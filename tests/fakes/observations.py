"""ObservationStore in memory, and an observer that learns nothing."""

from collections.abc import Mapping

from mfa.contract import LoginRequest
from mfa.domain.client_profile import ClientProfile
from mfa.domain.configuration import ClientPolicy
from mfa.errors import ConditionRefusedError, NotFoundError
from mfa.ports import Seen
from tests.fakes.state import State


class InMemoryObservations:
    def __init__(self, state: State) -> None:
        self._state = state

    def pins(self, client: str) -> frozenset[str]:
        with self._state.call("observations.pins"):
            return self._state.pins.get(client, frozenset())

    def all_pins(self) -> Mapping[str, frozenset[str]]:
        with self._state.call("observations.all_pins"):
            return dict(self._state.pins)

    def pin(self, client: str, source_ip: str, at: int) -> None:
        with self._state.call("observations.pin"):
            self._state.pins[client] = self._state.pins.get(client, frozenset()) | {source_ip}

    def unpin(self, client: str, source_ip: str) -> None:
        with self._state.call("observations.unpin"):
            if source_ip not in self._state.pins.get(client, frozenset()):
                raise NotFoundError(f"{source_ip} is not pinned")
            self._state.pins[client] -= {source_ip}
            if not self._state.pins[client]:
                del self._state.pins[client]

    def profile(self, client: str) -> ClientProfile | None:
        with self._state.call("observations.profile"):
            return self._state.client_profiles.get(client)

    def learn(self, profile: ClientProfile) -> None:
        with self._state.call("observations.learn"):
            stored = self._state.client_profiles.get(profile.client)
            if profile.version != (stored.version if stored else 0) + 1:
                raise ConditionRefusedError("another version of the profile was stored meanwhile")
            self._state.client_profiles[profile.client] = profile


class Unobserved:
    """A ClientObserver for tests that count calls: it learns nothing and lets everything pass."""

    def seen(self, request: LoginRequest, policy: ClientPolicy) -> Seen:
        return Seen.PROCEED

    def accepted(self, request: LoginRequest, policy: ClientPolicy) -> None:
        pass
