"""Realms and RADIUS clients as plain maps, and back. Shared secrets are sealed on the way in.

A revision never changes, so old ones lack the fields that were added later: these are read with their defaults.
"""

import ipaddress
from collections.abc import Mapping
from typing import Any

from mfa.contract.clients import PROTOCOLS, EdgeClient, MessageAuthenticatorPolicy
from mfa.domain.configuration import ClientMode, ClientPolicy, DangerousSwitch, Waiver
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
        "protocols": sorted(edge.protocols),
        "reply_attributes": [list(pair) for pair in value.reply_attributes],
        "edge_roles": sorted(value.edge_roles),
        "waivers": [_raw_waiver(waiver) for waiver in value.waivers],
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
        protocols=frozenset(raw.get("protocols", PROTOCOLS)),
    )
    return ClientPolicy(
        edge=edge,
        realm=raw["realm"],
        mode=ClientMode(raw["mode"]),
        probe_names=frozenset(raw["probe_names"]),
        reply_attributes=tuple((name, text) for name, text in raw.get("reply_attributes", ())),
        edge_roles=frozenset(raw.get("edge_roles", ())),
        waivers=tuple(_waiver(waiver) for waiver in raw.get("waivers", ())),
    )


def _raw_waiver(value: Waiver) -> dict[str, object]:
    raw: dict[str, object] = {
        "switch": value.switch.value,
        "owner": value.owner,
        "reason": value.reason,
        "until": value.until,
    }
    return raw if value.statement is None else {**raw, "statement": value.statement}


def _waiver(raw: RawMap) -> Waiver:
    return Waiver(
        switch=DangerousSwitch(raw["switch"]),
        owner=raw["owner"],
        reason=raw["reason"],
        until=raw["until"],
        statement=raw.get("statement"),
    )


def _raw_sealed(sealed: Sealed) -> dict[str, object]:
    return {"key_version": sealed.key_version, "octets": sealed.octets}


def _secret_context(stamp: str, client: str, place: int) -> bytes:
    return f"shared-secret|{stamp}|{place}|{client}".encode()
