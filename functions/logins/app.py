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
from mfa.contract.login import MAX_DEADLINE_MS
from mfa.errors import GatehouseError
from mfa.ports import Clock

_RUNTIME_MARGIN_MS: Final = 250  # what the runtime needs to hand the answer over before Lambda's own timeout


class Logins(Protocol):
    def decide(
        self, request: LoginRequest, role: str | None, trace_id: str | None, life_ms: int | None
    ) -> LoginResponse: ...


class Configurations(Protocol):
    def edge_configuration(self, role: str | None) -> EdgeConfiguration: ...


def create_app(
    login_service: Logins, configuration_service: Configurations, clock: Clock, report_fault: FaultReport
) -> Lambda:
    return proxy_app(_routes(login_service, configuration_service, clock), report_fault)


def _routes(logins: Logins, configurations: Configurations, clock: Clock) -> Routes:
    def post_login(event: Event, context: Any) -> Answer:  # noqa: ANN401 -- the runtime's own type
        request = _as_of_now(read_message(event, LoginRequest.from_json), event, clock.now())
        return Answer(200, logins.decide(request, role(event), trace_id(event), _life_ms(context)).to_json())

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


def _as_of_now(request: LoginRequest, event: Event, now: float) -> LoginRequest:
    """The edge told what was left when it asked. What has gone by since API Gateway took the question, most of all
    while this function was started, is left to nobody. What says it came before any deadline tells no such time."""
    came_ms = (event.get("requestContext") or {}).get("requestTimeEpoch")
    gone_ms = round(now * 1000) - came_ms if isinstance(came_ms, int) else 0
    if not 0 <= gone_ms <= MAX_DEADLINE_MS:
        return request
    return replace(request, deadline_ms=max(1, request.deadline_ms - gone_ms))


def _life_ms(context: Any) -> int | None:  # noqa: ANN401 -- the runtime's own type
    """How long this invocation can still answer: Lambda would cut off what comes later."""
    life = getattr(context, "get_remaining_time_in_millis", None)
    return None if life is None else max(1, life() - _RUNTIME_MARGIN_MS)
