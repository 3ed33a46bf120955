"""Passwords that were sent to a directory for one account, lately: so that nobody locks that account through us, and
the same packet never costs a second try."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mfa.contract.directory import DirectoryResult


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordTry:
    """``result`` is None while the directory is being asked. ``at`` in Unix seconds."""

    result: DirectoryResult | None
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownWrongPassword:
    """``digest`` is keyed. The password is wrong as long as pwdLastSet of the account is ``password_last_set``."""

    digest: bytes = field(repr=False)
    password_last_set: int
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordTries:
    """``spent`` counts from ``since`` (Unix seconds): tries that were wrong, or whose end is not known."""

    spent: int
    since: int
    recent: Mapping[str, PasswordTry]  # by login id, base64url
    known_wrong: tuple[KnownWrongPassword, ...] = ()
