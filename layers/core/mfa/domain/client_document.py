"""RADIUS clients in a configuration document, and back. Shared secrets go in and never come out."""

import ipaddress
import re
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
    weakness_of,
)
from mfa.contract.errors import ContractError
from mfa.domain.configuration import DEFAULT_PROBE_NAMES, ClientMode, ClientPolicy
from mfa.domain.document_reading import Mistakes, Path, Section, is_text
from mfa.domain.edge_roles import ROLE_NAME
from mfa.domain.reply_attributes import read_reply_attributes, shown_reply_attributes
from mfa.domain.waiver_document import read_waivers, until_text

CLIENT_FIELDS: Final = (
    "name", "networks", "secret", "previous_secret", "realm", "mode", "timeout_seconds", "retries", "protocols",
    "require_message_authenticator", "probe_names", "reply_attributes", "edge_roles", "waivers",
)  # fmt: skip
MODES: Final = tuple(mode.value for mode in ClientMode)
MESSAGE_AUTHENTICATOR_POLICIES: Final = tuple(policy.value for policy in MessageAuthenticatorPolicy)
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
NAME_RULE: Final = "a name of up to 64 letters, digits, dots, dashes and underscores"
_NETWORKS_RULE: Final = "a list of networks such as 10.0.0.0/24 or 2001:db8::/64"
_ASSUMED: Final = (b"assumed to be in force",)

type KeptSecrets = Mapping[str, tuple[bytes, ...]]


class ClientReader:
    """Reads all clients; remembers names and networks, which must differ."""

    def __init__(self, mistakes: Mistakes, realms: Sequence[str], now: float, kept: KeptSecrets | None) -> None:
        self._mistakes = mistakes
        self._realms = realms
        self._now = now
        self._kept = kept
        self._names: set[str] = set()
        self._networks: dict[Network, str] = {}

    def read(self, top: Section) -> list[ClientPolicy]:
        members = top.items("clients", rule="a list of RADIUS clients, each with a name")
        if len(members) > MAX_CLIENTS:
            top.note("clients", f"there may be at most {MAX_CLIENTS} clients")
            return []
        return [policy for path, member in members if (policy := self._client(member, path)) is not None]

    def _client(self, member: object, path: Path) -> ClientPolicy | None:
        section = Section(member, path, self._mistakes, CLIENT_FIELDS)
        before = len(self._mistakes.found)
        edge = self._edge(section)
        realm = self._realm(section)
        mode = section.choice("mode", MODES, default=ClientMode.SECOND_FACTOR.value)
        probe_names = section.each(
            "probe_names", str.casefold, rule="a list of user names", default=sorted(DEFAULT_PROBE_NAMES)
        )
        reply_attributes = read_reply_attributes(section)
        edge_roles = section.each("edge_roles", _role, rule="a list of names of IAM roles", default=())
        waivers = read_waivers(section, section.raw("mode") or mode, self._now)
        if len(self._mistakes.found) > before or edge is None or realm is None or mode is None:
            return None
        return ClientPolicy(
            edge=edge,
            realm=realm,
            mode=ClientMode(mode),
            probe_names=frozenset(probe_names),
            reply_attributes=reply_attributes,
            edge_roles=frozenset(edge_roles),
            waivers=waivers,
        )

    def _edge(self, section: Section) -> EdgeClient | None:
        before = len(self._mistakes.found)
        name = self._name(section)
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

    def _name(self, section: Section) -> str | None:
        name = section.text("name", pattern=NAME, rule=NAME_RULE)
        if name in self._names:
            section.note("name", f"there are two clients {name}; give each a name of its own")
        elif name is not None:
            self._names.add(name)
        return name

    def _read_networks(self, section: Section, name: str) -> tuple[Network, ...]:
        def read(text: str) -> Network:
            network = _network(text)
            if network in self._networks:
                raise ValueError(f"{network} belongs to {self._networks[network]} already; a network has one client")
            self._networks[network] = name
            return network

        networks = section.each("networks", read, rule=_NETWORKS_RULE)
        if section.raw("networks") == []:
            section.note("networks", f"networks must be {_NETWORKS_RULE}")
        return networks

    def _secrets(self, section: Section, name: str | None) -> tuple[bytes, ...]:
        if "secret" in section:
            given = [field for field in ("secret", "previous_secret") if field in section]
            secrets = tuple(secret for field in given if (secret := _secret(section, field)) is not None)
            if len(secrets) == 2 and secrets[0] == secrets[1]:
                section.note("previous_secret", "previous_secret is the same as secret: leave it out")
            return secrets
        if "previous_secret" in section:
            section.note("previous_secret", "previous_secret without secret: give both, or none to keep those in force")
        if self._kept is None:
            return _ASSUMED
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


def _secret(section: Section, field: str) -> bytes | None:
    value = section.raw(field)
    if not is_text(value) or not isinstance(value, str):
        section.note(field, f"{field} must be a text on one line; put it in quotes if it has digits only")
        return None
    if value != value.strip():
        section.note(field, f"{field} begins or ends with a space, which RADIUS clients do not show: remove it")
        return None
    weakness = weakness_of(value.encode())
    if weakness is not None:
        section.note(field, weakness)
    return value.encode()


def _network(text: str) -> Network:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{text!r} is not an IP network such as 10.0.0.0/24 or 2001:db8::/64") from None
    if isinstance(network, ipaddress.IPv6Network) and network.prefixlen >= 96:
        mapped = network.network_address.ipv4_mapped
        if mapped is not None:
            raise ValueError(f"{text!r} is IPv4 in disguise: write {mapped}/{network.prefixlen - 96}")
    if network.prefixlen == 0:
        raise ValueError(f"{network} would let anybody in; name the client's network")
    if str(network.network_address) != str(ipaddress.ip_address(text.partition("/")[0])):
        raise ValueError(f"{text!r} has bits beyond its prefix; did you mean {network}?")
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
        "mode": client.mode.value,
        "timeout_seconds": edge.timeout_seconds,
        "retries": edge.retries,
        "protocols": sorted(edge.protocols),
        "require_message_authenticator": edge.require_message_authenticator.value,
        "probe_names": sorted(client.probe_names),
        "reply_attributes": shown_reply_attributes(client.reply_attributes),
        "edge_roles": sorted(client.edge_roles),
        "waivers": {
            waiver.switch.value: {
                "owner": waiver.owner,
                "reason": waiver.reason,
                "until": until_text(waiver.until),
                **({"statement": waiver.statement} if waiver.statement is not None else {}),
            }
            for waiver in client.waivers
        },
    }
