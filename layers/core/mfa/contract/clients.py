"""``GET /v1/clients``: what an edge must know of its RADIUS clients, and the same document as a local file."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self

from mfa.contract import fields
from mfa.contract.errors import ContractError

MIN_SECRET_OCTETS: Final = 16  # RFC 2865 section 3 asks for at least 16; AWS would take 8
MAX_SECRET_OCTETS: Final = 512
MAX_TIMEOUT_SECONDS: Final = 50  # AWS directories: 1 to 50
MAX_RETRIES: Final = 10
LOGIN_ID_KEY_OCTETS: Final = 32
KNOWN_BAD_SECRETS: Final = frozenset({b"testing123testing123", b"changeme" * 2, b"secret" * 3, b"0123456789abcdef"})
MAX_CLIENTS: Final = 10_000
MAX_NETWORKS: Final = 256  # of one client
MAX_NAME_OCTETS: Final = 64
PROTOCOLS: Final = frozenset({"pap", "chap", "mschap", "mschapv2"})
MAX_PINS: Final = 1_024  # of one client; beyond that Message-Authenticator is simply required of all its sources
MAX_UNIX_SECONDS: Final = 2**40
RADIUS_PORT: Final = 1812
MAX_UPSTREAMS: Final = 64
MAX_UPSTREAM_SERVERS: Final = 4
UPSTREAM_TIMEOUT_MS: Final = 2_000

type Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class MessageAuthenticatorPolicy(StrEnum):
    """``auto`` requires it of a source from the first accepted login on that carried one."""

    YES = "yes"
    NO = "no"
    AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeClient:
    """One RADIUS client: whoever sends from ``networks`` and knows one of ``secrets`` (current, then previous).

    ``timeout_seconds`` and ``retries`` are the client's own settings; every deadline is derived from them. The two
    ``…_until`` are dangerous switches with their end in Unix seconds, None where they are off. The addresses in
    ``message_authenticator_pins`` have proven one: policy ``auto`` requires it of them. All of these are optional in
    a message, with the safe value as default, because documents were written before they existed.
    """

    name: str
    networks: tuple[Network, ...]
    secrets: tuple[bytes, ...] = field(repr=False)
    require_message_authenticator: MessageAuthenticatorPolicy = MessageAuthenticatorPolicy.AUTO
    timeout_seconds: int
    retries: int
    protocols: frozenset[str] = PROTOCOLS
    chap_without_message_authenticator_until: int | None = None
    accept_while_backend_unreachable_until: int | None = None
    message_authenticator_pins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= len(self.name.encode()) <= MAX_NAME_OCTETS:
            raise ContractError(f"client {self.name[:40]!r}: a name has 1 to {MAX_NAME_OCTETS} octets")
        self._check_networks()
        self._check_secrets()
        self._check_protocols()
        self._check_pins()
        if not 1 <= self.timeout_seconds <= MAX_TIMEOUT_SECONDS:
            raise ContractError(f"client {self.name}: timeout_seconds must be 1 to {MAX_TIMEOUT_SECONDS}")
        if not 0 <= self.retries <= MAX_RETRIES:
            raise ContractError(f"client {self.name}: retries must be 0 to {MAX_RETRIES}")

    def _check_networks(self) -> None:
        if not self.networks:
            raise ContractError(f"client {self.name}: networks must not be empty")
        if len(self.networks) > MAX_NETWORKS:
            raise ContractError(f"client {self.name}: at most {MAX_NETWORKS} networks; join some to a larger one")
        for network in map(unmapped_network, self.networks):
            if network.prefixlen == 0:
                raise ContractError(f"client {self.name}: {network} would let anybody in; name the client's network")

    def _check_secrets(self) -> None:
        if not 1 <= len(self.secrets) <= 2:
            raise ContractError(f"client {self.name}: secrets must be the current and at most one previous")
        for secret in self.secrets:
            if (weakness := weakness_of(secret)) is not None:
                raise ContractError(f"client {self.name}: {weakness}")

    def _check_protocols(self) -> None:
        if not self.protocols or not self.protocols <= PROTOCOLS:
            raise ContractError(f"client {self.name}: protocols must be some of {', '.join(sorted(PROTOCOLS))}")

    def _check_pins(self) -> None:
        if len(self.message_authenticator_pins) > MAX_PINS:
            raise ContractError(f"client {self.name}: more than {MAX_PINS} pinned sources; require it of all instead")
        for pin in self.message_authenticator_pins:
            try:
                ipaddress.ip_address(pin)
            except ValueError:
                raise ContractError(f"client {self.name}: message_authenticator_pins must be IP addresses") from None

    def to_message(self) -> dict[str, object]:
        return {
            "name": self.name,
            "networks": [str(network) for network in self.networks],
            "secrets": [fields.base64url(secret) for secret in self.secrets],
            "require_message_authenticator": self.require_message_authenticator.value,
            "timeout_seconds": self.timeout_seconds,
            "retries": self.retries,
            "protocols": sorted(self.protocols),
            "chap_without_message_authenticator_until": self.chap_without_message_authenticator_until,
            "accept_while_backend_unreachable_until": self.accept_while_backend_unreachable_until,
            "message_authenticator_pins": list(self.message_authenticator_pins),
        }

    @classmethod
    def from_message(cls, message: fields.JsonObject) -> Self:
        name = fields.text(message, "name", max_octets=MAX_NAME_OCTETS)
        try:
            policy = MessageAuthenticatorPolicy(
                fields.text(
                    {"require_message_authenticator": "auto", **message}, "require_message_authenticator", max_octets=8
                )
            )
        except ValueError:
            raise ContractError(f"client {name}: require_message_authenticator must be yes, no or auto") from None
        return cls(
            name=name,
            networks=tuple(_network(name, value) for value in fields.items(message, "networks", most=MAX_NETWORKS)),
            secrets=tuple(
                fields.octets_of(value, "secrets", lowest=0, highest=MAX_SECRET_OCTETS)
                for value in fields.items(message, "secrets", most=2)
            ),
            require_message_authenticator=policy,
            timeout_seconds=fields.integer(message, "timeout_seconds", lowest=1, highest=MAX_TIMEOUT_SECONDS),
            retries=fields.integer(message, "retries", lowest=0, highest=MAX_RETRIES),
            protocols=frozenset(_texts(message, "protocols", most=len(PROTOCOLS), default=sorted(PROTOCOLS))),
            chap_without_message_authenticator_until=_until(message, "chap_without_message_authenticator_until"),
            accept_while_backend_unreachable_until=_until(message, "accept_while_backend_unreachable_until"),
            message_authenticator_pins=_texts(message, "message_authenticator_pins", most=MAX_PINS, default=()),
        )


def weakness_of(secret: bytes) -> str | None:
    """Why a shared secret cannot be taken, without repeating it; None if it can."""
    if not MIN_SECRET_OCTETS <= len(secret) <= MAX_SECRET_OCTETS:
        return f"a shared secret must have {MIN_SECRET_OCTETS} to {MAX_SECRET_OCTETS} octets"
    if secret in KNOWN_BAD_SECRETS or len(set(secret)) < 4:
        return "that shared secret is a well-known example; make a random one"
    return None


def _until(message: fields.JsonObject, name: str) -> int | None:
    return fields.optional_integer(message, name, lowest=0, highest=MAX_UNIX_SECONDS)


def _texts(message: fields.JsonObject, name: str, *, most: int, default: Sequence[str]) -> tuple[str, ...]:
    """A list of strings; ``default`` if the field is not there."""
    if name not in message:
        return tuple(default)
    return tuple(fields.text({name: value}, name, max_octets=64) for value in fields.items(message, name, most=most))


def unmapped_network(network: Network) -> Network:
    """IPv4 in IPv6's clothes (::ffff:0:0/96, RFC 4291 section 2.5.5.2) is the same network, and taken as IPv4."""
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):
        return ipaddress.IPv4Network((network.network_address.packed[12:], network.prefixlen - 96))
    return network


