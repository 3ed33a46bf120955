"""Codes that were sent to a user's phone, as they are kept until they are typed.

A code counts once, for ten minutes, at the client for which it was asked, and only while nothing better is known: a
newer one for the same client, five wrong guesses, any successful login, or the loss of the phone void it. One message
may hold a batch of codes: each counts once, and a login by one of them leaves the others.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from mfa.contract.fields import base64url
from mfa.domain.sealing import Sealed

SENT_CODE_DIGITS: Final = 6
SENT_CODE_SECONDS: Final = 600  # NIST SP 800-63B section 3.1.3.3: at most ten minutes
MAX_MISSES: Final = 5  # SP 800-63B: guesses at one secret are few
MAX_SENT_CODES: Final = 2  # messages of one user: the hot item stays small
MAX_BATCH: Final = 5  # codes of one message: each makes a guess likelier to hit
_CLIENT_KEY_OCTETS: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class SentCode:
    """``code_id`` is the login that asked for it, ``client_key`` where. ``code`` is sealed as ``joined`` makes it, of
    ``size`` codes; ``used`` are the places, from 0, of those that were used. ``tries`` and ``successes`` are the
    throttle's counts when it was sent, or when one of a batch was used: what was tried since is what they are ahead by
    now. ``expires_at`` in Unix seconds."""

    code_id: str
    phone_id: str
    client_key: str
    code: Sealed
    expires_at: float
    tries: int
    successes: int
    size: int = 1
    used: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedMessage:
    """Which sent code was right. ``factor_id`` is the phone that had it, ``place`` says which of a batch it was."""

    code_id: str
    factor_id: str
    place: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedCode:
    """One code of a message, as it was typed or not."""

    message: SentCode
    place: int
    text: str = field(repr=False)

    @property
    def is_used(self) -> bool:
        return self.place in self.message.used


def code_context(user_id: str, code_id: str) -> bytes:
    """The associated data that ties a sealed code to its owner and its login."""
    return f"sent-code|{user_id}|{code_id}".encode()


def new_code(octets: bytes) -> str:
    """Of eight random octets or more: then no code is likelier than another by more than one in ten million million."""
    return f"{int.from_bytes(octets) % 10**SENT_CODE_DIGITS:0{SENT_CODE_DIGITS}}"


def joined(codes: Sequence[str]) -> bytes:
    """As they are sealed, and told in the message."""
    return " ".join(codes).encode()


def opened(message: SentCode, unsealed: bytes) -> Sequence[OpenedCode]:
    codes = unsealed.decode().split(" ")
    return [OpenedCode(message=message, place=place, text=text) for place, text in enumerate(codes)]


def client_key(client: str) -> str:
    """Stands for a client's name, which may be long: the hot item has little room."""
    return base64url(hashlib.sha256(client.encode()).digest()[:_CLIENT_KEY_OCTETS])


def newest_of(codes: Iterable[SentCode], client: str) -> SentCode | None:
    key = client_key(client)
    return max((code for code in codes if code.client_key == key), key=_age, default=None)


def give_way(codes: Sequence[SentCode], client: str, now: float) -> tuple[str, ...]:
    """The ids of those that a new one for that client takes the place of."""
    key = client_key(client)
    gone = [code for code in codes if code.client_key == key or code.expires_at <= now]
    others = sorted((code for code in codes if code not in gone), key=_age)
    surplus = len(others) - (MAX_SENT_CODES - 1)
    return tuple(code.code_id for code in (*gone, *others[: max(0, surplus)]))


def _age(code: SentCode) -> float:
    """All live equally long."""
    return code.expires_at
