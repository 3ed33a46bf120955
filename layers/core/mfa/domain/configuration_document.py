"""The configuration as an administrator writes it (YAML) and as the API takes it (JSON), and back.

A document is read whole or refused whole. Shared secrets go in and never come out: a client or an upstream that
exists already keeps its secrets if the document names none.
"""

from typing import Final

from mfa.domain.client_document import ClientReader, shown_client
from mfa.domain.configuration import Configuration
from mfa.domain.configuration_checks import NamesGiven, Placed, relations
from mfa.domain.document_names import KeptSecrets
from mfa.domain.document_reading import Mistakes, Section
from mfa.domain.policy_document import PolicyReader, shown_exemption, shown_rule
from mfa.domain.policy_evaluation import LocalTime
from mfa.domain.realm_document import read_realms, shown_realm
from mfa.domain.upstream_document import UpstreamReader, shown_upstream

PARTS: Final = ("realms", "clients", "policies", "exemptions", "upstreams")
DOCUMENT_FIELDS: Final = ("version", *PARTS)


def read_document(document: object, *, now: float, kept: KeptSecrets | None, local_time: LocalTime) -> Configuration:
    """``kept`` are the secrets in force; None if they are not known, and then any client may be an old one. What is
    read has no revision yet: 0.

    Raises InvalidDocumentError."""
    mistakes = Mistakes()
    top = Section(document, (), mistakes, DOCUMENT_FIELDS)
    if "version" in top and top.raw("version") != 1:
        top.note("version", "version must be 1")
    realms = read_realms(top)
    clients, upstreams = ClientReader(mistakes, [one.name for one in realms], now, kept), UpstreamReader(mistakes, kept)
    policies = PolicyReader(mistakes=mistakes, realms=realms, now=now, local_time=local_time)
    read = Placed(
        realms=tuple(realms),
        clients=clients.read(top),
        rules=policies.rules(top),
        exemptions=policies.exemptions(top),
        upstreams=tuple(upstreams.read(top)),
    )
    for mistake in relations(read, NamesGiven(clients=clients.names, upstreams=upstreams.names)):
        mistakes.add(mistake.path, mistake.text)
    mistakes.check()
    return read.configuration()


def shown_document(configuration: Configuration) -> dict[str, object]:
    """The same as a document, without any secret."""
    realms = configuration.realms
    return {
        "version": 1,
        "realms": [shown_realm(one) for one in sorted(realms, key=lambda realm: realm.name)],
        "clients": [shown_client(one) for one in sorted(configuration.clients, key=lambda client: client.edge.name)],
        "policies": [shown_rule(one, realms) for one in configuration.rules],
        "exemptions": [shown_exemption(one, realms) for one in configuration.exemptions],
        "upstreams": [shown_upstream(one) for one in sorted(configuration.upstreams, key=lambda one: one.name)],
    }
