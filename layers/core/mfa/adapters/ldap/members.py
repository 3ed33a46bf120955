"""The accounts in a group: by membership, by membership of a group in it, and by the primary group of either.

No attribute lists all of them: ``member`` and the matching rule for nested groups leave the primary group out.
"""

from collections.abc import Iterator, Sequence
from itertools import batched
from typing import Final

from mfa.adapters.ldap.attributes import integer, one, text
from mfa.adapters.ldap.faults import ControllerFaultError
from mfa.adapters.ldap.session import Entry, Session
from mfa.contract.directory import MAX_MEMBERS, DirectoryAccount
from mfa.domain.windows_values import guid_text, sid_octets, sid_text

_IN_CHAIN: Final = "1.2.840.113556.1.4.1941"  # MS-ADTS 3.1.1.3.4.4.3: membership at any depth
_OF_A_DOMAIN: Final = "S-1-5-21-"  # the others are built in: none of them can be a primary group
_GROUP: Final = "(objectCategory=group)"
_USER: Final = "(objectCategory=person)(objectClass=user)"
_ATTRIBUTES: Final = ("objectGUID", "sAMAccountName", "userPrincipalName", "displayName", "pwdLastSet")
_GROUPS_A_FILTER: Final = 100


def find_members(session: Session, base: str, domain: str, group: str) -> tuple[DirectoryAccount, ...] | None:
    """The accounts below ``base`` that are in the group, which may stand anywhere in the domain, each once. None if
    there is no such group. Raises ControllerFaultError."""
    try:
        octets = sid_octets(group)
    except ValueError:
        return None
    found = session.find(domain, f"(&{_GROUP}(objectSid={octets_escaped(octets)}))", ["cn"], most=1)
    if not found:
        return None
    members: dict[str, DirectoryAccount] = {}
    for entry in _entries(session, base, domain, found[0].dn, group):
        account = _account(entry)
        members[account.object_guid] = account
        if len(members) > MAX_MEMBERS:
            raise ControllerFaultError(f"the group has more than {MAX_MEMBERS} members")
    return tuple(members.values())


def octets_escaped(octets: bytes) -> str:
    """RFC 4515 section 3."""
    return "".join(f"\\{octet:02x}" for octet in octets)


def _entries(session: Session, base: str, domain: str, dn: str, group: str) -> Iterator[Entry]:
    inside = f"(memberOf:{_IN_CHAIN}:={octets_escaped(dn.encode())})"
    yield from session.find_all(base, f"(&{_USER}{inside})", _ATTRIBUTES)
    sids = (one(e.attributes, "objectSid") for e in session.find_all(domain, f"(&{_GROUP}{inside})", ["objectSid"]))
    groups = (group, *(sid_text(sid) for sid in sids if sid is not None))
    primary = [sid for sid in groups if sid.startswith(_OF_A_DOMAIN)]
    for some in batched(primary, _GROUPS_A_FILTER, strict=False):
        yield from session.find_all(base, f"(&{_USER}(|{_by_primary_group(some)}))", _ATTRIBUTES)


def _by_primary_group(groups: Sequence[str]) -> str:
    """A user names its primary group by the last part of the group's SID."""
    return "".join(f"(primaryGroupID={group.rpartition('-')[2]})" for group in groups)


def _account(entry: Entry) -> DirectoryAccount:
    values = entry.attributes
    guid, name = one(values, "objectGUID"), text(values, "sAMAccountName")
    if guid is None or name is None:
        raise ControllerFaultError("the service account cannot read objectGUID and sAMAccountName of a member")
    return DirectoryAccount(
        object_guid=guid_text(guid),
        sam_account_name=name,
        user_principal_name=text(values, "userPrincipalName"),
        display_name=text(values, "displayName"),
        password_last_set=max(0, integer(values, "pwdLastSet")),
    )
