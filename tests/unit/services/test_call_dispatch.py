"""Placing calls: once for each login, never more than the caps allow, and never for nothing."""

from collections import Counter
from decimal import Decimal

import pytest

from mfa.call_ports import CallResult
from mfa.domain.login_transactions import TransactionState
from mfa.domain.phones import PhoneWay
from mfa.domain.reasons import RejectReason
from mfa.domain.sms_caps import DAY, HOUR
from mfa.errors import UnavailableError
from mfa.sms_ports import SmsEvent
from tests.fakes.call_world import MOBILE, TOKEN, CallWorld, login_id
from tests.fakes.push_world import RETRIES, TIMEOUT
from tests.fakes.races import all_at_once

SEED = b"another seed of 20 o"


@pytest.fixture
def world() -> CallWorld:
    return CallWorld()


def add_users(world: CallWorld, count: int, number: str | None = None) -> list[str]:
    names = [f"user{place}" for place in range(count)]
    for place, name in enumerate(names):
        user_id = world.add_user(name, seed=SEED)
        called = number or f"+49151{place % 10}{place:07}"
        world.add_phone(user_id, called, ways=frozenset({PhoneWay.CALL}))
    return names


def reasons(world: CallWorld) -> Counter[RejectReason | None]:
    return Counter(record.reason for record in world.audit.logins if record.outcome == "reject")


def events(world: CallWorld) -> Counter[SmsEvent]:
    return Counter(note.event for note in world.call_trail.notes)


def begin_a_day(world: CallWorld) -> float:
    """When it began."""
    begin = world.clock.now() // DAY * DAY + DAY
    world.clock.advance(begin - world.clock.now() + 1)
    return begin


def ring_all(world: CallWorld, names: list[str], seconds: float = 0) -> None:
    """One after the other, so many seconds apart."""
    for name in names:
        world.clock.advance(seconds)
        answer = world.ask("phone", username=name)
        assert answer.outcome == "pending"
        world.ring(login_id(answer))


# ---- one call


def test_the_number_that_is_asked_is_called_with_nothing_that_names_the_user(world: CallWorld) -> None:
    answer = world.called("phone2")
    ((number, wanted),) = world.caller.placed
    assert number == "+4930901820"
    assert (wanted.call_id, wanted.application, wanted.company) == (login_id(answer), "vpn", "Example Corp")
    assert wanted.seconds == pytest.approx(world.transaction(answer).expires_at - world.clock.now())
    assert world.transaction(answer).contact_id == f"contact-of-{login_id(answer)}"
    assert events(world) == {SmsEvent.TAKEN: 1}
    assert world.waker.woken == []


def test_a_second_sending_calls_nobody(world: CallWorld) -> None:
    answer = world.called()
    world.another_dispatch().send(login_id(answer), "another token")
    assert len(world.caller.placed) == 1


def test_of_many_who_send_at_once_one_calls(world: CallWorld, rounds: int) -> None:
    for _ in range(min(rounds, 20)):
        world.clock.advance(DAY + 1)
        before = len(world.caller.placed)
        one = login_id(world.ask("phone"))
        senders = [world.another_dispatch() for _ in range(6)]
        all_at_once([lambda sender=sender, one=one: sender.send(one, TOKEN) for sender in senders])
        assert len(world.caller.placed) == before + 1


def test_no_note_holds_the_number(world: CallWorld) -> None:
    world.called()
    assert MOBILE[1:] not in repr(world.call_trail.notes)
    assert world.call_trail.notes[-1].number == "…89"


# ---- none


@pytest.mark.parametrize("result", sorted(set(CallResult) - {CallResult.PLACED, CallResult.UNKNOWN}))
def test_what_connect_refuses_ends_the_login_at_once_with_the_reason(world: CallWorld, result: CallResult) -> None:
    world.caller.result = result
    answer = world.called()
    found = world.transaction(answer)
    assert (found.state, found.reason) == (TransactionState.CANCELLED, RejectReason.CALL_FAILED)
    last = world.audit.logins[-1]
    assert (last.outcome, last.reason, last.factor_id) == ("reject", RejectReason.CALL_FAILED, world.mobile.phone_id)
    assert (last.fault or "").startswith(result.value)
    assert world.waker.woken == [(TOKEN, login_id(answer))]
    assert world.poll(answer).hold_ms > 5000, "its Reject comes when that of an unanswered call would"
    assert events(world) == {SmsEvent.CALL_FAILED: 1}


