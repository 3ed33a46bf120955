"""What every SubscriberStore does: users, their names, factors, enrolment codes and sessions."""

from dataclasses import replace

import pytest

from mfa.domain.factors import MAX_FACTORS, FactorState, SubscriberState, TotpFactor, TotpParameters
from mfa.domain.sealing import Sealed
from mfa.domain.subscribers import Subscriber
from mfa.domain.user_names import Alias, AliasKind
from mfa.errors import ConditionRefusedError, ConflictError, NotFoundError
from mfa.ports import AcceptedCode, Attempt, EnrollmentCode, EnrollmentSession
from tests.contract.conftest import Ports
from tests.fakes.races import all_at_once

SAM = Alias("corp", AliasKind.SAM, "alice")
UPN = Alias("corp", AliasKind.UPN, "alice@corp.example.test")
ALICE = Subscriber(
    user_id="user-1",
    display_name="Alice Ünderwood",
    aliases=(SAM, UPN),
    state=SubscriberState.ACTIVE,
    created_at=900,
)
USED = AcceptedCode(factor_id="f-1", moving_factor=77, drift=0, offset=1)
CODE = EnrollmentCode(digest=b"c" * 32, user_id="user-1", expires_at=2000)
SESSION = EnrollmentSession(digest=b"s" * 32, user_id="user-1", expires_at=3000)


def factor(factor_id: str = "f-1") -> TotpFactor:
    return TotpFactor(
        factor_id=factor_id,
        name="Phone",
        state=FactorState.PENDING,
        parameters=TotpParameters(),
        seed=Sealed(1, b"sealed"),
        created_at=900,
    )


@pytest.fixture
def ports(ports: Ports) -> Ports:
    ports.subscribers.create(ALICE)
    return ports


def test_a_user_is_found_by_every_name_and_by_id(ports: Ports) -> None:
    assert ports.subscribers.find(SAM) == ports.subscribers.find(UPN) == ports.subscribers.read("user-1") == ALICE
    assert ports.index.find(SAM) == ports.index.find(UPN) == "user-1"


def test_a_new_user_has_no_factors_and_no_failures(ports: Ports) -> None:
    item = ports.subscribers.factors("user-1")
    assert (item.state, item.factors, item.recent) == (SubscriberState.ACTIVE, {}, {})
    assert (item.throttle.tries, item.throttle.gate, item.throttle.successes) == (0, 10, 0)


def test_nobody_is_found_by_another_name(ports: Ports) -> None:
    for alias in (
        replace(SAM, name="alic"),
        replace(SAM, name="alice@corp.example.test"),
        replace(SAM, realm="other"),
        Alias("corp", AliasKind.UPN, "alice"),
    ):
        assert ports.subscribers.find(alias) is None
        assert ports.index.find(alias) is None
    assert ports.subscribers.read("user-2") is None


@pytest.mark.parametrize("taken", [(SAM,), (UPN,), (Alias("corp", AliasKind.SAM, "new"), UPN)])
def test_a_taken_name_is_a_conflict_and_nothing_is_written(ports: Ports, taken: tuple[Alias, ...]) -> None:
    with pytest.raises(ConflictError):
        ports.subscribers.create(replace(ALICE, user_id="user-2", aliases=taken))
    assert ports.subscribers.read("user-2") is None
    assert ports.subscribers.find(Alias("corp", AliasKind.SAM, "new")) is None
    assert ports.subscribers.find(UPN) == ALICE


def test_a_taken_id_is_a_conflict(ports: Ports) -> None:
    with pytest.raises(ConflictError):
        ports.subscribers.create(replace(ALICE, aliases=(Alias("corp", AliasKind.SAM, "new"),)))
    assert ports.subscribers.read("user-1") == ALICE


@pytest.mark.parametrize("name", ["a#b", "a%23b", "a%b", "corp#sam", "日本", "a b"])
def test_names_cannot_reach_into_other_keys(ports: Ports, name: str) -> None:
    other = replace(ALICE, user_id="user-2", aliases=(Alias("corp", AliasKind.SAM, name),))
    ports.subscribers.create(other)
    assert ports.subscribers.find(other.aliases[0]) == other
    assert ports.subscribers.find(Alias("corp", AliasKind.SAM, name.replace("#", "%23"))) in {
        None,
        other if "#" not in name else None,
    }
    assert ports.subscribers.find(Alias(f"corp#sam#{name}", AliasKind.SAM, "")) is None


