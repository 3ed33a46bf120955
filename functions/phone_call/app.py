"""What the contact flow of a phone call asks: ``{"step": "begin"}`` what to say, ``{"step": "decide", "keys"}`` what
comes of the keys that were pressed. Both are about the contact that the flow runs in, which Connect itself writes into
the event.

Only contacts of one Connect instance are answered, and only calls that were placed through its API. Answers are flat
objects of texts, as Connect wants them. An error's text says nothing: a flow could read it out, or log it.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from mfa.domain.phone_calls import CallPurpose, PressedKeys
from mfa.services.call_decisions import CallKind, CallOutcome, Contact

type Event = Mapping[str, Any]
type Lambda = Callable[[Event, Any], dict[str, str]]
type FaultReport = Callable[[BaseException], None]

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MAX_CONTACT_CHARACTERS: Final = 256  # as Connect documents it
_STEPS: Final[Mapping[str, frozenset[str]]] = {"begin": frozenset({"step"}), "decide": frozenset({"step", "keys"})}


class Decisions(Protocol):
    def begin(self, contact: Contact) -> tuple[CallKind, str]: ...

    def decide(self, contact: Contact, keys: PressedKeys) -> CallOutcome: ...


class RefusedEventError(Exception):
    """Raised for an event that is none of ours. The text names the rule, never the value."""


class StepFailedError(Exception):
    """Raised instead of any other error. What it was stands in the function's log."""


def create_app(decisions: Decisions, instance: str | None, report_fault: FaultReport) -> Lambda:
    """``instance`` is the ARN of the Connect instance whose calls are ours."""

    def lambda_handler(event: Event, _context: Any) -> dict[str, str]:  # noqa: ANN401 -- the runtime's own type
        contact, keys = _read(event, instance)
        try:
            if keys is not None:
                return {"result": decisions.decide(contact, keys).value}
            kind, code = decisions.begin(contact)
        except Exception as error:  # noqa: BLE001 -- its text could quote what must not be read out
            report_fault(error)
            raise StepFailedError("the step failed; the function's log tells why") from None
        return {"kind": kind.value, "code": code}

    return lambda_handler


def _read(event: object, instance: str | None) -> tuple[Contact, PressedKeys | None]:
    """Raises RefusedEventError."""
    details = _part(event, "Details")
    called, asked = _part(details, "ContactData"), _part(details, "Parameters")
    if not instance or called.get("InstanceARN") != instance:
        raise RefusedEventError("the call must be one of this deployment's Connect instance")
    if (called.get("Channel"), called.get("InitiationMethod")) != ("VOICE", "API"):
        raise RefusedEventError("the contact must be a call that was placed through the API")
    return _contact(called), _keys(asked)


def _part(whole: object, name: str) -> Mapping[str, Any]:
    part = whole.get(name) if isinstance(whole, Mapping) else None
    if not isinstance(part, Mapping):
        raise RefusedEventError(f"the event must have an object {name}")
    return part


def _contact(called: Mapping[str, Any]) -> Contact:
    attributes, contact_id = _part(called, "Attributes"), called.get("ContactId")
    if not isinstance(contact_id, str) or not 1 <= len(contact_id) <= _MAX_CONTACT_CHARACTERS:
        raise RefusedEventError(f"ContactId must have 1 to {_MAX_CONTACT_CHARACTERS} characters")
    call_id = attributes.get("call")
    if not isinstance(call_id, str) or not _ID.fullmatch(call_id):
        raise RefusedEventError("the attribute call must be base64url of 1 to 64 characters")
    try:
        purpose = CallPurpose(str(attributes.get("purpose")))
    except ValueError:
        raise RefusedEventError("the attribute purpose must be login or number") from None
    return Contact(contact_id=contact_id, call_id=call_id, purpose=purpose)


def _keys(asked: Mapping[str, Any]) -> PressedKeys | None:
    """None for the beginning of a call."""
    fields = _STEPS.get(str(asked.get("step")))
    if fields is None or asked.keys() != fields:
        raise RefusedEventError("Parameters must be the step begin, or the step decide with keys")
    if "keys" not in fields:
        return None
    try:
        return PressedKeys(asked["keys"])
    except ValueError:
        raise RefusedEventError("keys must be # or 0#") from None
