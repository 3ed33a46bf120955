"""Accounting-Requests as an edge hands them over."""

from dataclasses import replace

from mfa.contract.accounting import AccountingRequest

START, STOP, INTERIM, ON = 1, 2, 3, 7
EVENT_TIME = 1_700_000_010  # in the middle of a slot of 20 s
STOP_REQUEST = AccountingRequest(
    client="vpn",
    config_revision="1",
    source_ip="192.0.2.7",
    nas="vpn-1",
    session_id="0000002A",
    status=STOP,
    username="CORP\\alice",
    event_time=EVENT_TIME,
    exact_time=True,
    session_time=3600,
    input_octets=2**40,
    output_octets=5,
    attributes={"Acct-Terminate-Cause": "User-Request"},
)


def accounting_request(**changes: object) -> AccountingRequest:
    return replace(STOP_REQUEST, **changes)  # type: ignore[arg-type]
