"""The octets that a device signs. Both sides build them; what was signed is never taken from a request.

Each is a JSON array of strings and whole numbers in UTF-8 without spaces, as ``JSON.stringify`` writes it, and begins
with what it is for: a signature made for one purpose is worth nothing for another.
"""

import hashlib
import json
from enum import StrEnum

from mfa.contract.fields import base64url
from mfa.domain.login_transactions import LoginTransaction
from mfa.domain.push import PushPrompt


class DeviceDecision(StrEnum):
    APPROVE = "approve"
    DENY = "deny"
    REPORT = "report"  # "this was not me": denies, and mutes push until somebody lifts it


def decision_octets(
    transaction: LoginTransaction, prompt: PushPrompt, decision: DeviceDecision, number: str = ""
) -> bytes:
    """What an approval or a denial binds: login, nonce, user, client, address, time (Unix seconds), decision and the
    number that the person claims, empty if none."""
    return _written(
        "gatehouse-decision-v1",
        transaction.login_id,
        prompt.nonce,
        transaction.username,
        transaction.client,
        prompt.address,
        int(transaction.created_at),
        decision.value,
        number,
    )


def passkey_challenge(decision: bytes) -> bytes:
    """The challenge of a passkey's assertion that goes with a decision: 32 octets, so both signatures bind the same."""
    return hashlib.sha256(decision).digest()


def request_octets(device_id: str, method: str, path: str, time_ms: int, body: bytes) -> bytes:
    """What authenticates a request of a device. ``path`` as the function gets it, without a query."""
    return _written("gatehouse-request-v1", device_id, method, path, time_ms, base64url(hashlib.sha256(body).digest()))


def pairing_octets(session_token: str, public_key: bytes, name: str) -> bytes:
    """What proves, while a device is paired, that it has the private key."""
    session = base64url(hashlib.sha256(session_token.encode()).digest())
    return _written("gatehouse-pairing-v1", session, base64url(public_key), name)


def _written(*parts: str | int) -> bytes:
    return json.dumps(parts, separators=(",", ":"), ensure_ascii=False).encode()
