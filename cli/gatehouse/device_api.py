"""The device's own routes as a Python object: every request is signed by the device key."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from gatehouse.deployment import Target
from gatehouse.device_signatures import decision_octets, request_octets
from gatehouse.enrollment_api import Json, call
from gatehouse.transport import base_url

if TYPE_CHECKING:  # cryptography is loaded by whoever has a key
    from gatehouse.device_keys import DeviceKey


@dataclass(frozen=True, slots=True)
class DeviceApi:
    """It is the ``Authorization`` of its own requests."""

    target: Target
    device_id: str
    key: "DeviceKey"

    def show(self) -> Json:
        return call(self.target, self, "GET", "/v1/device")

    def prompts(self) -> list[Json]:
        found = call(self.target, self, "GET", "/v1/device/prompts").get("prompts")
        return list(found) if isinstance(found, list) else []

    def prompt(self, prompt_id: str) -> Json:
        return call(self.target, self, "GET", f"/v1/device/prompts/{quote(prompt_id, safe='')}")

    def decide(self, prompt: Mapping[str, Any], decision: str, number: str | None = None) -> Json:
        """``prompt`` as it was shown: the signature is over what the person saw."""
        signature = self.key.sign(decision_octets(prompt, decision, number or ""))
        message: dict[str, object] = {"decision": decision, "signature": signature}
        if number is not None:
            message["number"] = number
        path = f"/v1/device/prompts/{quote(str(prompt['id']), safe='')}/decision"
        return call(self.target, self, "POST", path, message)

    def subscribe(self, subscription: Mapping[str, Any]) -> None:
        """``endpoint`` and ``keys`` of a push subscription: where to ring from now on."""
        wanted = {name: subscription[name] for name in ("endpoint", "keys")}
        call(self.target, self, "PUT", "/v1/device/subscription", wanted)

    def unsubscribe(self) -> None:
        call(self.target, self, "DELETE", "/v1/device/subscription")

    def headers(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, str]:
        """Signed is the path as the function gets it: without the host, and without what leads to the API on it."""
        path, time_ms = url.removeprefix(base_url(self.target.url)), time.time_ns() // 1_000_000
        signature = self.key.sign(request_octets(self.device_id, method, path, time_ms, body))
        scheme = f'Gatehouse-Device id="{self.device_id}", time="{time_ms}", signature="{signature}"'
        return {**headers, "Authorization": scheme}
