"""The device's routes. Every one of them takes a request that a paired device has signed."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from devices import messages
from devices.authorization import signed_request
from devices.problems import clock_wrong
from http_api.requests import Request
from http_api.responses import Response, answer, no_content
from http_api.routes import Endpoint, Route
from mfa.contract import ContractError, fields
from mfa.domain.device_signatures import DeviceDecision
from mfa.domain.push_devices import PUBLIC_KEY_OCTETS, SIGNATURE_OCTETS, PushSubscription
from mfa.errors import NotFoundError
from mfa.ports import Clock
from mfa.push_ports import PasskeyCeremony
from mfa.services.device_authentication import DeviceAuthentication, PairedDevice
from mfa.services.device_limits import DeviceLimits
from mfa.services.device_upkeep import DeviceUpkeep
from mfa.services.push_decisions import PushDecisions, SignedDecision
from mfa.services.push_errors import ClockWrongError, DeviceRefusedError

_DECISION: Final = frozenset({"decision", "number", "signature", "assertion"})
_SUBSCRIPTION: Final = frozenset({"endpoint", "keys"})
_KEYS: Final = frozenset({"p256dh", "auth"})
_NOTHING: Final = frozenset[str]()
_NUMBER: Final = re.compile(r"[0-9]{2}")
_LOGIN_ID: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_MAX_ENDPOINT_OCTETS: Final = 2048
_AUTH_SECRET_OCTETS: Final = 16  # RFC 8291 section 3.2

type DeviceEndpoint = Callable[[PairedDevice, Request, Mapping[str, str]], Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRoutes:
    authentication: DeviceAuthentication
    decisions: PushDecisions
    upkeep: DeviceUpkeep
    passkeys: PasskeyCeremony
    clock: Clock
    limits: DeviceLimits

    def table(self) -> tuple[Route, ...]:
        own, prompts = "/v1/device", "/v1/device/prompts"
        return (
            Route("GET", own, self._signed(self.show)),
            Route("GET", prompts, self._signed(self.list_prompts)),
            Route("GET", f"{prompts}/{{prompt_id}}", self._signed(self.show_prompt)),
            Route("POST", f"{prompts}/{{prompt_id}}/decision", self._signed(self.decide)),
            Route("GET", f"{own}/passkey", self._signed(self.show_passkey)),
            Route("PUT", f"{own}/subscription", self._signed(self.subscribe)),
            Route("DELETE", f"{own}/subscription", self._signed(self.unsubscribe)),
            Route("POST", f"{own}/test", self._signed(self.ring)),
        )

    def _signed(self, endpoint: DeviceEndpoint) -> Endpoint:
        def authenticated(request: Request, path: Mapping[str, str]) -> Response:
            return endpoint(self._sender(request), request, path)

        return authenticated

    def _sender(self, request: Request) -> PairedDevice:
        try:
            device = self.authentication.authenticate(signed_request(request))
        except ClockWrongError as error:
            raise clock_wrong(error) from None
        except DeviceRefusedError:
            self.limits.refused(request.source_ip)
            raise
        self.limits.asked(device.device_id)
        return device

    def show(self, device: PairedDevice, _: Request, __: Mapping[str, str]) -> Response:
        return answer(200, messages.device(self.upkeep.describe(device)))

    def list_prompts(self, device: PairedDevice, _: Request, __: Mapping[str, str]) -> Response:
        return answer(200, messages.prompts(self.decisions.waiting(device), self.clock.now()))

    def show_prompt(self, device: PairedDevice, _: Request, path: Mapping[str, str]) -> Response:
        return answer(200, messages.prompt(self.decisions.show(device, _login_id(path))))

    def decide(self, device: PairedDevice, request: Request, path: Mapping[str, str]) -> Response:
        decision = _decision(request.json(_DECISION))
        return answer(200, messages.decision(self.decisions.decide(device, _login_id(path), decision)))

    def show_passkey(self, device: PairedDevice, _: Request, __: Mapping[str, str]) -> Response:
        return answer(200, messages.passkey(self.upkeep.passkey(device), self.passkeys.relying_party_id))

    def subscribe(self, device: PairedDevice, request: Request, _: Mapping[str, str]) -> Response:
        self.upkeep.subscribe(device, _subscription(request.json(_SUBSCRIPTION)))
        return no_content()

    def unsubscribe(self, device: PairedDevice, _: Request, __: Mapping[str, str]) -> Response:
        self.upkeep.unsubscribe(device)
        return no_content()

    def ring(self, device: PairedDevice, request: Request, _: Mapping[str, str]) -> Response:
        request.json(_NOTHING, optional=True)
        return answer(200, messages.delivery(self.upkeep.ring(device)))


def _login_id(path: Mapping[str, str]) -> str:
    """What is no id is nobody's, and no key of the table is made of it."""
    if _LOGIN_ID.fullmatch(path["prompt_id"]) is None:
        raise NotFoundError("there is no such prompt")
    return path["prompt_id"]


def _decision(message: fields.JsonObject) -> SignedDecision:
    assertion = message.get("assertion")
    return SignedDecision(
        decision=_kind(message),
        number=_number(message),
        signature=fields.octets(message, "signature", lowest=SIGNATURE_OCTETS, highest=SIGNATURE_OCTETS),
        assertion=None if assertion is None else fields.object_of(assertion, "assertion"),
    )


def _kind(message: fields.JsonObject) -> DeviceDecision:
    text = fields.text(message, "decision", max_octets=16)
    if text not in DeviceDecision:
        raise ContractError(f"decision must be one of {', '.join(DeviceDecision)}")
    return DeviceDecision(text)


def _number(message: fields.JsonObject) -> str | None:
    number = fields.optional_text(message, "number", max_octets=16)
    if number is not None and _NUMBER.fullmatch(number) is None:
        raise ContractError("number must be two digits, as they were typed at the login")
    return number


def _subscription(message: fields.JsonObject) -> PushSubscription:
    keys = fields.object_of(message.get("keys"), "keys")
    fields.refuse_unknown(keys, _KEYS)
    return PushSubscription(
        endpoint=fields.text(message, "endpoint", max_octets=_MAX_ENDPOINT_OCTETS),
        public_key=fields.octets(keys, "p256dh", lowest=PUBLIC_KEY_OCTETS, highest=PUBLIC_KEY_OCTETS),
        auth_secret=fields.octets(keys, "auth", lowest=_AUTH_SECRET_OCTETS, highest=_AUTH_SECRET_OCTETS),
    )
