"""Whether the parts of a configuration fit together: each names others, and says something about all of them.

What each part says by itself was checked when it was read.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import combinations

from mfa.contract.clients import EdgeUpstream
from mfa.contract.login import MAX_REPLY_ATTRIBUTES
from mfa.domain.canary_checks import of_canary
from mfa.domain.configuration import ClientMode, ClientPolicy, Configuration, DangerousSwitch
from mfa.domain.document_reading import Mistake, Path
from mfa.domain.policy import Exemption, PolicyRule, RuleAction, Selector, is_for_client
from mfa.domain.policy_evaluation import may_skip_factor
from mfa.domain.user_names import AliasKind, Realm


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesGiven:
    """All names that stand in a document, also those of parts with mistakes: naming one of them is no further one."""

    clients: AbstractSet[str]
    upstreams: AbstractSet[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A configuration whose parts have places."""

    realms: tuple[Realm, ...]
    clients: Mapping[Path, ClientPolicy] = field(repr=False)
    rules: Mapping[Path, PolicyRule]
    exemptions: Mapping[Path, Exemption]
    upstreams: tuple[EdgeUpstream, ...] = field(repr=False)

    def configuration(self) -> Configuration:
        return Configuration(
            revision=0,
            realms=self.realms,
            clients=tuple(self.clients.values()),
            rules=tuple(self.rules.values()),
            exemptions=tuple(self.exemptions.values()),
            upstreams=self.upstreams,
        )

    def realms_of(self, client: ClientPolicy) -> list[Realm]:
        names = (client.realm, *client.user_names.more_realms)
        return [realm for name in names for realm in self.realms if realm.name == name]

    def clients_of(self, selector: Selector) -> Iterator[ClientPolicy]:
        return (client for client in self.clients.values() if is_for_client(selector, client.edge.name))


def relations(placed: Placed, names: NamesGiven) -> Iterator[Mistake]:
    for path, client in placed.clients.items():
        yield from _of_client(placed, names, path, client)
    for path, rule in placed.rules.items():
        yield from _of_selector(placed, names, path, rule.selector)
        yield from _of_rule(placed, names, path, rule)
    for path, exemption in placed.exemptions.items():
        yield from _of_selector(placed, names, path, exemption.selector)
        yield from _of_exemption(placed, path, exemption)


# ---- clients


def _of_client(placed: Placed, names: NamesGiven, path: Path, client: ClientPolicy) -> Iterator[Mistake]:
    yield from _of_more_realms(placed, path, client)
    yield from of_canary(path, client)
    if client.mode is not ClientMode.SECOND_FACTOR or client.password_in_factor_field:
        yield from _of_passwords(placed, path, client)
    unenrolled = client.unenrolled
    if unenrolled.upstream is not None and unenrolled.upstream not in names.upstreams:
        yield _unknown_upstream((*path, "unenrolled", "upstream"), unenrolled.upstream, names)
    if unenrolled.action is RuleAction.ALLOW and not may_skip_factor(unenrolled.statement, client.mode):
        text = "in mode second_factor nothing would be checked at all: give a statement that says that the client"
        yield Mistake((*path, "unenrolled"), f"{text} itself checks passwords")
    yield from _of_markers(path, client)
    yield from _of_fail_mode(placed, path, client)


def _of_more_realms(placed: Placed, path: Path, client: ClientPolicy) -> Iterator[Mistake]:
    known = [realm.name for realm in placed.realms]
    more = client.user_names.more_realms
    where = (*path, "user_names", "more_realms")
    for place, name in enumerate(more):
        if name not in known:
            yield Mistake((*where, place), f"there is no realm {name}; give some of {', '.join(known)}")
        elif name == client.realm or name in more[:place]:
            yield Mistake((*where, place), f"users of {name} may log in already: remove it")
    for one, other in combinations(placed.realms_of(client), 2):
        shared = _folded(one.netbios_domains) & _folded(other.netbios_domains) or _folded(one.upn_suffixes) & _folded(
            other.upn_suffixes
        )
        if shared and one.name != other.name:
            text = f"{min(shared)} is a name of both {one.name} and {other.name}: nobody can tell whose user that is"
            yield Mistake(where, text)


def _folded(names: Iterable[str]) -> set[str]:
    return {name.casefold() for name in names}


