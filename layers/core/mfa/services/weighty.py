"""Which records are events that others act on, and what these say. docs/guides/watching.md is their schema."""

from collections.abc import Mapping
from typing import Any, Final

from mfa.domain.canary import is_canary
from mfa.domain.receipts import RecordKind
from mfa.receipt_ports import WeightyEvent
from mfa.services.enrollment_events import SubscriberEvent

SCHEMA: Final = 1
LOCKED_OUT: Final = "User locked out"
PROMPT_REPORTED: Final = "Prompt reported"
FACTORS_CHANGED: Final = "Factors changed"
CONFIGURATION_CHANGED: Final = "Configuration changed"
ALARM: Final = "Alarm"
KINDS: Final = (LOCKED_OUT, PROMPT_REPORTED, FACTORS_CHANGED, CONFIGURATION_CHANGED, ALARM)

# Changes of what a user can log in with, and of who may: what an attacker would do, and what a SIEM wants to see.
_OF_FACTORS: Final = frozenset(
    {
        SubscriberEvent.CREATED,
        SubscriberEvent.REMOVED,
        SubscriberEvent.RENAMED,
        SubscriberEvent.ENABLED,
        SubscriberEvent.DISABLED,
        SubscriberEvent.UNLOCKED,
        SubscriberEvent.CODE_ISSUED,
        SubscriberEvent.CODE_REDEEMED,
        SubscriberEvent.FACTOR_ACTIVATED,
        SubscriberEvent.FACTOR_REMOVED,
        SubscriberEvent.TOKEN_ASSIGNED,
        SubscriberEvent.TOKEN_TAKEN_BACK,
        SubscriberEvent.TOKEN_CLAIMED,
        SubscriberEvent.RECOVERY_CODES_MADE,
        SubscriberEvent.RECOVERY_CODE_USED,
        SubscriberEvent.BYPASS_CODE_MADE,
        SubscriberEvent.BYPASS_CODE_USED,
        SubscriberEvent.BYPASS_CODE_REVOKED,
        SubscriberEvent.DEVICE_PAIRED,
        SubscriberEvent.DEVICE_REMOVED,
        SubscriberEvent.DEVICE_PASSKEY_ADDED,
        SubscriberEvent.PHONE_CONFIRMED,
        SubscriberEvent.PHONE_CHANGED,
        SubscriberEvent.PHONE_REMOVED,
        SubscriberEvent.PUSH_UNMUTED,
        SubscriberEvent.EMAIL_CHANGED,  # where the user is told of all others
    }
)
_REPORTS: Final = frozenset({SubscriberEvent.PUSH_REPORTED, SubscriberEvent.CALL_REPORTED})
_LEARNED: Final = frozenset({"client_profile_changed", "client_observation_failed"})  # nobody has changed anything
_LOGIN: Final = ("login_id", "client", "source_ip", "username", "user_id", "reason")
_CHANGE: Final = ("event", "user_id", "actor", "details")
_CONFIGURATION: Final = ("event", "subject", "actor", "details")
_ALARM: Final = ("event", "detail")


def weighty(kind: RecordKind, at_ms: int, fields: Mapping[str, Any]) -> WeightyEvent | None:
    """None for what is no event. The canary's logins are none, whatever happens to them."""
    match kind:
        case RecordKind.LOGIN if _locks_a_user(fields):
            return _event(LOCKED_OUT, at_ms, fields, _LOGIN)
        case RecordKind.CHANGE if fields.get("event") in _REPORTS:
            return _event(PROMPT_REPORTED, at_ms, fields, _CHANGE)
        case RecordKind.CHANGE if fields.get("event") in _OF_FACTORS:
            return _event(FACTORS_CHANGED, at_ms, fields, _CHANGE)
        case RecordKind.CONFIGURATION if fields.get("event") not in _LEARNED:
            return _event(CONFIGURATION_CHANGED, at_ms, fields, _CONFIGURATION)
        case RecordKind.ALARM:
            return _event(ALARM, at_ms, fields, _ALARM)
        case _:
            return None


def _locks_a_user(fields: Mapping[str, Any]) -> bool:
    return fields.get("locks") is True and not is_canary(fields.get("client"), fields.get("username"))


def _event(kind: str, at_ms: int, fields: Mapping[str, Any], names: tuple[str, ...]) -> WeightyEvent:
    """``record`` is the same if an event is sent twice."""
    told = {name: fields.get(name) for name in names}
    record = f"{fields.get('emitter', fields.get('service', ''))}#{fields.get('number', at_ms)}"
    return WeightyEvent(kind=kind, at_ms=at_ms, detail={"schema": SCHEMA, "record": record, "at_ms": at_ms, **told})
