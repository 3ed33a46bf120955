"""An Access-Challenge (RFC 2865 section 5.24): what its State stands for, and how long."""

from dataclasses import dataclass
from typing import Final

CHALLENGE_SECONDS: Final = 120  # time to find the phone; a State is worth nothing afterwards


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """``challenge_id`` is the login id (base64url) of the packet that gave the right password. The answer must come for
    the same user, client and source address. ``expires_at`` in Unix seconds."""

    challenge_id: str
    client: str
    user_id: str
    source_ip: str
    expires_at: int
