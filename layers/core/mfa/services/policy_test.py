"""What the policy would say to a login, and why: for administrators. It checks no password and writes nothing.

It goes the way of a login with the configuration in force, but does not stop where a login would: every rule is
explained.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from mfa.contract.directory import DirectoryAnswer
from mfa.domain.configuration import ClientPolicy, Configuration
from mfa.domain.factor_choice import as_offered
from mfa.domain.factors import CodeFactors
from mfa.domain.other_names import names_of, written_otherwise
from mfa.domain.policy import FactorKind
from mfa.domain.policy_evaluation import LocalTime, PolicyFacts, narrowest
from mfa.domain.policy_explanation import Explained, ExplainedRule, Explanation
from mfa.domain.policy_judgement import NOT_ENROLLED, EnrolledUser, Judgement, Subject
from mfa.domain.policy_outcome import PolicyOutcome, rejects
from mfa.domain.reasons import RejectReason
from mfa.domain.subscribers import Subscriber
from mfa.domain.user_names import Alias, NameRefusedError, Realm, read_name
from mfa.errors import InvalidInputError, NotFoundError, UnavailableError
from mfa.ports import Clock, ConfigurationStore, Directory, SubscriberStore

DIRECTORY_SECONDS: Final = 8.0  # the administrator's request itself ends after 15


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyQuestion:
    """``caller_ip`` is the address of the person's device, as if the client had told it in a packet that is believed.
    ``at`` in Unix seconds; None for now."""

    user: str
    client: str
    source_ip: str
    caller_ip: str | None = None
    at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyReport:
    """``alias`` is None for a name that nobody can have; then nothing else was looked at. ``directory`` is None where
    the user's realm has none."""

    revision: int
    client: ClientPolicy
    at: int
    outcome: PolicyOutcome
    alias: Alias | None = None
    user: EnrolledUser = NOT_ENROLLED
    directory: DirectoryAnswer | None = None
    rules: tuple[ExplainedRule, ...] = ()
    exemptions: tuple[Explained, ...] = ()
    notes: tuple[str, ...] = ()


class PolicyTest:
    """``offers`` are the kinds of factors that this deployment has."""

    def __init__(
        self,
        *,
        configurations: ConfigurationStore,
        subscribers: SubscriberStore,
        directory: Directory,
        clock: Clock,
        local_time: LocalTime,
        offers: frozenset[FactorKind],
    ) -> None:
        self._configurations = configurations
        self._subscribers = subscribers
        self._directory = directory
        self._clock = clock
        self._local_time = local_time
        self._offers = offers

    def ask(self, question: PolicyQuestion) -> PolicyReport:
        """Raises InvalidInputError for an unknown client."""
        configuration = self._in_force()
        client = configuration.client(question.client)
        if client is None:
            raise InvalidInputError("unknown-client", f"there is no client {question.client} in the configuration")
        at = int(self._clock.now()) if question.at is None else question.at
        report = PolicyReport(
            revision=configuration.revision,
            client=client,
            at=at,
            outcome=rejects(RejectReason.NAME_REFUSED),
            notes=_notes(configuration, client, question.source_ip),
        )
        if question.user.strip(" ").casefold() in client.probe_names:
            return replace(report, outcome=rejects(RejectReason.PROBE_NAME))
        realms = _realms(configuration, client)
        try:
            alias = read_name(question.user, realms, client.user_names)
        except NameRefusedError as error:
            return replace(report, notes=(*report.notes, str(error)))
        subject = self._subject(alias, next(realm for realm in realms if realm.name == alias.realm))
        return self._judged(report, configuration, question, subject)

    def _in_force(self) -> Configuration:
        current = self._configurations.current()
        if current is None:
            raise InvalidInputError("unknown-client", "no configuration has been applied yet")
        try:
            return self._configurations.load(current.revision)
        except NotFoundError:  # never the caller's fault
            raise UnavailableError(f"revision {current.revision} of the configuration is missing") from None

    def _subject(self, alias: Alias, realm: Realm) -> Subject:
        subscriber = self._subscribers.find(alias)
        answer = None
        if realm.directory is not None:
            answer = self._directory.look_up(realm, alias, self._clock.now() + DIRECTORY_SECONDS)
        subject = Subject(
            alias=alias,
            subscriber=subscriber,
            factors=None if subscriber is None else self._factors(subscriber),
            directory=answer,
        )
        return subject if subject.factors is not None else self._by_other_names(subject, realm)

    def _by_other_names(self, subject: Subject, realm: Realm) -> Subject:
        account = subject.account
        return replace(
            subject,
            written_otherwise=self._known(written_otherwise(subject.alias, realm)),
            of_account=() if account is None else self._known(names_of(account, realm)),
        )

    def _known(self, names: Sequence[Alias]) -> tuple[CodeFactors, ...]:
        subscribers = (self._subscribers.find(name) for name in names)
        items = [self._factors(subscriber) for subscriber in subscribers if subscriber is not None]
        return tuple(item for item in items if item is not None)

    def _factors(self, subscriber: Subscriber) -> CodeFactors | None:
        try:
            return self._subscribers.factors(subscriber.user_id)
        except NotFoundError:  # removed in this very moment
            return None

    def _judged(
        self, report: PolicyReport, configuration: Configuration, question: PolicyQuestion, subject: Subject
    ) -> PolicyReport:
        facts = PolicyFacts(
            client=question.client,
            alias=subject.alias,
            source_ip=question.source_ip,
            caller_ip=question.caller_ip,
            now=float(report.at),
            same_user=subject.is_named,
        )
        explanation = Explanation(facts=facts, groups=subject.groups, local_time=self._local_time)
        rules = explanation.rules(configuration.rules)
        exemptions = explanation.exemptions(configuration.exemptions, report.client.mode)
        return replace(
            report,
            alias=subject.alias,
            user=subject.enrolled(facts.now),
            directory=subject.directory,
            rules=rules,
            exemptions=exemptions,
            outcome=Judgement(
                configuration=configuration,
                client=as_offered(report.client, self._offers),
                at=facts.now,
                subject=subject,
                rules=rules,
                exemptions=exemptions,
            ).outcome(),
        )


def _realms(configuration: Configuration, client: ClientPolicy) -> list[Realm]:
    names = (client.realm, *client.user_names.more_realms)
    return [realm for name in names for realm in configuration.realms if realm.name == name]


def _notes(configuration: Configuration, client: ClientPolicy, source_ip: str) -> tuple[str, ...]:
    own = narrowest(source_ip, client.edge.networks)
    if own is None:
        networks = ", ".join(str(network) for network in client.edge.networks[:10])
        return (f"an edge takes no packet of {source_ip} for this client's: its networks are {networks}",)
    owners = {network: other for other in configuration.clients for network in other.edge.networks}
    holder = narrowest(source_ip, [network for network, other in owners.items() if _share_an_edge(client, other)])
    if holder is None or holder == own:
        return ()
    name = owners[holder].edge.name
    return (f"an edge takes a packet of {source_ip} for {name}'s, not for this client's: {holder} is within {own}",)


def _share_an_edge(one: ClientPolicy, other: ClientPolicy) -> bool:
    """An edge knows the clients that its role may ask for; where none is named, every role may."""
    return not one.edge_roles or not other.edge_roles or bool(one.edge_roles & other.edge_roles)
