"""CallStore: which call belongs to a login or a number, and what its keys decide, each thing once."""

from dataclasses import replace

import pytest

from mfa.call_ports import StoredCallDecision
from mfa.domain.factors import SubscriberState
from mfa.domain.login_transactions import IllegalMoveError, LoginTransaction, TransactionState
from mfa.domain.phone_calls import NumberCall
from mfa.domain.phones import PhoneWay, VerifiedPhone
from mfa.domain.reasons import RejectReason
from mfa.domain.sealing import Sealed
from mfa.domain.sms_caps import Cap, CapName, Channel
from mfa.domain.subscribers import Subscriber
from mfa.domain.user_names import Alias, AliasKind
from mfa.errors import ConditionRefusedError
from mfa.sms_ports import PendingPhone
from tests.contract.conftest import Ports
from tests.fakes.races import all_at_once

END = 1_060.25
PHONE = VerifiedPhone(
    phone_id="phone-1",
    name="Desk",
    number=Sealed(1, b"sealed number"),
    region="DE",
    verified_at=900,
    ways=frozenset({PhoneWay.CALL}),
)
WAITING = LoginTransaction(
    login_id="a-login_id",
    client="vpn",
    user_id="u",
    username="alice",
    source_ip="192.0.2.7",
    config_revision="7",
    created_at=1_000.125,
    expires_at=END,
    phone_id="phone-1",
)
APPROVED = StoredCallDecision(
    login_id=WAITING.login_id,
    user_id="u",
    phone_id="phone-1",
    contact_id="contact-1",
    state=TransactionState.APPROVED,
    reason=None,
    at=END - 0.001,
)
REPORTED = replace(APPROVED, state=TransactionState.DENIED, reason=RejectReason.REPORTED)
CALL = NumberCall(call_id="call-1", user_id="u", phone_id="phone-2", expires_at=1_600)


@pytest.fixture
def ports(ports: Ports) -> Ports:
    alias = Alias("corp", AliasKind.SAM, "alice")
    ports.subscribers.create(
        Subscriber(user_id="u", display_name="Alice", aliases=(alias,), state=SubscriberState.ACTIVE, created_at=1)
    )
    prove(ports, PHONE)
    ports.transactions.put(WAITING)
    return ports


def waiting_number(phone: VerifiedPhone) -> PendingPhone:
    return PendingPhone(
        user_id="u",
        phone_id=phone.phone_id,
        name=phone.name,
        number=phone.number,
        region=phone.region,
        code=Sealed(1, b"sealed code"),
        expires_at=2_000,
        way=PhoneWay.CALL,
    )


def prove(ports: Ports, phone: VerifiedPhone) -> None:
    ports.phones.put_pending(waiting_number(phone))
    ports.phones.confirm(phone, ports.subscribers.factors("u"))


def stored(ports: Ports, login_id: str = WAITING.login_id) -> LoginTransaction:
    found = ports.transactions.read([login_id])[login_id]
    assert isinstance(found, LoginTransaction)
    return found


def test_a_login_that_is_called_is_read_back_whole(ports: Ports) -> None:
    assert stored(ports) == WAITING


def test_its_call_is_noted_once(ports: Ports) -> None:
    ports.phone_calls.note_contact(WAITING.login_id, "contact-1")
    assert stored(ports) == replace(WAITING, contact_id="contact-1")
    for again in ("contact-1", "contact-2"):
        with pytest.raises(ConditionRefusedError):
            ports.phone_calls.note_contact(WAITING.login_id, again)
    with pytest.raises(ConditionRefusedError):
        ports.phone_calls.note_contact("unknown", "contact-1")


def test_the_call_of_a_login_that_has_ended_is_not_noted(ports: Ports) -> None:
    ports.transactions.move(WAITING.login_id, TransactionState.CANCELLED, END - 1, RejectReason.CALL_FAILED)
    with pytest.raises(ConditionRefusedError):
        ports.phone_calls.note_contact(WAITING.login_id, "contact-1")


@pytest.mark.parametrize("decision", [APPROVED, REPORTED])
def test_a_call_decides_once(ports: Ports, decision: StoredCallDecision) -> None:
    ports.phone_calls.note_contact(WAITING.login_id, "contact-1")
    ports.phone_calls.decide_by_call(decision, [PHONE])
    found = stored(ports)
    assert (found.state, found.reason, found.decided_at) == (decision.state, decision.reason, END - 0.001)
    for again in (APPROVED, REPORTED):
        with pytest.raises(ConditionRefusedError):
            ports.phone_calls.decide_by_call(again, [PHONE])
    assert stored(ports) == found


