"""Realms and RADIUS clients as plain maps, and back. Shared secrets are sealed on the way in.

A revision never changes, so old ones lack the fields that were added later: these are read with their defaults.
"""

import ipaddress
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mfa.adapters.dynamodb.sealed_items import raw_sealed, sealed
from mfa.contract.clients import PROTOCOLS, EdgeClient, MessageAuthenticatorPolicy
from mfa.domain.configuration import (
    DEFAULT_CHALLENGE_MESSAGE,
    ClientMode,
    ClientPolicy,
    DangerousSwitch,
    JoinedForm,
    UserNameRules,
    Waiver,
    approval_by_default,
)
from mfa.domain.policy import DEFAULT_FACTORS, DENY_UNENROLLED, FactorKind, RuleAction, UnenrolledRule
from mfa.domain.push import PushApproval, PushWait
from mfa.domain.user_names import Realm
from mfa.ports import Vault

if TYPE_CHECKING:
    from mfa.domain.directory import DirectorySettings

type RawMap = Mapping[str, Any]


def raw_realm(value: Realm) -> dict[str, object]:
    raw: dict[str, object] = {
        "name": value.name,
        "netbios_domains": sorted(value.netbios_domains),
        "upn_suffixes": sorted(value.upn_suffixes),
    }
    return raw if value.directory is None else {**raw, "directory": _raw_directory(value.directory)}


def realm(raw: RawMap) -> Realm:
    directory = raw.get("directory")
    return Realm(
        raw["name"],
        frozenset(raw["netbios_domains"]),
        frozenset(raw["upn_suffixes"]),
        None if directory is None else _directory(directory),
    )


def _raw_directory(value: "DirectorySettings") -> dict[str, object]:
    return {
        "address": value.address.to_message(),
        "service_account": value.service_account,
        "password_tries": value.password_tries,
    }


def _directory(raw: RawMap) -> "DirectorySettings":
    from mfa.contract.directory import DirectoryAddress  # noqa: PLC0415 -- a cold start without a directory needs neither
    from mfa.domain.directory import DirectorySettings  # noqa: PLC0415 -- see above

    return DirectorySettings(
        address=DirectoryAddress.from_message(raw["address"]),
        service_account=raw["service_account"],
        password_tries=raw["password_tries"],
    )


def raw_client(value: ClientPolicy, stamp: str, vault: Vault) -> dict[str, object]:
    edge = value.edge
    return {
        "name": edge.name,
        "networks": [str(network) for network in edge.networks],
        "secrets": [
            raw_sealed(vault.seal(secret, _secret_context(stamp, edge.name, place)))
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
        "factors": [kind.value for kind in value.factors],
        "joined": _raw_joined(value.joined),
        "password_in_factor_field": value.password_in_factor_field,
        "automatic_factor_markers": sorted(value.automatic_factor_markers),
        "challenge_message": value.challenge_message,
        "unenrolled": _raw_unenrolled(value.unenrolled),
        "user_names": {
            "simplify": value.user_names.simplify,
            "more_realms": list(value.user_names.more_realms),
        },
        "push_approval": value.push_approval.value,
        "push_wait": value.push_wait.value,
        "sms_codes": value.sms_codes,
    }


def client_policy(raw: RawMap, stamp: str, vault: Vault) -> ClientPolicy:
    edge = EdgeClient(
        name=raw["name"],
        networks=tuple(ipaddress.ip_network(network) for network in raw["networks"]),
        secrets=tuple(
            vault.open(sealed(one), _secret_context(stamp, raw["name"], place))
            for place, one in enumerate(raw["secrets"])
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
        factors=tuple(map(FactorKind, raw.get("factors", DEFAULT_FACTORS))),
        joined=_joined(raw.get("joined", {})),
        password_in_factor_field=raw.get("password_in_factor_field", False),
        automatic_factor_markers=frozenset(raw.get("automatic_factor_markers", ())),
        challenge_message=raw.get("challenge_message", DEFAULT_CHALLENGE_MESSAGE),
        unenrolled=_unenrolled(raw["unenrolled"]) if "unenrolled" in raw else DENY_UNENROLLED,
        user_names=_user_names(raw.get("user_names", {})),
        push_approval=_push_approval(raw),
        push_wait=PushWait(raw.get("push_wait", PushWait.FIRST_PACKET)),
        sms_codes=int(raw.get("sms_codes", 1)),
    )


def _push_approval(raw: RawMap) -> PushApproval:
    """A revision from before there was push has the mode's own."""
    return PushApproval(raw.get("push_approval", approval_by_default(ClientMode(raw["mode"]))))


def _raw_joined(value: JoinedForm) -> dict[str, object]:
    length = {} if value.code_length is None else {"code_length": value.code_length}
    return {"delimiter": value.delimiter, **length}


def _joined(raw: RawMap) -> JoinedForm:
    default = JoinedForm()
    return JoinedForm(delimiter=raw.get("delimiter", default.delimiter), code_length=raw.get("code_length"))


def _user_names(raw: RawMap) -> UserNameRules:
    return UserNameRules(simplify=raw.get("simplify", False), more_realms=tuple(raw.get("more_realms", ())))


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


def _secret_context(stamp: str, client: str, place: int) -> bytes:
    return f"shared-secret|{stamp}|{place}|{client}".encode()


def _raw_unenrolled(value: UnenrolledRule) -> dict[str, object]:
    raw = {
        "action": value.action.value,
        "upstream": value.upstream,
        "owner": value.owner,
        "reason": value.reason,
        "until": value.until,
        "statement": value.statement,
    }
    return {name: one for name, one in raw.items() if one is not None}


def _unenrolled(raw: RawMap) -> UnenrolledRule:
    return UnenrolledRule(
        action=RuleAction(raw["action"]),
        upstream=raw.get("upstream"),
        owner=raw.get("owner"),
        reason=raw.get("reason"),
        until=raw.get("until"),
        statement=raw.get("statement"),
    )
