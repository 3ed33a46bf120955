"""The inventory of hardware tokens: imported with their seeds, given to users, taken back.

A token that a user has is a factor of the user like any other; the inventory keeps whose it is. Its counter or clock
goes along to the user and comes back with it, so that no code works twice, whoever has the token.
"""

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from mfa.domain.factors import CodeFactor, CodeParameters, FactorState, HotpFactor, HotpParameters, TotpFactor
from mfa.domain.otp import MIN_SEED_OCTETS
from mfa.domain.sealing import Sealed
from mfa.errors import InvalidInputError

MAX_SERIAL_CHARACTERS: Final = 64
MIN_SHORT_SEED_OCTETS: Final = 10  # 80 bits: below what NIST SP 800-63B asks for, and what many tokens were sold with
MAX_SEED_OCTETS: Final = 64  # the longest that any token has; eight of them leave the hot item under 4 KB
MAX_COUNTER: Final = 2**53  # more presses than a button lives; and JSON keeps it exact

_SERIAL: Final = re.compile(rf"[A-Z0-9](?:[A-Z0-9 ._:/+-]{{0,{MAX_SERIAL_CHARACTERS - 2}}}[A-Z0-9])?", re.ASCII)


class ImportState(StrEnum):
    OPEN = "open"  # its tokens are there, and count for nothing
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenImport:
    """Tokens that come into the inventory together: all ``total``, or none. ``stored`` are there so far."""

    import_id: str
    state: ImportState
    total: int
    stored: int
    started_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenOwner:
    """Who has a token, and as which factor. ``since`` in Unix seconds."""

    user_id: str
    factor_id: str
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """``last_moving_factor`` and ``drift`` are as of the time at which nobody had it: while somebody does, the factor
    knows better."""

    serial: str
    parameters: CodeParameters
    seed: Sealed
    last_moving_factor: int = -1
    drift: int = 0
    import_id: str
    imported_at: int
    owner: TokenOwner | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token as a file has it. ``counter`` is that of the next code."""

    serial: str
    parameters: CodeParameters
    seed: bytes = field(repr=False)
    counter: int = 0


def canonical_serial(text: str) -> str:
    """As it is printed on the token, without regard to case. Raises InvalidInputError."""
    serial = text.strip(" ").upper()
    if not _SERIAL.fullmatch(serial):
        raise InvalidInputError(
            "bad-serial",
            f"a serial number has 1 to {MAX_SERIAL_CHARACTERS} letters, digits and any of ._:/+- and space",
        )
    return serial


def seed_refusal(seed: bytes, *, accepts_short: bool) -> str | None:
    """Why no token may have that seed, in words that say nothing of it; None if one may."""
    bits = len(seed) * 8
    if not MIN_SHORT_SEED_OCTETS <= len(seed) <= MAX_SEED_OCTETS:
        return f"the seed has {bits} bits; it must have {MIN_SHORT_SEED_OCTETS * 8} to {MAX_SEED_OCTETS * 8}"
    if len(seed) < MIN_SEED_OCTETS and not accepts_short:
        return f"the seed has {bits} bits; under {MIN_SEED_OCTETS * 8} it must be accepted expressly"
    return None


def factor_of(token: Token, factor_id: str, seed: Sealed, now: int) -> CodeFactor:
    """The token as a factor that counts at once: somebody who knows vouches for it, or its codes did."""
    if isinstance(token.parameters, HotpParameters):
        return HotpFactor(
            factor_id=factor_id,
            name=f"Token {token.serial}",
            state=FactorState.ACTIVE,
            parameters=token.parameters,
            seed=seed,
            last_accepted_counter=token.last_moving_factor,
            created_at=now,
            serial=token.serial,
        )
    return TotpFactor(
        factor_id=factor_id,
        name=f"Token {token.serial}",
        state=FactorState.ACTIVE,
        parameters=token.parameters,
        seed=seed,
        last_accepted_time_step=token.last_moving_factor,
        drift=token.drift,
        created_at=now,
        serial=token.serial,
    )


def taken_back(token: Token, factor: CodeFactor | None) -> Token:
    """The token without an owner, as far on as its factor was."""
    if factor is None:
        return replace(token, owner=None)
    drift = factor.drift if isinstance(factor, TotpFactor) else 0
    last = max(token.last_moving_factor, factor.last_moving_factor)
    return replace(token, owner=None, last_moving_factor=last, drift=drift)