@pytest.mark.parametrize(
    "decision",
    [
        replace(APPROVED, at=END),
        replace(APPROVED, contact_id="contact-2"),
        replace(APPROVED, phone_id="phone-2"),
        replace(APPROVED, login_id="unknown"),
    ],
    ids=["d5 too late", "d6 another call", "d6 another number", "d9 unknown login"],
)
def test_what_is_late_or_not_its_own_decides_nothing(ports: Ports, decision: StoredCallDecision) -> None:
    ports.phone_calls.note_contact(WAITING.login_id, "contact-1")
    with pytest.raises(ConditionRefusedError):
        ports.phone_calls.decide_by_call(decision, [PHONE])
    assert stored(ports).state is TransactionState.PENDING


def test_a_call_that_is_not_noted_decides_nothing(ports: Ports) -> None:
    with pytest.raises(ConditionRefusedError):
        ports.phone_calls.decide_by_call(APPROVED, [PHONE])


def test_d12_a_removed_number_and_a_disabled_user_decide_nothing(ports: Ports) -> None:
    ports.phone_calls.note_contact(WAITING.login_id, "contact-1")
    ports.subscribers.set_state("u", SubscriberState.DISABLED)
    with pytest.raises(ConditionRefusedError):
        ports.phone_calls.decide_by_call(APPROVED, [PHONE])
    ports.subscribers.set_state("u", SubscriberState.ACTIVE)
    ports.phones.replace(ports.subscribers.factors("u"), ())
    with pytest.raises(ConditionRefusedError):
        ports.phone_calls.decide_by_call(APPROVED, [PHONE])
    assert stored(ports).state is TransactionState.PENDING


def test_a_call_cannot_bring_a_login_back(ports: Ports) -> None:
    with pytest.raises(IllegalMoveError):
        ports.phone_calls.decide_by_call(replace(APPROVED, state=TransactionState.PENDING), [PHONE])


def test_d7_approve_and_report_at_once_have_one_winner(ports: Ports, rounds: int) -> None:
    for number in range(rounds):
        login_id = f"race-{number}"
        ports.transactions.put(replace(WAITING, login_id=login_id))
        ports.phone_calls.note_contact(login_id, "contact-1")

        def decide(decision: StoredCallDecision, login_id: str = login_id) -> TransactionState | None:
            try:
                ports.phone_calls.decide_by_call(replace(decision, login_id=login_id), [PHONE])
            except ConditionRefusedError:
                return None
            return decision.state

        outcomes = all_at_once([lambda one=one: decide(one) for one in (APPROVED, REPORTED)])  # type: ignore[misc]
        (winner,) = [outcome for outcome in outcomes if outcome is not None]
        assert stored(ports, login_id).state is winner


def test_a_call_about_a_number_is_kept_and_noted_once(ports: Ports) -> None:
    assert ports.phone_calls.number_call("call-1") is None
    with pytest.raises(ConditionRefusedError):
        ports.phone_calls.note_number_contact("call-1", "contact-1")
    ports.phone_calls.put_number_call(CALL)
    assert ports.phone_calls.number_call("call-1") == CALL
    with pytest.raises(ConditionRefusedError):
        ports.phone_calls.put_number_call(replace(CALL, user_id="somebody"))
    ports.phone_calls.note_number_contact("call-1", "contact-1")
    with pytest.raises(ConditionRefusedError):
        ports.phone_calls.note_number_contact("call-1", "contact-2")
    assert ports.phone_calls.number_call("call-1") == replace(CALL, contact_id="contact-1")


def test_a_call_about_a_number_is_no_login(ports: Ports) -> None:
    ports.phone_calls.put_number_call(CALL)
    assert ports.transactions.read([CALL.call_id]) == {}


# ---- numbers that are reached in two ways


def test_what_a_number_is_good_for_is_read_back(ports: Ports) -> None:
    assert ports.subscribers.factors("u").phones == (PHONE,)
    assert ports.phones.pending("u") is None
    ports.phones.put_pending(waiting_number(PHONE))
    assert ports.phones.pending("u") == waiting_number(PHONE)


def test_a_number_that_is_proven_another_way_keeps_its_place(ports: Ports) -> None:
    prove(ports, replace(PHONE, phone_id="phone-2"))
    both = replace(PHONE, ways=frozenset(PhoneWay))
    prove(ports, both)
    assert ports.subscribers.factors("u").phones == (both, replace(PHONE, phone_id="phone-2"))


def test_c14_calls_are_counted_beside_messages(ports: Ports) -> None:
    cap = Cap(name=CapName.DAY, key="", limit=1, begins_at=86_400, seconds=86_400)
    assert ports.sms.count(cap) == 1
    of_calls = replace(cap, channel=Channel.CALL)
    assert ports.sms.count(of_calls) == 1
    for one in (cap, of_calls):
        with pytest.raises(ConditionRefusedError):
            ports.sms.count(one)
