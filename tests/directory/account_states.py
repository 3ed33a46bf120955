"""What each account of ``local.directory_world`` answers to its right password, in the words of the contract and of the
audit record. One table, for the adapter alone and for whole logins."""

from typing import Final

from local.directory_world import ACCOUNTS, AccountState
from mfa.contract.directory import DirectoryResult
from mfa.domain.directory import REASONS
from mfa.domain.reasons import RejectReason

_BY_STATE: Final = {
    AccountState.OK: DirectoryResult.PASSWORD_RIGHT,
    AccountState.MUST_CHANGE: DirectoryResult.MUST_CHANGE_PASSWORD,
    AccountState.DISABLED: DirectoryResult.DISABLED,
    AccountState.LOCKED: DirectoryResult.LOCKED,
    AccountState.ACCOUNT_EXPIRED: DirectoryResult.ACCOUNT_EXPIRED,
    AccountState.PASSWORD_EXPIRED: DirectoryResult.PASSWORD_EXPIRED,
    AccountState.LOGON_HOURS: DirectoryResult.LOGON_HOURS,
    AccountState.WORKSTATION: DirectoryResult.WORKSTATION,
    AccountState.SMART_CARD: DirectoryResult.PASSWORD_WRONG,  # no password is right
}
_BY_NAME: Final = {"protected": DirectoryResult.RESTRICTED}  # Protected Users may not bind by password alone

# By username.
EXPECTED: Final[dict[str, DirectoryResult]] = {
    account.username: _BY_NAME.get(account.username, _BY_STATE[account.state]) for account in ACCOUNTS
}
EXPECTED_REASONS: Final[dict[str, RejectReason | None]] = {
    username: REASONS.get(result) for username, result in EXPECTED.items()
}
