"""A prompt is sent once, to the device that is asked, and its end is noted once."""

import json
from dataclasses import replace

import pytest

from mfa.domain.factors import CodeFactors, SubscriberState, Throttle
from mfa.domain.login_transactions import TransactionState
from mfa.domain.push import token_context
from mfa.domain.push_devices import PushSubscription
from mfa.domain.reasons import RejectReason
from mfa.errors import ConditionRefusedError, UnavailableError
from mfa.push_ports import PushDelivery, PushEvent, StoredDecision
from mfa.services.push_dispatch import MOST_EARLY_SECONDS
from tests.fakes.dispatch_world import LIFE_SECONDS, SUBSCRIPTION, TOKEN, DispatchWorld, without_prompt
from tests.fakes.races import all_at_once

DECIDED = [TransactionState.APPROVED, TransactionState.DENIED, TransactionState.CANCELLED]


@pytest.fixture
def world() -> DispatchWorld:
    return DispatchWorld()


# ---- sending


def test_the_device_that_is_asked_is_rung_with_the_login_and_nothing_else(world: DispatchWorld) -> None:
    login_id = world.waiting()
    world.clock.advance(3)
    world.dispatch.send(login_id, TOKEN)
    ((subscription, message),) = world.sender.sent
    assert subscription == SUBSCRIPTION
    assert json.loads(message.payload) == {"id": login_id}
    assert message.seconds == LIFE_SECONDS - 3, "it lives as long as the prompt does"
    assert message.topic == login_id
    assert len(message.topic) <= 32
    assert world.trail.events == [PushEvent.TAKEN]
    assert world.waker.woken == []


def test_the_token_is_kept_sealed_for_this_login(world: DispatchWorld) -> None:
    login_id = world.waiting()
    world.dispatch.send(login_id, TOKEN)
    login = world.login(login_id)
    assert login.sent_at == world.clock.time
    assert login.task_token is not None
    assert TOKEN.encode() not in login.task_token.octets
    assert world.vault.open(login.task_token, token_context(login_id)) == TOKEN.encode()


def test_without_a_token_it_is_sent_as_well(world: DispatchWorld) -> None:
    login_id = world.waiting()
    world.dispatch.send(login_id, None)
    assert len(world.sender.sent) == 1
    assert world.login(login_id).task_token is None


def test_it_is_sent_once_however_often_it_is_asked_for(world: DispatchWorld) -> None:
    login_id = world.waiting()
    for token in (None, TOKEN, TOKEN):
        world.dispatch.send(login_id, token)
    assert len(world.sender.sent) == 1
    assert world.trail.events == [PushEvent.TAKEN, PushEvent.SENT_BEFORE, PushEvent.SENT_BEFORE]
    assert world.waker.woken == [], "the execution goes on waiting, to note the end"


def test_of_many_that_send_at_once_one_rings(world: DispatchWorld, rounds: int) -> None:
    for number in range(rounds):
        login_id = world.waiting()
        all_at_once([lambda login_id=login_id: world.dispatch.send(login_id, TOKEN)] * 4)  # type: ignore[misc]
        assert len(world.sender.sent) == number + 1


def test_a_device_without_subscription_is_not_rung_and_the_login_waits(world: DispatchWorld) -> None:
    """Its app asks by itself while it is open."""
    login_id = world.waiting(world.device(subscription=None))
    world.dispatch.send(login_id, TOKEN)
    assert world.sender.sent == []
    assert world.trail.events == [PushEvent.NO_SUBSCRIPTION]
    assert world.login(login_id).state is TransactionState.PENDING
    assert world.login(login_id).task_token is not None
    assert world.waker.woken == []


def test_d12_a_device_that_was_removed_is_not_rung(world: DispatchWorld) -> None:
    device = world.device()
    login_id = world.waiting(device)
    del world.store.state.devices[device.device_id]
    world.dispatch.send(login_id, TOKEN)
    assert (world.sender.sent, world.trail.events) == ([], [PushEvent.NO_DEVICE])


def test_somebody_elses_device_is_not_rung(world: DispatchWorld) -> None:
    device = world.device()
    login_id = world.waiting(device)
    world.store.state.devices[device.device_id] = replace(device, user_id="user-2")
    world.dispatch.send(login_id, TOKEN)
    assert (world.sender.sent, world.trail.events) == ([], [PushEvent.NO_DEVICE])


def test_a_login_that_asks_no_device_rings_none(world: DispatchWorld) -> None:
    login_id = world.waiting()
    world.change(login_id, without_prompt)
    world.dispatch.send(login_id, TOKEN)
    assert (world.sender.sent, world.trail.events) == ([], [PushEvent.NO_DEVICE])


@pytest.mark.parametrize("state", DECIDED)
def test_a_login_that_is_decided_already_wakes_its_execution_at_once(
    world: DispatchWorld, state: TransactionState
) -> None:
    login_id = world.waiting()
    world.store.transactions.move(login_id, state, world.clock.time)
    world.dispatch.send(login_id, TOKEN)
    assert world.waker.woken == [(TOKEN, login_id)]
    assert (world.sender.sent, world.trail.events) == ([], [PushEvent.ENDED_BEFORE])


