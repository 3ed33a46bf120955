"""What may be typed into the factor field, read as a whole or not at all.

The text is trimmed of ASCII spaces and compared without case. Digits only are always a code. Whatever does not
fit this grammar is nothing: it is never tried against anything.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from mfa.domain.otp import is_code


class FactorWord(StrEnum):
    """A word that asks for a factor other than a code."""

    PUSH = "push"
    PHONE = "phone"
    SMS = "sms"
    RECOVERY_CODE = "recovery_code"


@dataclass(frozen=True, slots=True)
class TypedCode:
    """6 or 8 ASCII digits: TOTP, later HOTP or SMS."""

    digits: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TypedWord:
    """``device`` is which of the user's devices (from 1), ``number`` the two digits of a number match."""

    word: FactorWord
    device: int | None = None
    number: str | None = field(default=None, repr=False)


_PUSH: Final = re.compile(r"push([1-9])? *([0-9]{2})?", re.ASCII)
_MESSAGE: Final = re.compile(r"(phone|sms)([1-9])?", re.ASCII)
_RECOVERY_CODE: Final = re.compile(r"[0-9a-hjkmnp-tv-z]+(-[0-9a-hjkmnp-tv-z]+)+", re.ASCII)  # Crockford's base 32
_RECOVERY_CODE_CHARACTERS: Final = 12


def read_typed_text(text: str) -> TypedCode | TypedWord | None:
    """None if the text is nothing that may be typed."""
    trimmed = text.strip(" ")
    if is_code(trimmed):
        return TypedCode(trimmed)
    if not trimmed.isascii():  # casefold would turn look-alikes such as the Kelvin sign into ASCII letters
        return None
    return _word(trimmed.lower())


def _word(text: str) -> TypedWord | None:
    if push := _PUSH.fullmatch(text):
        return TypedWord(FactorWord.PUSH, _device(push[1]), push[2])
    if message := _MESSAGE.fullmatch(text):
        return TypedWord(FactorWord(message[1]), _device(message[2]))
    if _RECOVERY_CODE.fullmatch(text) and _is_long_enough(text.replace("-", "")):
        return TypedWord(FactorWord.RECOVERY_CODE)
    return None


def _device(digit: str | None) -> int | None:
    return None if digit is None else int(digit)


def _is_long_enough(characters: str) -> bool:
    return len(characters) >= _RECOVERY_CODE_CHARACTERS and not characters.isdigit()
