"""What contact flows ask the function, and what it decides, from Connect's own events on the fakes."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mfa.domain.factors import SubscriberState
from mfa.domain.login_transactions import TransactionState
from mfa.domain.phone_calls import CallPurpose, NumberCall, PressedKeys
from mfa.domain.phones import PhoneWay, number_context
from mfa.domain.push_ledger import PushLedger
from mfa.domain.reasons import RejectReason
from mfa.domain.sent_codes import code_context
from mfa.sms_ports import PendingPhone
from phone_call.app import Lambda, RefusedEventError, StepFailedError, create_app
from tests.fakes.call_world import MOBILE, TOKEN, CallWorld, login_id
from tests.fakes.login_world import Answer
from tests.fakes.push_world import TIMEOUT

EVENT: dict[str, Any] = json.loads((Path(__file__).parent / "events/decide.json").read_text())
INSTANCE = EVENT["Details"]["ContactData"]["InstanceARN"]


@pytest.fixture
def world() -> CallWorld:
    return CallWorld()


@pytest.fixture
def app(world: CallWorld) -> Lambda:
    return create_app(world.decisions, INSTANCE, lambda error: pytest.fail(repr(error)))


def event(
    call_id: str,
    parameters: Mapping[str, object],
    *,
    contact_id: str | None = None,
    purpose: CallPurpose = CallPurpose.LOGIN,
    **contact: object,
) -> dict[str, Any]:
    made = copy.deepcopy(EVENT)
    data = made["Details"]["ContactData"]
    data["Attributes"] |= {"call": call_id, "purpose": purpose.value}
    data |= {"ContactId": contact_id or f"contact-of-{call_id}", **contact}
    made["Details"]["Parameters"] = dict(parameters)
    return made


BEGIN = {"step": "begin"}
APPROVE = {"step": "decide", "keys": "#"}
REPORT = {"step": "decide", "keys": "0#"}


def ask(app: Lambda, answer: Answer, parameters: Mapping[str, object], **named: Any) -> dict[str, str]:
    return app(event(login_id(answer), parameters, **named), None)


# ---- a login


def test_the_pound_key_approves_and_wakes_the_execution(world: CallWorld, app: Lambda) -> None:
    answer = world.called()
    assert ask(app, answer, BEGIN) == {"kind": "login", "code": ""}
    assert ask(app, answer, APPROVE) == {"result": "approved"}
    assert world.transaction(answer).state is TransactionState.APPROVED
    assert world.waker.woken == [(TOKEN, login_id(answer))]
    last = world.audit.logins[-1]
    assert (last.outcome, last.reason, last.factor_id) == ("accept", None, world.mobile.phone_id)


def test_d10_zero_and_pound_reject_mute_and_leave_an_event(world: CallWorld, app: Lambda) -> None:
    answer = world.called()
    assert ask(app, answer, REPORT) == {"result": "reported"}
    found = world.transaction(answer)
    assert (found.state, found.reason) == (TransactionState.DENIED, RejectReason.REPORTED)
    assert world.store.push_ledgers.read(world.user_id).muted_at == int(world.clock.now())
    (change,) = [one for one in world.audit.changes if one.event == "call_reported"]
    assert change.details == {"phone_id": world.mobile.phone_id, "login_id": login_id(answer), "client": "vpn"}
    assert world.audit.logins[-1].reason is RejectReason.REPORTED


def test_d4_d7_the_first_keys_stand(world: CallWorld, app: Lambda) -> None:
    answer = world.called()
    assert ask(app, answer, APPROVE) == {"result": "approved"}
    records = len(world.audit.logins)
    assert ask(app, answer, APPROVE) == {"result": "ended"}
    assert ask(app, answer, BEGIN) == {"kind": "ended", "code": ""}
    assert len(world.audit.logins) == records
    assert world.transaction(answer).state is TransactionState.APPROVED


def test_d10_a_report_mutes_however_late_it_is(world: CallWorld, app: Lambda) -> None:
    answer = world.called()
    world.clock.advance(TIMEOUT + 60)
    assert ask(app, answer, REPORT) == {"result": "reported"}
    assert world.transaction(answer).state is TransactionState.EXPIRED
    assert world.ask("phone").reason is RejectReason.CALL_MUTED


def test_d5_keys_after_the_end_approve_nothing(world: CallWorld, app: Lambda) -> None:
    answer = world.called()
    world.clock.advance(TIMEOUT)
    assert ask(app, answer, APPROVE) == {"result": "ended"}
    found = world.transaction(answer)
    assert (found.state, found.reason) == (TransactionState.EXPIRED, RejectReason.EXPIRED)


def test_d6_a_call_decides_its_own_login_and_no_other(world: CallWorld, app: Lambda) -> None:
    answer = world.called()
    for parameters, told in ((BEGIN, {"kind": "ended", "code": ""}), (APPROVE, {"result": "ended"})):
        assert ask(app, answer, parameters, contact_id="contact-of-somebody") == told
        assert app(event("unknown", parameters), None) == told
    assert world.transaction(answer).state is TransactionState.PENDING
    ask(app, answer, REPORT, contact_id="contact-of-somebody")
    assert world.store.push_ledgers.read(world.user_id) == _unmuted(world)


def _unmuted(world: CallWorld) -> PushLedger:
    ledger = world.store.push_ledgers.read(world.user_id)
    assert ledger.muted_at is None
    return ledger


def test_d6_a_login_that_asks_a_device_is_not_approved_by_a_call(world: CallWorld, app: Lambda) -> None:
    answer = world.ask("push 47")
    world.ring(login_id(answer))
    assert ask(app, answer, APPROVE) == {"result": "ended"}
    assert world.transaction(answer).state is TransactionState.PENDING


def test_a_call_whose_id_is_not_known_yet_is_waited_for(world: CallWorld, app: Lambda) -> None:
    answer = world.ask("phone")
    one, told = login_id(answer), list[dict[str, str]]()
    world.caller.answered = lambda _: None
    world.pause.meanwhile = lambda: world.ring(one) if not world.caller.placed else None
    told.append(ask(app, answer, APPROVE))
    assert told == [{"result": "approved"}]


def test_a_call_whose_id_never_becomes_known_approves_nothing(world: CallWorld, app: Lambda) -> None:
    answer = world.ask("phone")
    assert ask(app, answer, APPROVE) == {"result": "ended"}
    assert world.transaction(answer).state is TransactionState.PENDING


@pytest.mark.parametrize("gone", ["removed", "disabled"])
def test_d12_a_number_that_does_not_count_any_more_approves_nothing(world: CallWorld, app: Lambda, gone: str) -> None:
    answer = world.called()
    if gone == "removed":
        world.store.phones.replace(world.item(), world.item().phones[1:])
    else:
        world.store.subscribers.set_state(world.user_id, SubscriberState.DISABLED)
    assert ask(app, answer, APPROVE) == {"result": "ended"}
    assert world.transaction(answer).state is TransactionState.PENDING


def test_d13_an_approval_stands_though_its_answer_was_lost_or_nobody_can_be_woken(
    world: CallWorld, app: Lambda
) -> None:
    answer = world.called()
    world.memory.faults.after["phone_calls.decide"] = 1
    assert ask(app, answer, APPROVE) == {"result": "approved"}
    assert world.transaction(answer).state is TransactionState.APPROVED


def test_nothing_is_approved_while_the_table_is_away(world: CallWorld) -> None:
    faults: list[BaseException] = []
    app = create_app(world.decisions, INSTANCE, faults.append)
    answer = world.called()
    world.memory.faults.before["phone_calls.decide"] = 1
    with pytest.raises(StepFailedError) as failed:
        ask(app, answer, APPROVE)
    assert "phone_calls" not in str(failed.value)
    assert len(faults) == 1
    assert world.transaction(answer).state is TransactionState.PENDING


# ---- a number that is to be proven


def number_call(world: CallWorld, code: str = "471102") -> str:
    """A number of alice's that waits, and the call that is to say its code."""
    now = int(world.clock.now())
    pending = PendingPhone(
        user_id=world.user_id,
        phone_id="new-one",
        name="Phone",
        number=world.vault.seal(MOBILE.encode(), number_context(world.user_id, "new-one")),
        region="DE",
        code=world.vault.seal(code.encode(), code_context(world.user_id, "new-one")),
        expires_at=now + 600,
        way=PhoneWay.CALL,
    )
    world.store.phones.put_pending(pending)
    call = NumberCall(call_id="number-call", user_id=world.user_id, phone_id="new-one", expires_at=now + 600)
    world.store.phone_calls.put_number_call(call)
    world.store.phone_calls.note_number_contact("number-call", "contact-of-number-call")
    return call.call_id


