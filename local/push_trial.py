"""One push login for the demonstration: a phone that is really rung, by the fake push service, approves it."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from gatehouse.device_api import DeviceApi
from gatehouse.errors import CommandError
from gatehouse.pairing import paired_for_now
from gatehouse.radius_client import Reply
from local.demo_world import PATIENT_CLIENT, TRIAL_USER
from local.errors import LocalError
from local.login import log_in, transcript
from local.progress import say
from local.push_service import PushService
from local.up import Gatehouse, admin_target
from mfa.contract.fields import octets_of
from mfa.domain.push_devices import PUBLIC_KEY_OCTETS

NUMBER: Final = "47"
RING_SECONDS: Final = 20.0  # the functions may be cold


def log_in_by_push(gatehouse: Gatehouse) -> Reply:
    """Print how it went. Raises LocalError with the reason if the phone was not rung, or could not approve."""
    try:
        with paired_for_now(admin_target(gatehouse), TRIAL_USER.username, None, "Trial phone") as device:
            reply = _log_in(gatehouse, device)
    except CommandError as error:
        raise LocalError(f"push does not work: {error}; see {gatehouse.folder.path}/log") from None
    say(transcript(gatehouse.edges[0], TRIAL_USER, f"push {NUMBER}, approved on a phone", reply, PATIENT_CLIENT))
    return reply


def _log_in(gatehouse: Gatehouse, device: DeviceApi) -> Reply:
    subscription = _ringing(gatehouse.push_service, device)
    with ThreadPoolExecutor(1) as hand:
        approving = hand.submit(_approve, gatehouse.push_service, device, str(subscription["id"]))
        reply = log_in(gatehouse.edges[0], TRIAL_USER, f"push {NUMBER}", PATIENT_CLIENT)
        approving.result()
    return reply


def _ringing(push_service: PushService, device: DeviceApi) -> Mapping[str, Any]:
    """As a browser does it: the subscription is for this deployment's messages alone."""
    key = device.show()["vapid_public_key"]
    lowest = highest = PUBLIC_KEY_OCTETS
    subscription = push_service.subscribe(octets_of(key, "vapid_public_key", lowest=lowest, highest=highest))
    device.subscribe(subscription)
    return subscription


def _approve(push_service: PushService, device: DeviceApi, subscription_id: str) -> None:
    """What a message says is an id and nothing else; the phone asks what it is about."""
    came = push_service.wait(subscription_id, seconds=RING_SECONDS)
    if not came:
        raise CommandError("no-prompt", f"the phone was not rung within {RING_SECONDS:.0f} s")
    prompt = device.prompt(json.loads(came[0].payload)["id"])
    device.decide(prompt, "approve", NUMBER)
