"""What the API shows of devices and prompts, as JSON. The number of a prompt and the task token never appear.

What a person sees is in Unix seconds; what a device's clock is compared with (``now``, ``expires_at``) in milliseconds.
"""

from collections.abc import Sequence
from typing import Any, Final

from mfa.contract import fields
from mfa.domain.push_devices import Passkey
from mfa.push_ports import PushDelivery, StoredDecision
from mfa.services.device_upkeep import DeviceDetails
from mfa.services.push_decisions import ShownPrompt

_USER_VERIFICATION: Final = "required"


def device(details: DeviceDetails) -> fields.JsonObject:
    one = details.paired.device
    return {
        "device_id": one.device_id,
        "name": one.name,
        "position": details.paired.position,
        "user": {
            "username": details.subscriber.aliases[0].name,
            "display_name": details.subscriber.display_name,
        },
        "paired_at": one.created_at,
        "last_used_at": one.last_used_at,
        "notifications": one.subscription is not None,
        "passkey": one.passkey is not None,
        "muted_at": details.muted_at,
        "vapid_public_key": fields.base64url(details.vapid_public_key),
        "now": milliseconds(details.now),
    }


def prompts(shown: Sequence[ShownPrompt], now: float) -> fields.JsonObject:
    return {"prompts": [_prompt(one) for one in shown], "now": milliseconds(now)}


def prompt(shown: ShownPrompt) -> fields.JsonObject:
    return {**_prompt(shown), "state": shown.state.value}


def _prompt(shown: ShownPrompt) -> dict[str, Any]:
    login, asked = shown.transaction, shown.prompt
    return {
        "id": login.login_id,
        "nonce": asked.nonce,
        "user": login.username,
        "client": login.client,
        "address": asked.address,
        "time": int(login.created_at),
        "expires_at": milliseconds(login.expires_at),
        "number": asked.needs_number,
        "passkey": asked.needs_passkey,
    }


def decision(stored: StoredDecision) -> fields.JsonObject:
    return {"state": stored.state.value, "reason": stored.reason.value if stored.reason else None}


def passkey(one: Passkey, relying_party_id: str) -> fields.JsonObject:
    return {
        "rp_id": relying_party_id,
        "credential_id": fields.base64url(one.credential_id),
        "user_verification": _USER_VERIFICATION,
    }


def delivery(told: PushDelivery) -> fields.JsonObject:
    return {"taken": told.was_taken, "detail": told.detail}


def milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
