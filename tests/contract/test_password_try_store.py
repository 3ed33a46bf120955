"""PasswordTryStore: no more passwords of one account go out than its budget, and none twice for one packet."""

from dataclasses import replace

import pytest

from mfa.contract.directory import MAX_KNOWN_WRONG, DirectoryResult
from mfa.domain.directory import PASSWORD_TRIES_WINDOW_SECONDS
from mfa.domain.password_tries import KnownWrongPassword, PasswordTries, PasswordTry
from mfa.errors import ConditionRefusedError
from tests.contract.conftest import Ports, on_aws
from tests.fakes.aws import AwsInProcess, raw_items
from tests.fakes.races import all_at_once

GUID = "0e5a1b2c-3d4e-4f5a-8b6c-7d8e9f0a1b2c"
LOGIN = "-_0Aa-_0Aa-_0Aa-_0Aa-_"
START = 10_000
OVER = START + PASSWORD_TRIES_WINDOW_SECONDS
WRONG = KnownWrongPassword(digest=b"\x00digest\xff", password_last_set=2**62, at=START)


def stored(ports: Ports) -> PasswordTries:
    item = ports.password_tries.read(GUID)
    assert item is not None
    return item


def reserves(ports: Ports, login_id: str = LOGIN, *, at: int = START, budget: int = 3) -> bool:
    try:
        ports.password_tries.reserve(GUID, login_id, at, budget)
    except ConditionRefusedError:
        return False
    return True


def settle(
    ports: Ports,
    login_id: str = LOGIN,
    result: DirectoryResult = DirectoryResult.PASSWORD_WRONG,
    *,
    give_back: bool = False,
    wrong: KnownWrongPassword | None = None,
    forget: tuple[str, ...] = (),
) -> None:
    ports.password_tries.settle(GUID, login_id, result, give_back=give_back, wrong=wrong, forget=forget)


def starts_over(ports: Ports, login_id: str, seen: PasswordTries, *, at: int = OVER) -> bool:
    try:
        ports.password_tries.start_over(GUID, login_id, at, seen)
    except ConditionRefusedError:
        return False
    return True


def spend(ports: Ports, tries: int) -> None:
    for number in range(tries):
        assert reserves(ports, f"login-{number}", budget=tries)


def test_an_account_that_nobody_tried_has_no_item(ports: Ports) -> None:
    assert ports.password_tries.read(GUID) is None


def test_the_first_try_begins_the_window(ports: Ports) -> None:
    item = ports.password_tries.reserve(GUID, LOGIN, START, 3)
    assert item == PasswordTries(spent=1, since=START, recent={LOGIN: PasswordTry(result=None, at=START)})
    assert stored(ports) == item


def test_a_further_try_counts_in_the_same_window(ports: Ports) -> None:
    ports.password_tries.reserve(GUID, "first", START, 3)
    item = ports.password_tries.reserve(GUID, "second", START + 60, 3)
    assert (item.spent, item.since) == (2, START)
    assert item.recent["second"] == PasswordTry(result=None, at=START + 60)
    assert stored(ports) == item


def test_the_budget_is_kept(ports: Ports) -> None:
    spend(ports, 3)
    before = stored(ports)
    assert not reserves(ports, "one-more")
    assert stored(ports) == before


def test_a_budget_of_none_lets_none_through_and_makes_no_item(ports: Ports) -> None:
    assert not reserves(ports, budget=0)
    assert ports.password_tries.read(GUID) is None


def test_a_known_login_is_refused_and_costs_nothing(ports: Ports) -> None:
    assert reserves(ports)
    assert not reserves(ports)
    settle(ports)
    assert not reserves(ports)
    assert stored(ports).spent == 1


def test_accounts_have_budgets_of_their_own(ports: Ports) -> None:
    spend(ports, 3)
    ports.password_tries.reserve("another", LOGIN, START, 3)
    assert stored(ports).spent == 3


@pytest.mark.parametrize("at", [OVER, OVER + 1, OVER + 100_000])
def test_nothing_is_counted_in_a_window_that_is_over(ports: Ports, at: int) -> None:
    assert reserves(ports, "first")
    assert not reserves(ports, "second", at=at)
    assert reserves(ports, "third", at=OVER - 1)


def test_the_count_begins_anew_when_its_window_is_over(ports: Ports) -> None:
    spend(ports, 3)
    item = ports.password_tries.start_over(GUID, LOGIN, OVER, stored(ports))
    assert (item.spent, item.since) == (1, OVER)
    assert item.recent == {LOGIN: PasswordTry(result=None, at=OVER)}
    assert stored(ports) == item


def test_nothing_begins_anew_before_the_window_is_over(ports: Ports) -> None:
    spend(ports, 3)
    assert not starts_over(ports, LOGIN, stored(ports), at=OVER - 1)
    assert stored(ports).spent == 3


