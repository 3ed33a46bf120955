"""The function that CloudWatch Logs calls, from the delivery to the store."""

import base64
import gzip
import json
from typing import Any

import pytest

from mfa.adapters.audit import LoggedAudit
from receipts.app import DeliveryFailedError, RefusedEventError, create_app
from tests.fakes.faults import unwatched
from tests.fakes.receipt_world import ReceiptWorld, login, login_record


def delivery(*lines: str, kind: str = "DATA_MESSAGE") -> dict[str, Any]:
    """As CloudWatch Logs documents it."""
    told = {
        "messageType": kind,
        "owner": "123456789012",
        "logGroup": "/gatehouse/gatehouse/logins",
        "logStream": "2026/11/29/logins[$LATEST]3f",
        "subscriptionFilters": ["receipts"],
        "logEvents": [{"id": str(n), "timestamp": 1_800_000_000_000, "message": line} for n, line in enumerate(lines)],
    }
    return {"awslogs": {"data": base64.b64encode(gzip.compress(json.dumps(told).encode())).decode()}}


def test_the_lines_of_a_delivery_become_receipts() -> None:
    world = ReceiptWorld()
    assert create_app(world.service, unwatched)(delivery("START RequestId: 1", login(1), login(2)), None) == {}
    assert len(world.store.receipts.of_user("user-1", 0, 10)) == 2


def test_what_the_real_trail_writes_is_what_receipts_read(capfd: pytest.CaptureFixture[str]) -> None:
    """The two halves of the contract in one test: nobody can rename a field on one side."""
    world, audit = ReceiptWorld(), LoggedAudit(service_name="receipts-test", metrics_namespace="Gatehouse")
    audit.login_decided(login_record(typed="code", locks=True, nas={"Calling-Station-Id": "203.0.113.9"}))
    audit.subscriber_changed("factor_activated", "user-1", {"factor_id": "f-1"}, "subscriber")
    audit.configuration_changed("applied", "7", {}, "admin")
    create_app(world.service, unwatched)(delivery(*capfd.readouterr().out.splitlines()), None)
    first, second = (json.loads(one.body) for one in world.store.receipts.of_user("user-1", 0, 10))
    assert (first["reason"], first["typed"], first["locks"]) == ("code_used", "code", True)
    assert first["calling_station"] == "203.0.113.9"
    assert second["event"] == "factor_activated"
    assert [event.kind for event in world.bus.events] == ["User locked out", "Factors changed", "Configuration changed"]
    assert world.faults == []


def test_a_control_message_is_taken_and_ignored() -> None:
    world = ReceiptWorld()
    assert create_app(world.service, unwatched)(delivery(login(1), kind="CONTROL_MESSAGE"), None) == {}
    assert world.store.calls == []


@pytest.mark.parametrize(
    "event",
    [
        {},
        [],
        None,
        {"awslogs": {}},
        {"awslogs": {"data": "?"}},
        {"awslogs": {"data": base64.b64encode(b"no gzip").decode()}},
        {"awslogs": {"data": base64.b64encode(gzip.compress(b"no json")).decode()}},
        {"awslogs": {"data": base64.b64encode(gzip.compress(b'{"messageType":"DATA_MESSAGE"}')).decode()}},
        {"awslogs": {"data": base64.b64encode(gzip.compress(b"x" * 100)[:-9]).decode()}},
    ],
)
def test_anything_else_is_refused_without_being_quoted(event: Any) -> None:
    with pytest.raises(RefusedEventError, match="no delivery"):
        create_app(ReceiptWorld().service, unwatched)(event, None)


def test_a_fault_is_reported_and_makes_the_delivery_come_again() -> None:
    world, reported = ReceiptWorld(), list[BaseException]()
    world.store.faults.before["receipts.add"] = 1
    with pytest.raises(DeliveryFailedError) as raised:
        create_app(world.service, reported.append)(delivery(login(1)), None)
    assert "alice" not in str(raised.value)
    assert len(reported) == 1
