"""``POST /accounting`` of the edge API: 200 once a record is kept, now or before.

Anything else means that it is not: the edge then sends no acknowledgement, and the RADIUS client sends it again.
"""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from edge_api.proxy import (
    Answer,
    Event,
    FaultReport,
    Lambda,
    RefusedRequestError,
    proxy_app,
    read_message,
    role,
    unavailable,
)
from mfa.contract import Problem
from mfa.contract.accounting import AccountingRequest, AccountingResponse
from mfa.domain.reasons import RejectReason
from mfa.errors import GatehouseError


class Accounting(Protocol):
    def keep(self, request: AccountingRequest, role: str | None) -> RejectReason | None: ...


_STALE: Final = Problem(409, "stale-configuration", "Fetch the current configuration, then send the record again.")
_FOREIGN: Final = Problem(403, "foreign-client", "There is no such RADIUS client for this edge.")
_PROBLEMS: Final[Mapping[RejectReason, Problem]] = {
    RejectReason.STALE_CONFIGURATION: _STALE,
    RejectReason.UNKNOWN_CLIENT: _FOREIGN,  # the same answer: which clients other edges have is not told
    RejectReason.FOREIGN_CLIENT: _FOREIGN,
}


def create_app(accounting: Accounting, report_fault: FaultReport) -> Lambda:
    def post_accounting(event: Event, _context: Any) -> Answer:  # noqa: ANN401 -- the runtime's own type
        request = read_message(event, AccountingRequest.from_json)
        try:
            refused = accounting.keep(request, role(event))
        except GatehouseError as error:
            raise unavailable("The record cannot be kept now. Send it again.") from error
        if refused is not None:
            raise RefusedRequestError(_PROBLEMS[refused])
        return Answer(200, AccountingResponse().to_json())

    return proxy_app({"/accounting": {"POST": post_accounting}}, report_fault)
