"""LoginTransactionStore: the fake and DynamoDB keep the same promises."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import botocore.session
import pytest

from mfa.domain.login_transactions import IllegalMoveError, LoginTransaction, TransactionState
from mfa.errors import ConditionRefusedError, UnreadableItemError
from tests.contract.conftest import Ports, on_aws
from tests.fakes.aws import REGION, TABLE, AwsInProcess
from tests.fakes.races import all_at_once
from tests.fakes.transactions import InMemoryTransactions

END = 1_060
WAITING = LoginTransaction(
    login_id="a-login_id",
    client="vpn",
    user_id="u",
    username="CORP\\alice",
    source_ip="192.0.2.7",
    config_revision="7",
    created_at=1_000,
    expires_at=END,
    attributes=(("Filter-Id", "staff"), ("Class", "")),
    hold_ms=1000,
)
DECISIONS = [TransactionState.APPROVED, TransactionState.DENIED, TransactionState.CANCELLED]


def state(ports: Ports) -> TransactionState:
    return ports.transactions.read([WAITING.login_id])[WAITING.login_id].state


def test_what_was_put_is_read_back_whole(ports: Ports) -> None:
    ports.transactions.put(WAITING)
    assert ports.transactions.read([WAITING.login_id]) == {WAITING.login_id: WAITING}


def test_a_login_is_put_once(ports: Ports) -> None:
    ports.transactions.put(WAITING)
    with pytest.raises(ConditionRefusedError):
        ports.transactions.put(replace(WAITING, username="mallory"))
    assert ports.transactions.read([WAITING.login_id]) == {WAITING.login_id: WAITING}


def test_a_hundred_are_read_at_once_and_the_unknown_are_left_out(ports: Ports) -> None:
    known = [replace(WAITING, login_id=f"login-{number}") for number in range(60)]
    for transaction in known:
        ports.transactions.put(transaction)
    asked = [f"login-{number}" for number in range(100)]
    assert ports.transactions.read(asked) == {transaction.login_id: transaction for transaction in known}
    assert ports.transactions.read([]) == {}
    assert ports.transactions.read(["nobody", "nobody"]) == {}


@pytest.mark.parametrize("decision", DECISIONS)
def test_a_decision_counts_until_the_end_and_not_from_then_on(ports: Ports, decision: TransactionState) -> None:
    ports.transactions.put(WAITING)
    with pytest.raises(ConditionRefusedError):
        ports.transactions.move(WAITING.login_id, decision, END)
    assert state(ports) is TransactionState.PENDING
    ports.transactions.move(WAITING.login_id, decision, END - 1)
    assert state(ports) is decision


def test_a_login_expires_at_its_end_and_not_before(ports: Ports) -> None:
    ports.transactions.put(WAITING)
    with pytest.raises(ConditionRefusedError):
        ports.transactions.move(WAITING.login_id, TransactionState.EXPIRED, END - 1)
    ports.transactions.move(WAITING.login_id, TransactionState.EXPIRED, END)
    assert state(ports) is TransactionState.EXPIRED


@pytest.mark.parametrize("first", DECISIONS)
@pytest.mark.parametrize("second", [*DECISIONS, TransactionState.EXPIRED])
def test_the_first_decision_stands(ports: Ports, first: TransactionState, second: TransactionState) -> None:
    ports.transactions.put(WAITING)
    ports.transactions.move(WAITING.login_id, first, END - 1)
    with pytest.raises(ConditionRefusedError):
        ports.transactions.move(WAITING.login_id, second, END if second is TransactionState.EXPIRED else END - 1)
    assert state(ports) is first


def test_nothing_is_decided_that_does_not_exist(ports: Ports) -> None:
    with pytest.raises(ConditionRefusedError):
        ports.transactions.move("nobody", TransactionState.APPROVED, 0)
    assert ports.transactions.read(["nobody"]) == {}


def test_nothing_becomes_pending_again(ports: Ports) -> None:
    ports.transactions.put(WAITING)
    with pytest.raises(IllegalMoveError):
        ports.transactions.move(WAITING.login_id, TransactionState.PENDING, END - 1)


def test_d7_of_many_decisions_at_once_one_counts(ports: Ports, rounds: int) -> None:
    for number in range(rounds):
        login_id = f"race-{number}"
        ports.transactions.put(replace(WAITING, login_id=login_id))
        outcomes = all_at_once([_attempt(ports, login_id, decision) for decision in DECISIONS * 2])
        (winner,) = [decision for decision in outcomes if decision is not None]
        assert ports.transactions.read([login_id])[login_id].state is winner


def _attempt(ports: Ports, login_id: str, decision: TransactionState) -> Callable[[], TransactionState | None]:
    def attempt() -> TransactionState | None:
        try:
            ports.transactions.move(login_id, decision, END - 1)
        except ConditionRefusedError:
            return None
        return decision

    return attempt


# ---- what cannot be read

OTHER = replace(WAITING, login_id="another-login_id")


def test_an_item_that_cannot_be_read_is_told_as_such_and_harms_no_other(ports: Ports) -> None:
    ports.transactions.put(WAITING)
    ports.transactions.put(OTHER)
    spoil(ports, WAITING.login_id)
    found = ports.transactions.read([WAITING.login_id, OTHER.login_id, "nobody"])
    assert isinstance(found.pop(WAITING.login_id), UnreadableItemError)
    assert found == {OTHER.login_id: OTHER}


def test_nothing_is_decided_that_cannot_be_read(ports: Ports) -> None:
    ports.transactions.put(WAITING)
    spoil(ports, WAITING.login_id)
    for state_, now in ((TransactionState.APPROVED, END - 1), (TransactionState.EXPIRED, END)):
        with pytest.raises(ConditionRefusedError):
            ports.transactions.move(WAITING.login_id, state_, now)


@pytest.mark.parametrize(
    "spoiled",
    [
        {"state": {"S": "mislaid"}},
        {"state": {"N": "1"}},
        {"state": {"NULL": True}},
        {"created_at": {"S": "yesterday"}},
        {"expires_at": {"L": []}},
        {"hold_ms": {"NULL": True}},
        {"client": {"NULL": True}},
        {"username": {"B": b"alice"}},
        {"attributes": {"S": "Filter-Id"}},
        {"attributes": {"L": [{"S": "Filter-Id"}]}},
        {"attributes": {"L": [{"L": [{"S": "Filter-Id"}]}]}},
        {"attributes": {"L": [{"NULL": True}]}},
        *({name: None} for name in ("state", "client", "user_id", "username", "source_ip", "expires_at", "hold_ms")),
    ],
    ids=str,
)
def test_whatever_is_wrong_with_an_item_only_that_one_is_unreadable(
    aws: AwsInProcess, spoiled: dict[str, dict[str, Any] | None]
) -> None:
    store = on_aws(aws).transactions
    store.put(WAITING)
    store.put(OTHER)
    change(WAITING.login_id, spoiled)
    found = store.read([WAITING.login_id, OTHER.login_id])
    error = found.pop(WAITING.login_id)
    assert isinstance(error, UnreadableItemError)
    assert WAITING.login_id in str(error)
    assert "alice" not in str(error)
    assert found == {OTHER.login_id: OTHER}


def spoil(ports: Ports, login_id: str) -> None:
    if isinstance(ports.transactions, InMemoryTransactions):
        ports.transactions.spoil(login_id)
    else:
        change(login_id, {"state": {"S": "mislaid"}})


def change(login_id: str, attributes: dict[str, dict[str, Any] | None]) -> None:
    """As somebody with access to the table could; None takes an attribute away."""
    table = botocore.session.get_session().create_client("dynamodb", REGION)
    key = {"pk": {"S": f"T#{login_id}"}, "sk": {"S": "STATE"}}
    item = table.get_item(TableName=TABLE, Key=key)["Item"] | attributes
    table.put_item(TableName=TABLE, Item={name: value for name, value in item.items() if value is not None})
