"""Whether a packet gets a prompt: its own, another's that it joins, a new one, or none."""

from dataclasses import replace

import pytest

from mfa.domain.login_transactions import LoginTransaction, TransactionState
from mfa.domain.push_ledger import (
    EARLY_SECONDS,
    SERVERS,
    Admitted,
    PushLedger,
    PushRequest,
    admit,
    prompts_lately,
)
from mfa.domain.ration import FORGOTTEN_SECONDS, LONGEST_PAUSE_SECONDS, SPAN_SECONDS, TIMES, pause_seconds
from mfa.domain.reasons import RejectReason

NOW = 1_700_000_000.0
TIMEOUT, RETRIES = 10, 2
NEW = PushLedger(user_id="u")


def request(login_id: str, *, now: float = NOW, tag: bytes = b"tag", number: bytes | None = None) -> PushRequest:
    return PushRequest(
        login_id=login_id,
        client="vpn",
        join_tag=tag,
        came_at=now,
        now=now,
        expires_at=now + 8,
        number=number,
        successes=0,
        timeout_seconds=TIMEOUT,
        retries=RETRIES,
        window_seconds=TIMEOUT * (RETRIES + 1),
    )


def waiting(login_id: str = "first", state: TransactionState = TransactionState.PENDING) -> LoginTransaction:
    return LoginTransaction(
        login_id=login_id,
        client="vpn",
        user_id="u",
        username="alice",
        source_ip="192.0.2.7",
        config_revision="1",
        state=state,
        created_at=NOW,
        expires_at=NOW + 8,
    )


def opened(ledger: PushLedger, asked: PushRequest, last: LoginTransaction | None = None) -> PushLedger:
    """The ledger after a prompt that there must be."""
    admitted = admit(ledger, last, asked)
    assert isinstance(admitted, Admitted)
    assert admitted.login_id == asked.login_id
    assert admitted.ledger is not None
    return admitted.ledger


FIRST = opened(NEW, request("first"))
PENDING, APPROVED, DENIED, EXPIRED = (
    waiting(state=TransactionState(state)) for state in ("pending", "approved", "denied", "expired")
)
RETRY = NOW + TIMEOUT


def test_the_first_prompt_is_counted_and_remembered() -> None:
    assert FIRST.last is not None
    assert (FIRST.last.login_id, FIRST.last.opened_at, FIRST.last.expires_at) == ("first", NOW, NOW + 8)
    assert (FIRST.prompts, FIRST.unanswered, FIRST.version) == ((NOW,), 1, 0)
    assert prompts_lately(FIRST, NOW + 1) == 1


@pytest.mark.parametrize("last", [None, PENDING, APPROVED, DENIED, EXPIRED])
def test_b1_the_same_packet_has_its_own_prompt_whatever_became_of_it(last: LoginTransaction | None) -> None:
    assert admit(FIRST, last, request("first", now=NOW + 20)) == Admitted("first", NOW + 8, None)


@pytest.mark.parametrize("last", [None, PENDING, APPROVED, DENIED, EXPIRED])
def test_b6_but_only_as_long_as_it_may_come_again(last: LoginTransaction | None) -> None:
    window = TIMEOUT * (RETRIES + 1)
    assert isinstance(admit(FIRST, last, request("first", now=NOW + window - 0.01)), Admitted)
    assert admit(FIRST, last, request("first", now=NOW + window)) is RejectReason.PUSH_ENDED


def test_b6_a_packet_that_had_a_prompt_gets_no_other_one() -> None:
    later = request("older", now=NOW + 3600, tag=b"other")
    assert isinstance(admit(FIRST, EXPIRED, later), Admitted)
    assert admit(FIRST, EXPIRED, later, had_prompt=True) is RejectReason.PUSH_ENDED


@pytest.mark.parametrize("tag", [b"tag", b"another tag"])
def test_another_packet_at_the_same_time_is_somebody_else(tag: bytes) -> None:
    assert admit(FIRST, PENDING, request("second", now=NOW + 1, tag=tag)) is RejectReason.PUSH_OPEN


def test_a_prompt_that_is_not_written_yet_is_open() -> None:
    assert admit(FIRST, None, request("second", now=NOW + 1, tag=b"other")) is RejectReason.PUSH_OPEN


# ---- joining; a prompt waits this long only by push_wait: all_retries

LONG = replace(FIRST, last=FIRST.last and replace(FIRST.last, expires_at=NOW + 28))
LONG_PENDING = replace(PENDING, expires_at=NOW + 28)


