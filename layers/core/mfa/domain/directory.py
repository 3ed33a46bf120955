"""A realm's directory as configured, and what its words mean for a login."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mfa.contract.directory import DirectoryAddress, DirectoryResult
from mfa.domain.reasons import RejectReason

DEFAULT_PASSWORD_TRIES: Final = 3  # below any lockout threshold that is worth having
PASSWORD_TRIES_WINDOW_SECONDS: Final = 1800  # also the time that one password is remembered as wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectorySettings:
    """``service_account`` names the secret ``<deployment>/directory/<service_account>`` of Secrets Manager.

    ``password_tries`` is how many wrong passwords of one account are let through to the directory in half an hour,
    whoever sends them: a stranger must not be able to lock an account of the directory."""

    address: DirectoryAddress
    service_account: str
    password_tries: int = DEFAULT_PASSWORD_TRIES


# Why a login ends that the directory did not agree to. Success has no entry.
REASONS: Final[Mapping[DirectoryResult, RejectReason]] = {
    DirectoryResult.PASSWORD_WRONG: RejectReason.PASSWORD_WRONG,
    DirectoryResult.PASSWORD_KNOWN_WRONG: RejectReason.PASSWORD_KNOWN_WRONG,
    DirectoryResult.WITHHELD: RejectReason.PASSWORD_WITHHELD,
    DirectoryResult.UNKNOWN_USER: RejectReason.UNKNOWN_IN_DIRECTORY,
    DirectoryResult.AMBIGUOUS_USER: RejectReason.AMBIGUOUS_IN_DIRECTORY,
    DirectoryResult.IDENTITY_CHANGED: RejectReason.IDENTITY_CHANGED,
    DirectoryResult.MUST_CHANGE_PASSWORD: RejectReason.PASSWORD_MUST_CHANGE,
    DirectoryResult.PASSWORD_EXPIRED: RejectReason.PASSWORD_EXPIRED,
    DirectoryResult.DISABLED: RejectReason.ACCOUNT_DISABLED,
    DirectoryResult.ACCOUNT_EXPIRED: RejectReason.ACCOUNT_EXPIRED,
    DirectoryResult.LOCKED: RejectReason.ACCOUNT_LOCKED,
    DirectoryResult.LOGON_HOURS: RejectReason.LOGON_HOURS,
    DirectoryResult.WORKSTATION: RejectReason.LOGON_WORKSTATION,
    DirectoryResult.RESTRICTED: RejectReason.ACCOUNT_RESTRICTED,
    DirectoryResult.SERVICE_ACCOUNT_REFUSED: RejectReason.SERVICE_ACCOUNT_REFUSED,
    DirectoryResult.UNAVAILABLE: RejectReason.DIRECTORY_UNAVAILABLE,
}
