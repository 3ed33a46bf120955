"""RADIUS clients in a configuration document, and back. Shared secrets go in and never come out."""

from collections.abc import Mapping, Sequence
from typing import Final

from mfa.contract.clients import (
    MAX_CLIENTS,
    MAX_RETRIES,
    MAX_TIMEOUT_SECONDS,
    PROTOCOLS,
    EdgeClient,
    MessageAuthenticatorPolicy,
    Network,
)
from mfa.contract.errors import ContractError
from mfa.domain.configuration import DEFAULT_PROBE_NAMES, ClientPolicy
from mfa.domain.document_names import (
    ASSUMED_SECRET,
    NAME_RULE,
    NETWORKS_RULE,
    KeptSecrets,
    read_name,
    read_network,
    read_secret,
)
from mfa.domain.document_reading import Mistakes, Path, Section
from mfa.domain.edge_roles import ROLE_NAME
from mfa.domain.mode_document import (
    MODE_FIELDS,
    read_how_to_type,
    read_user_names,
    shown_how_to_type,
    shown_user_names,
)
from mfa.domain.reply_attributes import read_reply_attributes, shown_reply_attributes
from mfa.domain.unenrolled_document import read_unenrolled, shown_unenrolled
from mfa.domain.waiver_document import read_waivers, shown_waivers

CLIENT_FIELDS: Final = (
    "name", "networks", "secret", "previous_secret", "realm", *MODE_FIELDS, "timeout_seconds", "retries", "protocols",
    "require_message_authenticator", "probe_names", "reply_attributes", "edge_roles", "unenrolled", "user_names",
    "waivers",
)  # fmt: skip
MESSAGE_AUTHENTICATOR_POLICIES: Final = tuple(policy.value for policy in MessageAuthenticatorPolicy)


