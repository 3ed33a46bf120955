"""AccountingStore: the fake and DynamoDB keep the same promises."""

from collections.abc import Callable

import pytest

from mfa.contract.accounting import AccountingRequest
from mfa.domain.accounting import AccountingRecord
from mfa.errors import ConditionRefusedError, UnavailableError
from tests.contract.conftest import Ports
from tests.fakes.accounting_requests import EVENT_TIME, INTERIM, accounting_request
from tests.fakes.aws import AwsInProcess, raw_items
from tests.fakes.races import all_at_once


def add(ports: Ports, event: AccountingRequest, received_at: int = EVENT_TIME + 5) -> bool:
    """True if it was new."""
    record = AccountingRecord(event=event, received_at=received_at, expires_at=received_at + 86_400)
    try:
        ports.accounting.add(record)
    except ConditionRefusedError:
        return False
    return True


@pytest.mark.parametrize("exact", [True, False])
def test_a_record_is_added_once(ports: Ports, exact: bool) -> None:
    event = accounting_request(exact_time=exact)
    assert [add(ports, event, EVENT_TIME + later) for later in (0, 5, 3600)] == [True, False, False]


@pytest.mark.parametrize("jitter", [-2, -1, 1, 2, 19])
def test_a_counted_back_time_that_jitters_is_still_the_same_record(ports: Ports, jitter: int) -> None:
    for start in range(EVENT_TIME, EVENT_TIME + 200, 100):
        for within in range(0, 20, 7):
            event_time = start + within
            event = accounting_request(exact_time=False, event_time=event_time, session_id=f"{event_time}")
            again = accounting_request(exact_time=False, event_time=event_time + jitter, session_id=f"{event_time}")
            assert [add(ports, event), add(ports, again)] == [True, False]


def test_a_session_id_that_is_used_again_later_is_another_record(ports: Ports) -> None:
    for exact in (True, False):
        assert [
            add(ports, accounting_request(exact_time=exact, event_time=EVENT_TIME + after)) for after in (0, 60, 3600)
        ] == [True, True, True]


def test_interim_updates_a_minute_apart_are_all_kept_even_without_counts(ports: Ports) -> None:
    for minute in range(5):
        event = accounting_request(
            status=INTERIM,
            exact_time=False,
            event_time=EVENT_TIME + 60 * minute,
            session_time=None,
            input_octets=None,
            output_octets=None,
        )
        assert add(ports, event)


def test_odd_values_can_be_kept(ports: Ports) -> None:
    for number, odd in enumerate(("", "#", "%23", "CORP\\älice", "\u202e", "x" * 253)):
        event = accounting_request(
            session_id=odd, username=odd, nas=odd or "-", attributes={"a": odd}, input_octets=2**64 - 1
        )
        assert add(ports, event), number
        assert not add(ports, event), number


@pytest.mark.parametrize("exact", [True, False])
def test_b16_the_same_record_through_two_edges_at_once_is_kept_once(ports: Ports, exact: bool, rounds: int) -> None:
    for number in range(rounds):
        events = [
            accounting_request(
                session_id=f"race-{number}", exact_time=exact, event_time=EVENT_TIME + (0 if exact else edge)
            )
            for edge in range(4)
        ]
        outcomes = all_at_once([_attempt(ports, event) for event in events])
        assert outcomes.count("new") == 1
        assert not add(ports, events[0])


def _attempt(ports: Ports, event: AccountingRequest) -> Callable[[], str]:
    def attempt() -> str:
        try:
            return "new" if add(ports, event) else "kept"
        except UnavailableError:  # DynamoDB tells one of two transactions that meet to come again
            return "again"

    return attempt


def test_what_is_stored_can_be_read_by_a_person_and_goes_by_itself(
    aws: AwsInProcess, request: pytest.FixtureRequest
) -> None:
    from tests.contract.conftest import on_aws  # noqa: PLC0415 -- only this test needs the real one alone

    add(on_aws(aws), accounting_request())
    (item,) = [item for item in raw_items() if item["pk"]["S"].startswith("A#")]
    assert item["sk"]["S"] == f"AT#{EVENT_TIME}"
    assert item["username"]["S"] == "CORP\\alice"
    assert item["input_octets"]["N"] == str(2**40)
    assert item["ttl"]["N"] == str(EVENT_TIME + 5 + 86_400)
