"""What every LoginStore does: conditional writes whose refusal changes nothing."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import botocore.session
import pytest

from mfa.domain.factors import (
    MAX_FACTORS,
    ClaimedCode,
    CodeFactors,
    FactorState,
    RecentLogin,
    RecentOutcome,
    SubscriberState,
    TotpFactor,
    TotpParameters,
)
from mfa.domain.phones import MAX_PHONES, VerifiedPhone
from mfa.domain.reasons import RejectReason
from mfa.domain.sealing import Sealed
from mfa.domain.sent_codes import MAX_SENT_CODES, SentCode
from mfa.domain.subscribers import Subscriber
from mfa.domain.user_names import Alias, AliasKind
from mfa.errors import ConditionRefusedError
from mfa.ports import AcceptedCode, Attempt
from mfa.sms_ports import PendingPhone
from tests.contract.conftest import Ports, on_aws
from tests.fakes.aws import AwsInProcess, raw_items
from tests.fakes.races import all_at_once

USER = "user-1"
ACCEPTED = AcceptedCode(factor_id="f-1", moving_factor=100, drift=1, offset=-1)


def attempt(login_id: str = "AAAAAAAAAAAAAAAAAAAAAA", at: int = 1000) -> Attempt:
    return Attempt(user_id=USER, login_id=login_id, fingerprint=b"\x00fingerprint\xff", at=at)


def factor(factor_id: str = "f-1", state: FactorState = FactorState.PENDING) -> TotpFactor:
    return TotpFactor(
        factor_id=factor_id,
        name="Alice's phone",
        state=state,
        parameters=TotpParameters("SHA256", 8, 60),
        seed=Sealed(1, b"\x00sealed\xff"),
        created_at=900,
    )


@pytest.fixture
def ports(ports: Ports) -> Ports:
    ports.subscribers.create(
        Subscriber(
            user_id=USER,
            display_name="Alice",
            aliases=(Alias("corp", AliasKind.SAM, "alice"),),
            state=SubscriberState.ACTIVE,
            created_at=900,
        )
    )
    ports.subscribers.add_pending_factor(USER, factor(), None)
    ports.subscribers.activate_factor(
        USER, "f-1", AcceptedCode(factor_id="f-1", moving_factor=50, drift=0, offset=0), 900
    )
    return ports


def stored(ports: Ports) -> CodeFactors:
    item = ports.logins.read(USER)
    assert item is not None
    return item


def test_a_reservation_counts_and_returns_all_that_a_check_needs(ports: Ports) -> None:
    item = ports.logins.reserve(attempt())
    assert item == stored(ports)
    assert (item.throttle.tries, item.throttle.gate, item.throttle.last_try_at) == (1, 10, 1000)
    (known,) = item.recent.values()
    assert (known.outcome, known.reason, known.fingerprint, known.at) == (
        RecentOutcome.CHECKING,
        None,
        b"\x00fingerprint\xff",
        1000,
    )
    assert item.factors["f-1"] == replace(
        factor(state=FactorState.ACTIVE), last_accepted_time_step=50, last_used_at=900
    )


def test_a_known_login_id_is_refused(ports: Ports) -> None:
    ports.logins.reserve(attempt())
    before = stored(ports)
    with pytest.raises(ConditionRefusedError):
        ports.logins.reserve(attempt())
    assert stored(ports) == before


def test_the_gate_is_kept(ports: Ports) -> None:
    for number in range(10):
        ports.logins.reserve(attempt(f"login-{number}"))
    before = stored(ports)
    with pytest.raises(ConditionRefusedError):
        ports.logins.reserve(attempt("one-more"))
    assert stored(ports) == before


@pytest.mark.parametrize("state", [SubscriberState.DISABLED, None])
def test_disabled_and_unknown_users_are_refused_and_nothing_is_made(
    ports: Ports, state: SubscriberState | None
) -> None:
    if state is None:
        unknown = replace(attempt(), user_id="nobody")
        with pytest.raises(ConditionRefusedError):
            ports.logins.reserve(unknown)
        assert ports.logins.read("nobody") is None
        return
    ports.subscribers.set_state(USER, state)
    with pytest.raises(ConditionRefusedError):
        ports.logins.reserve(attempt())


def test_one_passes_the_gate_and_moves_it(ports: Ports) -> None:
    for number in range(10):
        ports.logins.reserve(attempt(f"login-{number}"))
    seen = stored(ports)
    item = ports.logins.reserve_past_gate(attempt("late", at=2000), seen, 20)
    assert (item.throttle.tries, item.throttle.gate, item.throttle.last_try_at) == (11, 20, 2000)
    with pytest.raises(ConditionRefusedError):
        ports.logins.reserve_past_gate(attempt("later", at=2000), seen, 20)
    assert stored(ports) == item


def test_nobody_passes_the_gate_on_what_was_seen_before_a_success(ports: Ports) -> None:
    seen = ports.logins.reserve(attempt("a"))
    ports.logins.accept(attempt("a"), ACCEPTED, ())
    ports.logins.reserve(attempt("b"))
    with pytest.raises(ConditionRefusedError):
        ports.logins.reserve_past_gate(attempt("c"), seen, 20)


def test_an_accept_uses_up_the_step_and_ends_the_count(ports: Ports) -> None:
    ports.logins.reserve(attempt("first"))
    ports.logins.reserve(attempt("second", at=1010))
    ports.logins.accept(attempt("second", at=1010), ACCEPTED, ["first"])
    item = stored(ports)
    assert (item.throttle.tries, item.throttle.gate, item.throttle.successes) == (0, 10, 1)
    used = item.factors["f-1"]
    assert (used.last_accepted_time_step, used.drift, used.last_offset, used.last_used_at) == (100, 1, -1, 1010)
    assert {login_id: known.outcome for login_id, known in item.recent.items()} == {"second": RecentOutcome.ACCEPT}
    assert item.recent["second"].fingerprint == b"\x00fingerprint\xff"


@pytest.mark.parametrize("step", [100, 99, 50, 0])
def test_a_used_or_earlier_step_is_never_accepted(ports: Ports, step: int) -> None:
    ports.logins.reserve(attempt("first"))
    ports.logins.accept(attempt("first"), ACCEPTED, ())
    ports.logins.reserve(attempt("second"))
    before = stored(ports)
    with pytest.raises(ConditionRefusedError):
        ports.logins.accept(attempt("second"), replace(ACCEPTED, moving_factor=step), ())
    assert stored(ports) == before


def test_an_accept_needs_its_reservation(ports: Ports) -> None:
    with pytest.raises(ConditionRefusedError):
        ports.logins.accept(attempt("never-reserved"), ACCEPTED, ())


def test_the_first_decision_stands(ports: Ports) -> None:
    ports.logins.reserve(attempt("a"))
    ports.logins.reject(attempt("a"), RejectReason.WRONG_CODE, ())
    with pytest.raises(ConditionRefusedError):
        ports.logins.accept(attempt("a"), ACCEPTED, ())
    ports.logins.reserve(attempt("b"))
    ports.logins.accept(attempt("b"), ACCEPTED, ())
    with pytest.raises(ConditionRefusedError):
        ports.logins.reject(attempt("b"), RejectReason.WRONG_CODE, ())
    assert stored(ports).recent["a"].outcome is RecentOutcome.REJECT
    assert stored(ports).recent["b"].outcome is RecentOutcome.ACCEPT


def test_a_disabled_user_or_a_removed_or_pending_factor_is_never_accepted(ports: Ports) -> None:
    ports.logins.reserve(attempt("a"))
    ports.subscribers.add_pending_factor(USER, factor("f-2"), None)
    for wrong in ("f-2", "f-3"):
        with pytest.raises(ConditionRefusedError):
            ports.logins.accept(attempt("a"), replace(ACCEPTED, factor_id=wrong), ())
    ports.subscribers.set_state(USER, SubscriberState.DISABLED)
    with pytest.raises(ConditionRefusedError):
        ports.logins.accept(attempt("a"), ACCEPTED, ())
    assert stored(ports).throttle.successes == 0


def test_a_reject_is_remembered_and_the_try_stays_counted(ports: Ports) -> None:
    ports.logins.reserve(attempt("old"))
    ports.logins.reserve(attempt("new"))
    ports.logins.reject(attempt("new"), RejectReason.WRONG_CODE, ["old"])
    item = stored(ports)
    assert item.throttle.tries == 2
    assert list(item.recent) == ["new"]
    assert (item.recent["new"].outcome, item.recent["new"].reason) == (RecentOutcome.REJECT, "wrong_code")


def test_a_refund_gives_one_try_back(ports: Ports) -> None:
    ports.logins.reserve(attempt("a"))
    reserved = ports.logins.reserve(attempt("b"))
    ports.logins.reject(attempt("b"), RejectReason.CODE_USED, (), refund=reserved)
    assert stored(ports).throttle.tries == 1
    with pytest.raises(ConditionRefusedError):
        ports.logins.reject(attempt("b"), RejectReason.CODE_USED, (), refund=reserved)
    assert stored(ports).throttle.tries == 1


def test_a_refund_from_before_a_success_is_not_paid_but_the_outcome_is_stored(ports: Ports) -> None:
    reserved = ports.logins.reserve(attempt("a"))
    ports.logins.reserve(attempt("b"))
    ports.logins.accept(attempt("b"), ACCEPTED, ())
    ports.logins.reserve(attempt("c"))
    ports.logins.reject(attempt("a"), RejectReason.CODE_USED, (), refund=reserved)
    assert stored(ports).throttle.tries == 1
    assert stored(ports).recent["a"].outcome is RecentOutcome.REJECT


def test_a_count_never_goes_below_zero(ports: Ports) -> None:
    reserved = ports.logins.reserve(attempt("a"))
    ports.subscribers.unlock(USER)
    ports.logins.reject(attempt("a"), RejectReason.CODE_USED, (), refund=reserved)
    assert stored(ports).throttle.tries == 0


def test_login_ids_with_any_base64url_character_are_kept_apart(ports: Ports) -> None:
    ports.logins.reserve(attempt("-_0Aa-_0Aa-_0Aa-_0Aa-_"))
    ports.logins.reserve(attempt("_-0Aa-_0Aa-_0Aa-_0Aa-_"))
    assert len(stored(ports).recent) == 2


def test_reading_nobody_gives_none(ports: Ports) -> None:
    assert ports.logins.read("nobody") is None


def test_parallel_reservations_stop_exactly_at_the_gate(ports: Ports) -> None:
    def reserve(number: int) -> bool:
        try:
            ports.logins.reserve(attempt(f"login-{number}"))
        except ConditionRefusedError:
            return False
        return True

    results = all_at_once([lambda number=number: reserve(number) for number in range(30)])  # type: ignore[misc]
    assert results.count(True) == 10
    assert stored(ports).throttle.tries == 10


def test_parallel_accepts_of_one_step_have_one_winner(ports: Ports) -> None:
    for number in range(8):
        ports.logins.reserve(attempt(f"login-{number}"))

    def accept(number: int) -> bool:
        try:
            ports.logins.accept(attempt(f"login-{number}"), ACCEPTED, ())
        except ConditionRefusedError:
            return False
        return True

    results = all_at_once([lambda number=number: accept(number) for number in range(8)])  # type: ignore[misc]
    assert results.count(True) == 1
    assert stored(ports).throttle.successes == 1


# ---- logins that ask a directory as well


def test_a_claim_uses_up_the_step_and_the_login_goes_on_being_checked(ports: Ports) -> None:
    ports.logins.reserve(attempt("a"))
    ports.logins.claim(attempt("a", at=1010), ACCEPTED)
    item = stored(ports)
    used = item.factors["f-1"]
    assert (used.last_accepted_time_step, used.drift, used.last_offset, used.last_used_at) == (100, 1, -1, 1010)
    login = item.recent["a"]
    assert (login.outcome, login.claimed) == (RecentOutcome.CHECKING, ClaimedCode(factor_id="f-1", moving_factor=100))
    assert login.fingerprint == b"\x00fingerprint\xff"
    assert (item.throttle.tries, item.throttle.successes) == (1, 0), "half of a login is no success"


@pytest.mark.parametrize("step", [100, 99, 0])
def test_a_claimed_step_is_used_up_for_everybody(ports: Ports, step: int) -> None:
    ports.logins.reserve(attempt("a"))
    ports.logins.reserve(attempt("b"))
    ports.logins.claim(attempt("a"), ACCEPTED)
    before = stored(ports)
    for use in (ports.logins.claim, lambda by, code: ports.logins.accept(by, code, ())):
        for by in ("a", "b"):
            with pytest.raises(ConditionRefusedError):
                use(attempt(by), replace(ACCEPTED, moving_factor=step))
    assert stored(ports) == before


def test_a_claim_needs_its_reservation_and_no_decision_yet(ports: Ports) -> None:
    with pytest.raises(ConditionRefusedError):
        ports.logins.claim(attempt("never-reserved"), ACCEPTED)
    ports.logins.reserve(attempt("a"))
    ports.logins.reject(attempt("a"), RejectReason.WRONG_CODE, ())
    with pytest.raises(ConditionRefusedError):
        ports.logins.claim(attempt("a"), ACCEPTED)
    assert stored(ports).factors["f-1"].last_accepted_time_step == 50


def test_a_disabled_user_or_a_removed_or_pending_factor_claims_nothing(ports: Ports) -> None:
    ports.logins.reserve(attempt("a"))
    ports.subscribers.add_pending_factor(USER, factor("f-2"), None)
    for wrong in ("f-2", "f-3"):
        with pytest.raises(ConditionRefusedError):
            ports.logins.claim(attempt("a"), replace(ACCEPTED, factor_id=wrong))
    ports.subscribers.set_state(USER, SubscriberState.DISABLED)
    with pytest.raises(ConditionRefusedError):
        ports.logins.claim(attempt("a"), ACCEPTED)
    assert stored(ports).recent["a"].claimed is None


def test_an_accept_after_a_claim_needs_no_code_and_ends_the_count(ports: Ports) -> None:
    ports.logins.reserve(attempt("old"))
    ports.logins.reserve(attempt("a"))
    ports.logins.claim(attempt("a"), ACCEPTED)
    ports.logins.accept(attempt("a"), None, ["old"])
    item = stored(ports)
    assert (item.throttle.tries, item.throttle.gate, item.throttle.successes) == (0, 10, 1)
    assert item.factors["f-1"].last_accepted_time_step == 100
    assert {login_id: known.outcome for login_id, known in item.recent.items()} == {"a": RecentOutcome.ACCEPT}


def test_an_accept_without_a_code_uses_up_none(ports: Ports) -> None:
    ports.logins.reserve(attempt("a"))
    factors = stored(ports).factors
    ports.logins.accept(attempt("a"), None, ())
    assert stored(ports).factors == factors
    assert stored(ports).throttle.successes == 1


def test_an_accept_without_a_code_has_the_other_conditions(ports: Ports) -> None:
    with pytest.raises(ConditionRefusedError):
        ports.logins.accept(attempt("never-reserved"), None, ())
    ports.logins.reserve(attempt("a"))
    ports.logins.reject(attempt("a"), RejectReason.PASSWORD_WRONG, ())
    with pytest.raises(ConditionRefusedError):
        ports.logins.accept(attempt("a"), None, ())
    ports.logins.reserve(attempt("b"))
    ports.subscribers.set_state(USER, SubscriberState.DISABLED)
    with pytest.raises(ConditionRefusedError):
        ports.logins.accept(attempt("b"), None, ())
    assert stored(ports).throttle.successes == 0


def test_an_accept_with_a_refund_gives_the_try_back_and_ends_no_count(ports: Ports) -> None:
    ports.logins.reserve(attempt("wrong"))
    ports.logins.reject(attempt("wrong"), RejectReason.WRONG_CODE, ())
    paid = ports.logins.reserve(attempt("a"))
    ports.logins.accept(attempt("a"), None, ["wrong"], refund=paid)
    item = stored(ports)
    assert (item.throttle.tries, item.throttle.gate, item.throttle.successes) == (1, 10, 0)
    assert {login_id: known.outcome for login_id, known in item.recent.items()} == {"a": RecentOutcome.ACCEPT}


def test_an_accept_with_a_refund_from_before_a_success_is_stored_all_the_same(ports: Ports) -> None:
    paid = ports.logins.reserve(attempt("a"))
    ports.logins.reserve(attempt("b"))
    ports.logins.accept(attempt("b"), ACCEPTED, ())
    ports.logins.reserve(attempt("c"))
    ports.logins.accept(attempt("a"), None, (), refund=paid)
    assert stored(ports).throttle.tries == 1
    assert stored(ports).recent["a"].outcome is RecentOutcome.ACCEPT


def test_an_accept_with_a_refund_has_the_conditions_of_any(ports: Ports) -> None:
    paid = ports.logins.reserve(attempt("a"))
    ports.subscribers.set_state(USER, SubscriberState.DISABLED)
    with pytest.raises(ConditionRefusedError):
        ports.logins.accept(attempt("a"), None, (), refund=paid)
    assert stored(ports).recent["a"].outcome is RecentOutcome.CHECKING
    assert stored(ports).throttle.tries == 1


def test_a_reject_after_a_claim_leaves_the_step_used_up_and_the_try_counted(ports: Ports) -> None:
    ports.logins.reserve(attempt("a"))
    ports.logins.claim(attempt("a"), ACCEPTED)
    ports.logins.reject(attempt("a"), RejectReason.PASSWORD_WRONG, ())
    item = stored(ports)
    assert item.factors["f-1"].last_accepted_time_step == 100
    assert item.throttle.tries == 1
    assert (item.recent["a"].outcome, item.recent["a"].reason) == (RecentOutcome.REJECT, "password_wrong")


def test_a_challenge_is_remembered_and_gives_the_try_back(ports: Ports) -> None:
    ports.logins.reserve(attempt("old"))
    reserved = ports.logins.reserve(attempt("a"))
    ports.logins.challenge(attempt("a"), ["old"], refund=reserved)
    item = stored(ports)
    assert (item.throttle.tries, item.throttle.successes) == (1, 0)
    assert {login_id: known.outcome for login_id, known in item.recent.items()} == {"a": RecentOutcome.CHALLENGE}
    assert item.recent["a"].fingerprint == b"\x00fingerprint\xff"


def test_a_challenge_is_a_decision_that_stands(ports: Ports) -> None:
    with pytest.raises(ConditionRefusedError):
        ports.logins.challenge(attempt("never-reserved"), ())
    ports.logins.reserve(attempt("a"))
    ports.logins.challenge(attempt("a"), ())
    before = stored(ports)
    for decide in (
        lambda: ports.logins.challenge(attempt("a"), ()),
        lambda: ports.logins.accept(attempt("a"), None, ()),
        lambda: ports.logins.claim(attempt("a"), ACCEPTED),
        lambda: ports.logins.reject(attempt("a"), RejectReason.WRONG_CODE, ()),
        lambda: ports.logins.reserve(attempt("a")),
    ):
        with pytest.raises(ConditionRefusedError):
            decide()
    assert stored(ports) == before


def test_a_challenge_without_a_refund_leaves_the_try_counted(ports: Ports) -> None:
    ports.logins.reserve(attempt("a"))
    ports.logins.challenge(attempt("a"), ())
    assert stored(ports).throttle.tries == 1


def test_a_challenge_after_a_success_gives_nobody_elses_try_back(ports: Ports) -> None:
    reserved = ports.logins.reserve(attempt("a"))
    ports.subscribers.unlock(USER)
    ports.logins.reserve(attempt("b"))
    ports.logins.challenge(attempt("a"), (), refund=reserved)
    assert stored(ports).throttle.tries == 1
    assert stored(ports).recent["a"].outcome is RecentOutcome.CHALLENGE


def test_a_user_is_linked_to_one_account_for_good(ports: Ports) -> None:
    assert stored(ports).object_guid is None
    ports.logins.link(USER, Alias("corp", AliasKind.GUID, "guid-1"))
    ports.logins.link(USER, Alias("corp", AliasKind.GUID, "guid-1"))
    assert stored(ports).object_guid == "guid-1"
    with pytest.raises(ConditionRefusedError):
        ports.logins.link(USER, Alias("corp", AliasKind.GUID, "guid-2"))
    assert ports.logins.reserve(attempt("a")).object_guid == "guid-1"
    ports.logins.accept(attempt("a"), ACCEPTED, ())
    assert stored(ports).object_guid == "guid-1"


def test_nobody_is_linked_who_does_not_exist(ports: Ports) -> None:
    with pytest.raises(ConditionRefusedError):
        ports.logins.link("nobody", Alias("corp", AliasKind.GUID, "guid-1"))
    assert ports.logins.read("nobody") is None


def test_an_account_is_one_user_only_and_is_free_again_with_its_user(ports: Ports) -> None:
    account = Alias("corp", AliasKind.GUID, "guid-1")
    subscriber = ports.subscribers.read(USER)
    assert subscriber is not None
    other = replace(subscriber, user_id="user-2", aliases=(Alias("corp", AliasKind.SAM, "other"),))
    ports.subscribers.create(other)
    ports.logins.link(USER, account)
    assert ports.index.find(account) == USER
    with pytest.raises(ConditionRefusedError):
        ports.logins.link("user-2", account)
    unlinked = ports.logins.read("user-2")
    assert unlinked is not None
    assert unlinked.object_guid is None
    ports.subscribers.remove(subscriber)
    ports.logins.link("user-2", account)


def test_parallel_links_have_one_winner(ports: Ports) -> None:
    def link(number: int) -> bool:
        try:
            ports.logins.link(USER, Alias("corp", AliasKind.GUID, f"guid-{number}"))
        except ConditionRefusedError:
            return False
        return True

    results = all_at_once([lambda number=number: link(number) for number in range(10)])  # type: ignore[misc]
    assert results.count(True) == 1
    assert stored(ports).object_guid == f"guid-{results.index(True)}"


def test_parallel_claims_of_one_step_have_one_winner(ports: Ports) -> None:
    for number in range(8):
        ports.logins.reserve(attempt(f"login-{number}"))

    def claim(number: int) -> bool:
        try:
            ports.logins.claim(attempt(f"login-{number}"), ACCEPTED)
        except ConditionRefusedError:
            return False
        return True

    results = all_at_once([lambda number=number: claim(number) for number in range(8)])  # type: ignore[misc]
    assert results.count(True) == 1
    winners = [login_id for login_id, login in stored(ports).recent.items() if login.claimed is not None]
    assert winners == [f"login-{results.index(True)}"]


def test_parallel_claims_of_one_packet_have_one_winner(ports: Ports) -> None:
    ports.logins.reserve(attempt("a"))

    def claim() -> bool:
        try:
            ports.logins.claim(attempt("a"), ACCEPTED)
        except ConditionRefusedError:
            return False
        return True

    assert all_at_once([claim] * 8).count(True) == 1


def test_an_accept_and_a_reject_of_one_packet_at_once_leave_one_decision(ports: Ports) -> None:
    def decided(decide: Callable[[], None]) -> bool:
        try:
            decide()
        except ConditionRefusedError:
            return False
        return True

    for number in range(10):
        one = attempt(f"login-{number}")
        ports.logins.reserve(one)
        wins = all_at_once(
            [
                lambda one=one: decided(lambda: ports.logins.accept(one, None, ())),  # type: ignore[misc]
                lambda one=one: decided(lambda: ports.logins.reject(one, RejectReason.PASSWORD_WRONG, ())),  # type: ignore[misc]
                lambda one=one: decided(lambda: ports.logins.challenge(one, ())),  # type: ignore[misc]
            ]
        )
        assert wins.count(True) == 1
        outcome = (RecentOutcome.ACCEPT, RecentOutcome.REJECT, RecentOutcome.CHALLENGE)[wins.index(True)]
        assert stored(ports).recent[one.login_id].outcome is outcome


# ---- on DynamoDB only


def test_an_item_from_before_there_were_directories_is_read_and_written(aws: AwsInProcess) -> None:
    table = botocore.session.get_session().create_client("dynamodb", aws.settings.region)
    login = {"outcome": {"S": "checking"}, "fingerprint": {"B": b"f"}, "at": {"N": "1000"}}
    old = {
        "pk": {"S": f"U#{USER}"},
        "sk": {"S": "AUTH"},
        "state": {"S": "active"},
        "tries": {"N": "1"},
        "gate": {"N": "10"},
        "last_try_at": {"N": "1000"},
        "successes": {"N": "0"},
        "factors": {"M": {}},
        "recent": {"M": {"a": {"M": login}}},
    }
    table.put_item(TableName=aws.settings.table_name, Item=old)
    logins = on_aws(aws).logins
    item = logins.read(USER)
    assert item is not None
    assert item.object_guid is None
    assert item.recent["a"] == RecentLogin(outcome=RecentOutcome.CHECKING, reason=None, fingerprint=b"f", at=1000)
    logins.link(USER, Alias("corp", AliasKind.GUID, "guid-1"))
    logins.accept(attempt("a"), None, ())
    assert logins.reserve(attempt("b")).object_guid == "guid-1"


def test_the_hot_item_of_a_busy_user_fits_into_one_read(aws: AwsInProcess) -> None:
    """4 KB: eight factors with the longest names and seeds, a directory's account, phones with sent codes, and four
    logins that claimed codes."""
    ports = on_aws(aws)
    user_id, alias = "u" * 22, Alias("corp", AliasKind.SAM, "a")
    guid = "0e5a1b2c-3d4e-4f5a-8b6c-7d8e9f0a1b2c"
    user = Subscriber(
        user_id=user_id, display_name="A", aliases=(alias,), state=SubscriberState.ACTIVE, created_at=1_700_000_000
    )
    ports.subscribers.create(user)
    used = AcceptedCode(factor_id="", moving_factor=56_666_666, drift=-1, offset=-1)
    factor_ids = [f"factor-{number:09}" for number in range(MAX_FACTORS)]
    for factor_id in factor_ids:
        made = replace(
            factor(factor_id), name="n" * 64, seed=Sealed(1, b"s" * (12 + 64 + 16)), created_at=1_700_000_000
        )
        ports.subscribers.add_pending_factor(user_id, made, None)
        ports.subscribers.activate_factor(user_id, factor_id, replace(used, factor_id=factor_id), 1_700_000_000)
    ports.logins.link(user_id, Alias("corp", AliasKind.GUID, guid))
    for number, factor_id in enumerate(factor_ids[:4]):
        one = Attempt(user_id=user_id, login_id=f"login-{number:016}", fingerprint=b"f" * 32, at=1_700_000_000)
        ports.logins.reserve(one)
        ports.logins.claim(one, AcceptedCode(factor_id=factor_id, moving_factor=56_666_667, drift=-1, offset=-1))
    for number in range(MAX_PHONES):
        _add_phone(ports, user_id, f"phone-{number:02}")
    for number in range(MAX_SENT_CODES):
        ports.sms.hold(user_id, _sent_code(f"login-{number:016}"), ())
    (item,) = (item for item in raw_items() if item["sk"]["S"] == "AUTH")
    assert sum(len(name) + octets(value) for name, value in item.items()) <= 4096


def _add_phone(ports: Ports, user_id: str, phone_id: str) -> None:
    number = Sealed(1, b"n" * (12 + 16 + 16))
    waiting = PendingPhone(
        user_id=user_id,
        phone_id=phone_id,
        name="n" * 32,
        number=number,
        region="DE",
        code=number,
        expires_at=1_700_000_600,
    )
    ports.phones.put_pending(waiting)
    phone = VerifiedPhone(phone_id=phone_id, name="n" * 32, number=number, region="DE", verified_at=1_700_000_000)
    ports.phones.confirm(phone, ports.subscribers.factors(user_id))


def _sent_code(code_id: str) -> SentCode:
    return SentCode(
        code_id=code_id,
        phone_id="phone-00",
        client_key="c" * 12,
        code=Sealed(1, b"c" * (12 + 6 + 16)),
        expires_at=1_700_000_600.123,
        tries=5,
        successes=10_000,
    )


def octets(value: Mapping[str, Any]) -> int:
    """As DynamoDB counts an item, rounded up."""
    ((kind, content),) = value.items()
    match kind:
        case "M":
            return 3 + sum(len(name) + 1 + octets(one) for name, one in content.items())
        case "N":
            return len(content) // 2 + 2
        case "L":
            return 3 + sum(1 + octets(one) for one in content)
        case "S":
            return len(content.encode())
        case "BOOL":
            return 1
        case _:
            return len(content)