def test_nothing_begins_anew_on_what_was_seen_before_another_did(ports: Ports) -> None:
    spend(ports, 3)
    seen = stored(ports)
    assert starts_over(ports, "first", seen)
    assert not starts_over(ports, "second", seen)
    assert stored(ports).spent == 1


def test_nothing_begins_anew_on_what_was_seen_before_a_try_was_given_back(ports: Ports) -> None:
    spend(ports, 3)
    seen = stored(ports)
    settle(ports, "login-1", DirectoryResult.PASSWORD_RIGHT, give_back=True)
    assert not starts_over(ports, LOGIN, seen)
    assert starts_over(ports, LOGIN, stored(ports))


def test_nobody_begins_anew_an_account_without_tries(ports: Ports) -> None:
    assert not starts_over(ports, LOGIN, PasswordTries(spent=0, since=0, recent={}))
    assert ports.password_tries.read(GUID) is None


def test_a_known_login_does_not_begin_anew(ports: Ports) -> None:
    assert reserves(ports)
    assert not starts_over(ports, LOGIN, stored(ports))


def test_a_new_window_keeps_what_is_young(ports: Ports) -> None:
    """Who asked at the end of the old window gets the answer in the new one; a password is known for its time."""
    late = OVER - 30
    for login_id, at in (("old", START), ("asking", late), ("answered", late)):
        assert reserves(ports, login_id, at=at)
    settle(ports, "old", wrong=WRONG)
    young = replace(WRONG, digest=b"young", at=late)
    settle(ports, "answered", wrong=young)
    item = ports.password_tries.start_over(GUID, LOGIN, OVER + 20, stored(ports))
    assert set(item.recent) == {"asking", "answered", LOGIN}
    assert item.known_wrong == (young,)
    assert stored(ports) == item


def test_what_is_stored_while_a_new_window_begins_is_not_lost(ports: Ports) -> None:
    for login_id, at in (("first", START), ("asking", OVER - 1), ("answered", OVER - 1)):
        assert reserves(ports, login_id, at=at)
    seen = stored(ports)
    settle(ports, "answered", wrong=replace(WRONG, at=OVER - 1))
    assert starts_over(ports, "new", seen)
    assert stored(ports).recent["answered"].result is DirectoryResult.PASSWORD_WRONG
    assert stored(ports).known_wrong == (replace(WRONG, at=OVER - 1),)
    settle(ports, "asking", DirectoryResult.PASSWORD_RIGHT)
    assert stored(ports).recent["asking"].result is DirectoryResult.PASSWORD_RIGHT


def test_what_the_directory_said_is_stored(ports: Ports) -> None:
    assert reserves(ports)
    settle(ports, result=DirectoryResult.ACCOUNT_EXPIRED)
    assert stored(ports).recent == {LOGIN: PasswordTry(result=DirectoryResult.ACCOUNT_EXPIRED, at=START)}
    assert stored(ports).spent == 1


@pytest.mark.parametrize("result", list(DirectoryResult))
def test_every_result_is_read_back(ports: Ports, result: DirectoryResult) -> None:
    assert reserves(ports)
    settle(ports, result=result)
    assert stored(ports).recent[LOGIN].result is result


def test_the_first_result_stands(ports: Ports) -> None:
    assert reserves(ports)
    settle(ports)
    with pytest.raises(ConditionRefusedError):
        settle(ports, result=DirectoryResult.PASSWORD_RIGHT, give_back=True)
    assert stored(ports).recent[LOGIN].result is DirectoryResult.PASSWORD_WRONG
    assert stored(ports).spent == 1


@pytest.mark.parametrize("give_back", [True, False])
def test_only_a_login_that_asks_has_a_result(ports: Ports, give_back: bool) -> None:
    with pytest.raises(ConditionRefusedError):
        settle(ports, give_back=give_back)
    assert ports.password_tries.read(GUID) is None
    assert reserves(ports)
    with pytest.raises(ConditionRefusedError):
        settle(ports, "another", give_back=give_back, wrong=WRONG)
    assert stored(ports) == PasswordTries(spent=1, since=START, recent={LOGIN: PasswordTry(result=None, at=START)})


def test_a_try_is_given_back_once(ports: Ports) -> None:
    spend(ports, 3)
    settle(ports, "login-1", DirectoryResult.PASSWORD_RIGHT, give_back=True)
    assert stored(ports).spent == 2
    with pytest.raises(ConditionRefusedError):
        settle(ports, "login-1", DirectoryResult.PASSWORD_RIGHT, give_back=True)
    assert reserves(ports, "one-more")
    assert not reserves(ports, "two-more")


def test_a_try_of_an_old_window_is_not_given_back_in_the_new_one(ports: Ports) -> None:
    assert reserves(ports, "first")
    assert reserves(ports, "slow", at=OVER - 1)
    assert starts_over(ports, "new", stored(ports))
    settle(ports, "slow", DirectoryResult.PASSWORD_RIGHT, give_back=True)
    assert stored(ports).spent == 1
    assert stored(ports).recent["slow"].result is DirectoryResult.PASSWORD_RIGHT