def _of_passwords(placed: Placed, path: Path, client: ClientPolicy) -> Iterator[Mistake]:
    what = "password_in_factor_field" if client.mode is ClientMode.SECOND_FACTOR else f"mode {client.mode.value}"
    where = (*path, "password_in_factor_field" if client.mode is ClientMode.SECOND_FACTOR else "mode")
    for realm in placed.realms_of(client):
        if realm.directory is None:
            yield Mistake(
                where, f"{what} asks a directory for passwords, and realm {realm.name} has none: add it there"
            )
    if "pap" not in client.edge.protocols:
        yield Mistake(
            (*path, "protocols"), f"{what} needs pap: a directory can check a password only if it gets it in clear"
        )


def _of_markers(path: Path, client: ClientPolicy) -> Iterator[Mistake]:
    switch = DangerousSwitch.ASK_WITHOUT_PASSWORD
    if not client.automatic_factor_markers or client.may_ask_without_password:
        return
    if all(waiver.switch is not switch for waiver in client.waivers):
        text = "in mode password_then_factor nobody would check the password of whoever types a marker: remove it"
        more = f"or set push_approval: passkey and leave phone out of factors, or add the waiver {switch.value}"
        yield Mistake((*path, "automatic_factor_markers"), f"{text}, {more}")


def _of_fail_mode(placed: Placed, path: Path, client: ClientPolicy) -> Iterator[Mistake]:
    """An edge that cannot ask anybody knows no policies."""
    switch = DangerousSwitch.ACCEPT_WHILE_BACKEND_UNREACHABLE
    if all(waiver.switch is not switch for waiver in client.waivers):
        return
    rule = next((rule for rule in placed.rules.values() if is_for_client(rule.selector, client.edge.name)), None)
    if rule is not None:
        text = f"such an Accept would not ask the policies, and {rule.name} is for this client: remove the waiver"
        yield Mistake((*path, "waivers", switch.value), f"{text}, or name the other clients there")


# ---- policies and exemptions


def _of_selector(placed: Placed, names: NamesGiven, path: Path, selector: Selector) -> Iterator[Mistake]:
    for name in sorted(selector.clients - names.clients):
        yield Mistake((*path, "clients"), f"there is no client {name}")
    if selector.groups:
        yield from _of_groups(placed, path, selector)
    by_principal_name = [alias.name for alias in selector.users if alias.kind is AliasKind.UPN]
    if not by_principal_name:
        return
    simplifying = next((one for one in placed.clients_of(selector) if one.user_names.simplify), None)
    if simplifying is not None:
        name = min(by_principal_name)
        text = f"client {simplifying.edge.name} simplifies names, so nobody is {name} there: write"
        yield Mistake((*path, "users"), f"{text} {name.partition('@')[0]} (with its realm, if there are several)")


def _of_groups(placed: Placed, path: Path, selector: Selector) -> Iterator[Mistake]:
    for client in placed.clients_of(selector):
        for realm in placed.realms_of(client):
            if realm.directory is None:
                text = f"nobody can be asked for groups: realm {realm.name} of client {client.edge.name} has no"
                yield Mistake((*path, "groups"), f"{text} directory. Add it there, or name other clients here")
                return


def _of_rule(placed: Placed, names: NamesGiven, path: Path, rule: PolicyRule) -> Iterator[Mistake]:
    if rule.upstream is not None and rule.upstream not in names.upstreams:
        yield _unknown_upstream((*path, "upstream"), rule.upstream, names)
    for client in placed.clients_of(rule.selector):
        if rule.reply_attributes and len(client.reply_attributes + rule.reply_attributes) > MAX_REPLY_ATTRIBUTES:
            text = (
                f"with those of client {client.edge.name} there are more than {MAX_REPLY_ATTRIBUTES} reply attributes"
            )
            yield Mistake((*path, "reply_attributes"), text)
        if rule.factors is not None and not set(rule.factors) & set(client.factors):
            text = f"client {client.edge.name} has none of these factors, so nobody could log in there"
            yield Mistake((*path, "factors"), text)


def _of_exemption(placed: Placed, path: Path, exemption: Exemption) -> Iterator[Mistake]:
    if exemption.statement is not None:
        return
    clients = list(placed.clients_of(exemption.selector))
    needing = [one for one in clients if not may_skip_factor(None, one.mode)]
    if needing and (exemption.selector.clients or len(needing) == len(clients)):
        text = (
            f"client {needing[0].edge.name} asks for the second factor only, so nothing would be checked there: give a"
        )
        yield Mistake(path, f"{text} statement that says that the client itself checks passwords")


def _unknown_upstream(path: Path, name: str, names: NamesGiven) -> Mistake:
    known = ", ".join(sorted(names.upstreams))
    return Mistake(path, f"there is no upstream {name}; {f'there is {known}' if known else 'add it under upstreams'}")
