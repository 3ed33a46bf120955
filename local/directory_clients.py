"""What ``make run AD=1`` adds to the demonstration: the realm's directory, a RADIUS client in each mode on a loopback
network of its own, and the users who have an account there. All of it is published, none of it secret."""

import base64
import hashlib
import time
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_network
from typing import Final

from local.demo_world import CLIENT, REALM, TRIAL_USER, USERS, DemoUser
from local.directory_world import ACCOUNTS, OTHER_UPN_SUFFIX, SERVICE_ACCOUNT, Account
from mfa.contract.directory import DirectoryAddress
from mfa.domain.configuration import ClientMode, ClientPolicy, approval_by_default
from mfa.domain.directory import DirectorySettings
from mfa.domain.policy import Exemption, PolicyRule, RuleAction, Selector
from mfa.domain.user_names import Alias, AliasKind, Realm

SERVICE_ACCOUNT_SECRET: Final = SERVICE_ACCOUNT.username  # the last part of its name in Secrets Manager
EXEMPT_USERNAME: Final = "exempt"
EXEMPT_SECONDS: Final = 30 * 86_400


def _client(name: str, network: str, mode: ClientMode, *, password_in_factor_field: bool = False) -> ClientPolicy:
    edge = replace(
        CLIENT.edge, name=name, networks=(ip_network(network),), secrets=(f"gatehouse-demo-{name}".encode(),)
    )
    return ClientPolicy(
        edge=edge,
        realm=REALM.name,
        mode=mode,
        password_in_factor_field=password_in_factor_field,
        push_approval=approval_by_default(mode),
    )


PASSWORD_AND_FACTOR: Final = _client("password-and-factor", "127.0.1.0/24", ClientMode.PASSWORD_AND_FACTOR)
PASSWORD_THEN_FACTOR: Final = _client("password-then-factor", "127.0.2.0/24", ClientMode.PASSWORD_THEN_FACTOR)
CHALLENGE: Final = _client("challenge", "127.0.3.0/24", ClientMode.CHALLENGE)
PASSWORD_IN_FACTOR_FIELD: Final = _client(
    "password-in-factor-field", "127.0.4.0/24", ClientMode.SECOND_FACTOR, password_in_factor_field=True
)
BY_GROUP: Final = _client("by-group", "127.0.5.0/24", ClientMode.PASSWORD_AND_FACTOR)
CLIENTS: Final = (PASSWORD_AND_FACTOR, PASSWORD_THEN_FACTOR, CHALLENGE, PASSWORD_IN_FACTOR_FIELD, BY_GROUP)
ROLES: Final = {"MFA-Users": "staff", "MFA-Primary": "contractors"}  # by group, for the one client that asks for them


def _totp_secret(username: str) -> str:
    known = {user.username: user.totp_secret for user in (*USERS, TRIAL_USER)}
    made_up = base64.b32encode(hashlib.sha256(username.encode()).digest()[:20]).decode()
    return known.get(username, made_up)


def _user(account: Account) -> DemoUser:
    secret, upn = _totp_secret(account.username), account.user_principal_name
    return DemoUser(account.username, secret, user_principal_name=upn, password=account.password)


DIRECTORY_USERS: Final = tuple(map(_user, ACCOUNTS))


def directory_user(username: str) -> DemoUser:
    return next(user for user in DIRECTORY_USERS if user.username == username)


def realm_with(address: DirectoryAddress) -> Realm:
    settings = DirectorySettings(address=address, service_account=SERVICE_ACCOUNT_SECRET)
    return replace(REALM, upn_suffixes=REALM.upn_suffixes | {OTHER_UPN_SUFFIX}, directory=settings)


def rules(group_sids: Mapping[str, str]) -> tuple[PolicyRule, ...]:
    """Who is in no group of ROLES is in none of the rules for that client, and so denied there."""
    return tuple(
        PolicyRule(
            name=role,
            action=RuleAction.ALLOW,
            selector=Selector(clients=frozenset({BY_GROUP.edge.name}), groups=frozenset({group_sids[group]})),
            reply_attributes=(("Filter-Id", role),),
        )
        for group, role in ROLES.items()
    )


def exemption() -> Exemption:
    """For the one user who needs no second factor; the others need a phone to be asked."""
    user = Alias(REALM.name, AliasKind.SAM, EXEMPT_USERNAME)
    return Exemption(
        name="demonstration",
        selector=Selector(clients=frozenset({PASSWORD_THEN_FACTOR.edge.name}), users=frozenset({user})),
        owner="demo@example.com",
        reason="shows a login by password alone",
        until=int(time.time()) + EXEMPT_SECONDS,
    )
