"""How the logins stand that an edge holds: ``POST /polls`` of the edge API.

A fault is a 503: an edge that got no answer asks again, and its deadline ends what nobody answers.
"""

from typing import Any, Protocol

from edge_api.proxy import Answer, Event, FaultReport, Lambda, proxy_app, read_message, role, unavailable
from mfa.contract.polls import MAX_BODY_OCTETS, PollRequest, PollResponse
from mfa.errors import GatehouseError


class Polls(Protocol):
    def poll(self, request: PollRequest, role: str | None) -> PollResponse: ...


def create_app(polls: Polls, report_fault: FaultReport) -> Lambda:
    def post_polls(event: Event, _context: Any) -> Answer:  # noqa: ANN401 -- the runtime's own type
        request = read_message(event, PollRequest.from_json, max_octets=MAX_BODY_OCTETS)
        try:
            return Answer(200, polls.poll(request, role(event)).to_json())
        except GatehouseError as error:
            raise unavailable("The logins cannot be looked up now. Ask again.") from error

    return proxy_app({"/polls": {"POST": post_polls}}, report_fault)