def test_a_decision_between_reading_and_claiming_wakes_it_too(world: DispatchWorld) -> None:
    """Its own waker found no token: nobody had stored one."""
    login_id = world.waiting()
    claim = world.store.transactions.claim_sending

    def decided_meanwhile(*arguments: object) -> None:
        world.store.transactions.move(login_id, TransactionState.DENIED, world.clock.time)
        claim(*arguments)  # type: ignore[arg-type]

    world.store.transactions.claim_sending = decided_meanwhile  # type: ignore[method-assign]
    world.dispatch.send(login_id, TOKEN)
    assert world.waker.woken == [(TOKEN, login_id)]
    assert (world.sender.sent, world.trail.events) == ([], [PushEvent.ENDED_BEFORE])


def test_an_unknown_login_wakes_its_execution_and_rings_nobody(world: DispatchWorld) -> None:
    world.dispatch.send("nobody", TOKEN)
    assert world.waker.woken == [(TOKEN, "nobody")]
    assert world.trail.events == [PushEvent.UNKNOWN_LOGIN]


def test_without_a_token_there_is_nothing_to_wake(world: DispatchWorld) -> None:
    world.dispatch.send("nobody", None)
    assert world.waker.woken == []


def test_a_login_that_cannot_be_read_is_reported_and_rings_nobody(world: DispatchWorld) -> None:
    login_id = world.waiting()
    world.store.transactions.spoil(login_id)
    world.dispatch.send(login_id, TOKEN)
    assert len(world.faults) == 1
    assert (world.sender.sent, world.waker.woken) == ([], [(TOKEN, login_id)])


def test_d5_a_prompt_that_comes_too_late_is_not_sent_and_its_end_is_noted(world: DispatchWorld) -> None:
    """An invocation without execution may wait in Lambda's queue for hours."""
    login_id = world.waiting()
    world.clock.advance(LIFE_SECONDS)
    world.dispatch.send(login_id, TOKEN)
    assert world.sender.sent == []
    assert world.login(login_id).state is TransactionState.EXPIRED
    assert world.trail.events == [PushEvent.EXPIRED]
    assert [record.reason for record in world.audit.logins] == [RejectReason.EXPIRED]
    assert world.waker.woken == [(TOKEN, login_id)]


# ---- what a push service says


def test_a_subscription_that_is_gone_is_removed(world: DispatchWorld) -> None:
    world.sender.answer = PushDelivery(was_taken=False, is_gone=True, detail="gone")
    device = world.device()
    world.dispatch.send(world.waiting(device), TOKEN)
    assert world.store.state.devices[device.device_id].subscription is None
    assert world.trail.events == [PushEvent.GONE]


def test_one_that_the_app_made_anew_meanwhile_stays(world: DispatchWorld) -> None:
    renewed = replace(SUBSCRIPTION, endpoint="https://push.example.test/new")
    device = world.device()
    send = world.sender.send

    def renews_meanwhile(subscription: PushSubscription, message: object) -> PushDelivery:
        world.store.push_devices.subscribe(device.user_id, device.device_id, renewed)
        send(subscription, message)  # type: ignore[arg-type]
        return PushDelivery(was_taken=False, is_gone=True)

    world.sender.send = renews_meanwhile  # type: ignore[method-assign, assignment]
    world.dispatch.send(world.waiting(device), TOKEN)
    assert world.store.state.devices[device.device_id].subscription == renewed


@pytest.mark.parametrize("call", ["push_devices.subscribe", "push_devices.read"])
def test_a_subscription_that_cannot_be_removed_now_is_no_error(world: DispatchWorld, call: str) -> None:
    world.sender.answer = PushDelivery(was_taken=False, is_gone=True)
    login_id = world.waiting()
    send = world.sender.send

    def then_down(subscription: PushSubscription, message: object) -> PushDelivery:
        world.store.faults.before[call] = 1
        return send(subscription, message)  # type: ignore[arg-type]

    world.sender.send = then_down  # type: ignore[method-assign, assignment]
    world.dispatch.send(login_id, TOKEN)
    assert world.trail.events == [PushEvent.GONE]


def test_what_is_not_taken_decides_nothing(world: DispatchWorld) -> None:
    world.sender.answer = PushDelivery(was_taken=False, detail="push.example.test answered 503")
    device = world.device()
    login_id = world.waiting(device)
    world.dispatch.send(login_id, TOKEN)
    assert world.login(login_id).state is TransactionState.PENDING
    assert world.store.state.devices[device.device_id].subscription == SUBSCRIPTION
    (note,) = world.trail.notes
    assert (note.event, note.detail) == (PushEvent.NOT_TAKEN, "push.example.test answered 503")
    assert (note.login_id, note.device_id, note.milliseconds) == (login_id, device.device_id, 0)


# ---- faults


