"""What the API shows of subscribers, sessions, factors, devices and phones, as JSON. A seed appears in
``started_factor`` only, a whole phone number nowhere."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from mfa.contract import fields
from mfa.domain.factors import Throttle, TotpFactor
from mfa.domain.push_ledger import prompts_lately
from mfa.domain.throttle import GateState, gate_state, locked_until
from mfa.domain.user_names import AliasKind
from mfa.services.device_pairing import Pairing, PlacedDevice
from mfa.services.enrollment_factors import StartedFactor
from mfa.services.enrollment_sessions import OpenedSession
from mfa.services.enrollment_subscribers import IssuedCode, SubscriberDetails
from mfa.services.phone_enrollment import AddedPhone, PlacedPhone
from mfa.services.sms_readiness import Finding, Grade

_UNLOCKED: Final = "not locked"


def subscriber(details: SubscriberDetails) -> fields.JsonObject:
    who = details.subscriber
    return {
        "user_id": who.user_id,
        "username": who.aliases[0].name,
        "realm": who.aliases[0].realm,
        "names": [alias.name for alias in who.aliases if alias.kind is not AliasKind.GUID],
        "object_guid": details.factors.object_guid,
        "display_name": who.display_name,
        "state": details.factors.state.value,
        "created_at": who.created_at,
        "lock": _lock(details.factors.throttle, details.now),
        "factors": [factor(one) for one in details.factors.factors.values()],
        "devices": [device(one) for one in details.devices],
        "push": {
            "muted_at": details.ledger.muted_at,
            "prompts_lately": prompts_lately(details.ledger, details.now),
        },
    }


def _lock(throttle: Throttle, now: int) -> fields.JsonObject:
    state = gate_state(throttle, now)
    until = locked_until(throttle) if state is GateState.LOCKED else None
    return {
        "locked": state in {GateState.LOCKED, GateState.LOCKED_HARD},
        "locked_until": until,
        "failed_tries": throttle.tries,
        "text": _lock_text(state, until),
    }


def _lock_text(state: GateState, until: int | None) -> str:
    if state is GateState.LOCKED_HARD:
        return "locked until an administrator unlocks"
    if until is None:
        return _UNLOCKED
    return f"locked until {datetime.fromtimestamp(until, UTC):%Y-%m-%d %H:%M:%S} UTC"


def issued_code(issued: IssuedCode) -> fields.JsonObject:
    return {"code": issued.code, "expires_at": issued.expires_at}


def opened_session(opened: OpenedSession) -> fields.JsonObject:
    return {"token": opened.token, "expires_at": opened.expires_at, "display_name": opened.display_name}


def factor(one: TotpFactor) -> fields.JsonObject:
    return {
        "factor_id": one.factor_id,
        "type": "totp",
        "name": one.name,
        "state": one.state.value,
        "algorithm": one.parameters.algorithm,
        "digits": one.parameters.digits,
        "period": one.parameters.period,
        "created_at": one.created_at,
        "last_used_at": one.last_used_at,
    }


def device(placed: PlacedDevice) -> fields.JsonObject:
    one = placed.device
    return {
        "device_id": one.device_id,
        "name": one.name,
        "position": placed.position,
        "created_at": one.created_at,
        "last_used_at": one.last_used_at,
        "notifications": one.subscription is not None,
        "passkey": one.passkey is not None,
    }


def phone(placed: PlacedPhone) -> fields.JsonObject:
    one = placed.phone
    return {
        "phone_id": one.phone_id,
        "name": one.name,
        "number": placed.number,
        "region": one.region,
        "position": placed.position,
        "verified_at": one.verified_at,
    }


def added_phone(added: AddedPhone) -> fields.JsonObject:
    return {
        "phone_id": added.phone_id,
        "name": added.name,
        "number": added.number,
        "expires_at": added.expires_at,
    }


def sms_check(findings: Sequence[Finding]) -> fields.JsonObject:
    return {
        "ready": all(one.grade is not Grade.PROBLEM for one in findings),
        "findings": [
            {"check": one.check, "grade": one.grade.value, "text": one.text, "advice": one.advice} for one in findings
        ],
    }


def pairing(made: Pairing) -> fields.JsonObject:
    return {
        "device_id": made.placed.device.device_id,
        "name": made.placed.device.name,
        "position": made.placed.position,
        "vapid_public_key": fields.base64url(made.vapid_public_key),
        "user": {
            "username": made.subscriber.aliases[0].name,
            "display_name": made.subscriber.display_name,
        },
    }


def started_factor(started: StartedFactor) -> fields.JsonObject:
    return {
        "factor_id": started.factor_id,
        "otpauth_uri": started.provisioning.otpauth_uri,
        "key": started.provisioning.key,
        "qr_svg": started.provisioning.qr_svg,
    }
