"""The codes that people copy by hand: how they are spelled, and in which spellings they are read.

Crockford's base 32 leaves out I, L, O and U, so that a code can be read out on the telephone; who writes O, I or L
means 0 or 1. Groups of four stand between dashes.
"""

import re
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BITS: Final = 5  # of a character
_GROUP: Final = 4
_CANONICAL: Final = re.compile(f"[{ALPHABET}]+")
_READ_AS: Final = str.maketrans("OIL", "011", "- ")


def spelled(number: int, characters: int) -> str:
    """The lowest bits of ``number`` as so many characters in groups of four."""
    code = "".join(ALPHABET[number >> _BITS * place & 31] for place in range(characters - 1, -1, -1))
    return "-".join(code[start : start + _GROUP] for start in range(0, characters, _GROUP))


def canonical_code(typed: str) -> str | None:
    """The characters of a code in any spelling; None if it is none."""
    code = typed.upper().translate(_READ_AS)
    return code if typed.isascii() and _CANONICAL.fullmatch(code) else None  # "ı".upper() is an ASCII I
