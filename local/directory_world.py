"""The demonstration's directory: one account for every state that Active Directory knows. All of it is published.

The accounts' names say what they are for. ``local.samba_database`` makes them so.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

DNS_DOMAIN: Final = "corp.example.test"
NETBIOS_DOMAIN: Final = "CORP"
BASE_DN: Final = "DC=corp,DC=example,DC=test"
OTHER_UPN_SUFFIX: Final = "example.com"
LOCKOUT_THRESHOLD: Final = 5
LOCKOUT_MINUTES: Final = 30  # how long an account stays locked, and how long wrong passwords count
STRICT_LOCKOUT_THRESHOLD: Final = 4  # of the group Strict-Lockout, by a password settings object
ADMINISTRATOR_PASSWORD: Final = "Adm1n-Passw0rd!"


class AccountState(StrEnum):
    """What is the matter with an account."""

    OK = "ok"
    MUST_CHANGE = "must-change"
    DISABLED = "disabled"
    LOCKED = "locked"
    ACCOUNT_EXPIRED = "account-expired"
    PASSWORD_EXPIRED = "password-expired"
    LOGON_HOURS = "logon-hours"
    WORKSTATION = "workstation"
    SMART_CARD = "smart-card"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """``username`` is the sAMAccountName, ``name`` the common name. ``primary_group`` takes the place of Domain Users:
    a membership that no ``member`` attribute shows."""

    username: str
    password: str = field(repr=False)
    name: str
    user_principal_name: str
    state: AccountState = AccountState.OK
    groups: tuple[str, ...] = ("MFA-Users",)
    primary_group: str | None = None
    unit: str = "People"


def _account(  # noqa: PLR0917 only the name is ever given by position
    username: str,
    name: str | None = None,
    password: str | None = None,
    upn: str | None = None,
    state: AccountState = AccountState.OK,
    groups: tuple[str, ...] = ("MFA-Users",),
    primary_group: str | None = None,
    unit: str = "People",
) -> Account:
    return Account(
        username=username,
        password=password or f"Passw0rd-{username}!",
        name=name or username.replace("-", " ").title(),
        user_principal_name=upn or f"{username}@{DNS_DOMAIN}",
        state=state,
        groups=groups,
        primary_group=primary_group,
        unit=unit,
    )


SERVICE_ACCOUNT: Final = _account("svc-gatehouse", groups=(), unit="Service")

PEOPLE: Final = (
    _account("alice", "Alice Example", groups=("MFA-Users", "Loop-A")),
    _account("bob", "Bob Example", password="Passw0rd-bob,with,commas!"),
    _account("carol", "Carol Example"),
    _account("exempt", "Exempt Example"),
    _account("trial"),
    _account("trial-joined"),
    _account("trial-challenge"),
)
IN_A_STATE: Final = tuple(_account(state.value, state=state) for state in AccountState if state is not AccountState.OK)
BY_GROUP: Final = (
    _account("nested", groups=("MFA-Nested",)),
    _account("primary", groups=(), primary_group="MFA-Primary"),
    _account("no-group", groups=()),
    _account("protected", groups=("MFA-Users", "Protected Users")),
    _account("strict", groups=("MFA-Users", "Strict-Lockout")),
)
WITH_ODD_TEXTS: Final = (
    _account("zoë.müller", "Zoë Müller", password="Pässwörd-Ünï-日本!1"),
    _account("hsmith", "Henry Smith", upn=f"Henry.Smith@{OTHER_UPN_SUFFIX}"),
    _account("o'neil (ops)", "O'Neil\\, Paul (Ops) #1*", upn=f"o'neil.ops@{DNS_DOMAIN}"),
    _account("long-password", password="Aa1!" * 24 + "wxyz"),
    _account("compatibility", password="Passw²rd-ﬁx-½!"),  # other characters after NFKC or SASLprep
)
ACCOUNTS: Final = (*PEOPLE, *IN_A_STATE, *BY_GROUP, *WITH_ODD_TEXTS)

# Each group, and the groups that it is a member of. Two that hold each other: AD allows it.
GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "MFA-Users": (),
    "MFA-Nested": ("MFA-Users",),
    "MFA-Primary": (),
    "Strict-Lockout": (),
    "Loop-A": ("Loop-B",),
    "Loop-B": ("Loop-A",),
}


def account(username: str) -> Account:
    return next(one for one in ACCOUNTS if one.username == username)