def test_b9_the_clients_retry_joins() -> None:
    admitted = admit(LONG, LONG_PENDING, request("retry", now=RETRY - EARLY_SECONDS))
    assert isinstance(admitted, Admitted)
    assert admitted.login_id == "first"
    assert admitted.ledger is not None
    assert admitted.ledger.last is not None
    assert (admitted.ledger.last.joined, admitted.ledger.last.newest_packet_at) == (1, RETRY - EARLY_SECONDS)
    assert (admitted.ledger.prompts, admitted.ledger.unanswered) == (LONG.prompts, LONG.unanswered)


def test_b9_a_first_packet_that_took_long_does_not_make_the_retry_early() -> None:
    late = opened(NEW, replace(request("first", now=NOW + 3), came_at=NOW))
    late = replace(late, last=late.last and replace(late.last, expires_at=NOW + 28))
    retry = admit(late, LONG_PENDING, request("retry", now=RETRY))
    assert isinstance(retry, Admitted)
    assert retry.login_id == "first"


def test_a_stranger_is_early_however_long_the_way_took() -> None:
    slow = replace(request("stranger", now=RETRY + 3), came_at=RETRY - EARLY_SECONDS - 0.01)
    assert admit(LONG, LONG_PENDING, slow) is RejectReason.PUSH_OPEN


def test_a_packet_that_comes_earlier_than_the_client_would_send_it_rides_on_nothing() -> None:
    early = request("stranger", now=RETRY - EARLY_SECONDS - 0.01)
    assert admit(LONG, LONG_PENDING, early) is RejectReason.PUSH_OPEN


def test_the_next_retry_is_due_after_the_one_before() -> None:
    joined = admit(LONG, LONG_PENDING, request("retry", now=RETRY))
    assert isinstance(joined, Admitted)
    assert joined.ledger is not None
    assert admit(joined.ledger, LONG_PENDING, request("again", now=RETRY + 5)) is RejectReason.PUSH_OPEN
    assert isinstance(admit(joined.ledger, LONG_PENDING, request("again", now=RETRY + TIMEOUT)), Admitted)


@pytest.mark.parametrize(("tag", "client"), [(b"other", "vpn"), (b"tag", "desktops")])
def test_only_the_same_text_of_the_same_client_joins(tag: bytes, client: str) -> None:
    other = replace(request("other", now=RETRY, tag=tag), client=client)
    assert admit(LONG, LONG_PENDING, other) is RejectReason.PUSH_OPEN


def test_no_more_packets_join_than_the_client_sends() -> None:
    assert LONG.last is not None
    full = replace(LONG, last=replace(LONG.last, joined=RETRIES * SERVERS))
    assert admit(full, LONG_PENDING, request("one too many", now=RETRY)) is RejectReason.PUSH_OPEN


def test_a_client_that_never_sends_again_has_nothing_that_joins() -> None:
    alone = replace(request("second", now=NOW + 9.9), retries=0)
    assert admit(LONG, LONG_PENDING, alone) is RejectReason.PUSH_OPEN


# ---- the end of a prompt


@pytest.mark.parametrize("last", [DENIED, EXPIRED, PENDING])
def test_after_the_end_the_same_login_gets_no_second_prompt(last: LoginTransaction) -> None:
    assert admit(FIRST, last, request("retry", now=RETRY)) is RejectReason.PUSH_ENDED


def test_an_approval_that_no_edge_was_told_is_told_to_the_retry() -> None:
    admitted = admit(FIRST, APPROVED, request("retry", now=RETRY))
    assert isinstance(admitted, Admitted)
    assert admitted.login_id == "first"


@pytest.mark.parametrize("now", [NOW + 1, RETRY - EARLY_SECONDS - 0.01])
def test_but_not_to_whoever_comes_earlier(now: float) -> None:
    assert admit(FIRST, APPROVED, request("stranger", now=now)) is RejectReason.PUSH_ENDED


def test_b10_an_approval_that_was_told_is_good_for_no_further_packet() -> None:
    told = replace(APPROVED, told_at=NOW + 5)
    assert admit(FIRST, told, request("retry", now=RETRY)) is RejectReason.PUSH_ENDED


def test_d5_an_approval_is_worth_nothing_when_the_client_has_given_up() -> None:
    late = request("late", now=NOW + TIMEOUT * (RETRIES + 1))
    ledger = opened(FIRST, late, APPROVED)
    assert ledger.last is not None
    assert ledger.last.login_id == "late"


