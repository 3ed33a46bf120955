"""Waivers in a configuration document: a dangerous switch needs an owner, a reason and an end."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Final

from mfa.domain.configuration import ClientMode, DangerousSwitch, Waiver
from mfa.domain.document_reading import Section

MAX_WAIVER_DAYS: Final = 90
WAIVER_FIELDS: Final = ("owner", "reason", "until", "statement")
SWITCHES: Final = tuple(switch.value for switch in DangerousSwitch)
MODES_WITH_FAIL_OPEN: Final = (ClientMode.SECOND_FACTOR.value,)

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT: Final = re.compile(_DATE.pattern + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_UNTIL: Final = "a date such as 2026-01-31 (until its end in UTC), or a moment such as 2026-01-31T12:00:00Z"
_LAST_SECOND: Final = time(23, 59, 59)


def read_waivers(client: Section, mode: object, now: float) -> tuple[Waiver, ...]:
    if "waivers" not in client:
        return ()
    section = Section(client.raw("waivers"), (*client.path, "waivers"), client.mistakes, SWITCHES)
    known = [DangerousSwitch(name) for name in section.names() if name in SWITCHES]
    more = bool(client.raw("reply_attributes"))
    read = [_waiver(section, switch, mode, now, with_reply_attributes=more) for switch in known]
    return tuple(waiver for waiver in read if waiver is not None)


def _waiver(
    waivers: Section, switch: DangerousSwitch, mode: object, now: float, *, with_reply_attributes: bool
) -> Waiver | None:
    section = Section(waivers.raw(switch), (*waivers.path, switch.value), waivers.mistakes, WAIVER_FIELDS)
    owner = section.text("owner", rule="who answers for it")
    reason = section.text("reason", rule="why it is needed")
    until = _until(section, now)
    statement = _statement(section, switch, mode, with_reply_attributes=with_reply_attributes)
    if owner is None or reason is None or until is None:
        return None
    return Waiver(switch=switch, owner=owner, reason=reason, until=until, statement=statement)


def _statement(section: Section, switch: DangerousSwitch, mode: object, *, with_reply_attributes: bool) -> str | None:
    if switch is not DangerousSwitch.ACCEPT_WHILE_BACKEND_UNREACHABLE:
        if "statement" in section:
            section.note("statement", "only accept_without_second_factor_while_backend_unreachable has a statement")
        return None
    if mode not in MODES_WITH_FAIL_OPEN:
        section.mistakes.add(section.path, "this is for clients of mode second_factor only: remove the waiver")
    elif with_reply_attributes:  # an edge that cannot ask anybody does not know them
        section.mistakes.add(
            section.path,
            "such an Accept would come without the client's reply_attributes: remove the waiver or the attributes",
        )
    return section.text("statement", rule="a sentence that says that the client itself checks passwords")


def _until(section: Section, now: float) -> int | None:
    text = section.text("until", rule=_UNTIL)
    if text is None:
        return None
    moment = moment_of(text)
    if moment is None:
        section.note("until", f"until must be {_UNTIL}")
        return None
    today = datetime.fromtimestamp(now, UTC)
    last = datetime.combine(today.date() + timedelta(days=MAX_WAIVER_DAYS), _LAST_SECOND, UTC)
    if moment <= today:
        section.note("until", "this waiver has ended: remove it, or give it a new end")
    elif moment > last:
        section.note("until", f"a waiver may last {MAX_WAIVER_DAYS} days at most: until {last.date()} or earlier")
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
