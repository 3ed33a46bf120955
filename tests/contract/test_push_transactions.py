"""PushTransactionStore: what happens to a waiting login, each thing once."""

from dataclasses import replace

import pytest

from mfa.domain.factors import SubscriberState
from mfa.domain.login_transactions import IllegalMoveError, LoginTransaction, TransactionState
from mfa.domain.push import PushApproval, PushPrompt
from mfa.domain.push_devices import PushDevice
from mfa.domain.reasons import RejectReason
from mfa.domain.sealing import Sealed
from mfa.domain.subscribers import Subscriber
from mfa.domain.user_names import Alias, AliasKind
from mfa.errors import ConditionRefusedError
from mfa.push_ports import StoredDecision
from tests.contract.conftest import Ports
from tests.fakes.races import all_at_once

END = 1_060.25
WAITING = LoginTransaction(
    login_id="a-login_id",
    client="vpn",
    user_id="u",
    username="alice",
    source_ip="192.0.2.7",
    config_revision="7",
    created_at=1_000.125,
    expires_at=END,
    prompt=PushPrompt(
        device_id="a-device",
        nonce="a-nonce",
        address="203.0.113.9",
        approval=PushApproval.NUMBER,
        number=Sealed(1, b"sealed 47"),
    ),
)
TOKEN = Sealed(1, b"sealed token")
SUBSCRIBER = Subscriber(
    user_id="u",
    display_name="Alice",
    aliases=(Alias("corp", AliasKind.SAM, "alice"),),
    state=SubscriberState.ACTIVE,
    created_at=1,
)
DEVICE = PushDevice(device_id="a-device", user_id="u", name="phone", public_key=b"\4" * 65, created_at=1)
APPROVED = StoredDecision(
    login_id=WAITING.login_id,
    user_id="u",
    device_id="a-device",
    state=TransactionState.APPROVED,
    reason=None,
    at=END - 0.001,
)
DENIED = replace(APPROVED, state=TransactionState.DENIED, reason=RejectReason.WRONG_NUMBER)


@pytest.fixture
def ports(ports: Ports) -> Ports:
    ports.subscribers.create(SUBSCRIBER)
    ports.push_devices.add(DEVICE, ports.subscribers.factors("u"))
    ports.transactions.put(WAITING)
    return ports


def stored(ports: Ports) -> LoginTransaction:
    found = ports.transactions.read([WAITING.login_id])[WAITING.login_id]
    assert isinstance(found, LoginTransaction)
    return found


def test_a_prompt_is_read_back_whole(ports: Ports) -> None:
    assert stored(ports) == WAITING


def test_a_prompt_without_a_number_is_read_back_whole(ports: Ports) -> None:
    assert WAITING.prompt
    other = replace(WAITING, login_id="other", prompt=replace(WAITING.prompt, number=None))
    ports.transactions.put(other)
    assert ports.transactions.read(["other"]) == {"other": other}


@pytest.mark.parametrize("decision", [APPROVED, DENIED])
def test_a_device_decides_once(ports: Ports, decision: StoredDecision) -> None:
    ports.push_transactions.decide(decision)
    assert stored(ports) == replace(WAITING, state=decision.state, decided_at=END - 0.001, reason=decision.reason)
    for again in (APPROVED, DENIED):
        with pytest.raises(ConditionRefusedError):
            ports.push_transactions.decide(again)
    assert stored(ports).state is decision.state


def test_d5_a_decision_at_the_end_or_later_does_not_count(ports: Ports) -> None:
    with pytest.raises(ConditionRefusedError):
        ports.push_transactions.decide(replace(APPROVED, at=END))
    assert stored(ports) == WAITING


def test_d12_a_removed_device_decides_nothing(ports: Ports) -> None:
    ports.push_devices.remove("u", "a-device")
    with pytest.raises(ConditionRefusedError):
        ports.push_transactions.decide(APPROVED)
    assert stored(ports) == WAITING