@pytest.mark.parametrize("last", [DENIED, EXPIRED, APPROVED])
def test_another_login_may_ask_as_soon_as_the_one_before_has_ended(last: LoginTransaction) -> None:
    opened(FIRST, request("second", now=NOW + 5, tag=b"push 48"), last)


# ---- rationing


def asked(times: int, *, apart: float = 10.0) -> PushLedger:
    """The ledger after so many prompts that nobody answered."""
    ledger = NEW
    for number in range(times):
        last = None if ledger.last is None else waiting(ledger.last.login_id, TransactionState.EXPIRED)
        ledger = opened(ledger, request(f"login-{number}", now=NOW + number * apart, tag=b"%d" % number), last)
    return ledger


def test_d1_three_prompts_in_ten_minutes_and_then_silence() -> None:
    ledger, last = asked(TIMES), waiting("login-2", TransactionState.EXPIRED)
    for now in (NOW + 30, NOW + SPAN_SECONDS - 0.01):
        assert admit(ledger, last, request("more", now=now, tag=b"more")) is RejectReason.PUSH_RATIONED
    opened(ledger, request("more", now=NOW + SPAN_SECONDS, tag=b"more"), last)


def test_d1_the_pauses_grow_and_heal_by_themselves() -> None:
    ledger, now, gaps = asked(TIMES), NOW + 20, []
    for number in range(12):
        last = waiting(ledger.last.login_id, TransactionState.DENIED) if ledger.last else None
        begun = now
        while isinstance(admit(ledger, last, request(f"more-{number}", now=now, tag=b"m%d" % number)), RejectReason):
            now += 5
        ledger = opened(ledger, request(f"more-{number}", now=now, tag=b"m%d" % number), last)
        gaps.append(now - begun)
    assert gaps[-1] >= LONGEST_PAUSE_SECONDS
    assert max(gaps) <= LONGEST_PAUSE_SECONDS + 5
    assert gaps[4:] == sorted(gaps[4:])
    later = now + FORGOTTEN_SECONDS + 1
    assert opened(ledger, request("next day", now=later, tag=b"d"), last).unanswered == 1


@pytest.mark.parametrize(
    ("unanswered", "seconds"), [(0, 0), (2, 0), (3, 60), (4, 120), (8, 1920), (9, 3600), (999, 3600)]
)
def test_the_pauses_double(unanswered: int, seconds: int) -> None:
    assert pause_seconds(unanswered) == seconds


def test_an_approved_prompt_ends_the_count() -> None:
    ledger = asked(TIMES)
    again = opened(ledger, request("more", now=NOW + 30, tag=b"more"), waiting("login-2", TransactionState.APPROVED))
    assert (again.unanswered, again.prompts) == (1, (NOW + 30,))


def test_so_does_a_code_that_was_accepted() -> None:
    succeeded = replace(request("more", now=NOW + 30, tag=b"more"), successes=1)
    again = opened(asked(TIMES), succeeded, waiting("login-2", TransactionState.EXPIRED))
    assert (again.unanswered, again.successes) == (1, 1)


def test_d10_who_has_reported_a_prompt_gets_none() -> None:
    muted = replace(NEW, muted_at=1)
    assert admit(muted, None, request("first")) is RejectReason.PUSH_MUTED
    assert admit(replace(FIRST, muted_at=1), PENDING, request("first")) is RejectReason.PUSH_MUTED


# ---- numbers


def test_the_last_numbers_are_not_taken_again() -> None:
    ledger = NEW
    for number in range(6):
        last = None if ledger.last is None else waiting(ledger.last.login_id, TransactionState.APPROVED)
        now = NOW + number
        ledger = opened(ledger, request(f"l{number}", now=now, tag=b"%d" % number, number=b"%d" % number), last)
        again = request("again", now=now + 0.5, tag=b"again", number=b"%d" % number)
        done = waiting(f"l{number}", TransactionState.APPROVED)
        assert admit(ledger, done, again) is RejectReason.NUMBER_REUSED
    for number in range(6):
        asked = admit(ledger, done, request("later", now=NOW + 60, tag=b"later", number=b"%d" % number))
        assert (asked is RejectReason.NUMBER_REUSED) is (number in {1, 2, 3, 4, 5}), number


def test_a_refused_number_costs_no_prompt() -> None:
    ledger = opened(NEW, request("first", number=b"47"))
    for _ in range(20):
        again = request("again", now=NOW + 5, tag=b"again", number=b"47")
        assert admit(ledger, DENIED, again) is RejectReason.NUMBER_REUSED
    opened(ledger, request("other", now=NOW + 5, tag=b"other", number=b"48"), DENIED)
