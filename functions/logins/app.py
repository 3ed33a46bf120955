"""What an edge asks most: three routes of the edge API.

``POST /logins`` answers 200 with an outcome whenever the request can be read, whatever happened then: a fault is
a Reject, told in the audit trail.
"""

import hashlib
from dataclasses import replace
from typing import Any, Final, Protocol

from edge_api.proxy import (
    Answer,
    Event,
    FaultReport,
    Lambda,
    Routes,
    header,
    proxy_app,
    read_message,
    role,
    trace_id,
    unavailable,
)
from mfa.contract import LoginRequest, LoginResponse
from mfa.contract.clients import EdgeConfiguration
from mfa.contract.fields import encode_object
from mfa.errors import GatehouseError
from mfa.ports import Clock

_RUNTIME_MARGIN_MS: Final = 250  # what the runtime needs to hand the answer over before Lambda's own timeout


class Logins(Protocol):
    def decide(self, request: LoginRequest, role: str | None, trace_id: str | None) -> LoginResponse: ...


class Configurations(Protocol):
    def edge_configuration(self, role: str | None) -> EdgeConfiguration: ...


def create_app(
    login_service: Logins, configuration_service: Configurations, clock: Clock, report_fault: FaultReport
) -> Lambda:
    return proxy_app(_routes(login_service, configuration_service, clock), report_fault)


def _routes(logins: Logins, configurations: Configurations, clock: Clock) -> Routes:
    def post_login(event: Event, context: Any) -> Answer:  # noqa: ANN401 -- the runtime's own type
        request = _within_life(read_message(event, LoginRequest.from_json), context)
        return Answer(200, logins.decide(request, role(event), trace_id(event)).to_json())

    def get_clients(event: Event, _context: Any) -> Answer:  # noqa: ANN401 -- the runtime's own type
        try:
            configuration = configurations.edge_configuration(role(event))
        except GatehouseError as error:
            raise unavailable("The configuration cannot be read now. Go on with the last one and ask again.") from error
        body = configuration.to_json()
        # Not the revision alone: pins change without one, and each role sees its own clients.
        tag = f'"{configuration.revision}-{hashlib.sha256(body).hexdigest()[:32]}"'
        unchanged = tag in header(event, "if-none-match").split(", ")
        return Answer(304 if unchanged else 200, b"" if unchanged else body, {"ETag": tag})

    def get_ping(_event: Event, _context: Any) -> Answer:  # noqa: ANN401 -- the runtime's own type
        return Answer(200, encode_object({"status": "ok", "time": int(clock.now())}))

    return {"/logins": {"POST": post_login}, "/clients": {"GET": get_clients}, "/ping": {"GET": get_ping}}


def _within_life(request: LoginRequest, context: Any) -> LoginRequest:  # noqa: ANN401 -- the runtime's own type
    """No deadline beyond the end of this invocation: Lambda would cut the answer off."""
    life = getattr(context, "get_remaining_time_in_millis", None)
    if life is None:
        return request
    return replace(request, deadline_ms=max(1, min(request.deadline_ms, life() - _RUNTIME_MARGIN_MS)))