def test_parallel_creations_of_one_name_have_one_winner(ports: Ports) -> None:
    def create(number: int) -> bool:
        try:
            alias = Alias("corp", AliasKind.SAM, "bob")
            ports.subscribers.create(replace(ALICE, user_id=f"bob-{number}", aliases=(alias,)))
        except ConflictError:
            return False
        return True

    assert all_at_once([lambda number=number: create(number) for number in range(6)]).count(True) == 1  # type: ignore[misc]


def test_a_removed_user_is_gone_with_everything(ports: Ports) -> None:
    ports.subscribers.add_enrollment_code(CODE)
    ports.subscribers.redeem_enrollment_code(CODE.digest, SESSION, now=1000)
    second = replace(CODE, digest=b"d" * 32)
    ports.subscribers.add_enrollment_code(second)
    ports.subscribers.add_pending_factor("user-1", factor(), None)
    ports.subscribers.remove(ALICE)
    assert ports.subscribers.find(SAM) is None
    assert ports.subscribers.find(UPN) is None
    assert ports.subscribers.read("user-1") is None
    assert ports.logins.read("user-1") is None
    assert ports.subscribers.read_session(SESSION.digest) is None
    assert ports.subscribers.read_enrollment_code(second.digest) is None
    with pytest.raises(NotFoundError):
        ports.subscribers.factors("user-1")
    ports.subscribers.create(replace(ALICE, user_id="user-9"))  # the names are free again


def test_removing_twice_does_no_harm(ports: Ports) -> None:
    ports.subscribers.remove(ALICE)
    ports.subscribers.remove(ALICE)
    assert ports.subscribers.read("user-1") is None


def test_a_late_second_removal_leaves_the_new_owner_of_a_name_alone(ports: Ports) -> None:
    ports.subscribers.remove(ALICE)
    successor = replace(ALICE, user_id="user-9")
    ports.subscribers.create(successor)
    with pytest.raises(NotFoundError):
        ports.subscribers.remove(ALICE)
    assert ports.subscribers.find(SAM) == successor


def test_the_state_is_what_logins_see(ports: Ports) -> None:
    ports.subscribers.set_state("user-1", SubscriberState.DISABLED)
    found = ports.subscribers.find(SAM)
    assert found is not None
    assert found.state is ports.subscribers.factors("user-1").state is SubscriberState.DISABLED


def test_what_is_asked_of_nobody_is_not_found(ports: Ports) -> None:
    for ask in (
        lambda: ports.subscribers.set_state("nobody", SubscriberState.ACTIVE),
        lambda: ports.subscribers.unlock("nobody"),
        lambda: ports.subscribers.factors("nobody"),
        lambda: ports.subscribers.remove_factor("nobody", "f-1"),
        lambda: ports.subscribers.remove_factor("user-1", "f-1"),
        lambda: ports.subscribers.rename_factor("nobody", "f-1", "x"),
        lambda: ports.subscribers.rename_factor("user-1", "f-1", "x"),
        lambda: ports.subscribers.add_enrollment_code(replace(CODE, user_id="nobody")),
    ):
        with pytest.raises(NotFoundError):
            ask()
    assert ports.logins.read("nobody") is None


def test_unlocking_ends_the_count_and_begins_a_new_era(ports: Ports) -> None:
    for number in range(10):
        ports.logins.reserve(Attempt(user_id="user-1", login_id=f"login-{number}", fingerprint=b"f", at=1000))
    ports.subscribers.unlock("user-1")
    throttle = ports.subscribers.factors("user-1").throttle
    assert (throttle.tries, throttle.gate, throttle.successes) == (0, 10, 1)


def test_a_factor_is_pending_until_it_is_proven(ports: Ports) -> None:
    ports.subscribers.add_pending_factor("user-1", factor(), None)
    assert ports.subscribers.factors("user-1").factors == {"f-1": factor()}
    ports.subscribers.activate_factor("user-1", "f-1", USED, 1000)
    proven = ports.subscribers.factors("user-1").factors["f-1"]
    assert proven == replace(
        factor(), state=FactorState.ACTIVE, last_accepted_time_step=77, last_offset=1, last_used_at=1000
    )


