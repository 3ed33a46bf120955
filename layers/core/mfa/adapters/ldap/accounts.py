"""One account, its groups, and the rule by which its domain locks it, as the directory tells them.

Exactly one object is looked for, by an equality filter whose value is escaped octet by octet: no text can be anything
but a value.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mfa.adapters.ldap.attributes import integer, one, text
from mfa.adapters.ldap.faults import ControllerFaultError
from mfa.adapters.ldap.session import Attributes, Entry, Session
from mfa.contract.directory import DirectoryAccount, DirectoryResult, NameKind
from mfa.domain.account_state import AccountState, LockoutPolicy
from mfa.domain.windows_values import guid_text, seconds_of_interval, sid_text

_NAME_ATTRIBUTE: Final = {NameKind.SAM: "sAMAccountName", NameKind.UPN: "userPrincipalName"}
_ATTRIBUTES: Final = (
    "objectGUID", "sAMAccountName", "userPrincipalName", "displayName", "userAccountControl",
    "msDS-User-Account-Control-Computed", "pwdLastSet", "badPwdCount", "badPasswordTime", "accountExpires",
    "msDS-ResultantPSO",
)  # fmt: skip
_DOMAIN_POLICY: Final = ("lockoutThreshold", "lockOutObservationWindow")
_PSO_POLICY: Final = ("msDS-LockoutThreshold", "msDS-LockoutObservationWindow")
_DOMAIN_OF: Final = re.compile(r"(?:^|(?<!\\),)\s*(DC=[^,]+(?:,\s*DC=[^,]+)*)\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAccount:
    """``dn`` is what a bind names; ``password_settings`` the DN of the PSO that holds for this user, if one does."""

    dn: str
    account: DirectoryAccount
    state: AccountState
    password_settings: str | None


def find_account(session: Session, base: str, kind: NameKind, name: str) -> FoundAccount | DirectoryResult:
    """The account, or UNKNOWN_USER or AMBIGUOUS_USER. Raises ControllerFaultError."""
    found = session.find(base, account_filter(kind, name), _ATTRIBUTES, most=1)
    if len(found) > 1:
        return DirectoryResult.AMBIGUOUS_USER
    if not found or not _is_named(found[0].attributes, kind, name):
        return DirectoryResult.UNKNOWN_USER
    return _account(found[0], _groups(session, found[0].dn))


def account_filter(kind: NameKind, name: str) -> str:
    return f"(&(objectCategory=person)(objectClass=user)({_NAME_ATTRIBUTE[kind]}={escaped(name)}))"


def escaped(value: str) -> str:
    """RFC 4515 section 3, for every octet that is no ASCII letter or digit."""
    return "".join(
        chr(octet) if chr(octet).isalnum() and octet < 0x80 else f"\\{octet:02x}" for octet in value.encode()
    )


def domain_of(base: str) -> str:
    """The domain that a DN lies in: its DC components. It holds the rule of locking, also if ``base`` is an OU."""
    found = _DOMAIN_OF.search(base)
    return found[1] if found else base


def domain_lockout_policy(session: Session, domain: str) -> LockoutPolicy:
    """Raises ControllerFaultError if it cannot be read: without it, a password could lock an account."""
    policy = _policy(session.read(domain, _DOMAIN_POLICY), _DOMAIN_POLICY)
    if policy is None:
        raise ControllerFaultError("the service account cannot read the domain's lockoutThreshold")
    return policy


def settings_lockout_policy(session: Session, dn: str) -> LockoutPolicy | None:
    """Of a PSO; None if the service account may not read it, as it may not unless somebody allowed it."""
    return _policy(session.read(dn, _PSO_POLICY), _PSO_POLICY)


def _policy(entry: Entry | None, names: Sequence[str]) -> LockoutPolicy | None:
    threshold, window = names
    if entry is None or one(entry.attributes, threshold) is None:
        return None
    return LockoutPolicy(
        threshold=integer(entry.attributes, threshold),
        window_seconds=seconds_of_interval(integer(entry.attributes, window)),
    )


def _groups(session: Session, dn: str) -> frozenset[str]:
    """SIDs of all groups, nested ones and the primary one included: tokenGroups is only told of a single object."""
    entry = session.read(dn, ("tokenGroups",))
    values = entry.attributes.get("tokengroups") if entry else None
    if not values:  # everybody has a primary group
        raise ControllerFaultError("the service account cannot read tokenGroups of the user")
    return frozenset(sid_text(value) for value in values)


def _account(entry: Entry, groups: frozenset[str]) -> FoundAccount:
    values = entry.attributes
    guid, name, control = one(values, "objectGUID"), text(values, "sAMAccountName"), one(values, "userAccountControl")
    if guid is None or not name or control is None:
        raise ControllerFaultError(
            "the service account cannot read objectGUID, sAMAccountName and userAccountControl of the user"
        )
    changed = integer(values, "pwdLastSet")
    return FoundAccount(
        dn=entry.dn,
        account=DirectoryAccount(
            object_guid=guid_text(guid),
            sam_account_name=name,
            user_principal_name=text(values, "userPrincipalName"),
            display_name=text(values, "displayName"),
            groups=groups,
            password_last_set=max(0, changed),
        ),
        state=AccountState(
            control=int(control),
            computed=integer(values, "msDS-User-Account-Control-Computed"),
            password_last_set=changed,
            bad_password_count=integer(values, "badPwdCount"),
            bad_password_time=integer(values, "badPasswordTime"),
            account_expires=integer(values, "accountExpires"),
        ),
        password_settings=text(values, "msDS-ResultantPSO"),
    )


def _is_named(values: Attributes, kind: NameKind, name: str) -> bool:
    """Windows compares more loosely than we do (accents, for one): what it takes for the name may be somebody else."""
    return _folded(text(values, _NAME_ATTRIBUTE[kind]) or "") == _folded(name)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
