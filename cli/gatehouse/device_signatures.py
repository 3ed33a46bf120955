"""The octets that a device signs, as the phone's app builds them: from what it shows, not from what it is told.

The backend builds its own (mfa.domain.device_signatures); a test holds both to the same octets. Each is a JSON array
in UTF-8 without spaces that begins with what it is for.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any


def base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def request_octets(device_id: str, method: str, path: str, time_ms: int, body: bytes) -> bytes:
    return _written("gatehouse-request-v1", device_id, method, path, time_ms, base64url(hashlib.sha256(body).digest()))


def pairing_octets(session_token: str, public_key: bytes, name: str) -> bytes:
    session = base64url(hashlib.sha256(session_token.encode()).digest())
    return _written("gatehouse-pairing-v1", session, base64url(public_key), name)


def decision_octets(prompt: Mapping[str, Any], decision: str, number: str) -> bytes:
    """``prompt`` as the API gives it; ``number`` is what the person claims, empty if nothing."""
    shown = (prompt["id"], prompt["nonce"], prompt["user"], prompt["client"], prompt["address"], prompt["time"])
    return _written("gatehouse-decision-v1", *shown, decision, number)


def _written(*parts: str | int) -> bytes:
    return json.dumps(parts, separators=(",", ":"), ensure_ascii=False).encode()
