"""Enrolment codes and session tokens: how they are spelled, how long they live, and the digests that are stored.

An enrolment code is 80 random bits as 16 characters of Crockford's base32, which leaves out I, L, O and U, so
that it can be read out on the telephone. 80 bits need no try counter: a million guesses a second against a
thousand open codes find one in about 38 million years.
"""

import re
from typing import Final

from mfa.contract import fields
from mfa.domain.one_time_codes import canonical_code, spelled
from mfa.ports import Random, Vault
from mfa.services.enrollment_errors import EnrollmentCodeRefusedError, SessionRefusedError

CODE_OCTETS: Final = 10
DEFAULT_VALID_MINUTES: Final = 24 * 60
MAX_VALID_MINUTES: Final = 7 * 24 * 60
SESSION_TOKEN_OCTETS: Final = 32
SESSION_SECONDS: Final = 15 * 60  # long enough to install an app, too short to be found in a browser's history

_CODE_CHARACTERS: Final = 16
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def new_code(random: Random) -> str:
    """Sixteen characters in groups of four."""
    return spelled(int.from_bytes(random.octets(CODE_OCTETS)), _CODE_CHARACTERS)


def code_digest(vault: Vault, typed: str) -> bytes:
    """The digest of a code in any spelling of its characters; raises EnrollmentCodeRefusedError if it is none."""
    code = canonical_code(typed)
    if code is None or len(code) != _CODE_CHARACTERS:
        raise EnrollmentCodeRefusedError
    return vault.digest("enrollment-code", code.encode("ascii"))


def new_token(random: Random) -> str:
    return fields.base64url(random.octets(SESSION_TOKEN_OCTETS))


def token_digest(vault: Vault, token: str) -> bytes:
    if not _TOKEN.fullmatch(token):
        raise SessionRefusedError
    return vault.digest("session", token.encode("ascii"))
