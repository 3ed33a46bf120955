"""The configuration in force: which RADIUS clients exist, what an edge may know of them, and how to change it.

A revision never changes once written, so it is kept; only which one is current is asked again, every 30 s.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mfa.contract.clients import LOGIN_ID_KEY_OCTETS, EdgeConfiguration, EdgeUpstream
from mfa.contract.errors import ContractError
from mfa.domain.configuration import NO_REVISION, ClientPolicy, Configuration, CurrentRevision
from mfa.domain.policy import Exemption, PolicyRule, is_for_client
from mfa.domain.reasons import RejectReason
from mfa.domain.user_names import Realm
from mfa.errors import InvalidInputError, UnavailableError
from mfa.ports import Clock, ConfigurationStore, ObservationStore, Vault

CURRENT_KEPT_SECONDS: Final = 30  # how late a change may be noticed; superseded revisions are valid much longer
REVISIONS_KEPT: Final = 4  # the current one and those that edges may still work by


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientInForce:
    """A RADIUS client by the revision that the edge works by. ``realms`` are all whose users may log in there, its own
    ``realm`` first; ``rules`` and ``exemptions`` are all of that revision, in order."""

    policy: ClientPolicy
    realm: Realm
    realms: tuple[Realm, ...]
    rules: tuple[PolicyRule, ...] = ()
    exemptions: tuple[Exemption, ...] = ()


class ConfigurationService:
    def __init__(
        self, *, store: ConfigurationStore, observations: ObservationStore, vault: Vault, clock: Clock
    ) -> None:
        self._store = store
        self._observations = observations
        self._vault = vault
        self._clock = clock
        self._current = NO_REVISION
        self._current_until = float("-inf")
        self._revisions: dict[int, Configuration] = {}

    def client(self, name: str, stated_revision: str, role: str | None) -> ClientInForce | RejectReason:
        """Look a client up in the revision that an edge says it works by; ``role`` is the edge's IAM role."""
        revision = self._admitted(stated_revision)
        if revision is None:
            return RejectReason.STALE_CONFIGURATION
        configuration = self._load(revision)
        policy = configuration.client(name)
        realm = configuration.realm(policy.realm) if policy else None
        if policy is None or realm is None:
            return RejectReason.UNKNOWN_CLIENT
        if not policy.may_be_asked_by(role):
            return RejectReason.FOREIGN_CLIENT
        more = [configuration.realm(other) for other in policy.user_names.more_realms]
        return ClientInForce(
            policy=policy,
            realm=realm,
            realms=(realm, *(other for other in more if other is not None)),
            rules=configuration.rules,
            exemptions=configuration.exemptions,
        )

    def edge_configuration(self, role: str | None) -> EdgeConfiguration:
        """What an edge fetches: of the current revision its own clients, without anything that it need not know."""
        current = self._fetch(self._clock.now())  # edges ask every 30 s: a kept answer would make a change late
        if current == NO_REVISION:  # new, or lost: an edge that has a configuration must keep it
            raise UnavailableError("no configuration has been applied")
        configuration = self._load(current.revision)
        clients = [client for client in configuration.clients if client.may_be_asked_by(role)]
        pins = self._observations.all_pins()
        return EdgeConfiguration(
            revision=str(current.revision),
            login_id_key=self._vault.digest("login-id", b"v1"),
            clients=tuple(client.for_edge(pins.get(client.edge.name, ())) for client in clients),
            upstreams=upstreams_for(configuration, clients),
        )

    def apply(
        self,
        realms: Sequence[Realm],
        clients: Sequence[ClientPolicy],
        *,
        rules: Sequence[PolicyRule] = (),
        exemptions: Sequence[Exemption] = (),
        upstreams: Sequence[EdgeUpstream] = (),
    ) -> int:
        """Check a configuration whole, write it as the next revision and switch to it; return that revision.

        Raises InvalidInputError, or ConflictError if another one was applied at the same time."""
        current = self._store.current() or NO_REVISION
        configuration = Configuration(
            revision=current.revision + 1,
            realms=tuple(realms),
            clients=tuple(clients),
            rules=tuple(rules),
            exemptions=tuple(exemptions),
            upstreams=tuple(upstreams),
        )
        check_configuration(configuration)
        if current == NO_REVISION:
            self._vault.prepare()
        self._store.apply(configuration, int(self._clock.now()))
        self._current_until = float("-inf")
        return configuration.revision

    def _admitted(self, stated: str) -> int | None:
        if not (stated.isascii() and stated.isdigit()):
            return None
        revision, now = int(stated), self._clock.now()
        current = self._latest()
        if revision > current.revision:  # an edge may have fetched it from another instance of this function
            current = self._fetch(now)
        return revision if revision and current.admits(revision, now) else None

    def _latest(self) -> CurrentRevision:
        now = self._clock.now()
        return self._current if now < self._current_until else self._fetch(now)

    def _fetch(self, now: float) -> CurrentRevision:
        self._current = self._store.current() or NO_REVISION
        self._current_until = now + CURRENT_KEPT_SECONDS
        return self._current

    def _load(self, revision: int) -> Configuration:
        configuration = self._revisions.get(revision)
        if configuration is None:
            configuration = self._store.load(revision)
            kept = sorted((*self._revisions, revision))[-REVISIONS_KEPT:]
            self._revisions = {known: value for known, value in self._revisions.items() if known in kept}
            self._revisions[revision] = configuration
        return configuration


def upstreams_for(configuration: Configuration, clients: Sequence[ClientPolicy]) -> tuple[EdgeUpstream, ...]:
    """Only those where logins of these clients may be forwarded: an edge has no use for the secrets of others."""
    names = {client.unenrolled.upstream for client in clients}
    names |= {
        rule.upstream
        for rule in configuration.rules
        if any(is_for_client(rule.selector, client.edge.name) for client in clients)
    }
    return tuple(upstream for upstream in configuration.upstreams if upstream.name in names)


def check_configuration(configuration: Configuration) -> None:
    """Whether the parts fit together, whoever made them. Raises InvalidInputError."""
    names = [realm.name for realm in configuration.realms]
    if len(set(names)) != len(names):
        raise InvalidInputError("duplicate-realm", "Two realms have the same name. Give each its own.")
    for client in configuration.clients:
        if client.realm not in names:
            raise InvalidInputError(
                "unknown-realm",
                f"Client {client.edge.name} names the realm {client.realm}, which is not configured. Add the realm.",
            )
    try:  # by the eyes of an edge: what it would refuse must never come into force
        document = EdgeConfiguration(
            revision="0",
            login_id_key=bytes(LOGIN_ID_KEY_OCTETS),
            clients=tuple(client.edge for client in configuration.clients),
            upstreams=configuration.upstreams,
        )
        EdgeConfiguration.from_json(document.to_json())
    except ContractError as error:
        raise InvalidInputError("invalid-clients", f"The clients do not fit together: {error}.") from None