def test_old_logins_are_forgotten(ports: Ports) -> None:
    spend(ports, 3)
    settle(ports, "login-2", forget=("login-0", "login-1", "never-there"))
    assert set(stored(ports).recent) == {"login-2"}
    assert stored(ports).spent == 3


def test_a_wrong_password_is_remembered(ports: Ports) -> None:
    assert reserves(ports)
    settle(ports, wrong=WRONG)
    assert stored(ports).known_wrong == (WRONG,)


def test_a_wrong_password_that_was_not_sent_is_remembered_and_costs_no_try(ports: Ports) -> None:
    assert reserves(ports)
    settle(ports, wrong=WRONG, give_back=True)
    assert (stored(ports).spent, stored(ports).known_wrong) == (0, (WRONG,))


def test_it_is_remembered_in_the_new_window_as_well(ports: Ports) -> None:
    assert reserves(ports, "first")
    assert reserves(ports, "slow", at=OVER - 1)
    assert starts_over(ports, "new", stored(ports))
    settle(ports, "slow", wrong=WRONG, give_back=True)
    assert (stored(ports).spent, stored(ports).known_wrong) == (1, (WRONG,))


def test_the_same_wrong_password_is_remembered_once_as_it_was_last(ports: Ports) -> None:
    spend(ports, 2)
    settle(ports, "login-0", wrong=WRONG)
    later = replace(WRONG, password_last_set=7, at=START + 5)
    settle(ports, "login-1", wrong=later)
    assert stored(ports).known_wrong == (later,)


def test_the_oldest_wrong_password_gives_way(ports: Ports) -> None:
    tries = MAX_KNOWN_WRONG + 2
    spend(ports, tries)
    wrong = [KnownWrongPassword(digest=bytes([n]), password_last_set=1, at=START + n) for n in range(tries)]
    for number, one in enumerate(wrong):
        settle(ports, f"login-{number}", wrong=one)
    assert stored(ports).known_wrong == tuple(wrong[-MAX_KNOWN_WRONG:])
    with pytest.raises(ConditionRefusedError):
        settle(ports, "login-0", wrong=WRONG)
    assert stored(ports).known_wrong == tuple(wrong[-MAX_KNOWN_WRONG:])


def test_fifty_parallel_logins_spend_exactly_the_budget(ports: Ports) -> None:
    results = all_at_once([lambda number=number: reserves(ports, f"login-{number}") for number in range(50)])  # type: ignore[misc]
    assert results.count(True) == 3
    assert stored(ports).spent == 3
    assert len(stored(ports).recent) == 3


def test_parallel_twins_of_one_login_have_one_who_asks(ports: Ports) -> None:
    results = all_at_once([lambda: reserves(ports) for _ in range(20)])
    assert results.count(True) == 1
    assert stored(ports).spent == 1


def test_one_of_many_begins_the_new_window(ports: Ports) -> None:
    spend(ports, 3)
    seen = stored(ports)
    results = all_at_once([lambda number=number: starts_over(ports, f"new-{number}", seen) for number in range(20)])  # type: ignore[misc]
    assert results.count(True) == 1
    assert (stored(ports).spent, stored(ports).since) == (1, OVER)


def test_parallel_results_of_one_login_are_stored_once_and_give_back_one_try(ports: Ports) -> None:
    spend(ports, 3)

    def settles() -> bool:
        try:
            settle(ports, "login-1", DirectoryResult.PASSWORD_RIGHT, give_back=True)
        except ConditionRefusedError:
            return False
        return True

    assert all_at_once([settles for _ in range(20)]).count(True) == 1
    assert stored(ports).spent == 2


def test_parallel_wrong_passwords_never_outgrow_their_place(ports: Ports) -> None:
    spend(ports, 20)

    def learn(number: int) -> None:
        one = KnownWrongPassword(digest=bytes([number]), password_last_set=1, at=START + number)
        settle(ports, f"login-{number}", wrong=one)

    all_at_once([lambda number=number: learn(number) for number in range(20)])  # type: ignore[misc]
    assert len(stored(ports).known_wrong) == MAX_KNOWN_WRONG
    assert {one.result for one in stored(ports).recent.values()} == {DirectoryResult.PASSWORD_WRONG}


def test_the_item_is_cleaned_up_after_its_window(aws: AwsInProcess) -> None:
    store = on_aws(aws).password_tries
    store.reserve(GUID, "first", START, 3)
    (item,) = [item for item in raw_items() if item["pk"]["S"].startswith("R#")]
    assert (item["pk"]["S"], item["sk"]["S"]) == (f"R#ad#{GUID}", "TRIES")
    assert int(item["ttl"]["N"]) > OVER
    store.reserve(GUID, "second", START + 500, 3)
    (item,) = [item for item in raw_items() if item["pk"]["S"].startswith("R#")]
    assert int(item["ttl"]["N"]) > OVER + 500