def test_without_an_answer_the_login_waits_because_it_may_ring(world: CallWorld) -> None:
    world.caller.result = CallResult.UNKNOWN
    answer = world.called()
    assert world.transaction(answer).state is TransactionState.PENDING
    assert events(world) == {SmsEvent.UNCONFIRMED: 1}


def test_d12_a_number_that_was_removed_is_not_called(world: CallWorld) -> None:
    answer = world.ask("phone")
    item = world.item()
    world.store.phones.replace(item, item.phones[1:])
    world.ring(login_id(answer))
    assert world.caller.placed == []
    assert world.transaction(answer).reason is RejectReason.NO_PHONE


def test_a_country_that_is_not_admitted_any_more_is_not_called(world: CallWorld) -> None:
    user_id = world.add_user("bob", seed=SEED)
    world.add_phone(user_id, "+447400123456", region="GB", ways=frozenset({PhoneWay.CALL}))
    answer = world.called(username="bob")
    assert world.caller.placed == []
    assert (world.audit.logins[-1].reason, world.audit.logins[-1].fault) == (RejectReason.CALL_COUNTRY_REFUSED, "GB")
    assert world.transaction(answer).state is TransactionState.CANCELLED


def test_a_fault_before_the_call_places_none_and_approves_nothing(world: CallWorld) -> None:
    answer = world.ask("phone")
    world.memory.faults.before["sms.count"] = 1
    with pytest.raises(UnavailableError):
        world.ring(login_id(answer))
    assert world.caller.placed == []
    assert world.transaction(answer).state is TransactionState.PENDING
    world.clock.advance(TIMEOUT)
    assert world.poll(answer).outcome.value == "reject"


# ---- the end


def test_a_telephone_does_not_go_on_ringing_for_a_login_that_has_ended(world: CallWorld) -> None:
    answer = world.called()
    world.clock.advance(TIMEOUT)
    world.dispatch.expire(login_id(answer))
    assert world.caller.ended == [f"contact-of-{login_id(answer)}"]
    assert world.transaction(answer).state is TransactionState.EXPIRED


def test_a_telephone_is_hung_up_though_an_edge_has_noted_the_end_first(world: CallWorld) -> None:
    answer = world.called()
    world.clock.advance(TIMEOUT)
    world.poll(answer)
    assert world.transaction(answer).state is TransactionState.EXPIRED
    world.dispatch.expire(login_id(answer))
    assert world.caller.ended == [f"contact-of-{login_id(answer)}"]


def test_a_call_that_was_answered_says_its_last_words(world: CallWorld) -> None:
    answer = world.called()
    world.press(login_id(answer))
    world.clock.advance(TIMEOUT)
    world.dispatch.expire(login_id(answer))
    assert world.caller.ended == []


def test_a_call_of_a_login_that_ended_while_it_was_placed_is_hung_up(world: CallWorld) -> None:
    answer = world.ask("phone")
    one = login_id(answer)

    def ends(_contact: str) -> None:
        world.store.transactions.move(one, TransactionState.CANCELLED, world.clock.now(), RejectReason.CANCELLED)

    world.caller.answered = ends
    world.ring(one)
    assert world.caller.ended == [f"contact-of-{one}"]


def test_the_end_of_a_push_hangs_nothing_up(world: CallWorld) -> None:
    one = login_id(world.ask("push 47"))
    world.clock.advance(TIMEOUT)
    world.dispatch.expire(one)
    assert world.caller.ended == []


# ---- C14: what a stranger can make the company pay


