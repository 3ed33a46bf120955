"""What may be typed into the factor field, read as a whole or not at all.

The text is trimmed of ASCII spaces and compared without case. Digits only are always a code. Whatever does not
fit this grammar is nothing: it is never tried against anything.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from mfa.domain.one_time_codes import canonical_code
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
    """``device`` is which of the user's devices (from 1), ``number`` the two digits of a number match, ``code`` a
    recovery or bypass code without its dashes."""

    word: FactorWord
    device: int | None = None
    number: str | None = field(default=None, repr=False)
    code: str | None = field(default=None, repr=False)


_PUSH: Final = re.compile(r"push([1-9])? *([0-9]{2})?", re.ASCII)
_MESSAGE: Final = re.compile(r"(phone|sms)([1-9])?", re.ASCII)
# Crockford's base 32, with dashes anywhere; where somebody reads an O, I or L into it, only as it is printed: a
# password of small words must not be taken for a code.
_RECOVERY_CODE: Final = re.compile(
    r"[0-9a-hjkmnp-tv-z]+(-[0-9a-hjkmnp-tv-z]+)+|([0-9a-tv-z]{4}-){2}[0-9a-tv-z]{4}", re.ASCII
)
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
    return _recovery_code(text)


def _device(digit: str | None) -> int | None:
    return None if digit is None else int(digit)


def _recovery_code(text: str) -> TypedWord | None:
    code = canonical_code(text) if _RECOVERY_CODE.fullmatch(text) else None
    if code is None or len(code) < _RECOVERY_CODE_CHARACTERS or text.replace("-", "").isdigit():
        return None
    return TypedWord(FactorWord.RECOVERY_CODE, code=code)
