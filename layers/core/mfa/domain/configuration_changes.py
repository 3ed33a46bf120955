"""What a new configuration changes, for people to read before they apply it. A secret is never shown."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from mfa.domain.configuration import ClientPolicy
from mfa.domain.configuration_document import shown_document
from mfa.domain.user_names import Realm


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """``subject`` is ``client NAME`` or ``realm NAME``; ``field`` None where all of it comes or goes."""

    subject: str
    field: str | None
    before: str | None
    after: str | None

    @property
    def text(self) -> str:
        if self.field is None:
            return f"{self.subject}: {'added' if self.before is None else 'removed'}"
        if self.before is None and self.after is None:
            return f"{self.subject}: {self.field} changes"
        return f"{self.subject}: {self.field}: {self.before} -> {self.after}"


@dataclass(frozen=True, slots=True)
class Parts:
    """A configuration, as far as it can differ."""

    realms: Sequence[Realm]
    clients: Sequence[ClientPolicy]


def changes_between(old: Parts, new: Parts) -> tuple[Change, ...]:
    before, after = shown_document(old.realms, old.clients), shown_document(new.realms, new.clients)
    return (
        *_of_kind("realm", before["realms"], after["realms"]),
        *_of_kind("client", before["clients"], after["clients"]),
        *_of_secrets(old.clients, new.clients),
    )


def _of_kind(kind: str, before: object, after: object) -> Iterator[Change]:
    old, new = _by_name(before), _by_name(after)
    for name in sorted(old.keys() | new.keys()):
        subject = f"{kind} {name}"
        if name not in old:
            yield Change(subject=subject, field=None, before=None, after="")
        elif name not in new:
            yield Change(subject=subject, field=None, before="", after=None)
        else:
            yield from _of_fields(subject, old[name], new[name])


def _of_fields(subject: str, old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[Change]:
    for field in new:
        if old[field] != new[field]:
            yield Change(subject=subject, field=field, before=_shown(old[field]), after=_shown(new[field]))


def _of_secrets(old: Sequence[ClientPolicy], new: Sequence[ClientPolicy]) -> Iterator[Change]:
    known = {client.edge.name: client.edge.secrets for client in old}
    for client in new:
        before, after = known.get(client.edge.name), client.edge.secrets
        if before is None:
            continue
        subject = f"client {client.edge.name}"
        if before[0] != after[0]:
            yield Change(subject=subject, field="shared secret", before=None, after=None)
        if before[1:] != after[1:]:
            yield Change(
                subject=subject,
                field="previous shared secret",
                before="set" if before[1:] else "none",
                after=_previous(before, after),
            )


def _previous(before: tuple[bytes, ...], after: tuple[bytes, ...]) -> str:
    if not after[1:]:
        return "none"
    return "the current one" if after[1] == before[0] else "another one"


def _by_name(members: object) -> dict[str, Mapping[str, object]]:
    return {str(member["name"]): member for member in cast("Sequence[Mapping[str, object]]", members)}


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
