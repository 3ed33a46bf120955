"""The edge API as one function of an event: three routes of a REST API's proxy integration (payload 1.0).

``POST /logins`` answers 200 with an outcome whenever the request can be read, whatever happened then: a fault is
a Reject, told in the audit trail. Bad input is a 4xx problem (RFC 9457) that names the rule and repeats nothing.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from mfa.contract import ContractError, LoginRequest, LoginResponse, Problem
from mfa.contract.clients import EdgeConfiguration
from mfa.contract.fields import MAX_BODY_OCTETS, encode_object
from mfa.contract.problems import CONTENT_TYPE
from mfa.domain.edge_roles import role_of
from mfa.errors import GatehouseError
from mfa.ports import Clock

type Event = Mapping[str, Any]
type ProxyResponse = dict[str, Any]
type Lambda = Callable[[Event, Any], ProxyResponse]
type Route = Callable[[Event, Any], Answer]

_RUNTIME_MARGIN_MS: Final = 250  # what the runtime needs to hand the answer over before Lambda's own timeout


class Logins(Protocol):
    def decide(self, request: LoginRequest, role: str | None) -> LoginResponse: ...


class Configurations(Protocol):
    def edge_configuration(self, role: str | None) -> EdgeConfiguration: ...


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_proxy(self) -> ProxyResponse:
        headers = {"Content-Type": "application/json", "Cache-Control": "no-store", **self.headers}
        return {
            "statusCode": self.status,
            "headers": headers,
            "body": self.body.decode(),
            "isBase64Encoded": False,
        }


class RefusedRequestError(Exception):
    """Raised for a request that is answered with a problem."""

    def __init__(self, problem: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem.code)
        self.answer = Answer(problem.status, problem.to_json(), {"Content-Type": CONTENT_TYPE, **(headers or {})})


def create_app(login_service: Logins, configuration_service: Configurations, clock: Clock) -> Lambda:
    routes = _route_table(login_service, configuration_service, clock)

    def app(event: Event, context: Any) -> ProxyResponse:  # noqa: ANN401 -- the runtime's own type
        try:
            return _route(routes, event)(event, context).to_proxy()
        except RefusedRequestError as refused:
            return refused.answer.to_proxy()

    return app


def _route_table(logins: Logins, configurations: Configurations, clock: Clock) -> Mapping[str, Mapping[str, Route]]:
    def post_login(event: Event, context: Any) -> Answer:  # noqa: ANN401 -- the runtime's own type
        try:
            request = LoginRequest.from_json(_body(event))
        except ContractError as error:
            raise RefusedRequestError(Problem(400, "invalid-request", f"{error}.")) from None
        return Answer(200, logins.decide(_within_life(request, context), _role(event)).to_json())

    def get_clients(event: Event, _context: Any) -> Answer:  # noqa: ANN401 -- the runtime's own type
        try:
            configuration = configurations.edge_configuration(_role(event))
        except GatehouseError:
            detail = "The configuration cannot be read now. Go on with the last one and ask again."
            raise RefusedRequestError(Problem(503, "unavailable", detail), {"Retry-After": "5"}) from None
        body = configuration.to_json()
        # Not the revision alone: pins change without one, and each role sees its own clients.
        tag = f'"{configuration.revision}-{hashlib.sha256(body).hexdigest()[:32]}"'
        unchanged = tag in _header(event, "if-none-match").split(", ")
        return Answer(304 if unchanged else 200, b"" if unchanged else body, {"ETag": tag})

    def get_ping(_event: Event, _context: Any) -> Answer:  # noqa: ANN401 -- the runtime's own type
        return Answer(200, encode_object({"status": "ok", "time": int(clock.now())}))

    return {"/logins": {"POST": post_login}, "/clients": {"GET": get_clients}, "/ping": {"GET": get_ping}}


def _route(routes: Mapping[str, Mapping[str, Route]], event: Event) -> Route:
    methods = routes.get(str(event.get("resource")))
    if methods is None:
        raise RefusedRequestError(Problem(404, "not-found", "There is nothing at this address."))
    route = methods.get(str(event.get("httpMethod")))
    if route is None:
        allowed = ", ".join(methods)
        problem = Problem(405, "method-not-allowed", f"This address takes {allowed} only.")
        raise RefusedRequestError(problem, {"Allow": allowed})
    return route


def _body(event: Event) -> bytes:
    body = event.get("body") or ""
    if len(body) > MAX_BODY_OCTETS * 4 // 3 + 4:  # not even looked at: base64 makes four characters of three octets
        raise _too_large()
    try:
        octets = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
    except (binascii.Error, ValueError):  # ValueError: not ASCII, or a lone surrogate
        raise ContractError("the body must be UTF-8, or base64 where it says so") from None
    if len(octets) > MAX_BODY_OCTETS:
        raise _too_large()
    return octets


def _too_large() -> RefusedRequestError:
    return RefusedRequestError(Problem(413, "body-too-large", f"A body may have {MAX_BODY_OCTETS} octets."))


def _role(event: Event) -> str | None:
    """The IAM role of the edge that asks, as API Gateway verified it."""
    identity = (event.get("requestContext") or {}).get("identity") or {}
    return role_of(identity.get("userArn"))


def _header(event: Event, name: str) -> str:
    headers = event.get("headers") or {}
    return next((value for key, value in headers.items() if key.lower() == name), "")


def _within_life(request: LoginRequest, context: Any) -> LoginRequest:  # noqa: ANN401 -- the runtime's own type
    """No deadline beyond the end of this invocation: Lambda would cut the answer off."""
    life = getattr(context, "get_remaining_time_in_millis", None)
    if life is None:
        return request
    return replace(request, deadline_ms=max(1, min(request.deadline_ms, life() - _RUNTIME_MARGIN_MS)))