def begin_number(app: Lambda, call_id: str, contact_id: str | None = None) -> dict[str, str]:
    return app(event(call_id, BEGIN, contact_id=contact_id, purpose=CallPurpose.NUMBER), None)


def test_a_call_about_a_number_says_its_code_digit_by_digit(world: CallWorld, app: Lambda) -> None:
    assert begin_number(app, number_call(world)) == {"kind": "number", "code": "4, 7, 1, 1, 0, 2"}


def test_the_code_of_a_number_is_said_to_its_own_call_only_and_in_time(world: CallWorld, app: Lambda) -> None:
    nothing = {"kind": "ended", "code": ""}
    one = number_call(world)
    assert begin_number(app, one, "contact-of-somebody") == nothing
    assert app(event(one, BEGIN), None) == nothing, "it is no login"
    assert app(event(one, APPROVE, purpose=CallPurpose.NUMBER), None) == {"result": "ended"}
    world.clock.advance(600)
    assert begin_number(app, one) == nothing


def test_a_number_whose_place_another_took_is_not_said(world: CallWorld, app: Lambda) -> None:
    one = number_call(world)
    world.clock.advance(1)
    number_call_again = world.memory.state.pending_phones[world.user_id]
    world.store.phones.put_pending(
        PendingPhone(
            user_id=world.user_id,
            phone_id="newer",
            name="Phone",
            number=number_call_again.number,
            region="DE",
            code=number_call_again.code,
            expires_at=number_call_again.expires_at + 1,
        )
    )
    assert begin_number(app, one) == {"kind": "ended", "code": ""}


