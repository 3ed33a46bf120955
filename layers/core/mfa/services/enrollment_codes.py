"""Enrolment codes and session tokens: how they are spelled, how long they live, and the digests that are stored.

An enrolment code is 80 random bits as 16 characters of Crockford's base32, which leaves out I, L, O and U, so
that it can be read out on the telephone. 80 bits need no try counter: a million guesses a second against a
thousand open codes find one in about 38 million years.
"""

import re
from typing import Final

from mfa.contract import fields
from mfa.ports import Random, Vault
from mfa.services.enrollment_errors import EnrollmentCodeRefusedError, SessionRefusedError

CODE_OCTETS: Final = 10
DEFAULT_VALID_MINUTES: Final = 24 * 60
MAX_VALID_MINUTES: Final = 7 * 24 * 60
SESSION_TOKEN_OCTETS: Final = 32
SESSION_SECONDS: Final = 15 * 60  # long enough to install an app, too short to be found in a browser's history

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE: Final = re.compile(f"[{_ALPHABET}]{{16}}")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_READ_AS: Final = str.maketrans("OIL", "011", "- ")  # what people write for 0 and 1; separators mean nothing


def new_code(random: Random) -> str:
    """Sixteen characters in groups of four."""
    number = int.from_bytes(random.octets(CODE_OCTETS))
    characters = "".join(_ALPHABET[number >> shift & 31] for shift in range(75, -1, -5))
    return "-".join(characters[start : start + 4] for start in range(0, 16, 4))


def code_digest(vault: Vault, typed: str) -> bytes:
    """The digest of a code in any spelling of its characters; raises EnrollmentCodeRefusedError if it is none."""
    code = typed.upper().translate(_READ_AS)
    if not typed.isascii() or not _CODE.fullmatch(code):  # "ı".upper() is an ASCII I
        raise EnrollmentCodeRefusedError
    return vault.digest("enrollment-code", code.encode("ascii"))


def new_token(random: Random) -> str:
    return fields.base64url(random.octets(SESSION_TOKEN_OCTETS))


def token_digest(vault: Vault, token: str) -> bytes:
    if not _TOKEN.fullmatch(token):
        raise SessionRefusedError
    return vault.digest("session", token.encode("ascii"))
