"""A REST API's proxy integration (payload 1.0) as a function of an event: routes, bodies, problems (RFC 9457).

Bad input is a 4xx problem that names the rule and repeats nothing of the request.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mfa.contract import ContractError, Problem
from mfa.contract.fields import MAX_BODY_OCTETS
from mfa.contract.problems import CONTENT_TYPE
from mfa.domain.edge_roles import role_of

type Event = Mapping[str, Any]
type ProxyResponse = dict[str, Any]
type Lambda = Callable[[Event, Any], ProxyResponse]
type Route = Callable[[Event, Any], Answer]
type FaultReport = Callable[[BaseException], None]
type Routes = Mapping[str, Mapping[str, Route]]
"""By resource, then by method."""

_BROKEN: Final = Problem(500, "internal-fault", "Something is broken here. It was recorded.")
_TRACE: Final = re.compile(r"(?:^|;) *Root=(1-[0-9a-f]{8}-[0-9a-f]{24}) *(?:;|$)")


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


def proxy_app(routes: Routes, report_fault: FaultReport) -> Lambda:
    """``report_fault`` is told of every fault behind a 5xx; the caller learns only that there was one."""

    def app(event: Event, context: Any) -> ProxyResponse:  # noqa: ANN401 -- the runtime's own type
        try:
            return _route(routes, event)(event, context).to_proxy()
        except RefusedRequestError as refused:
            if refused.__cause__ is not None:
                report_fault(refused.__cause__)
            return refused.answer.to_proxy()
        except Exception as error:  # noqa: BLE001 -- a bug of ours must not reach the caller as a traceback
            report_fault(error)
            return RefusedRequestError(_BROKEN).answer.to_proxy()

    return app


def _route(routes: Routes, event: Event) -> Route:
    methods = routes.get(str(event.get("resource")))
    if methods is None:
        raise RefusedRequestError(Problem(404, "not-found", "There is nothing at this address."))
    route = methods.get(str(event.get("httpMethod")))
    if route is None:
        allowed = ", ".join(methods)
        problem = Problem(405, "method-not-allowed", f"This address takes {allowed} only.")
        raise RefusedRequestError(problem, {"Allow": allowed})
    return route


def read_message[Message](
    event: Event, read: Callable[[bytes], Message], *, max_octets: int = MAX_BODY_OCTETS
) -> Message:
    """The body, read by the contract."""
    try:
        return read(_body(event, max_octets))
    except ContractError as error:
        raise RefusedRequestError(Problem(400, "invalid-request", f"{error}.")) from None


def _body(event: Event, max_octets: int) -> bytes:
    body = event.get("body") or ""
    if len(body) > max_octets * 4 // 3 + 4:  # not even looked at: base64 makes four characters of three octets
        raise _too_large(max_octets)
    try:
        octets = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
    except (binascii.Error, ValueError):  # ValueError: not ASCII, or a lone surrogate
        raise ContractError("the body must be UTF-8, or base64 where it says so") from None
    if len(octets) > max_octets:
        raise _too_large(max_octets)
    return octets


def _too_large(max_octets: int) -> RefusedRequestError:
    return RefusedRequestError(Problem(413, "body-too-large", f"A body may have {max_octets} octets."))


def unavailable(detail: str) -> RefusedRequestError:
    """For what may work a little later."""
    return RefusedRequestError(Problem(503, "unavailable", detail), {"Retry-After": "5"})


def role(event: Event) -> str | None:
    """The IAM role of the edge that asks, as API Gateway verified it."""
    identity = (event.get("requestContext") or {}).get("identity") or {}
    return role_of(identity.get("userArn"))


def header(event: Event, name: str) -> str:
    headers = event.get("headers") or {}
    return next((value for key, value in headers.items() if key.lower() == name), "")


def trace_id(event: Event) -> str | None:
    """The root of the trace that the edge began, so that its log and this function's meet; None if there is none."""
    found = _TRACE.search(header(event, "x-amzn-trace-id"))
    return found[1] if found else None
