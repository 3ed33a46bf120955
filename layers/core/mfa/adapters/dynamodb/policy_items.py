"""Policies, exemptions and upstreams as plain maps, and back. Shared secrets are sealed on the way in."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from mfa.adapters.dynamodb.sealed_items import raw_sealed, sealed
from mfa.contract.clients import EdgeUpstream, UpstreamServer
from mfa.domain.policy import Exemption, FactorKind, PolicyRule, RuleAction, Selector, TimeWindow
from mfa.domain.user_names import Alias, AliasKind
from mfa.ports import Vault

type RawMap = Mapping[str, Any]


def raw_rule(value: PolicyRule) -> dict[str, object]:
    return _without_none(
        {
            "name": value.name,
            "action": value.action.value,
            "selector": _raw_selector(value.selector),
            "factors": None if value.factors is None else [kind.value for kind in value.factors],
            "reply_attributes": [list(pair) for pair in value.reply_attributes],
            "upstream": value.upstream,
        }
    )


def rule(raw: RawMap) -> PolicyRule:
    return PolicyRule(
        name=raw["name"],
        action=RuleAction(raw["action"]),
        selector=_selector(raw["selector"]),
        factors=tuple(map(FactorKind, raw["factors"])) if "factors" in raw else None,
        reply_attributes=tuple((name, text) for name, text in raw["reply_attributes"]),
        upstream=raw.get("upstream"),
    )


def raw_exemption(value: Exemption) -> dict[str, object]:
    return _without_none(
        {
            "name": value.name,
            "selector": _raw_selector(value.selector),
            "owner": value.owner,
            "reason": value.reason,
            "until": value.until,
            "statement": value.statement,
        }
    )


def exemption(raw: RawMap) -> Exemption:
    return Exemption(
        name=raw["name"],
        selector=_selector(raw["selector"]),
        owner=raw["owner"],
        reason=raw["reason"],
        until=raw["until"],
        statement=raw.get("statement"),
    )


def raw_upstream(value: EdgeUpstream, stamp: str, vault: Vault) -> dict[str, object]:
    return {
        "name": value.name,
        "servers": [server.to_message() for server in value.servers],
        "secret": raw_sealed(vault.seal(value.secret, _secret_context(stamp, value.name))),
        "timeout_ms": value.timeout_ms,
        "require_message_authenticator": value.require_message_authenticator,
    }


def upstream(raw: RawMap, stamp: str, vault: Vault) -> EdgeUpstream:
    return EdgeUpstream(
        name=raw["name"],
        servers=tuple(UpstreamServer.from_message(server) for server in raw["servers"]),
        secret=vault.open(sealed(raw["secret"]), _secret_context(stamp, raw["name"])),
        timeout_ms=raw["timeout_ms"],
        require_message_authenticator=raw["require_message_authenticator"],
    )


def _raw_selector(value: Selector) -> dict[str, object]:
    return {
        "clients": sorted(value.clients),
        "users": [[one.realm, one.kind.value, one.name] for one in sorted(value.users, key=repr)],
        "groups": sorted(value.groups),
        "source_networks": [str(network) for network in value.source_networks],
        "caller_networks": [str(network) for network in value.caller_networks],
        "times": [_raw_window(window) for window in value.times],
    }


def _selector(raw: RawMap) -> Selector:
    return Selector(
        clients=frozenset(raw["clients"]),
        users=frozenset(Alias(realm, AliasKind(kind), name) for realm, kind, name in raw["users"]),
        groups=frozenset(raw["groups"]),
        source_networks=tuple(map(ipaddress.ip_network, raw["source_networks"])),
        caller_networks=tuple(map(ipaddress.ip_network, raw["caller_networks"])),
        times=tuple(_window(window) for window in raw["times"]),
    )


def _raw_window(value: TimeWindow) -> dict[str, object]:
    return {
        "days": sorted(value.days),
        "start_minute": value.start_minute,
        "end_minute": value.end_minute,
        "timezone": value.timezone,
    }


def _window(raw: RawMap) -> TimeWindow:
    return TimeWindow(
        days=frozenset(raw["days"]),
        start_minute=raw["start_minute"],
        end_minute=raw["end_minute"],
        timezone=raw["timezone"],
    )


def _secret_context(stamp: str, name: str) -> bytes:
    return f"upstream-secret|{stamp}|{name}".encode()


def _without_none(raw: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in raw.items() if value is not None}
