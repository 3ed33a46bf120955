"""What every LoginStore does: conditional writes whose refusal changes nothing."""

from dataclasses import replace

import pytest

from mfa.domain.factors import CodeFactors, FactorState, RecentOutcome, SubscriberState, TotpFactor, TotpParameters
from mfa.domain.reasons import RejectReason
from mfa.domain.sealing import Sealed
from mfa.domain.subscribers import Subscriber
from mfa.domain.user_names import Alias, AliasKind
from mfa.errors import ConditionRefusedError
from mfa.ports import AcceptedCode, Attempt
from tests.contract.conftest import Ports
from tests.fakes.races import all_at_once

USER = "user-1"
ACCEPTED = AcceptedCode(factor_id="f-1", time_step=100, drift=1, offset=-1)


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
    ports.subscribers.activate_factor(USER, "f-1", AcceptedCode(factor_id="f-1", time_step=50, drift=0, offset=0), 900)
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
        ports.logins.accept(attempt("second"), replace(ACCEPTED, time_step=step), ())
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
