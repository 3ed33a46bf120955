"""Who has a name in the directory of a realm. No password is involved."""

from dataclasses import dataclass

from mfa.contract.directory import DirectoryAccount, DirectoryResult
from mfa.domain.directory import REASONS
from mfa.domain.reasons import RejectReason
from mfa.domain.user_names import Alias, Realm
from mfa.ports import Directory


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """``account`` is None if none can be told; ``reason`` says why. ``controller`` is who answered."""

    account: DirectoryAccount | None
    reason: RejectReason | None = None
    controller: str | None = None
    fault: str | None = None


def look_up(directory: Directory, realm: Realm, alias: Alias, deadline: float) -> Found:
    if realm.directory is None:
        return Found(account=None, reason=RejectReason.DIRECTORY_UNAVAILABLE, fault=no_directory(realm))
    answer = directory.look_up(realm, alias, deadline)
    if answer.result is DirectoryResult.FOUND and answer.account is not None:
        return Found(account=answer.account, controller=answer.controller)
    reason = REASONS.get(answer.result, RejectReason.DIRECTORY_UNAVAILABLE)
    return Found(account=None, reason=reason, controller=answer.controller, fault=answer.detail)


def no_directory(realm: Realm) -> str:
    return f"the realm {realm.name} has no directory"
