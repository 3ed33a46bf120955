"""RecoveryCodeStore: a use is one conditional write; what changes the codes is bound to what was read."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from mfa.domain.factors import SubscriberState
from mfa.domain.recovery import ALWAYS, BypassCode, CodeUse, RecoveryCodes
from mfa.domain.subscribers import Subscriber
from mfa.domain.user_names import Alias, AliasKind
from mfa.errors import ConditionRefusedError
from tests.contract.conftest import Ports, on_aws
from tests.fakes.aws import AwsInProcess, raw_items
from tests.fakes.races import all_at_once

USER = "user-1"
SUBSCRIBER = Subscriber(
    user_id=USER,
    display_name="Alice",
    aliases=(Alias("corp", AliasKind.SAM, "alice"),),
    state=SubscriberState.ACTIVE,
    created_at=900,
)
DIGESTS = [bytes([number]) * 32 for number in range(10)]
END = 2000
BYPASS = BypassCode(
    bypass_id="-_bypass",
    digest=b"\xff" * 32,
    uses=3,
    left=3,
    expires_at=END,
    reason="lost the phone",
    created_at=1000,
    created_by="arn:aws:iam::123456789012:user/ada",
)


@pytest.fixture
def ports(ports: Ports) -> Ports:
    ports.subscribers.create(SUBSCRIBER)
    return ports


def held(ports: Ports) -> RecoveryCodes:
    return ports.recovery.read(USER)


def is_done(action: Callable[[], None]) -> bool:
    try:
        action()
    except ConditionRefusedError:
        return False
    return True


def with_codes(ports: Ports) -> Ports:
    ports.recovery.renew(held(ports), DIGESTS, 1000)
    return ports


def with_bypass(ports: Ports) -> Ports:
    ports.recovery.add_bypass(held(ports), BYPASS, ())
    return ports


def test_who_never_had_codes_has_none_and_none_are_made_by_reading(ports: Ports) -> None:
    assert held(ports) == RecoveryCodes(user_id=USER)
    assert not is_done(lambda: ports.recovery.use_recovery_code(USER, DIGESTS[0], "login", 1000))
    assert not is_done(lambda: ports.recovery.use_bypass_code(USER, "id", "login", 1000))
    assert not is_done(lambda: ports.recovery.revoke_bypass(held(ports), "id"))
    assert held(ports) == RecoveryCodes(user_id=USER)


def test_a_set_of_codes_is_kept_and_the_hot_item_knows(ports: Ports) -> None:
    with_codes(ports)
    assert held(ports) == RecoveryCodes(user_id=USER, version=1, made_at=1000, unused=frozenset(DIGESTS))
    assert ports.subscribers.factors(USER).recovery_until == ALWAYS


def test_a_code_is_used_once_and_known_as_used(ports: Ports) -> None:
    with_codes(ports)
    assert is_done(lambda: ports.recovery.use_recovery_code(USER, DIGESTS[3], "first", 1100))
    assert not is_done(lambda: ports.recovery.use_recovery_code(USER, DIGESTS[3], "first", 1101))
    assert not is_done(lambda: ports.recovery.use_recovery_code(USER, DIGESTS[3], "second", 1101))
    assert held(ports).used == {DIGESTS[3]: CodeUse("first", 1100)}
    assert held(ports).unused == frozenset(DIGESTS) - {DIGESTS[3]}
    assert held(ports).version == 1  # a use is no change of the codes: it must not refuse one


def test_an_unknown_code_is_refused_and_not_made(ports: Ports) -> None:
    with_codes(ports)
    before = held(ports)
    assert not is_done(lambda: ports.recovery.use_recovery_code(USER, b"\xee" * 32, "login", 1100))
    assert held(ports) == before


def test_a_new_set_ends_the_old_one_whole(ports: Ports) -> None:
    with_codes(ports)
    ports.recovery.use_recovery_code(USER, DIGESTS[0], "login", 1100)
    fresh = [b"\xaa" * 32]
    ports.recovery.renew(held(ports), fresh, 1200)
    assert held(ports) == RecoveryCodes(user_id=USER, version=2, made_at=1200, unused=frozenset(fresh))
    assert not is_done(lambda: ports.recovery.use_recovery_code(USER, DIGESTS[1], "login", 1300))
    assert is_done(lambda: ports.recovery.use_recovery_code(USER, fresh[0], "login", 1300))


def test_a_bypass_code_is_kept_with_all_that_is_told_of_it(ports: Ports) -> None:
    with_bypass(ports)
    assert held(ports).bypasses == {BYPASS.bypass_id: BYPASS}
    assert ports.subscribers.factors(USER).recovery_until == END


def test_a_bypass_code_counts_down_once_for_each_login(ports: Ports) -> None:
    with_bypass(ports)
    use = ports.recovery.use_bypass_code
    assert is_done(lambda: use(USER, BYPASS.bypass_id, "first", 1100))
    assert not is_done(lambda: use(USER, BYPASS.bypass_id, "first", 1101))
    assert is_done(lambda: use(USER, BYPASS.bypass_id, "-_second", 1102))
    assert is_done(lambda: use(USER, BYPASS.bypass_id, "third", END - 1))
    assert not is_done(lambda: use(USER, BYPASS.bypass_id, "fourth", END - 1))
    bypass = held(ports).bypasses[BYPASS.bypass_id]
    assert (bypass.left, bypass.uses) == (0, 3)
    assert bypass.used_by == {"first": 1100, "-_second": 1102, "third": END - 1}


@pytest.mark.parametrize("at", [END, END + 1])
def test_a_bypass_code_ends_in_its_second(ports: Ports, at: int) -> None:
    with_bypass(ports)
    assert not is_done(lambda: ports.recovery.use_bypass_code(USER, BYPASS.bypass_id, "login", at))
    assert is_done(lambda: ports.recovery.use_bypass_code(USER, BYPASS.bypass_id, "login", END - 1))


def test_a_revoked_bypass_code_is_gone_even_of_a_disabled_user(ports: Ports) -> None:
    with_bypass(ports)
    ports.subscribers.set_state(USER, SubscriberState.DISABLED)
    ports.recovery.revoke_bypass(held(ports), BYPASS.bypass_id)
    assert held(ports).bypasses == {}
    assert not is_done(lambda: ports.recovery.use_bypass_code(USER, BYPASS.bypass_id, "login", 1100))
    assert ports.subscribers.factors(USER).recovery_until == 0


def test_bypass_codes_take_the_place_of_forgotten_ones_and_leave_recovery_codes_alone(ports: Ports) -> None:
    with_bypass(with_codes(ports))
    ports.recovery.use_recovery_code(USER, DIGESTS[0], "login", 1100)
    second = replace(BYPASS, bypass_id="second", expires_at=END + 50)
    ports.recovery.add_bypass(held(ports), second, (BYPASS.bypass_id,))
    assert held(ports).bypasses == {"second": second}
    assert set(held(ports).used) == {DIGESTS[0]}
    assert ports.subscribers.factors(USER).recovery_until == ALWAYS
    ports.recovery.renew(held(ports), DIGESTS, 1200)
    assert held(ports).bypasses == {"second": second}


def test_recovery_codes_beside_a_bypass_code_outlive_it(ports: Ports) -> None:
    with_codes(with_bypass(ports))
    assert ports.subscribers.factors(USER).recovery_until == ALWAYS
    assert set(held(ports).bypasses) == {BYPASS.bypass_id}


def test_nothing_is_changed_that_was_changed_since_it_was_read(ports: Ports) -> None:
    none, one = held(ports), held(with_codes(ports))
    ports.recovery.add_bypass(one, BYPASS, ())
    before = held(ports)
    for seen in (none, one):
        assert not is_done(lambda seen=seen: ports.recovery.renew(seen, DIGESTS[:1], 1200))  # type: ignore[misc]
        assert not is_done(lambda seen=seen: ports.recovery.add_bypass(seen, BYPASS, ()))  # type: ignore[misc]
        assert not is_done(lambda seen=seen: ports.recovery.revoke_bypass(seen, BYPASS.bypass_id))  # type: ignore[misc]
    assert held(ports) == before


@pytest.mark.parametrize("state", [None, SubscriberState.DISABLED])
def test_nobody_but_an_active_user_gets_codes(ports: Ports, state: SubscriberState | None) -> None:
    if state is None:
        ports.subscribers.remove(SUBSCRIBER)
    else:
        ports.subscribers.set_state(USER, state)
    assert not is_done(lambda: ports.recovery.renew(held(ports), DIGESTS, 1000))
    assert not is_done(lambda: ports.recovery.add_bypass(held(ports), BYPASS, ()))
    assert held(ports) == RecoveryCodes(user_id=USER)


def test_with_the_user_go_the_codes(ports: Ports) -> None:
    with_bypass(with_codes(ports))
    ports.subscribers.remove(SUBSCRIBER)
    assert held(ports) == RecoveryCodes(user_id=USER)
    assert not is_done(lambda: ports.recovery.use_recovery_code(USER, DIGESTS[0], "login", 1100))


def test_twenty_parallel_uses_of_a_recovery_code_have_one_winner(ports: Ports) -> None:
    with_codes(ports)
    results = all_at_once(
        [
            lambda number=number: is_done(  # type: ignore[misc]
                lambda: ports.recovery.use_recovery_code(USER, DIGESTS[0], f"login-{number}", 1100)
            )
            for number in range(20)
        ]
    )
    assert results.count(True) == 1


def test_twenty_parallel_uses_of_a_bypass_code_have_as_many_winners_as_it_has_uses(ports: Ports) -> None:
    with_bypass(ports)
    results = all_at_once(
        [
            lambda number=number: is_done(  # type: ignore[misc]
                lambda: ports.recovery.use_bypass_code(USER, BYPASS.bypass_id, f"login-{number}", 1100)
            )
            for number in range(20)
        ]
    )
    assert results.count(True) == 3
    assert held(ports).bypasses[BYPASS.bypass_id].left == 0


def test_parallel_renewals_have_one_winner(ports: Ports) -> None:
    seen = held(ports)
    results = all_at_once(
        [lambda digest=digest: is_done(lambda: ports.recovery.renew(seen, [digest], 1000)) for digest in DIGESTS[:4]]  # type: ignore[misc]
    )
    assert results.count(True) == 1
    assert len(held(ports).unused) == 1


def test_codes_do_not_show_and_are_stored_in_one_item_of_the_user(aws: AwsInProcess) -> None:
    ports = on_aws(aws)
    ports.subscribers.create(SUBSCRIBER)
    with_bypass(with_codes(ports))
    (item,) = [item for item in raw_items() if item["sk"]["S"] == "REC"]
    assert item["pk"]["S"] == f"U#{USER}"
    assert "\\x03" not in repr(held(ports))
    assert "\\xff" not in repr(held(ports))
