"""Passwords that were sent to a directory for one account, lately: so that nobody locks that account through us, and
the same packet never costs a second try."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Final

from mfa.contract.directory import DirectoryResult
from mfa.domain.login_replay import MAX_REPLAY_WINDOW_SECONDS

MAX_RECENT_TRIES: Final = 8  # finished ones kept: a packet that comes again must find what became of it


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


def known_wrong_under(tries: PasswordTries, digest: bytes, now: float, seconds: int) -> tuple[int, ...]:
    """The values of pwdLastSet under which this very password was wrong within the last ``seconds``."""
    return tuple(
        wrong.password_last_set
        for wrong in tries.known_wrong
        if compare_digest(wrong.digest, digest) and now - wrong.at <= seconds
    )


def others_asking(tries: PasswordTries, own: str, now: float) -> int:
    """How many other logins may have a password of this account on its way. One that ended without a word of its end
    is waited for as long as its packet may come again."""
    return sum(
        one.result is None and now - one.at <= MAX_REPLAY_WINDOW_SECONDS
        for login_id, one in tries.recent.items()
        if login_id != own
    )


def tries_to_forget(recent: Mapping[str, PasswordTry], keep: str, now: float) -> tuple[str, ...]:
    """The oldest, so that few are kept; but none that is being asked about while its packet may come again."""
    others = sorted((one.at, login_id) for login_id, one in recent.items() if login_id != keep)
    removable = [
        login_id
        for at, login_id in others
        if recent[login_id].result is not None or now - at > MAX_REPLAY_WINDOW_SECONDS
    ]
    return tuple(removable[: max(0, len(others) - (MAX_RECENT_TRIES - 1))])