def test_d12_the_device_of_somebody_who_is_disabled_decides_nothing(ports: Ports) -> None:
    ports.subscribers.set_state("u", SubscriberState.DISABLED)
    with pytest.raises(ConditionRefusedError):
        ports.push_transactions.decide(APPROVED)
    assert stored(ports) == WAITING


def test_a_device_whose_id_is_part_of_another_decides_nothing(ports: Ports) -> None:
    with pytest.raises(ConditionRefusedError):
        ports.push_transactions.decide(replace(APPROVED, device_id="device"))


def test_an_unknown_login_is_not_decided(ports: Ports) -> None:
    with pytest.raises(ConditionRefusedError):
        ports.push_transactions.decide(replace(APPROVED, login_id="unknown"))
    assert ports.transactions.read(["unknown"]) == {}


def test_a_device_cannot_bring_a_login_back(ports: Ports) -> None:
    with pytest.raises(IllegalMoveError):
        ports.push_transactions.decide(replace(APPROVED, state=TransactionState.PENDING))


def test_a_reason_is_stored_with_a_move(ports: Ports) -> None:
    ports.transactions.move(WAITING.login_id, TransactionState.CANCELLED, END - 1, RejectReason.CANCELLED)
    assert stored(ports).reason is RejectReason.CANCELLED


@pytest.mark.parametrize("token", [None, TOKEN])
def test_a_prompt_is_sent_once(ports: Ports, token: Sealed | None) -> None:
    ports.push_transactions.claim_sending(WAITING.login_id, 1_000.5, token)
    assert stored(ports) == replace(WAITING, sent_at=1_000.5, task_token=token)
    with pytest.raises(ConditionRefusedError):
        ports.push_transactions.claim_sending(WAITING.login_id, 1_000.6, TOKEN)
    assert stored(ports) == replace(WAITING, sent_at=1_000.5, task_token=token)


def test_what_is_decided_is_not_sent_any_more(ports: Ports) -> None:
    ports.push_transactions.decide(DENIED)
    with pytest.raises(ConditionRefusedError):
        ports.push_transactions.claim_sending(WAITING.login_id, 1_000.5, TOKEN)


def test_an_unknown_login_is_not_sent_and_not_told(ports: Ports) -> None:
    with pytest.raises(ConditionRefusedError):
        ports.push_transactions.claim_sending("unknown", 1_000.5, TOKEN)
    with pytest.raises(ConditionRefusedError):
        ports.push_transactions.note_told("unknown", 1_000.5)
    assert ports.transactions.read(["unknown"]) == {}


def test_an_end_is_told_for_the_first_time_once(ports: Ports) -> None:
    ports.push_transactions.note_told(WAITING.login_id, 1_001.5)
    with pytest.raises(ConditionRefusedError):
        ports.push_transactions.note_told(WAITING.login_id, 1_002.5)
    assert stored(ports).told_at == 1_001.5


def test_b1_of_many_who_send_at_once_one_does(ports: Ports, rounds: int) -> None:
    for number in range(rounds):
        login_id = f"race-{number}"
        ports.transactions.put(replace(WAITING, login_id=login_id))

        def claim(login_id: str = login_id) -> bool:
            try:
                ports.push_transactions.claim_sending(login_id, 1_000.5, TOKEN)
            except ConditionRefusedError:
                return False
            return True

        assert all_at_once([claim] * 6).count(True) == 1


def test_d7_deny_and_approve_at_once_have_one_winner(ports: Ports, rounds: int) -> None:
    for number in range(rounds):
        login_id = f"race-{number}"
        ports.transactions.put(replace(WAITING, login_id=login_id))

        def decide(state: TransactionState, login_id: str = login_id) -> TransactionState | None:
            try:
                ports.push_transactions.decide(replace(APPROVED, login_id=login_id, state=state))
            except ConditionRefusedError:
                return None
            return state

        both = [TransactionState.APPROVED, TransactionState.DENIED]
        outcomes = all_at_once([lambda state=state: decide(state) for state in both])  # type: ignore[misc]
        (winner,) = [outcome for outcome in outcomes if outcome is not None]
        found = ports.transactions.read([login_id])[login_id]
        assert isinstance(found, LoginTransaction)
        assert found.state is winner
