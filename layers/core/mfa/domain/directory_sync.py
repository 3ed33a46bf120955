"""Users kept like the members of directory groups: what has changed since the last time, as steps to take.

An account is known by its objectGUID, the one name that outlives renames. Who left the groups, or is gone from the
directory altogether, is disabled and keeps the factors: coming back must not mean to enrol again.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mfa.contract.directory import DirectoryAccount


class SyncStep(StrEnum):
    CREATE = "create"  # or take over a user of the same name whom no account belongs to yet
    RENAME = "rename"
    RETURN = "return"  # is a member again: enabled
    LEAVE = "leave"  # is no member any more: disabled


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncedUser:
    """How a member was when last synced. ``is_member`` is False once the user was disabled by a sync."""

    object_guid: str
    user_id: str
    sam_account_name: str
    user_principal_name: str | None
    display_name: str | None
    is_member: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncChange:
    """One step for one account, with the names that it has now. ``was`` is the name before a rename."""

    step: SyncStep
    object_guid: str
    sam_account_name: str
    user_principal_name: str | None = None
    display_name: str | None = None
    was: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPlan:
    """``changes`` in the order in which they can be taken; ``members`` is how many accounts the groups have."""

    changes: tuple[SyncChange, ...]
    members: int

    def count(self, step: SyncStep) -> int:
        return sum(change.step is step for change in self.changes)


# A name that one account gives up may be the new name of another: so who leaves goes first, then renames.
_ORDER: Final = (SyncStep.LEAVE, SyncStep.RENAME, SyncStep.RETURN, SyncStep.CREATE)


def plan_sync(accounts: Iterable[DirectoryAccount], known: Iterable[SyncedUser]) -> SyncPlan:
    members = {account.object_guid: account for account in accounts}
    synced = {user.object_guid: user for user in known}
    changes = [*_left(members, synced), *_changed(members, synced)]
    return SyncPlan(changes=tuple(sorted(changes, key=_place)), members=len(members))


def _place(change: SyncChange) -> tuple[int, str]:
    return _ORDER.index(change.step), change.sam_account_name.casefold()


def _left(members: Mapping[str, DirectoryAccount], synced: Mapping[str, SyncedUser]) -> Iterator[SyncChange]:
    for guid, user in synced.items():
        if user.is_member and guid not in members:
            yield SyncChange(step=SyncStep.LEAVE, object_guid=guid, sam_account_name=user.sam_account_name)


def _changed(members: Mapping[str, DirectoryAccount], synced: Mapping[str, SyncedUser]) -> Iterator[SyncChange]:
    for guid, account in members.items():
        user = synced.get(guid)
        if user is None:
            yield _change(SyncStep.CREATE, account)
        elif not user.is_member:
            yield _change(SyncStep.RETURN, account)
        elif _names(user) != _names(account):
            yield _change(SyncStep.RENAME, account, was=user.sam_account_name)


def _names(one: SyncedUser | DirectoryAccount) -> tuple[str, str | None, str | None]:
    return one.sam_account_name, one.user_principal_name, one.display_name


def _change(step: SyncStep, account: DirectoryAccount, was: str | None = None) -> SyncChange:
    return SyncChange(
        step=step,
        object_guid=account.object_guid,
        sam_account_name=account.sam_account_name,
        user_principal_name=account.user_principal_name,
        display_name=account.display_name,
        was=was,
    )
