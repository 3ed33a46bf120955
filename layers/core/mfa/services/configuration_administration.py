"""What an administrator does with the configuration: read it, change it as a whole, look at what was learned.

A change names the revision it was made from; if another one was applied meanwhile it is refused, so that nobody
undoes what he has not seen. With ``dry_run`` all is checked and compared, and nothing written.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from mfa.domain.client_profile import ClientProfile
from mfa.domain.configuration import Configuration
from mfa.domain.configuration_changes import Change, changes_between
from mfa.domain.configuration_document import read_document
from mfa.domain.document_names import KeptSecrets
from mfa.domain.policy_evaluation import LocalTime
from mfa.errors import ConflictError, NotFoundError, UnavailableError
from mfa.ports import AuditTrail, Clock, ConfigurationStore, ObservationStore, Vault
from mfa.services.configuration import check_configuration

MAX_TOLD_CHANGES: Final = 50  # in one audit record
_NOTHING: Final = Configuration(revision=0, realms=(), clients=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """``revision`` is the one in force afterwards; after a dry run, the one that would be."""

    revision: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedClient:
    """What logins taught about a client, and since when (Unix seconds) by trait."""

    name: str
    profile: ClientProfile = field(repr=False)
    pins: tuple[str, ...]


class ConfigurationAdministration:
    def __init__(
        self,
        *,
        store: ConfigurationStore,
        observations: ObservationStore,
        vault: Vault,
        clock: Clock,
        audit: AuditTrail,
        local_time: LocalTime,
    ) -> None:
        self._store = store
        self._observations = observations
        self._vault = vault
        self._clock = clock
        self._audit = audit
        self._local_time = local_time

    def in_force(self) -> Configuration:
        current = self._store.current()
        if current is None:
            return _NOTHING
        try:
            return self._store.load(current.revision)
        except NotFoundError:  # never the caller's fault
            raise UnavailableError(f"revision {current.revision} of the configuration is missing") from None

    def apply(self, document: object, *, expected_revision: int, dry_run: bool, actor: str) -> Applied:
        """Raises InvalidDocumentError with all mistakes, and ConflictError if ``expected_revision`` is not in force."""
        old = self.in_force()
        if old.revision != expected_revision:
            raise ConflictError(
                f"revision {old.revision} is in force, not {expected_revision}; look at what changed and try again"
            )
        read = read_document(document, now=self._clock.now(), kept=_secrets_of(old), local_time=self._local_time)
        new = replace(read, revision=old.revision + 1)
        check_configuration(new)
        changes = changes_between(old, new)
        if not dry_run:
            self._write(new, changes, actor)
        return Applied(revision=new.revision, changes=changes)

    def learned(self, name: str) -> LearnedClient:
        """Raises NotFoundError for a client that is not configured and of which nothing was learned."""
        profile, pins = self._observations.profile(name), self._observations.pins(name)
        if profile is None and not pins and self.in_force().client(name) is None:
            raise NotFoundError(f"there is no client {name}")
        return LearnedClient(name=name, profile=profile or ClientProfile.of(name), pins=tuple(sorted(pins)))

    def unpin(self, name: str, source_ip: str | None, actor: str) -> None:
        """Of one source address, or of all. Raises NotFoundError if there is no such pin."""
        sources = sorted(self._observations.pins(name)) if source_ip is None else [source_ip]
        if not sources:
            raise NotFoundError(f"client {name} has no pins")
        for source in sources:
            self._observations.unpin(name, source)
            self._audit.configuration_changed("client_unpinned", name, {"source_ip": source}, actor)

    def _write(self, new: Configuration, changes: Sequence[Change], actor: str) -> None:
        if new.revision == 1:
            self._vault.prepare()
        self._store.apply(new, int(self._clock.now()))
        told = {f"change_{place}": change.text for place, change in enumerate(changes[:MAX_TOLD_CHANGES], 1)}
        self._audit.configuration_changed(
            "configuration_applied", str(new.revision), {"changes": str(len(changes)), **told}, actor
        )


def _secrets_of(configuration: Configuration) -> KeptSecrets:
    return KeptSecrets(
        clients={client.edge.name: client.edge.secrets for client in configuration.clients},
        upstreams={upstream.name: upstream.secret for upstream in configuration.upstreams},
    )
