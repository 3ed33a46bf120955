"""A notice: that something about a person's ways of signing in has changed, told to that person (THREATS C12, G12)."""

from dataclasses import dataclass
from typing import Final

NOTICE_ID_OCTETS: Final = 12
KEPT_SECONDS: Final = 90 * 86_400
MOST_LISTED: Final = 50
MAIL: Final = "mail"  # as a subject: the address itself has changed, so it is not told there


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """``event`` is the word of the audit trail. ``subject`` is the id of the device, phone or factor that has changed,
    empty where there is none: whoever holds that one is not the one to tell. ``at`` in Unix seconds."""

    notice_id: str
    user_id: str
    event: str
    at: int
    subject: str = ""
    is_by_administrator: bool = False
