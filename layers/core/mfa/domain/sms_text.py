"""The words of a message. Plain ASCII and at most 160 characters: longer, or with other letters, it is paid twice."""

import unicodedata
from collections.abc import Sequence
from typing import Final

MAX_CHARACTERS: Final = 160
_LONGEST_NAME: Final = 32


def login_text(codes: Sequence[str], *, issuer: str, client: str) -> str:
    if len(codes) == 1:
        return _text(codes[0], issuer, f"for {_plain(client)}. Type it at your next try; never tell it to anybody.")
    return f"{' '.join(codes)} are your {_plain(issuer)} codes for {_plain(client)}. One login each; never tell them."


def confirmation_text(code: str, *, issuer: str) -> str:
    return _text(code, issuer, "to add this phone. Never tell it to anybody.")


def invitation_text(link: str, *, issuer: str) -> str:
    return f"{_plain(issuer)}: set up how you sign in, on this phone: {link} It works once, for you alone."


def notice_text(words: str, *, issuer: str) -> str:
    return f"{_plain(issuer)}: {words}. Not you? Tell your administrator at once."


def _text(code: str, issuer: str, rest: str) -> str:
    return f"{code} is your {_plain(issuer)} code {rest}"


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in letters if letter.isascii() and letter.isprintable())[:_LONGEST_NAME]
