"""What the state machine push_approval asks for: ``{"step": "send", "login_id", "task_token"}`` rings the device,
``{"step": "expire", "login_id"}`` notes that nobody answered. Without a token, ``send`` is asked for by a login itself.

Its answer says nothing, and an error that leaves it neither: both are kept in the history of the execution.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

type Event = Mapping[str, Any]
type Lambda = Callable[[Event, Any], dict[str, object]]
type FaultReport = Callable[[BaseException], None]

_LOGIN_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MAX_TOKEN_CHARACTERS: Final = 2048  # as Step Functions documents it
_FIELDS: Final = {"send": frozenset({"step", "login_id", "task_token"}), "expire": frozenset({"step", "login_id"})}


class Dispatch(Protocol):
    def send(self, login_id: str, task_token: str | None) -> None: ...

    def expire(self, login_id: str) -> None: ...


class RefusedEventError(Exception):
    """Raised for an event that is none of ours. The text names the rule, never the value."""


class StepFailedError(Exception):
    """Raised instead of any other error. What it was stands in the function's log."""


def create_app(dispatch: Dispatch, report_fault: FaultReport) -> Lambda:
    def lambda_handler(event: Event, _context: Any) -> dict[str, object]:  # noqa: ANN401 -- the runtime's own type
        step, login_id, task_token = _read(event)
        try:
            if step == "send":
                dispatch.send(login_id, task_token)
            else:
                dispatch.expire(login_id)
        except Exception as error:  # noqa: BLE001 -- its text could quote what must not stand in a history
            report_fault(error)
            raise StepFailedError(f"{step} failed; the function's log tells why") from None
        return {}

    return lambda_handler


def _read(event: object) -> tuple[str, str, str | None]:
    """Step, login id and task token. Raises RefusedEventError."""
    if not isinstance(event, Mapping) or (fields := _FIELDS.get(str(event.get("step")))) is None:
        raise RefusedEventError("the event must be an object whose step is send or expire")
    if not event.keys() <= fields:
        raise RefusedEventError("the event has a field that this step does not know")
    return event["step"], _login_id(event), _task_token(event)


def _login_id(event: Event) -> str:
    value = event.get("login_id")
    if not isinstance(value, str) or not _LOGIN_ID.fullmatch(value):
        raise RefusedEventError("login_id must be base64url of 1 to 64 characters")
    return value


def _task_token(event: Event) -> str | None:
    value = event.get("task_token")
    if value is None:
        return None
    if not isinstance(value, str) or not 1 <= len(value) <= _MAX_TOKEN_CHARACTERS:
        raise RefusedEventError(f"task_token must have 1 to {_MAX_TOKEN_CHARACTERS} characters")
    return value
