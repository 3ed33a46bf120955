"""What of an enrolment can be seen to be wrong before its code is redeemed: a code is good for one session.

The server checks all of it again, and more; these are its own rules and words, as far as they need no server.
"""

import re
import unicodedata
from collections.abc import Collection, Sequence
from typing import Final

from gatehouse.errors import CommandError
from mfa.domain.tokens import canonical_serial
from mfa.errors import InvalidInputError

FACTOR_NAME_OCTETS: Final = 64
PHONE_NAME_OCTETS: Final = 32
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_NUMBER: Final = re.compile(r"\+[0-9 ()./-]{1,31}", re.ASCII)
# ITU-T E.164 ends at 15; the shortest numbers in use have seven with their country.
_NUMBER_DIGITS: Final = range(7, 16)
_CODE_DIGITS: Final = frozenset({6, 8})


def is_code(text: str, digits: Collection[int] = _CODE_DIGITS) -> bool:
    return text.isascii() and text.isdigit() and len(text) in digits


def check_code(text: str, digits: int) -> None:
    if not is_code(text, {digits}):
        raise CommandError("not-a-code", f"code must be {digits} digits, as the authenticator shows them")


def check_token_codes(codes: Sequence[str]) -> None:
    if not 1 <= len(codes) <= 2 or not all(is_code(code) for code in codes):
        text = "give one code of 6 or 8 digits, as the token shows it, or two in a row"
        raise CommandError("not-a-code", text)


def check_choice(option: str, value: int | None, allowed: Sequence[int]) -> None:
    if value is not None and value not in allowed:
        raise CommandError("usage", f"{option} must be {' or '.join(map(str, allowed))}")


def check_name(name: str | None, most_octets: int) -> None:
    if name is None:
        return
    label = name.strip(" ")
    if not 1 <= len(label.encode()) <= most_octets:
        raise CommandError("label-refused", f"name must have 1 to {most_octets} octets that are not blank")
    if any(unicodedata.category(character) in _UNSEEN for character in label):
        raise CommandError("label-refused", "name must not hold control or invisible characters")


def check_number(number: str) -> None:
    """Only its shape. Whether there is such a number, and whether it gets codes, the server knows."""
    written = number.strip(" ")
    if not _NUMBER.fullmatch(written) or sum(map(str.isdigit, written)) not in _NUMBER_DIGITS:
        text = "number must be a phone number in international form, such as +49 151 23456789"
        raise CommandError("not-a-number", text)


def check_serial(serial: str) -> None:
    try:
        canonical_serial(serial)
    except InvalidInputError as error:
        raise CommandError(error.code, str(error)) from None
