"""The realms in force: which directory a name belongs to.

Which revision is current is asked every time, so that an administrator sees a change at once; a revision never
changes, so its realms are kept. Clients and their shared secrets are never opened here: enrolment needs none.
"""

from mfa.domain.user_names import Realm
from mfa.errors import InvalidInputError, NotFoundError, UnavailableError
from mfa.ports import ConfigurationStore
from mfa.services.enrollment_errors import RealmMissingError


class Realms:
    def __init__(self, configurations: ConfigurationStore) -> None:
        self._configurations = configurations
        self._known: tuple[int, tuple[Realm, ...]] = (0, ())  # revisions count from 1

    def all(self) -> tuple[Realm, ...]:
        """The first is the one that a bare name belongs to. Raises RealmMissingError."""
        realms = self._in_force()
        if not realms:
            raise RealmMissingError
        return realms

    def choose(self, wanted: str | None) -> Realm:
        """The realm by name, or the only one if none is named; raises RealmMissingError, InvalidInputError."""
        realms = self._in_force()
        if not realms:
            raise RealmMissingError
        if wanted is None and len(realms) == 1:
            return realms[0]
        for realm in realms:
            if realm.name == wanted:
                return realm
        names = ", ".join(realm.name for realm in realms)
        raise InvalidInputError("realm-unknown", f"realm must be one of: {names}")

    def _in_force(self) -> tuple[Realm, ...]:
        current = self._configurations.current()
        if current is None:
            return ()
        revision, realms = self._known
        if revision != current.revision:
            realms = self._load(current.revision)
            self._known = (current.revision, realms)
        return realms

    def _load(self, revision: int) -> tuple[Realm, ...]:
        try:
            return self._configurations.load_realms(revision)
        except NotFoundError:  # never the caller's fault: it would look like an unknown user
            raise UnavailableError(f"revision {revision} of the configuration is missing") from None
