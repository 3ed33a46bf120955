"""What can become of a login that waits, and when to ask for it again."""

import pytest

from mfa.domain.login_transactions import (
    IllegalMoveError,
    LoginTransaction,
    TransactionState,
    check_move,
    poll_after_ms,
)

WAITING = LoginTransaction(
    login_id="l",
    client="vpn",
    user_id="u",
    username="alice",
    source_ip="192.0.2.7",
    config_revision="1",
    created_at=1_000,
    expires_at=1_060,
)
LEGAL = {(TransactionState.PENDING, after) for after in TransactionState if after is not TransactionState.PENDING}


@pytest.mark.parametrize("before", TransactionState)
@pytest.mark.parametrize("after", TransactionState)
def test_only_a_pending_login_is_decided(before: TransactionState, after: TransactionState) -> None:
    if (before, after) in LEGAL:
        check_move(before, after)
    else:
        with pytest.raises(IllegalMoveError):
            check_move(before, after)


def test_a_login_has_run_out_from_its_end_on() -> None:
    assert not WAITING.has_run_out(1_059.9)
    assert WAITING.has_run_out(1_060)


@pytest.mark.parametrize(("waited", "pause"), [(0, 1000), (1.9, 1000), (2, 500), (9.9, 500), (10, 750), (59, 750)])
def test_the_schedule_asks_most_often_while_people_answer(waited: float, pause: int) -> None:
    assert poll_after_ms(WAITING, WAITING.created_at + waited) == pause


def test_nobody_sleeps_past_the_end_and_nobody_asks_without_pause() -> None:
    assert poll_after_ms(WAITING, WAITING.expires_at - 0.3) == 300
    assert poll_after_ms(WAITING, WAITING.expires_at - 0.01) == 100
    assert poll_after_ms(WAITING, WAITING.expires_at + 5) == 100
