"""What draws docs/pictures/dashboard.svg understands every widget, and counts what the audit trail writes."""

from xml.etree import ElementTree as ET

import pytest

from bench.dashboard import body, card
from bench.dashboard_metrics import Metrics, evaluated, lines_of
from mfa.adapters.audit import LoggedAudit
from mfa.domain.canary import CANARY_CLIENT, CANARY_USER
from mfa.domain.reasons import RejectReason
from tests.fakes.receipt_world import login_record


@pytest.fixture
def metrics(capfd: pytest.CaptureFixture[str]) -> Metrics:
    """Two logins that were let in (one through the canary's client), two that were not, and one of the canary."""
    audit = LoggedAudit(service_name="dashboard-test", metrics_namespace="Gatehouse")
    for client in ("vpn", CANARY_CLIENT):
        audit.login_decided(login_record(outcome="accept", reason=None, typed="code", client=client))
        audit.login_decided(login_record(outcome="reject", reason=RejectReason.CODE_USED, typed="code"))
    canary = {"client": CANARY_CLIENT, "username": CANARY_USER}
    audit.login_decided(login_record(outcome="accept", reason=None, typed="code", **canary))
    return Metrics(capfd.readouterr().out.splitlines(), 60)


def drawn(title: str, metrics: Metrics) -> dict[str, float]:
    (widget,) = [one for one in body()["widgets"] if one["properties"].get("title") == title]
    return {line.label: sum(value or 0 for value in line.values) for line in lines_of(widget, metrics)}


def test_decisions_and_reasons_are_counted_and_the_canary_is_not(metrics: Metrics) -> None:
    decisions = drawn("Decisions", metrics)
    assert (decisions["let in"], decisions["rejected"]) == (2, 2)
    assert drawn("Why logins were rejected", metrics) == {"code_used": 2}
    assert drawn("Success ratio, %", metrics) == {"let in, %": 50}
    assert drawn("Time a login takes in its function, by what was typed: p99, ms", metrics) == {"code": 12}


def test_every_widget_can_be_drawn(metrics: Metrics) -> None:
    for widget in body()["widgets"]:
        ET.fromstring("".join(card(widget, metrics)))  # noqa: S314 -- our own


def test_what_has_no_value_stays_without_one() -> None:
    assert evaluated("100 * a / b", {"a": [1.0, None, 1.0], "b": [2.0, 2.0, 0.0]}) == [50, None, None]
    assert evaluated("IF(FILL(a, 0) > 0, FILL(a, 0))", {"a": [3.0, None]}) == [3, None]