def test_c14_a_thousand_words_for_one_user_call_three_times(world: CallWorld) -> None:
    for _ in range(1000):
        world.clock.advance(0.25)
        answer = world.ask("phone")
        if answer.outcome == "pending":
            world.ring(login_id(answer))
    assert len(world.caller.placed) <= 3


def test_c14_a_day_of_words_for_one_number_calls_ten_times() -> None:
    world = CallWorld(per_number_and_day=10)
    begin = begin_a_day(world)
    while world.clock.now() < begin + DAY - 120:
        world.clock.advance(TIMEOUT * (RETRIES + 2))
        answer = world.ask("phone")
        if answer.outcome == "pending":
            world.ring(login_id(answer))
    assert len(world.caller.placed) == 10
    assert reasons(world)[RejectReason.CALL_CAPPED] > 0
    assert world.audit.logins[-1].reason in {RejectReason.CALL_CAPPED, RejectReason.CALL_RATIONED}


def test_c14_one_number_of_many_users_is_called_as_often_as_that_of_one() -> None:
    world = CallWorld(per_number_and_day=4)
    ring_all(world, add_users(world, 12, "+4915199999999"))
    assert len(world.caller.placed) == 4
    assert reasons(world) == {RejectReason.CALL_CAPPED: 8}
    assert world.audit.logins[-1].fault == "number: 4 in 86400 s"


def test_c14_a_range_of_numbers_is_called_no_more_than_its_prefix_may() -> None:
    world = CallWorld(per_prefix_and_hour=5)
    for place in range(20):
        user_id = world.add_user(f"user{place}", seed=SEED)
        world.add_phone(user_id, f"+4930777{place:04}", ways=frozenset({PhoneWay.CALL}))
    ring_all(world, [f"user{place}" for place in range(20)])
    assert len(world.caller.placed) == 5


def test_c14_one_client_causes_no_more_calls_than_it_may() -> None:
    world = CallWorld(per_client_and_hour=7)
    ring_all(world, add_users(world, 20))
    assert len(world.caller.placed) == 7


def test_c14_the_breaker_opens_with_an_alarm_and_knows_it_without_a_write() -> None:
    world = CallWorld(per_day=10)
    begin_a_day(world)
    names = add_users(world, 30)
    ring_all(world, names[:20], seconds=HOUR / 2)
    assert len(world.caller.placed) == 8, "logins leave a fifth of ten to enrolment"
    assert reasons(world) == {RejectReason.CALL_BUDGET_SPENT: 12}
    alarms = [note.event for note in world.call_trail.notes if note.is_alarm]
    assert alarms[:2] == [SmsEvent.DAY_NEARLY_SPENT, SmsEvent.DAY_SPENT]
    counted = world.memory.calls.count("sms.count")
    ring_all(world, names[20:])
    assert world.memory.calls.count("sms.count") == counted
    world.clock.advance(DAY)
    ring_all(world, names[:1])
    assert len(world.caller.placed) == 9


def test_c14_money_counts_as_calls() -> None:
    world = CallWorld(daily_budget=Decimal(1), max_price=Decimal("0.30"))
    begin_a_day(world)
    ring_all(world, add_users(world, 5), seconds=HOUR)
    assert len(world.caller.placed) == 3


def test_c14_a_stranger_at_one_client_leaves_the_days_calls_to_the_others() -> None:
    world = CallWorld()
    ring_all(world, add_users(world, 40))
    assert len(world.caller.placed) == 12, "a quarter of the fifty that the budget pays for"
    assert reasons(world) == {RejectReason.CALL_CAPPED: 28}
    assert not [note for note in world.call_trail.notes if note.is_alarm]


def test_calls_and_messages_are_counted_apart() -> None:
    world = CallWorld(per_number_and_day=1)
    user_id = world.add_user("bob", seed=SEED)
    both = frozenset({PhoneWay.CALL, PhoneWay.MESSAGE})
    world.add_phone(user_id, "+4915177777777", ways=both)
    assert world.login("sms", username="bob").reason is RejectReason.SMS_SENT
    world.called(username="bob")
    assert (len(world.sender.sent), len(world.caller.placed)) == (1, 1)