# ---- events that are none of ours


REFUSED: dict[str, dict[str, object]] = {
    "another instance": {"InstanceARN": INSTANCE.replace("9308", "0000")},
    "another account": {"InstanceARN": INSTANCE.replace("123456789012", "210987654321")},
    "no instance": {"InstanceARN": None},
    "a chat": {"Channel": "CHAT"},
    "somebody who calls us": {"InitiationMethod": "INBOUND"},
    "no contact": {"ContactId": ""},
    "a long contact": {"ContactId": "x" * 257},
    "no attributes": {"Attributes": None},
    "an id with a slash": {"Attributes": {"call": "a/b", "purpose": "login"}},
    "another purpose": {"Attributes": {"call": "abc", "purpose": "anything"}},
}


@pytest.mark.parametrize("contact", REFUSED.values(), ids=list(REFUSED))
def test_what_is_no_call_of_ours_is_refused(world: CallWorld, app: Lambda, contact: dict[str, object]) -> None:
    answer = world.called()
    refused = event(login_id(answer), APPROVE)
    refused["Details"]["ContactData"] |= contact
    with pytest.raises(RefusedEventError):
        app(refused, None)
    assert world.transaction(answer).state is TransactionState.PENDING


@pytest.mark.parametrize(
    "parameters",
    [{}, {"step": "decide"}, {"step": "decide", "keys": "1"}, {"step": "begin", "keys": "#"}, {"step": 1},
     {"step": "decide", "keys": "0#", "more": "x"}, {"step": "decide", "keys": ""}],
)  # fmt: skip
def test_other_steps_and_keys_are_refused(world: CallWorld, app: Lambda, parameters: dict[str, object]) -> None:
    answer = world.called()
    with pytest.raises(RefusedEventError):
        ask(app, answer, parameters)
    assert world.transaction(answer).state is TransactionState.PENDING


@pytest.mark.parametrize("nonsense", [None, [], "x", {}, {"Details": None}, {"Details": {"ContactData": []}}])
def test_what_is_no_event_at_all_is_refused(app: Lambda, nonsense: Any) -> None:
    with pytest.raises(RefusedEventError):
        app(nonsense, None)


def test_without_an_instance_nothing_is_answered(world: CallWorld) -> None:
    answer = world.called()
    for instance in (None, ""):
        with pytest.raises(RefusedEventError):
            ask(create_app(world.decisions, instance, pytest.fail), answer, APPROVE, InstanceARN=instance)


def test_the_real_event_of_connect_is_read(world: CallWorld) -> None:
    seen: list[tuple[object, object]] = []

    class Decisions:
        def begin(self, contact: object) -> Any:
            raise AssertionError

        def decide(self, contact: object, keys: object) -> Any:
            seen.append((contact, keys))
            return world.decisions.decide(contact, keys)  # type: ignore[arg-type]

    assert create_app(Decisions(), INSTANCE, pytest.fail)(EVENT, None) == {"result": "ended"}
    ((contact, keys),) = seen
    assert (contact.call_id, keys) == ("cGFja2V0AAAAAAAAAAAAAQ", PressedKeys.APPROVE)  # type: ignore[attr-defined]
