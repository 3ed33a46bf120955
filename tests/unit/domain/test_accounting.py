"""Which accounting records are the same one, sent again (RFC 2866 section 2, RFC 2869 section 2.1)."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mfa.contract.accounting import AccountingRequest
from mfa.domain.accounting import NEAR_SECONDS, AccountingRecord
from tests.fakes.accounting_requests import EVENT_TIME, INTERIM, START, STOP, accounting_request

times = st.integers(10_000, 2**40)


def record(event: AccountingRequest) -> AccountingRecord:
    return AccountingRecord(event=event, received_at=0, expires_at=0)


def same(first: AccountingRequest, second: AccountingRequest) -> bool:
    """Whether one that is kept makes the other a repetition."""
    one, other = record(first), record(second)
    return one.session == other.session and one.moment in (other.moment, *other.neighbours)


def test_the_same_request_is_the_same_record() -> None:
    for status in (START, STOP, INTERIM):
        for exact in (True, False):
            event = accounting_request(status=status, exact_time=exact)
            assert same(event, event)


def test_how_it_came_and_what_else_it_says_makes_no_difference() -> None:
    other = accounting_request(config_revision="2", source_ip="192.0.2.8", attributes={})
    assert same(accounting_request(), other)


@pytest.mark.parametrize(
    "change",
    [
        {"client": "desktops"},
        {"nas": "vpn-2"},
        {"session_id": "0000002B"},
        {"status": START},
        {"username": "CORP\\bob"},
        {"event_time": EVENT_TIME + 1},
    ],
)
def test_another_key_is_another_record(change: dict[str, object]) -> None:
    assert not same(accounting_request(), accounting_request(**change))


def test_sessions_without_an_id_are_told_apart_by_their_ports() -> None:
    def nameless(port: str) -> AccountingRequest:
        return accounting_request(session_id="", exact_time=False, attributes={"NAS-Port": port})

    assert same(nameless("7"), nameless("7"))
    assert not same(nameless("7"), nameless("8"))


def test_no_part_of_the_key_reaches_into_another() -> None:
    assert not same(
        accounting_request(nas="a", session_id='b","status":2'),
        accounting_request(nas='a","session_id":"b', session_id=""),
    )


@pytest.mark.parametrize("change", [{"session_time": 3660}, {"input_octets": 7}, {"output_octets": None}])
def test_interim_updates_are_told_apart_by_their_counts_and_other_records_are_not(change: dict[str, object]) -> None:
    assert not same(accounting_request(status=INTERIM), accounting_request(status=INTERIM, **change))
    assert same(accounting_request(status=STOP), accounting_request(status=STOP, **change))


@given(times, st.integers(-NEAR_SECONDS, NEAR_SECONDS))
@example(EVENT_TIME // NEAR_SECONDS * NEAR_SECONDS, -1)  # over the edge of a slot
def test_times_that_are_counted_back_may_differ_by_a_while(event_time: int, jitter: int) -> None:
    first = accounting_request(exact_time=False, event_time=event_time)
    again = accounting_request(exact_time=False, event_time=event_time + jitter)
    assert same(first, again)
    assert same(again, first)


@given(times, st.integers(2 * NEAR_SECONDS, 2**20))
def test_times_that_are_far_apart_are_two_events(event_time: int, distance: int) -> None:
    first = accounting_request(exact_time=False, event_time=event_time)
    assert not same(first, accounting_request(exact_time=False, event_time=event_time + distance))


@given(times, st.integers(1, 60))
def test_a_time_that_the_client_states_counts_to_the_second(event_time: int, distance: int) -> None:
    first = accounting_request(event_time=event_time)
    assert not same(first, accounting_request(event_time=event_time + distance))
    assert record(first).neighbours == ()