def test_a_factor_is_proven_once(ports: Ports) -> None:
    ports.subscribers.add_pending_factor("user-1", factor(), None)
    ports.subscribers.activate_factor("user-1", "f-1", USED, 1000)
    for factor_id in ("f-1", "f-2"):
        with pytest.raises(ConditionRefusedError):
            ports.subscribers.activate_factor("user-1", factor_id, replace(USED, moving_factor=99), 1000)
    assert ports.subscribers.factors("user-1").factors["f-1"].last_accepted_time_step == 77


def test_only_one_factor_is_pending_at_a_time(ports: Ports) -> None:
    ports.subscribers.add_pending_factor("user-1", factor("f-1"), None)
    for replaces in (None, "f-9"):
        with pytest.raises(ConditionRefusedError):
            ports.subscribers.add_pending_factor("user-1", factor("f-2"), replaces)
    ports.subscribers.add_pending_factor("user-1", factor("f-2"), "f-1")
    assert list(ports.subscribers.factors("user-1").factors) == ["f-2"]


def test_an_active_factor_is_never_replaced(ports: Ports) -> None:
    ports.subscribers.add_pending_factor("user-1", factor(), None)
    ports.subscribers.activate_factor("user-1", "f-1", USED, 1000)
    with pytest.raises(ConditionRefusedError):
        ports.subscribers.add_pending_factor("user-1", factor("f-2"), "f-1")
    assert ports.subscribers.factors("user-1").factors["f-1"].state is FactorState.ACTIVE


def test_there_are_at_most_eight_factors(ports: Ports) -> None:
    for number in range(MAX_FACTORS):
        ports.subscribers.add_pending_factor("user-1", factor(f"f-{number}"), None)
        if number < MAX_FACTORS - 1:
            ports.subscribers.activate_factor("user-1", f"f-{number}", USED, 1000)
    last = f"f-{MAX_FACTORS - 1}"
    ports.subscribers.add_pending_factor("user-1", factor("instead"), last)
    ports.subscribers.activate_factor("user-1", "instead", USED, 1000)
    with pytest.raises(ConditionRefusedError):
        ports.subscribers.add_pending_factor("user-1", factor("too-many"), None)
    assert len(ports.subscribers.factors("user-1").factors) == MAX_FACTORS


def test_a_disabled_user_enrols_nothing(ports: Ports) -> None:
    ports.subscribers.add_pending_factor("user-1", factor(), None)
    ports.subscribers.add_enrollment_code(CODE)
    ports.subscribers.set_state("user-1", SubscriberState.DISABLED)
    with pytest.raises(ConditionRefusedError):
        ports.subscribers.add_pending_factor("user-1", factor("f-2"), "f-1")
    with pytest.raises(ConditionRefusedError):
        ports.subscribers.activate_factor("user-1", "f-1", USED, 1000)
    with pytest.raises(ConditionRefusedError):
        ports.subscribers.charge_confirmation("user-1", "f-1", 1000)
    with pytest.raises(ConditionRefusedError):
        ports.subscribers.redeem_enrollment_code(CODE.digest, SESSION, now=1000)


def test_tries_to_confirm_are_counted_without_losing_one(ports: Ports) -> None:
    ports.subscribers.add_pending_factor("user-1", factor(), None)
    counts = all_at_once([lambda: ports.subscribers.charge_confirmation("user-1", "f-1", 1000)] * 8)
    assert sorted(counts) == list(range(1, 9))


def test_only_a_pending_factor_can_be_tried(ports: Ports) -> None:
    ports.subscribers.add_pending_factor("user-1", factor(), None)
    ports.subscribers.activate_factor("user-1", "f-1", USED, 1000)
    for user_id, factor_id in (("user-1", "f-1"), ("user-1", "f-2"), ("nobody", "f-1")):
        with pytest.raises(ConditionRefusedError):
            ports.subscribers.charge_confirmation(user_id, factor_id, 1000)


