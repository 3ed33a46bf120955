"""What an account's own record decides before a password is sent."""

import pytest

from mfa.contract.directory import DirectoryResult
from mfa.domain.account_state import AccountState, LockoutPolicy, is_withheld, refusal
from mfa.domain.windows_values import NEVER, filetime_of_unix

NOW = 1_795_000_000.0
CHANGED = filetime_of_unix(NOW - 86_400)
NORMAL, DISABLED, NO_EXPIRY = 0x200, 0x202, 0x10200
LOCKED, EXPIRED = 0x10, 0x800000
HALF_AN_HOUR = 1800.0


def state(**changes: int) -> AccountState:
    return AccountState(**{"control": NORMAL, "password_last_set": CHANGED, **changes})


@pytest.mark.parametrize(
    ("record", "result"),
    [
        (state(), None),
        (state(control=NO_EXPIRY), None),
        (state(control=DISABLED), DirectoryResult.DISABLED),
        (state(computed=LOCKED), DirectoryResult.LOCKED),
        (state(computed=EXPIRED), DirectoryResult.PASSWORD_EXPIRED),
        (state(computed=EXPIRED, password_last_set=0), DirectoryResult.MUST_CHANGE_PASSWORD),
        (state(account_expires=filetime_of_unix(NOW)), DirectoryResult.ACCOUNT_EXPIRED),
        (state(account_expires=filetime_of_unix(NOW + 1)), None),
        (state(account_expires=0), None),
        (state(account_expires=NEVER), None),
    ],
)
def test_the_record_lets_in_or_says_why_not(record: AccountState, result: DirectoryResult | None) -> None:
    assert refusal(record, NOW) is result


def test_what_an_administrator_did_is_told_before_what_time_did() -> None:
    everything = state(control=DISABLED, computed=LOCKED | EXPIRED, account_expires=1)
    assert refusal(everything, NOW) is DirectoryResult.DISABLED


def test_a_password_that_never_ages_may_have_been_set_never() -> None:
    """The directory does not compute "expired" then, and a login works."""
    assert refusal(state(control=NO_EXPIRY, password_last_set=0), NOW) is None


def withheld(
    count: int, *, threshold: int = 5, age: float = 60.0, window: float = HALF_AN_HOUR, others_asking: int = 0
) -> bool:
    record = state(bad_password_count=count, bad_password_time=filetime_of_unix(NOW - age))
    policy = LockoutPolicy(threshold=threshold, window_seconds=window)
    return is_withheld(record, policy, NOW, others_asking=others_asking)


@pytest.mark.parametrize(("count", "result"), [(0, False), (2, False), (3, True), (4, True), (5, True)])
def test_the_last_two_tries_are_left_to_the_user(count: int, result: bool) -> None:
    assert withheld(count) is result


def test_passwords_that_are_being_asked_about_count_as_wrong() -> None:
    assert [withheld(2, others_asking=others) for others in range(3)] == [False, True, True]
    assert [withheld(0, threshold=3, others_asking=others) for others in range(2)] == [False, True]
    assert not withheld(0, threshold=0, others_asking=100)


def test_a_domain_without_a_threshold_locks_nobody() -> None:
    assert not withheld(1000, threshold=0)


@pytest.mark.parametrize("threshold", [1, 2, 3])
def test_a_small_threshold_still_lets_somebody_in_who_made_no_mistake(threshold: int) -> None:
    assert not withheld(0, threshold=threshold)
    assert withheld(1, threshold=threshold)


def test_wrong_passwords_from_before_the_window_count_no_more() -> None:
    assert withheld(4, age=HALF_AN_HOUR)
    assert not withheld(4, age=HALF_AN_HOUR + 1)


def test_a_window_that_never_ends_keeps_all_of_them() -> None:
    assert withheld(4, age=10**8, window=float("inf"))
