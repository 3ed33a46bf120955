"""What ``logins`` and ``enrollment`` ask for without waiting: tell one person of one change.

``{"notice_id", "user_id", "event", "at", "subject", "is_by_administrator"}``. An error that leaves makes Lambda try
again, twice at most; the error says nothing, because nobody but the log needs to know.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from mfa.domain.notices import Notice

type Event = Mapping[str, Any]
type Lambda = Callable[[Event, Any], dict[str, object]]
type FaultReport = Callable[[BaseException], None]

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_EVENT: Final = re.compile(r"[a-z_]{1,64}")
_FIELDS: Final = frozenset({"notice_id", "user_id", "event", "at", "subject", "is_by_administrator"})


class Dispatch(Protocol):
    def send(self, notice: Notice) -> None: ...


class RefusedEventError(Exception):
    """Raised for an event that is none of ours. The text names the rule, never the value."""


class NotToldError(Exception):
    """Raised instead of any other error. What it was stands in the function's log."""


def create_app(dispatch: Dispatch, report_fault: FaultReport) -> Lambda:
    def lambda_handler(event: Event, _context: Any) -> dict[str, object]:  # noqa: ANN401 -- the runtime's own type
        notice = _read(event)
        try:
            dispatch.send(notice)
        except Exception as error:  # noqa: BLE001 -- its text could quote what no log may hold
            report_fault(error)
            raise NotToldError("the notice was not told; the function's log tells why") from None
        return {}

    return lambda_handler


def _read(event: object) -> Notice:
    """Raises RefusedEventError."""
    if not isinstance(event, Mapping) or event.keys() != _FIELDS:
        raise RefusedEventError(f"the event must be an object of {', '.join(sorted(_FIELDS))}")
    at, subject = event["at"], event["subject"]
    if not isinstance(at, int) or isinstance(at, bool) or at < 0:
        raise RefusedEventError("at must be Unix seconds")
    if not isinstance(subject, str) or (subject and not _ID.fullmatch(subject)):
        raise RefusedEventError("subject must be an id, or empty")
    return Notice(
        notice_id=_text(event, "notice_id", _ID),
        user_id=_text(event, "user_id", _ID),
        event=_text(event, "event", _EVENT),
        at=at,
        subject=subject,
        is_by_administrator=event["is_by_administrator"] is True,
    )


def _text(event: Event, name: str, form: re.Pattern[str]) -> str:
    value = event[name]
    if not isinstance(value, str) or not form.fullmatch(value):
        raise RefusedEventError(f"{name} does not have its form")
    return value