@pytest.mark.parametrize("active", [True, False])
def test_a_removed_factor_leaves_its_place(ports: Ports, active: bool) -> None:
    ports.subscribers.add_pending_factor("user-1", factor(), None)
    if active:
        ports.subscribers.activate_factor("user-1", "f-1", USED, 1000)
    ports.subscribers.remove_factor("user-1", "f-1")
    assert ports.subscribers.factors("user-1").factors == {}
    ports.subscribers.add_pending_factor("user-1", factor("f-2"), None)


def test_removing_an_active_factor_keeps_the_pending_one(ports: Ports) -> None:
    ports.subscribers.add_pending_factor("user-1", factor(), None)
    ports.subscribers.activate_factor("user-1", "f-1", USED, 1000)
    ports.subscribers.add_pending_factor("user-1", factor("f-2"), None)
    ports.subscribers.remove_factor("user-1", "f-1")
    ports.subscribers.activate_factor("user-1", "f-2", replace(USED, factor_id="f-2"), 1000)
    assert list(ports.subscribers.factors("user-1").factors) == ["f-2"]


def test_a_code_opens_one_session_once(ports: Ports) -> None:
    ports.subscribers.add_enrollment_code(CODE)
    assert ports.subscribers.read_enrollment_code(CODE.digest) == CODE
    ports.subscribers.redeem_enrollment_code(CODE.digest, SESSION, now=1999)
    assert ports.subscribers.read_session(SESSION.digest) == SESSION
    assert ports.subscribers.read_enrollment_code(CODE.digest) is None
    with pytest.raises(ConditionRefusedError):
        ports.subscribers.redeem_enrollment_code(CODE.digest, replace(SESSION, digest=b"t" * 32), now=1999)
    assert ports.subscribers.read_session(b"t" * 32) is None


@pytest.mark.parametrize(
    ("digest", "session", "now"),
    [
        (b"x" * 32, SESSION, 1000),
        (CODE.digest, SESSION, 2000),  # expired at that very second
        (CODE.digest, SESSION, 5000),
        (CODE.digest, replace(SESSION, user_id="user-2"), 1000),
    ],
)
def test_an_unknown_expired_or_foreign_code_opens_nothing(
    ports: Ports, digest: bytes, session: EnrollmentSession, now: int
) -> None:
    ports.subscribers.create(replace(ALICE, user_id="user-2", aliases=(Alias("corp", AliasKind.SAM, "bob"),)))
    ports.subscribers.add_enrollment_code(CODE)
    with pytest.raises(ConditionRefusedError):
        ports.subscribers.redeem_enrollment_code(digest, session, now)
    assert ports.subscribers.read_session(SESSION.digest) is None
    assert ports.subscribers.read_enrollment_code(CODE.digest) == CODE


def test_parallel_redemptions_of_one_code_open_one_session(ports: Ports) -> None:
    ports.subscribers.add_enrollment_code(CODE)

    def redeem(number: int) -> bool:
        try:
            session = replace(SESSION, digest=bytes([number]) * 32)
            ports.subscribers.redeem_enrollment_code(CODE.digest, session, now=1000)
        except ConditionRefusedError:
            return False
        return True

    assert all_at_once([lambda number=number: redeem(number) for number in range(6)]).count(True) == 1  # type: ignore[misc]
    assert sum(ports.subscribers.read_session(bytes([number]) * 32) is not None for number in range(6)) == 1


def test_an_ended_session_is_gone(ports: Ports) -> None:
    ports.subscribers.add_enrollment_code(CODE)
    ports.subscribers.redeem_enrollment_code(CODE.digest, SESSION, now=1000)
    ports.subscribers.end_session(SESSION.digest)
    ports.subscribers.end_session(SESSION.digest)
    assert ports.subscribers.read_session(SESSION.digest) is None


def test_a_factor_is_renamed_whatever_its_state_and_all_else_stays(ports: Ports) -> None:
    ports.subscribers.add_pending_factor("user-1", factor(), None)
    ports.subscribers.rename_factor("user-1", "f-1", "Tablet")
    assert ports.subscribers.factors("user-1").factors["f-1"] == replace(factor(), name="Tablet")
    ports.subscribers.activate_factor("user-1", "f-1", USED, now=1000)
    active = ports.subscribers.factors("user-1").factors["f-1"]
    ports.subscribers.rename_factor("user-1", "f-1", "Phone")
    assert ports.subscribers.factors("user-1").factors["f-1"] == replace(active, name="Phone")