_MAPPED: Final = ipaddress.IPv6Network("::ffff:0:0/96")


def _network(client: str, value: object) -> Network:
    try:
        return ipaddress.ip_network(value if isinstance(value, str) else "")
    except ValueError:
        raise ContractError(
            f"client {client}: {value!r} is not an IP network such as 10.0.0.0/24 or 2001:db8::/64"
        ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamServer:
    """One address of an upstream: an IP address, because looking a name up could outlast a login. Port 1812 is the
    usual one (RFC 2865 section 3)."""

    address: str
    port: int = RADIUS_PORT

    def __post_init__(self) -> None:
        try:
            ipaddress.ip_address(self.address)
        except ValueError:
            raise ContractError(f"servers: {self.address[:60]!r} is not an IP address") from None

    def to_message(self) -> dict[str, object]:
        return {"address": self.address, "port": self.port}

    @classmethod
    def from_message(cls, message: fields.JsonObject) -> Self:
        return cls(
            address=fields.text(message, "address", max_octets=253),
            port=fields.integer({"port": RADIUS_PORT, **message}, "port", lowest=1, highest=65_535),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeUpstream:
    """An old RADIUS server that decides some logins during a migration. ``servers`` are asked in order: the next one
    when one has not answered within ``timeout_ms``. Replies must be signed with Message-Authenticator unless
    ``require_message_authenticator`` is off."""

    name: str
    servers: tuple[UpstreamServer, ...]
    secret: bytes = field(repr=False)
    timeout_ms: int = UPSTREAM_TIMEOUT_MS
    require_message_authenticator: bool = True

    def __post_init__(self) -> None:
        if not 1 <= len(self.servers) <= MAX_UPSTREAM_SERVERS:
            raise ContractError(f"upstream {self.name}: 1 to {MAX_UPSTREAM_SERVERS} servers")
        if (weakness := weakness_of(self.secret)) is not None:
            raise ContractError(f"upstream {self.name}: {weakness}")

    def to_message(self) -> dict[str, object]:
        return {
            "name": self.name,
            "servers": [server.to_message() for server in self.servers],
            "secret": fields.base64url(self.secret),
            "timeout_ms": self.timeout_ms,
            "require_message_authenticator": self.require_message_authenticator,
        }

    @classmethod
    def from_message(cls, message: fields.JsonObject) -> Self:
        return cls(
            name=fields.text(message, "name", max_octets=MAX_NAME_OCTETS),
            servers=tuple(
                UpstreamServer.from_message(fields.object_of(value, "servers"))
                for value in fields.items(message, "servers", most=MAX_UPSTREAM_SERVERS)
            ),
            secret=fields.octets(message, "secret", lowest=1, highest=MAX_SECRET_OCTETS),
            timeout_ms=fields.integer(
                {"timeout_ms": UPSTREAM_TIMEOUT_MS, **message},
                "timeout_ms",
                lowest=100,
                highest=MAX_TIMEOUT_SECONDS * 1000,
            ),
            require_message_authenticator=fields.truth(
                {"require_message_authenticator": True, **message}, "require_message_authenticator"
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeConfiguration:
    """One immutable revision of all that an edge may know.

    ``login_id_key`` makes login ids: the same packet at two edges must be one login, so all edges share it.
    """

    revision: str
    login_id_key: bytes = field(repr=False)
    clients: tuple[EdgeClient, ...]
    upstreams: tuple[EdgeUpstream, ...] = ()

    def __post_init__(self) -> None:
        if len({upstream.name for upstream in self.upstreams}) != len(self.upstreams):
            raise ContractError("two upstreams have the same name")
        seen_names: set[str] = set()
        seen_networks: dict[Network, str] = {}
        for client in self.clients:
            if client.name in seen_names:
                raise ContractError(f"client {client.name} stands twice")
            seen_names.add(client.name)
            for network in map(unmapped_network, client.networks):
                if network in seen_networks:
                    raise ContractError(f"network {network} belongs to both {seen_networks[network]} and {client.name}")
                seen_networks[network] = client.name

    def to_json(self) -> bytes:
        return fields.encode_object(
            {
                "version": fields.VERSION,
                "revision": self.revision,
                "login_id_key": fields.base64url(self.login_id_key),
                "clients": [client.to_message() for client in self.clients],
                "upstreams": [upstream.to_message() for upstream in self.upstreams],
            }
        )

    @classmethod
    def from_json(cls, body: bytes | str) -> Self:
        message = fields.decode_object(body)
        fields.check_version(message)
        return cls(
            revision=fields.text(message, "revision", max_octets=64),
            login_id_key=fields.octets(
                message, "login_id_key", lowest=LOGIN_ID_KEY_OCTETS, highest=LOGIN_ID_KEY_OCTETS
            ),
            clients=tuple(
                EdgeClient.from_message(fields.object_of(value, "clients"))
                for value in fields.items(message, "clients", most=MAX_CLIENTS)
            ),
            upstreams=tuple(
                EdgeUpstream.from_message(fields.object_of(value, "upstreams"))
                for value in fields.items({"upstreams": [], **message}, "upstreams", most=MAX_UPSTREAMS)
            ),
        )
