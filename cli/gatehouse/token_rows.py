"""A token as a file has it, whatever the file's format; and what is wrong with a line of it.

A seed is read into octets at once. No text that is printed is made of one.
"""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Final

MIN_SEED_OCTETS: Final = 14  # NIST SP 800-63B: 112 bits. Fewer are taken only if the command says so
MIN_SHORT_SEED_OCTETS: Final = 10
MAX_SEED_OCTETS: Final = 64
MAX_COUNTER: Final = 2**53


class TokenFileError(Exception):
    """Raised for one token that cannot be imported. The text names no seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """``line`` is where it begins in the file, counted from 1. ``username`` is to whom it is assigned afterwards."""

    line: int
    serial: str
    type: str
    algorithm: str = "SHA1"
    digits: int = 6
    period: int | None = None
    counter: int = 0
    seed: bytes = field(repr=False)
    username: str | None = None

    @property
    def is_short(self) -> bool:
        return len(self.seed) < MIN_SEED_OCTETS

    def message(self) -> dict[str, object]:
        """As the API takes it."""
        seed = base64.urlsafe_b64encode(self.seed).decode("ascii").rstrip("=")
        sent: dict[str, object] = {"serial": self.serial, "type": self.type, "digits": self.digits, "seed": seed}
        if self.type == "hotp":
            return {**sent, "counter": self.counter}
        return {**sent, "algorithm": self.algorithm, "period": self.period}


def checked(row: TokenRow, *, accepts_short: bool) -> TokenRow:
    """Raises TokenFileError if no token can be like that."""
    _check_kind(row)
    bits = len(row.seed) * 8
    if not MIN_SHORT_SEED_OCTETS <= len(row.seed) <= MAX_SEED_OCTETS:
        raise TokenFileError(
            f"the seed has {bits} bits; it must have {MIN_SHORT_SEED_OCTETS * 8} to {MAX_SEED_OCTETS * 8}"
        )
    if row.is_short and not accepts_short:
        text = f"the seed has {bits} bits, and at least {MIN_SEED_OCTETS * 8} are asked for"
        raise TokenFileError(f"{text}; --accept-short-seeds takes it all the same")
    return row


def _check_kind(row: TokenRow) -> None:
    if row.type not in {"hotp", "totp"}:
        raise TokenFileError("type must be hotp or totp")
    if row.digits not in {6, 8}:
        raise TokenFileError("digits must be 6 or 8")
    if row.algorithm not in ({"SHA1"} if row.type == "hotp" else {"SHA1", "SHA256", "SHA512"}):
        known = "SHA1 for a token of type hotp" if row.type == "hotp" else "SHA1, SHA256 or SHA512"
        raise TokenFileError(f"algorithm must be {known}")
    if row.type == "totp" and row.period not in {30, 60}:
        raise TokenFileError("period must be 30 or 60 seconds")
    if not 0 <= row.counter <= (MAX_COUNTER if row.type == "hotp" else 0):
        raise TokenFileError("counter must be a whole number for hotp, and is nothing for totp")


def whole_number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise TokenFileError(f"{name} must be a whole number")
    return int(text)


def hex_octets(name: str, text: str) -> bytes:
    try:
        return bytes.fromhex(text)  # which passes over blanks
    except ValueError:  # its text would show the seed
        raise TokenFileError(f"{name} is not hexadecimal") from None


def base32_octets(name: str, text: str) -> bytes:
    letters = "".join(text.split()).replace("-", "").rstrip("=").upper()
    try:
        return base64.b32decode(letters + "=" * (-len(letters) % 8))
    except (binascii.Error, ValueError):
        raise TokenFileError(f"{name} is not base32") from None


def base64_octets(name: str, text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise TokenFileError(f"{name} is not base64") from None
