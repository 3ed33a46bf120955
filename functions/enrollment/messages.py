"""What the API shows of subscribers, sessions, factors, devices and phones, as JSON. A seed appears in
``started_factor`` only, a recovery code in ``made_codes``, a whole phone number nowhere."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from mfa.contract import fields
from mfa.domain.factors import CodeFactor, CodeParameters, HotpParameters, Throttle
from mfa.domain.notices import Notice
from mfa.domain.push_ledger import prompts_lately
from mfa.domain.recovery import BypassCode, RecoveryCodes
from mfa.domain.sessions import SessionKind
from mfa.domain.subscribers import Subscriber
from mfa.domain.throttle import GateState, gate_state, locked_until
from mfa.domain.user_names import AliasKind
from mfa.services.device_pairing import Pairing, PlacedDevice
from mfa.services.enrollment_factors import StartedFactor
from mfa.services.enrollment_sessions import Claimant, OpenedSession
from mfa.services.enrollment_subscribers import IssuedCode, SubscriberDetails
from mfa.services.invitations import SentInvitation
from mfa.services.notice_words import NOTICE_WORDS
from mfa.services.phone_enrollment import AddedPhone, PlacedPhone
from mfa.services.recovery_codes import MadeCodes
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
        "email": who.email,
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


def planned_subscriber(who: Subscriber) -> fields.JsonObject:
    return {
        "username": who.aliases[0].name,
        "realm": who.aliases[0].realm,
        "names": [alias.name for alias in who.aliases],
        "display_name": who.display_name,
        "email": who.email,
    }


def notice(one: Notice) -> fields.JsonObject:
    return {
        "notice_id": one.notice_id,
        "event": one.event,
        "text": NOTICE_WORDS.get(one.event, one.event),
        "at": one.at,
        "subject": one.subject or None,
        "by_administrator": one.is_by_administrator,
    }


def invitation(sent: SentInvitation, *, with_link: bool) -> fields.JsonObject:
    """``with_link``: the administrator wants to see the code, too."""
    told: fields.JsonObject = {
        "by": sent.by.value,
        "to": sent.to,
        "sent_at": sent.sent_at,
        "expires_at": sent.expires_at,
    }
    return {**told, "link": sent.link} if with_link else told


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
    """Without the token: where it goes the route decides."""
    return {"expires_at": opened.expires_at, "display_name": opened.display_name}


def signed_in(opened: OpenedSession) -> fields.JsonObject:
    """Without the token: where it goes the route decides."""
    return {
        "kind": opened.kind.value,
        "display_name": opened.display_name,
        "expires_at": opened.expires_at,
        "ends_at": opened.ends_at,
        "changes_until": opened.fresh_until or None,
        "binding": opened.binding,
    }


def session(claimant: Claimant, subscriber: Subscriber, binding: str) -> fields.JsonObject:
    one = claimant.session
    changes_until = one.expires_at if one.kind is SessionKind.CODE else one.fresh_until or None
    return {
        "kind": one.kind.value,
        "username": subscriber.aliases[0].name,
        "display_name": subscriber.display_name,
        "expires_at": one.expires_at,
        "ends_at": one.expires_at if one.ends_at is None else one.ends_at,
        "changes_until": changes_until,
        "binding": binding,
    }


def recovery_codes(held: RecoveryCodes) -> fields.JsonObject:
    return {"left": len(held.unused), "made_at": held.made_at or None}


def made_codes(made: MadeCodes) -> fields.JsonObject:
    return {"codes": list(made.codes), "made_at": made.made_at}


def bypass_code(one: BypassCode) -> fields.JsonObject:
    return {
        "bypass_id": one.bypass_id,
        "uses": one.uses,
        "left": one.left,
        "expires_at": one.expires_at,
        "reason": one.reason,
        "created_at": one.created_at,
        "created_by": one.created_by,
    }


def factor(one: CodeFactor) -> fields.JsonObject:
    return {
        "factor_id": one.factor_id,
        **parameters(one.parameters),
        "name": one.name,
        "state": one.state.value,
        "serial": one.serial,
        "created_at": one.created_at,
        "last_used_at": one.last_used_at,
    }


def parameters(one: CodeParameters) -> fields.JsonObject:
    """``period`` is null for HOTP, which knows no time."""
    return {
        "type": "hotp" if isinstance(one, HotpParameters) else "totp",
        "algorithm": one.algorithm,
        "digits": one.digits,
        "period": None if isinstance(one, HotpParameters) else one.period,
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
        "by": sorted(one.ways),
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
        "qr_rows": list(started.provisioning.qr_rows),
    }