@pytest.mark.parametrize("call", ["transactions.read", "push_devices.read", "transactions.claim_sending"])
def test_a_fault_before_the_claim_may_be_tried_again(world: DispatchWorld, call: str) -> None:
    login_id = world.waiting()
    world.store.faults.before[call] = 1
    with pytest.raises(UnavailableError):
        world.dispatch.send(login_id, TOKEN)
    world.dispatch.send(login_id, TOKEN)
    assert len(world.sender.sent) == 1


def test_a_claim_whose_answer_was_lost_rings_nobody_twice(world: DispatchWorld) -> None:
    login_id = world.waiting()
    world.store.faults.after["transactions.claim_sending"] = 1
    with pytest.raises(UnavailableError):
        world.dispatch.send(login_id, TOKEN)
    world.dispatch.send(login_id, TOKEN)
    assert world.sender.sent == []
    assert world.login(login_id).state is TransactionState.PENDING


def test_no_token_is_stored_in_clear_when_the_vault_is_down(world: DispatchWorld) -> None:
    login_id = world.waiting()
    world.vault.available = False
    with pytest.raises(UnavailableError):
        world.dispatch.send(login_id, TOKEN)
    assert world.login(login_id).task_token is None


# ---- the end


def test_a_login_that_nobody_answered_expires_with_one_record(world: DispatchWorld) -> None:
    login_id = world.waiting()
    world.clock.advance(LIFE_SECONDS + 1)
    for _ in range(2):
        world.dispatch.expire(login_id)
    assert world.login(login_id).state is TransactionState.EXPIRED
    (record,) = world.audit.logins
    assert (record.login_id, record.reason, record.outcome) == (login_id, RejectReason.EXPIRED, "reject")
    assert record.duration_ms == (LIFE_SECONDS + 1) * 1000
    assert world.trail.events == [PushEvent.EXPIRED]


@pytest.mark.parametrize("state", DECIDED)
def test_a_decision_stands_against_the_end(world: DispatchWorld, state: TransactionState) -> None:
    login_id = world.waiting()
    world.store.transactions.move(login_id, state, world.clock.time)
    world.clock.advance(LIFE_SECONDS + 1)
    world.dispatch.expire(login_id)
    assert world.login(login_id).state is state
    assert (world.audit.logins, world.trail.events) == ([], [])


def test_an_execution_whose_clock_is_a_little_fast_waits_for_the_end(world: DispatchWorld) -> None:
    login_id = world.waiting()
    world.clock.advance(LIFE_SECONDS - MOST_EARLY_SECONDS)
    world.dispatch.expire(login_id)
    assert world.pause.taken == [MOST_EARLY_SECONDS]
    assert world.login(login_id).state is TransactionState.EXPIRED


def test_a_decision_while_it_waits_for_the_end_stands(world: DispatchWorld) -> None:
    login_id = world.waiting()
    world.clock.advance(LIFE_SECONDS - 1)
    world.pause.meanwhile = lambda: world.change(
        login_id, lambda login: replace(login, state=TransactionState.APPROVED)
    )
    world.dispatch.expire(login_id)
    assert world.login(login_id).state is TransactionState.APPROVED
    assert (world.audit.logins, world.trail.events) == ([], [])


def test_nothing_ends_long_before_its_time(world: DispatchWorld) -> None:
    login_id = world.waiting()
    world.dispatch.expire(login_id)
    assert world.pause.taken == []
    assert world.login(login_id).state is TransactionState.PENDING


def test_the_end_of_an_unknown_login_is_nothing(world: DispatchWorld) -> None:
    world.dispatch.expire("nobody")
    assert (world.audit.logins, world.trail.events) == ([], [])


def test_d8_at_the_end_a_decision_and_the_expiry_have_one_winner(world: DispatchWorld, rounds: int) -> None:
    """Both at the same moment, as the decision's time is a little before the end."""
    for _ in range(rounds):
        device = world.device()
        world.store.state.factors["user-1"] = _active("user-1", device.device_id)
        login_id, before = world.waiting(device), len(world.audit.logins)
        world.clock.advance(LIFE_SECONDS)
        decision = StoredDecision(
            login_id=login_id,
            user_id="user-1",
            device_id=device.device_id,
            state=TransactionState.APPROVED,
            reason=None,
            at=world.clock.time - 0.001,
        )
        won, _ = all_at_once([lambda decision=decision: _decides(world, decision),  # type: ignore[misc]
                              lambda login_id=login_id: world.dispatch.expire(login_id)])  # type: ignore[misc]  # fmt: skip
        state = world.login(login_id).state
        assert state is (TransactionState.APPROVED if won else TransactionState.EXPIRED)
        assert len(world.audit.logins) - before == (0 if won else 1)


def _decides(world: DispatchWorld, decision: StoredDecision) -> bool:
    try:
        world.store.transactions.decide(decision)
    except ConditionRefusedError:
        return False
    return True


def _active(user_id: str, *devices: str) -> CodeFactors:
    throttle = Throttle(tries=0, gate=10, last_try_at=0, successes=0)
    return CodeFactors(
        user_id=user_id, state=SubscriberState.ACTIVE, throttle=throttle, factors={}, recent={}, devices=devices
    )
