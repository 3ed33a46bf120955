"""What a new configuration changes, for people to read before they apply it. A secret is never shown."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from mfa.contract.clients import EdgeUpstream
from mfa.domain.configuration import ClientPolicy, Configuration
from mfa.domain.configuration_document import shown_document

# What one member of each list is called.
_KINDS: Final[Mapping[str, str]] = {
    "realms": "realm",
    "clients": "client",
    "policies": "policy",
    "exemptions": "exemption",
    "upstreams": "upstream",
}
_MAX_SHOWN_CHARACTERS: Final = 1000  # a list of networks may be long, a certificate says nothing to a person


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """``subject`` is ``client NAME`` or ``realm NAME`` …; ``field`` None where all of it comes or goes."""

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


def changes_between(old: Configuration, new: Configuration) -> tuple[Change, ...]:
    before, after = shown_document(old), shown_document(new)
    return (
        *(one for plural, kind in _KINDS.items() for one in _of_kind(kind, before[plural], after[plural])),
        *_of_order(before["policies"], after["policies"]),
        *_of_secrets(old.clients, new.clients),
        *_of_upstream_secrets(old.upstreams, new.upstreams),
    )


def _of_kind(kind: str, before: object, after: object) -> Iterator[Change]:
    old, new = _by_name(before), _by_name(after)
    for name in (*(name for name in old if name not in new), *new):
        subject = f"{kind} {name}"
        if name not in old:
            yield Change(subject=subject, field=None, before=None, after="")
        elif name not in new:
            yield Change(subject=subject, field=None, before="", after=None)
        else:
            yield from _of_fields(subject, old[name], new[name])


def _of_fields(subject: str, old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[Change]:
    for field in (*new, *(field for field in old if field not in new)):
        if old.get(field) != new.get(field):
            yield Change(subject=subject, field=field, before=_shown(old.get(field)), after=_shown(new.get(field)))


def _of_order(before: object, after: object) -> Iterator[Change]:
    """The first policy that matches decides, so their order is part of what they say."""
    old, new = list(_by_name(before)), list(_by_name(after))
    kept = [name for name in old if name in new]
    if kept != [name for name in new if name in old]:
        yield Change(subject="policies", field="order", before=", ".join(old), after=", ".join(new))


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


def _of_upstream_secrets(old: Sequence[EdgeUpstream], new: Sequence[EdgeUpstream]) -> Iterator[Change]:
    known = {upstream.name: upstream.secret for upstream in old}
    for upstream in new:
        if known.get(upstream.name, upstream.secret) != upstream.secret:
            yield Change(subject=f"upstream {upstream.name}", field="shared secret", before=None, after=None)


def _previous(before: tuple[bytes, ...], after: tuple[bytes, ...]) -> str:
    if not after[1:]:
        return "none"
    return "the current one" if after[1] == before[0] else "another one"


def _by_name(members: object) -> dict[str, Mapping[str, object]]:
    return {str(member["name"]): member for member in cast("Sequence[Mapping[str, object]]", members)}


def _shown(value: object) -> str:
    if value is None:
        return "none"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_SHOWN_CHARACTERS else f"{text[:_MAX_SHOWN_CHARACTERS]}…"
