"""The device and pairing API in memory, as two functions of an event: what the web app is tried against.

It keeps to the product's contract and to its octets: what a device must have signed is built by
``mfa.domain.device_signatures`` and compared by ``cryptography``. It has no rationing, no audit trail and no table.
"""

import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from mfa.contract.fields import base64url
from mfa.domain.device_signatures import (
    DeviceDecision,
    decision_octets,
    pairing_octets,
    passkey_challenge,
    request_octets,
)
from mfa.domain.login_transactions import LoginTransaction
from mfa.domain.push import PushApproval, PushPrompt
from tests.browser.webauthn import (
    RELYING_PARTY,
    Credential,
    RefusedError,
    check_assertion,
    octets_of,
    verified_creation,
)

CLOCK_TOLERANCE_MS: Final = 300_000
MAX_DEVICES: Final = 5


class ProblemError(Exception):
    """Raised for a request that is answered with a problem."""

    def __init__(self, status: int, code: str, detail: str = "", **headers: str) -> None:
        super().__init__(code)
        self.status, self.code, self.detail, self.headers = status, code, detail or code.replace("-", " "), headers


@dataclass
class Device:
    device_id: str
    name: str
    public_key: ec.EllipticCurvePublicKey
    paired_at: int
    subscription: Mapping[str, Any] | None = None
    passkey: Credential | None = None
    last_used_at: int | None = None


@dataclass
class Prompt:
    """``number`` is what was typed at the login, None if none was."""

    login: LoginTransaction
    prompt: PushPrompt
    number: str | None
    state: str = "pending"
    reason: str | None = None


