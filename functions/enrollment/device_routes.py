"""The user's routes to devices, with a session: pair, rename, move, remove, and a passkey for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from enrollment import messages
from enrollment.sessions import ClaimantEndpoint, session_binding, with_session
from http_api.requests import Request
from http_api.responses import Response, answer, no_content
from http_api.routes import Endpoint, Route
from mfa.contract import ContractError, fields
from mfa.domain.push_devices import MAX_DEVICES, PUBLIC_KEY_OCTETS, SIGNATURE_OCTETS
from mfa.services.device_pairing import DevicePairing, PairingRequest
from mfa.services.enrollment_names import MAX_LABEL_OCTETS
from mfa.services.enrollment_sessions import Claimant, EnrollmentSessions

_NEW_DEVICE: Final = frozenset({"name", "public_key", "signature"})
_CHANGE: Final = frozenset({"name", "position"})
_CREDENTIAL: Final = frozenset({"credential"})


@dataclass(frozen=True, slots=True)
class DeviceRoutes:
    sessions: EnrollmentSessions
    pairing: DevicePairing

    def table(self) -> tuple[Route, ...]:
        devices = "/v1/enrollment/devices"
        device = f"{devices}/{{device_id}}"
        return (
            Route("GET", devices, self._with_session(self.list_devices)),
            Route("POST", devices, self._with_session(self.pair)),
            Route("PATCH", device, self._with_session(self.change)),
            Route("DELETE", device, self._with_session(self.remove)),
            Route("POST", f"{device}/passkey/options", self._with_session(self.passkey_options)),
            Route("POST", f"{device}/passkey", self._with_session(self.add_passkey)),
        )

    def _with_session(self, endpoint: ClaimantEndpoint) -> Endpoint:
        return with_session(self.sessions, endpoint)

    def list_devices(self, claimant: Claimant, _: Request, __: Mapping[str, str]) -> Response:
        return answer(200, {"devices": [messages.device(one) for one in self.pairing.list(claimant)]})

    def pair(self, claimant: Claimant, request: Request, _: Mapping[str, str]) -> Response:
        message = request.json(_NEW_DEVICE)
        wanted = PairingRequest(
            session_token=session_binding(self.sessions, request),
            name=fields.text(message, "name", max_octets=MAX_LABEL_OCTETS),
            public_key=fields.octets(message, "public_key", lowest=PUBLIC_KEY_OCTETS, highest=PUBLIC_KEY_OCTETS),
            signature=fields.octets(message, "signature", lowest=SIGNATURE_OCTETS, highest=SIGNATURE_OCTETS),
        )
        return answer(201, messages.pairing(self.pairing.pair(claimant, wanted)))

    def change(self, claimant: Claimant, request: Request, path: Mapping[str, str]) -> Response:
        message = request.json(_CHANGE)
        name = fields.optional_text(message, "name", max_octets=MAX_LABEL_OCTETS)
        position = fields.optional_integer(message, "position", lowest=1, highest=MAX_DEVICES)
        if name is None and position is None:
            raise ContractError("name or position must be there")
        return answer(200, messages.device(self.pairing.change(claimant, path["device_id"], name, position)))

    def remove(self, claimant: Claimant, _: Request, path: Mapping[str, str]) -> Response:
        self.pairing.remove(claimant, path["device_id"])
        return no_content()

    def passkey_options(self, claimant: Claimant, request: Request, path: Mapping[str, str]) -> Response:
        request.json(frozenset(), optional=True)
        return answer(200, {"public_key": self.pairing.passkey_options(claimant, path["device_id"])})

    def add_passkey(self, claimant: Claimant, request: Request, path: Mapping[str, str]) -> Response:
        credential = fields.object_of(request.json(_CREDENTIAL).get("credential"), "credential")
        self.pairing.add_passkey(claimant, path["device_id"], credential)
        return no_content()
