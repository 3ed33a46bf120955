"""Ends in a configuration document: whatever weakens a protection has one, not far ahead."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Final

from mfa.domain.document_reading import Section

MAX_DAYS_AHEAD: Final = 90

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT: Final = re.compile(_DATE.pattern + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_UNTIL: Final = "a date such as 2026-01-31 (until its end in UTC), or a moment such as 2026-01-31T12:00:00Z"
_LAST_SECOND: Final = time(23, 59, 59)


def read_until(section: Section, now: float, what: str) -> int | None:
    """``what`` ends then: ``waiver``, ``exemption``."""
    text = section.text("until", rule=_UNTIL)
    if text is None:
        return None
    moment = moment_of(text)
    if moment is None:
        section.note("until", f"until must be {_UNTIL}")
        return None
    today = datetime.fromtimestamp(now, UTC)
    last = datetime.combine(today.date() + timedelta(days=MAX_DAYS_AHEAD), _LAST_SECOND, UTC)
    if moment <= today:
        section.note("until", f"this {what} has ended: remove it, or give it a new end")
    elif moment > last:
        section.note("until", f"{what}s may last {MAX_DAYS_AHEAD} days at most: until {last.date()} or earlier")
    return int(moment.timestamp())


def moment_of(text: str) -> datetime | None:
    try:
        if _DATE.fullmatch(text):
            return datetime.combine(datetime.fromisoformat(text).date(), _LAST_SECOND, UTC)
        return datetime.fromisoformat(text) if _MOMENT.fullmatch(text) else None
    except ValueError:  # there is no 31 February
        return None


def until_text(until: int) -> str:
    """The way back: a date where it is the end of one."""
    moment = datetime.fromtimestamp(until, UTC)
    return f"{moment:%Y-%m-%d}" if moment.time() == _LAST_SECOND else f"{moment:%Y-%m-%dT%H:%M:%SZ}"
