"""``POST /accounting`` from event to response: 200 means kept, and nothing else does."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from accounting.app import create_app
from mfa.contract.accounting import AccountingRequest, AccountingResponse
from mfa.contract.fields import MAX_BODY_OCTETS
from mfa.domain.reasons import RejectReason
from mfa.errors import UnavailableError
from tests.fakes.accounting_requests import accounting_request
from tests.fakes.faults import unwatched

EVENT: Mapping[str, Any] = json.loads((Path(__file__).parents[1] / "logins/events/post_logins.json").read_text())


class Answering:
    """An accounting service that answers the same each time, and keeps what it was asked."""

    def __init__(self, answer: RejectReason | Exception | None = None) -> None:
        self._answer = answer
        self.asked: list[tuple[AccountingRequest, str | None]] = []

    def keep(self, request: AccountingRequest, role: str | None) -> RejectReason | None:
        self.asked.append((request, role))
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def send(
    service: Answering, body: bytes | str, *, method: str = "POST", resource: str = "/accounting"
) -> dict[str, Any]:
    text = body if isinstance(body, str) else body.decode()
    return create_app(service, unwatched)({**EVENT, "httpMethod": method, "resource": resource, "body": text}, None)


def test_a_kept_record_is_acknowledged() -> None:
    service = Answering()
    response = send(service, accounting_request().to_json())
    assert response["statusCode"] == 200
    assert AccountingResponse.from_json(response["body"]) == AccountingResponse()
    assert service.asked == [(accounting_request(), "gatehouse-edge")]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (RejectReason.STALE_CONFIGURATION, 409),
        (RejectReason.UNKNOWN_CLIENT, 403),
        (RejectReason.FOREIGN_CLIENT, 403),
        (UnavailableError("DynamoDB did not do it: secret detail"), 503),
    ],
)
def test_what_is_not_kept_is_not_acknowledged(answer: RejectReason | Exception, status: int) -> None:
    response = send(Answering(answer), accounting_request().to_json())
    assert response["statusCode"] == status
    assert response["headers"]["Content-Type"] == "application/problem+json"
    assert "secret detail" not in response["body"]
    assert "alice" not in response["body"]


def test_an_unknown_client_looks_like_another_edges_client() -> None:
    unknown, foreign = (
        send(Answering(reason), accounting_request().to_json())
        for reason in (RejectReason.UNKNOWN_CLIENT, RejectReason.FOREIGN_CLIENT)
    )
    assert unknown == foreign


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"version": 2}, 400),
        ({"status": -1}, 400),
        ({"status": True}, 400),
        ({"exact_time": 1}, 400),
        ({"event_time": 1.5}, 400),
        ({"input_octets": 2**64}, 400),
        ({"nas": ""}, 400),
        ({"attributes": [["a", "b"]]}, 400),
        ({"attributes": {"": "b"}}, 400),
        ({"attributes": {str(number): "" for number in range(65)}}, 400),
        ({"admin": True}, 400),
        ({"username": "x" * MAX_BODY_OCTETS}, 413),
    ],
)
def test_a_record_that_breaks_the_contract_is_a_problem(change: dict[str, object], status: int) -> None:
    service = Answering()
    message = json.loads(accounting_request().to_json()) | change
    assert send(service, json.dumps(message))["statusCode"] == status
    assert service.asked == []


@pytest.mark.parametrize(("method", "resource", "status"), [("GET", "/accounting", 405), ("POST", "/logins", 404)])
def test_there_is_one_route(method: str, resource: str, status: int) -> None:
    assert send(Answering(), "{}", method=method, resource=resource)["statusCode"] == status