@dataclass
class Call:
    """One request, as an endpoint sees it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Backend:
    """``ahead_ms`` is how far the server's clock is before that of the device. ``ring`` takes what a push service would
    be sent: the subscription and the payload."""

    username: str = "alice"
    display_name: str = "Alice Example"
    ahead_ms: int = 0
    origin: Callable[[], str] = lambda: ""
    ring: Callable[[Mapping[str, Any], bytes], bool] = lambda _subscription, _payload: True
    codes: set[str] = field(default_factory=set)
    sessions: set[str] = field(default_factory=set)
    devices: dict[str, Device] = field(default_factory=dict)
    prompts: dict[str, Prompt] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    vapid_key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    # ---- what a test does to it

    def reset(self) -> None:
        self.username, self.display_name, self.ahead_ms = "alice", "Alice Example", 0
        self.ring = lambda _subscription, _payload: True
        for kept in (self.codes, self.sessions, self.devices, self.prompts, self.faults):
            kept.clear()

    def issue_code(self) -> str:
        code = "-".join("".join(secrets.choice("23456789ABCDEFGHJKMNPQRSTVWXYZ") for _ in range(4)) for _ in range(4))
        self.codes.add(code)
        return code

    def ask(
        self,
        number: str | None = None,
        *,
        approval: PushApproval = PushApproval.TAP,
        client: str = "workspaces",
        address: str = "203.0.113.7",
        seconds: float = 60,
        device: Device | None = None,
    ) -> Prompt:
        """A login begins, and a device is asked: the one that was paired last."""
        login_id, now = secrets.token_urlsafe(16), self.now_ms() / 1000
        prompt = Prompt(
            LoginTransaction(
                login_id=login_id, client=client, user_id="u1", username=self.username, source_ip="192.0.2.1",
                config_revision="1", created_at=now, expires_at=now + seconds,
            ),
            PushPrompt(
                device_id=(device or list(self.devices.values())[-1]).device_id,
                nonce=secrets.token_urlsafe(16), address=address, approval=approval,
            ),
            number,
        )  # fmt: skip -- as many lines as there are fields say nothing more
        self.prompts[login_id] = prompt
        return prompt

    def end(self, prompt: Prompt, state: str) -> None:
        prompt.state = state

    def now_ms(self) -> int:
        return int(time.time() * 1000) + self.ahead_ms

    @property
    def vapid_public_key(self) -> str:
        return base64url(
            self.vapid_key.public_key().public_bytes(
                serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
            )
        )

    # ---- the two functions

    def device_app(self, event: Mapping[str, Any], _context: Any) -> Mapping[str, Any]:
        return self._answered(event, self._device_route)

    def enrollment_app(self, event: Mapping[str, Any], _context: Any) -> Mapping[str, Any]:
        return self._answered(event, self._enrollment_route)

    def _answered(self, event: Mapping[str, Any], route: Callable[[Call], tuple[int, Any]]) -> Mapping[str, Any]:
        call = Call(
            event["requestContext"]["http"]["method"], event["rawPath"], event["headers"], _body(event["body"])
        )
        date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(self.now_ms() / 1000))
        try:
            status, message = route(call)
            return _response(status, message, {"content-type": "application/json", "date": date})
        except ProblemError as error:
            problem = {"type": f"urn:gatehouse:problem:{error.code}", "status": error.status, "detail": error.detail}
            headers = {"content-type": "application/problem+json", "date": date, **error.headers}
            return _response(error.status, problem, headers)
        except Exception as error:
            self.faults.append(repr(error))
            raise

    # ---- devices

    def _device_route(self, call: Call) -> tuple[int, Any]:
        device = self._signed_by(call)
        match call.method, call.path.removeprefix("/v1/device").split("/")[1:]:
            case "GET", []:
                return 200, self._self(device)
            case "GET", ["prompts"]:
                open_ones = [one for one in self._prompts_of(device) if self._state(one) == "pending"]
                return 200, {"prompts": [self._shown(one) for one in open_ones], "now": self.now_ms()}
            case "GET", ["prompts", login_id]:
                prompt = self._prompt(device, login_id)
                return 200, {**self._shown(prompt), "state": self._state(prompt)}
            case "POST", ["prompts", login_id, "decision"]:
                return 200, self._decide(device, self._prompt(device, login_id), call.json)
            case "GET", ["passkey"] if device.passkey:
                return 200, {
                    "rp_id": RELYING_PARTY,
                    "credential_id": base64url(device.passkey.credential_id),
                    "user_verification": "required",
                }
            case "PUT", ["subscription"]:
                device.subscription = call.json
                return 204, None
            case "DELETE", ["subscription"]:
                device.subscription = None
                return 204, None
            case "POST", ["test"]:
                taken = device.subscription is not None and self.ring(device.subscription, b'{"id":"test"}')
                return 200, {"taken": taken, "detail": ""}
        raise ProblemError(404, "not-found")

    def _signed_by(self, call: Call) -> Device:
        told = dict(part.split("=", 1) for part in call.headers["authorization"].split(" ", 1)[1].split(", "))
        device_id, sent_at, signature = (told[name].strip('"') for name in ("id", "time", "signature"))
        if abs(int(sent_at) - self.now_ms()) > CLOCK_TOLERANCE_MS:
            raise ProblemError(401, "clock-wrong", str(self.now_ms()))
        device = self.devices.get(device_id)
        octets = request_octets(device_id, call.method, call.path, int(sent_at), call.body)
        if device is None or not _verifies(device.public_key, octets, signature):
            raise ProblemError(401, "device-refused")
        return device

    def _self(self, device: Device) -> Mapping[str, Any]:
        return {
            "device_id": device.device_id,
            "name": device.name,
            "position": list(self.devices).index(device.device_id) + 1,
            "user": {"username": self.username, "display_name": self.display_name},
            "paired_at": device.paired_at,
            "last_used_at": device.last_used_at,
            "notifications": device.subscription is not None,
            "passkey": device.passkey is not None,
            "vapid_public_key": self.vapid_public_key,
            "now": self.now_ms(),
        }

    def _prompts_of(self, device: Device) -> list[Prompt]:
        return [one for one in self.prompts.values() if one.prompt.device_id == device.device_id]

    def _prompt(self, device: Device, login_id: str) -> Prompt:
        found = self.prompts.get(login_id)
        if found is None or found.prompt.device_id != device.device_id:
            raise ProblemError(404, "not-found")
        return found

    def _state(self, prompt: Prompt) -> str:
        is_over = prompt.login.has_run_out(self.now_ms() / 1000)
        return "expired" if prompt.state == "pending" and is_over else prompt.state

    def _shown(self, prompt: Prompt) -> Mapping[str, Any]:
        return {
            "id": prompt.login.login_id,
            "nonce": prompt.prompt.nonce,
            "user": prompt.login.username,
            "client": prompt.login.client,
            "address": prompt.prompt.address,
            "time": int(prompt.login.created_at),
            "expires_at": int(prompt.login.expires_at * 1000),
            "number": prompt.number is not None,
            "passkey": prompt.prompt.needs_passkey,
        }

    def _decide(self, device: Device, prompt: Prompt, message: Mapping[str, Any]) -> Mapping[str, Any]:
        decision, number = DeviceDecision(message["decision"]), message.get("number", "")
        octets = decision_octets(prompt.login, prompt.prompt, decision, number)
        if not _verifies(device.public_key, octets, message["signature"]):
            raise ProblemError(403, "signature-refused")
        if decision is DeviceDecision.APPROVE:
            self._check_approval(device, prompt, octets, message)
        if prompt.state != "pending":
            raise ProblemError(409, "decided-already")
        if self._state(prompt) == "expired":
            raise ProblemError(410, "too-late")
        prompt.state, prompt.reason = _decided(decision, number, prompt.number)
        device.last_used_at = self.now_ms() // 1000
        return {"state": prompt.state, "reason": prompt.reason}

    def _check_approval(self, device: Device, prompt: Prompt, octets: bytes, message: Mapping[str, Any]) -> None:
        if prompt.number is not None and not message.get("number"):
            raise ProblemError(400, "number-missing")
        if not prompt.prompt.needs_passkey:
            return
        if device.passkey is None or "assertion" not in message:
            raise ProblemError(400, "passkey-needed")
        try:
            check_assertion(message["assertion"], passkey_challenge(octets), self.origin(), device.passkey)
        except RefusedError as error:
            raise ProblemError(403, "signature-refused") from error

    # ---- pairing

    def _enrollment_route(self, call: Call) -> tuple[int, Any]:
        where = call.path.removeprefix("/v1/enrollment").split("/")[1:]
        if (call.method, where) == ("POST", ["sessions"]):
            return 201, self._open_session(call.json["code"])
        token = call.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.sessions:
            raise ProblemError(401, "session-refused")
        match call.method, where:
            case "POST", ["devices"]:
                return 201, self._add_device(token, call.json)
            case "POST", ["devices", device_id, "passkey", "options"]:
                return 200, {"public_key": self._creation_options(token, device_id)}
            case "POST", ["devices", device_id, "passkey"]:
                challenge = _creation_challenge(token, device_id)
                try:
                    made = verified_creation(call.json["credential"], challenge, self.origin())
                except RefusedError as error:
                    raise ProblemError(422, "passkey-refused") from error
                self.devices[device_id].passkey = made
                return 204, None
            case "DELETE", ["sessions", "current"]:
                self.sessions.remove(token)
                return 204, None
        raise ProblemError(404, "not-found")

    def _open_session(self, code: str) -> Mapping[str, Any]:
        if code.upper() not in self.codes:
            raise ProblemError(404, "enrollment-code-refused")
        self.codes.remove(code.upper())
        token = secrets.token_urlsafe(32)
        self.sessions.add(token)
        return {"token": token, "expires_at": self.now_ms() // 1000 + 900, "display_name": self.display_name}

    def _add_device(self, token: str, message: Mapping[str, Any]) -> Mapping[str, Any]:
        octets = octets_of(message["public_key"])
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), octets)
        if not _verifies(key, pairing_octets(token, octets, message["name"]), message["signature"]):
            raise ProblemError(403, "signature-refused")
        if len(self.devices) >= MAX_DEVICES:
            raise ProblemError(409, "device-limit")
        device = Device(secrets.token_urlsafe(16), message["name"], key, self.now_ms() // 1000)
        self.devices[device.device_id] = device
        shown = self._self(device)
        return {name: shown[name] for name in ("device_id", "name", "position", "vapid_public_key", "user")}

    def _creation_options(self, token: str, device_id: str) -> Mapping[str, Any]:
        return {
            "rp": {"id": RELYING_PARTY, "name": "Example Corp"},
            "user": {"id": base64url(b"u1"), "name": self.username, "displayName": self.display_name},
            "challenge": base64url(_creation_challenge(token, device_id)),
            "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in (-7, -257)],
            "excludeCredentials": [],
            "authenticatorSelection": {"userVerification": "required", "residentKey": "preferred"},
            "attestation": "none",
        }


def _decided(decision: DeviceDecision, claimed: str, typed: str | None) -> tuple[str, str | None]:
    if decision is DeviceDecision.DENY:
        return "denied", "denied"
    if decision is DeviceDecision.REPORT:
        return "denied", "reported"
    return ("approved", None) if typed is None or claimed == typed else ("denied", "wrong_number")


def _creation_challenge(token: str, device_id: str) -> bytes:
    return passkey_challenge(f"{token}|{device_id}".encode())


def _verifies(key: ec.EllipticCurvePublicKey, octets: bytes, signature: str) -> bool:
    raw = octets_of(signature)
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    try:
        key.verify(encode_dss_signature(r, s), octets, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _body(encoded: str) -> bytes:
    return octets_of(encoded.replace("+", "-").replace("/", "_").rstrip("="))


def _response(status: int, message: Any, headers: Mapping[str, str]) -> Mapping[str, Any]:
    body = "" if message is None else json.dumps(message)
    return {"statusCode": status, "headers": dict(headers), "body": body, "isBase64Encoded": False}
