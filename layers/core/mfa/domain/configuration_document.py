"""The configuration as an administrator writes it (YAML) and as the API takes it (JSON), and back.

A document is read whole or refused whole. Shared secrets go in and never come out: a client that exists already
keeps its secrets if the document names none.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from mfa.domain.client_document import NAME, NAME_RULE, ClientReader, KeptSecrets, shown_client
from mfa.domain.configuration import ClientPolicy
from mfa.domain.document_reading import Mistakes, Section
from mfa.domain.user_names import Realm

DOCUMENT_FIELDS: Final = ("version", "realms", "clients")
REALM_FIELDS: Final = ("name", "netbios_domains", "upn_suffixes")
MAX_REALMS: Final = 64

_DOMAIN: Final = re.compile(r"[^\s\\/@\"]{1,253}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDocument:
    realms: tuple[Realm, ...]
    clients: tuple[ClientPolicy, ...] = field(repr=False)


def read_document(document: object, *, now: float, kept: KeptSecrets | None) -> ReadDocument:
    """``kept`` are the secrets in force by client; None if they are not known, and then any client may be an old one.

    Raises InvalidDocumentError."""
    mistakes = Mistakes()
    top = Section(document, (), mistakes, DOCUMENT_FIELDS)
    if "version" in top and top.raw("version") != 1:
        top.note("version", "version must be 1")
    realms = _realms(top)
    clients = ClientReader(mistakes, [realm.name for realm in realms], now, kept).read(top)
    mistakes.check()
    return ReadDocument(realms=tuple(realms), clients=tuple(clients))


def _realms(top: Section) -> list[Realm]:
    realms: list[Realm] = []
    members = top.items("realms", rule="a list of realms, each with a name")
    if top.raw("realms") == [] or len(members) > MAX_REALMS:
        top.note("realms", f"there must be 1 to {MAX_REALMS} realms: a realm is the directory that names belong to")
    for path, member in members[:MAX_REALMS]:
        section = Section(member, path, top.mistakes, REALM_FIELDS)
        name = section.text("name", pattern=NAME, rule=NAME_RULE)
        netbios = section.each("netbios_domains", _domain, rule="a list of names such as CORP", default=())
        suffixes = section.each("upn_suffixes", _domain, rule="a list of names such as corp.example.com", default=())
        if name in [realm.name for realm in realms]:
            section.note("name", f"there are two realms {name}; give each a name of its own")
        elif name is not None:
            realms.append(Realm(name, frozenset(netbios), frozenset(suffixes)))
    return realms


def _domain(text: str) -> str:
    if not _DOMAIN.fullmatch(text):
        raise ValueError(f"{text!r} is no name of a domain, such as CORP or corp.example.com")
    return text


def shown_document(realms: Sequence[Realm], clients: Sequence[ClientPolicy]) -> dict[str, object]:
    """The same as a document, without any secret."""
    return {
        "version": 1,
        "realms": [_shown_realm(realm) for realm in sorted(realms, key=lambda realm: realm.name)],
        "clients": [shown_client(client) for client in sorted(clients, key=lambda client: client.edge.name)],
    }


def _shown_realm(realm: Realm) -> dict[str, object]:
    return {
        "name": realm.name,
        "netbios_domains": sorted(realm.netbios_domains),
        "upn_suffixes": sorted(realm.upn_suffixes),
    }