class ClientReader:
    """Reads all clients; remembers names and networks, which must differ. ``names`` are those that were given, with
    mistakes or without."""

    def __init__(self, mistakes: Mistakes, realms: Sequence[str], now: float, kept: KeptSecrets | None) -> None:
        self._mistakes = mistakes
        self._realms = realms
        self._now = now
        self._kept: Mapping[str, tuple[bytes, ...]] | None = None if kept is None else kept.clients
        self.names: set[str] = set()
        self._networks: dict[Network, str] = {}

    def read(self, top: Section) -> dict[Path, ClientPolicy]:
        members = top.items("clients", rule="a list of RADIUS clients, each with a name")
        if len(members) > MAX_CLIENTS:
            top.note("clients", f"there may be at most {MAX_CLIENTS} clients")
            return {}
        return {path: policy for path, member in members if (policy := self._client(member, path)) is not None}

    def _client(self, member: object, path: Path) -> ClientPolicy | None:
        section = Section(member, path, self._mistakes, CLIENT_FIELDS)
        before = len(self._mistakes.found)
        edge = self._edge(section)
        realm = self._realm(section)
        typed = read_how_to_type(section)
        probe_names = section.each(
            "probe_names", str.casefold, rule="a list of user names", default=sorted(DEFAULT_PROBE_NAMES)
        )
        reply_attributes = read_reply_attributes(section)
        edge_roles = section.each("edge_roles", _role, rule="a list of names of IAM roles", default=())
        unenrolled = read_unenrolled(section, self._now)
        user_names = read_user_names(section)
        waivers = read_waivers(section, section.raw("mode") or (typed and typed.mode), self._now)
        if len(self._mistakes.found) > before or not (edge and realm and typed and unenrolled):
            return None
        return ClientPolicy(
            edge=edge,
            realm=realm,
            mode=typed.mode,
            probe_names=frozenset(probe_names),
            reply_attributes=reply_attributes,
            edge_roles=frozenset(edge_roles),
            waivers=waivers,
            factors=typed.factors,
            joined=typed.joined,
            password_in_factor_field=typed.password_in_factor_field,
            automatic_factor_markers=typed.automatic_factor_markers,
            challenge_message=typed.challenge_message,
            push_approval=typed.push_approval,
            push_wait=typed.push_wait,
            sms_codes=typed.sms_codes,
            unenrolled=unenrolled,
            user_names=user_names,
        )

    def _edge(self, section: Section) -> EdgeClient | None:
        before = len(self._mistakes.found)
        name = read_name(section, self.names, "clients")
        self.names |= {name} if name is not None else set()
        networks = self._read_networks(section, name or "another client")
        secrets = self._secrets(section, name)
        timeout = section.integer("timeout_seconds", lowest=1, highest=MAX_TIMEOUT_SECONDS)
        retries = section.integer("retries", lowest=0, highest=MAX_RETRIES)
        protocols = _protocols(section)
        required = section.choice(
            "require_message_authenticator",
            MESSAGE_AUTHENTICATOR_POLICIES,
            default=MessageAuthenticatorPolicy.AUTO.value,
        )
        if len(self._mistakes.found) > before or name is None or timeout is None or retries is None or required is None:
            return None
        try:
            return EdgeClient(
                name=name,
                networks=networks,
                secrets=secrets,
                require_message_authenticator=MessageAuthenticatorPolicy(required),
                timeout_seconds=timeout,
                retries=retries,
                protocols=protocols,
            )
        except ContractError as error:  # a rule that only the contract knows
            self._mistakes.add(section.path, str(error))
            return None

    def _read_networks(self, section: Section, name: str) -> tuple[Network, ...]:
        def read(text: str) -> Network:
            network = _network(text)
            if network in self._networks:
                raise ValueError(f"{network} belongs to {self._networks[network]} already; a network has one client")
            self._networks[network] = name
            return network

        networks = section.each("networks", read, rule=NETWORKS_RULE)
        if section.raw("networks") == []:
            section.note("networks", f"networks must be {NETWORKS_RULE}")
        return networks

    def _secrets(self, section: Section, name: str | None) -> tuple[bytes, ...]:
        if "secret" in section:
            given = [field for field in ("secret", "previous_secret") if field in section]
            secrets = tuple(secret for field in given if (secret := read_secret(section, field)) is not None)
            if len(secrets) == 2 and secrets[0] == secrets[1]:
                section.note("previous_secret", "previous_secret is the same as secret: leave it out")
            return secrets
        if "previous_secret" in section:
            section.note("previous_secret", "previous_secret without secret: give both, or none to keep those in force")
        if self._kept is None:
            return (ASSUMED_SECRET,)
        if name is not None and name not in self._kept:
            section.note("secret", "secret is missing: only a client that exists already can keep its secret")
        return self._kept.get(name or "", ())

    def _realm(self, section: Section) -> str | None:
        only = self._realms[0] if len(self._realms) == 1 else None
        if only is None and "realm" not in section and self._realms:
            section.note("realm", f"realm is missing: give one of {', '.join(self._realms)}")
            return None
        realm = section.text("realm", default=only, rule=NAME_RULE)
        if realm is not None and self._realms and realm not in self._realms:
            section.note("realm", f"there is no realm of that name; give one of {', '.join(self._realms)}")
            return None
        return realm


def _network(text: str) -> Network:
    network = read_network(text)
    if network.prefixlen == 0:
        raise ValueError(f"{network} would let anybody in; name the client's network")
    return network


def _protocols(section: Section) -> frozenset[str]:
    rule = f"a list of {', '.join(sorted(PROTOCOLS))}"
    protocols = section.each("protocols", _protocol, rule=rule, default=sorted(PROTOCOLS))
    if section.raw("protocols") == []:
        section.note("protocols", f"protocols must be {rule}, or be left out for all of them")
    return frozenset(protocols)


def _protocol(text: str) -> str:
    if text not in PROTOCOLS:
        raise ValueError(f"{text!r} is no protocol of ours; give one of {', '.join(sorted(PROTOCOLS))}")
    return text


def _role(text: str) -> str:
    if not ROLE_NAME.fullmatch(text):
        raise ValueError(f"{text!r} is not the name of an IAM role; give the part after the last / of its ARN")
    return text


def shown_client(client: ClientPolicy) -> dict[str, object]:
    edge = client.edge
    return {
        "name": edge.name,
        "networks": [str(network) for network in edge.networks],
        "realm": client.realm,
        **shown_how_to_type(client),
        "timeout_seconds": edge.timeout_seconds,
        "retries": edge.retries,
        "protocols": sorted(edge.protocols),
        "require_message_authenticator": edge.require_message_authenticator.value,
        "probe_names": sorted(client.probe_names),
        "reply_attributes": shown_reply_attributes(client.reply_attributes),
        "edge_roles": sorted(client.edge_roles),
        "unenrolled": shown_unenrolled(client.unenrolled),
        "user_names": shown_user_names(client.user_names),
        "waivers": shown_waivers(client.waivers),
    }
