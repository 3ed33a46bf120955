"""Realms and RADIUS clients as plain maps, and back. Shared secrets are sealed on the way in."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from mfa.contract.clients import EdgeClient, MessageAuthenticatorPolicy
from mfa.domain.configuration import ClientMode, ClientPolicy
from mfa.domain.sealing import Sealed
from mfa.domain.user_names import Realm
from mfa.ports import Vault

type RawMap = Mapping[str, Any]


def raw_realm(value: Realm) -> dict[str, object]:
    return {
        "name": value.name,
        "netbios_domains": sorted(value.netbios_domains),
        "upn_suffixes": sorted(value.upn_suffixes),
    }


def realm(raw: RawMap) -> Realm:
    return Realm(raw["name"], frozenset(raw["netbios_domains"]), frozenset(raw["upn_suffixes"]))


def raw_client(value: ClientPolicy, stamp: str, vault: Vault) -> dict[str, object]:
    edge = value.edge
    return {
        "name": edge.name,
        "networks": [str(network) for network in edge.networks],
        "secrets": [
            _raw_sealed(vault.seal(secret, _secret_context(stamp, edge.name, place)))
            for place, secret in enumerate(edge.secrets)
        ],
        "require_message_authenticator": edge.require_message_authenticator.value,
        "timeout_seconds": edge.timeout_seconds,
        "retries": edge.retries,
        "realm": value.realm,
        "mode": value.mode.value,
        "probe_names": sorted(value.probe_names),
    }


def client_policy(raw: RawMap, stamp: str, vault: Vault) -> ClientPolicy:
    edge = EdgeClient(
        name=raw["name"],
        networks=tuple(ipaddress.ip_network(network) for network in raw["networks"]),
        secrets=tuple(
            vault.open(Sealed(sealed["key_version"], sealed["octets"]), _secret_context(stamp, raw["name"], place))
            for place, sealed in enumerate(raw["secrets"])
        ),
        require_message_authenticator=MessageAuthenticatorPolicy(raw["require_message_authenticator"]),
        timeout_seconds=raw["timeout_seconds"],
        retries=raw["retries"],
    )
    return ClientPolicy(
        edge=edge,
        realm=raw["realm"],
        mode=ClientMode(raw["mode"]),
        probe_names=frozenset(raw["probe_names"]),
    )


def _raw_sealed(sealed: Sealed) -> dict[str, object]:
    return {"key_version": sealed.key_version, "octets": sealed.octets}


def _secret_context(stamp: str, client: str, place: int) -> bytes:
    return f"shared-secret|{stamp}|{place}|{client}".encode()
