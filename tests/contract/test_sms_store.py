"""SmsStore and PhoneStore: conditional writes whose refusal changes nothing; and codes that are used up once."""

from dataclasses import replace

import pytest

from mfa.domain.factors import CodeFactors, RecentOutcome, SubscriberState
from mfa.domain.phones import VerifiedPhone
from mfa.domain.ration import Ration
from mfa.domain.sealing import Sealed
from mfa.domain.sent_codes import MAX_SENT_CODES, AcceptedMessage, SentCode
from mfa.domain.sms_caps import Cap, CapName
from mfa.domain.sms_ledger import LastMessage, SmsLedger
from mfa.domain.subscribers import Subscriber
from mfa.domain.user_names import Alias, AliasKind
from mfa.errors import ConditionRefusedError
from mfa.ports import Attempt
from mfa.sms_ports import PendingPhone
from tests.contract.conftest import Ports
from tests.fakes.races import all_at_once

USER = "user-1"
FULL = SmsLedger(
    user_id=USER,
    last=LastMessage(login_id="a-login_id", client="vpn", tag=b"\0tag", at=1_000.125),
    ration=Ration(times=(900.5, 1_000.125), unanswered=7, successes=3),
)
ALICE = Subscriber(
    user_id=USER,
    display_name="Alice",
    aliases=(Alias("corp", AliasKind.SAM, "alice"),),
    state=SubscriberState.ACTIVE,
    created_at=900,
)


def waiting(phone_id: str = "phone-1", *, expires_at: int = 1_600) -> PendingPhone:
    return PendingPhone(
        user_id=USER,
        phone_id=phone_id,
        name="Alice's phone",
        number=Sealed(1, b"\0number\xff"),
        region="DE",
        code=Sealed(2, b"\0code\xff"),
        expires_at=expires_at,
    )


def phone(phone_id: str = "phone-1") -> VerifiedPhone:
    return VerifiedPhone(
        phone_id=phone_id, name="Alice's phone", number=Sealed(1, b"\0number\xff"), region="DE", verified_at=1_000
    )


def sent(code_id: str = "login-1", client: str = "vpn") -> SentCode:
    return SentCode(
        code_id=code_id,
        phone_id="phone-1",
        client_key=client,
        code=Sealed(1, b"\0code\xff"),
        expires_at=1_600.125,
        tries=2,
        successes=3,
    )


def attempt(login_id: str = "try-1", at: int = 1_100) -> Attempt:
    return Attempt(user_id=USER, login_id=login_id, fingerprint=b"f", at=at)


def item(ports: Ports) -> CodeFactors:
    return ports.subscribers.factors(USER)


def confirm(ports: Ports, phone_id: str = "phone-1") -> None:
    ports.phones.put_pending(waiting(phone_id))
    ports.phones.confirm(phone(phone_id), item(ports))


@pytest.fixture
def ports(ports: Ports) -> Ports:
    ports.subscribers.create(ALICE)
    return ports


# ---- the ledger


def test_what_was_saved_is_read_back_whole(ports: Ports) -> None:
    assert ports.sms.read(USER) == SmsLedger(user_id=USER)
    ports.sms.save(FULL)
    assert ports.sms.read(USER) == replace(FULL, version=1)
    ports.sms.save(SmsLedger(user_id=USER, version=1))
    assert ports.sms.read(USER) == SmsLedger(user_id=USER, version=2)


@pytest.mark.parametrize("version", [0, 2])
def test_a_version_that_is_not_the_stored_one_is_refused(ports: Ports, version: int) -> None:
    ports.sms.save(FULL)
    with pytest.raises(ConditionRefusedError):
        ports.sms.save(SmsLedger(user_id=USER, version=version))
    assert ports.sms.read(USER) == replace(FULL, version=1)


# ---- counters


def test_c14_a_counter_stops_at_its_limit_also_in_a_race(ports: Ports, rounds: int) -> None:
    for number in range(rounds):
        cap = Cap(name=CapName.NUMBER, key=f"n#{number}", limit=3, begins_at=0, seconds=3600)

        def take(cap: Cap = cap) -> int | None:
            try:
                return ports.sms.count(cap)
            except ConditionRefusedError:
                return None

        assert sorted(count for count in all_at_once([take] * 6) if count) == [1, 2, 3]


def test_counters_are_apart_by_name_key_and_span(ports: Ports) -> None:
    cap = Cap(name=CapName.NUMBER, key="n", limit=1, begins_at=0, seconds=3600)
    others = (
        replace(cap, name=CapName.CLIENT),
        replace(cap, key="m"),
        replace(cap, begins_at=3600),
        replace(cap, seconds=86_400),
    )
    assert [ports.sms.count(one) for one in (cap, *others)] == [1] * 5
    with pytest.raises(ConditionRefusedError):
        ports.sms.count(cap)


def test_a_limit_of_nothing_lets_nothing_through(ports: Ports) -> None:
    with pytest.raises(ConditionRefusedError):
        ports.sms.count(Cap(name=CapName.DAY, key="", limit=0, begins_at=0, seconds=86_400))


# ---- codes in the hot item


def test_a_code_is_kept_in_place_of_others_and_read_back_whole(ports: Ports) -> None:
    confirm(ports)
    ports.sms.hold(USER, sent(), ())
    assert item(ports).messages == (sent(),)
    ports.sms.hold(USER, sent("login-2"), ("login-1",))
    assert item(ports).messages == (sent("login-2"),)
    ports.sms.hold(USER, sent("login-3", "desktops"), ())
    assert {one.code_id for one in item(ports).messages} == {"login-2", "login-3"}
    ports.sms.void(USER, "login-2")
    ports.sms.void(USER, "login-2")
    assert item(ports).messages == (sent("login-3", "desktops"),)


def test_a_code_that_is_known_or_one_too_many_or_instead_of_nothing_is_refused(ports: Ports) -> None:
    confirm(ports)
    for number in range(MAX_SENT_CODES):
        ports.sms.hold(USER, sent(f"login-{number}"), ())
    before = item(ports)
    for code, replaces in ((sent("login-0"), ()), (sent("more"), ()), (sent("more"), ("gone",))):
        with pytest.raises(ConditionRefusedError):
            ports.sms.hold(USER, code, replaces)
    assert item(ports) == before


def test_nobody_without_a_phone_or_disabled_keeps_a_code(ports: Ports) -> None:
    with pytest.raises(ConditionRefusedError):
        ports.sms.hold("nobody", sent(), ())
    confirm(ports)
    ports.subscribers.set_state(USER, SubscriberState.DISABLED)
    with pytest.raises(ConditionRefusedError):
        ports.sms.hold(USER, sent(), ())
    assert item(ports).messages == ()
    ports.sms.void("nobody", "login-1")


def test_an_accept_uses_a_code_up_once(ports: Ports) -> None:
    confirm(ports)
    ports.sms.hold(USER, sent(), ())
    code = AcceptedMessage(code_id="login-1", factor_id="phone-1")
    for login_id in ("try-1", "try-2"):
        ports.logins.reserve(attempt(login_id))
    ports.logins.accept(attempt("try-1"), code, ())
    after = item(ports)
    assert after.messages == (replace(sent(), used=frozenset({0}), tries=0, successes=1),)
    assert (after.throttle.tries, after.throttle.successes) == (0, 1)
    with pytest.raises(ConditionRefusedError):
        ports.logins.accept(attempt("try-2"), code, ())
    assert item(ports) == after


@pytest.mark.parametrize("why", ["expired", "voided", "unknown"])
def test_a_code_that_is_gone_is_not_accepted(ports: Ports, why: str) -> None:
    confirm(ports)
    ports.sms.hold(USER, sent(), ())
    if why == "voided":
        ports.sms.void(USER, "login-1")
    tried = attempt(at=1_601 if why == "expired" else 1_100)
    ports.logins.reserve(tried)
    before = item(ports)
    code = AcceptedMessage(code_id="other" if why == "unknown" else "login-1", factor_id="phone-1")
    for use in (lambda: ports.logins.accept(tried, code, ()), lambda: ports.logins.claim(tried, code)):
        with pytest.raises(ConditionRefusedError):
            use()
    assert item(ports) == before


def test_a_claim_uses_a_code_up_and_notes_the_phone(ports: Ports) -> None:
    confirm(ports)
    ports.sms.hold(USER, sent(), ())
    ports.logins.reserve(attempt())
    ports.logins.claim(attempt(), AcceptedMessage(code_id="login-1", factor_id="phone-1"))
    login = item(ports).recent["try-1"]
    assert login.claimed is not None
    assert (login.claimed.factor_id, login.claimed.moving_factor, login.outcome) == (
        "phone-1",
        0,
        RecentOutcome.CHECKING,
    )
    assert item(ports).messages[0].used


def test_each_code_of_a_batch_is_used_once_and_a_login_by_one_leaves_the_others(ports: Ports) -> None:
    confirm(ports)
    ports.sms.hold(USER, replace(sent(), size=5), ())
    for place in (3, 0):
        code = AcceptedMessage(code_id="login-1", factor_id="phone-1", place=place)
        ports.logins.reserve(attempt(f"try-{place}"))
        ports.logins.accept(attempt(f"try-{place}"), code, ())
        ports.logins.reserve(attempt(f"again-{place}"))
        with pytest.raises(ConditionRefusedError):
            ports.logins.accept(attempt(f"again-{place}"), code, ())
    (kept,) = item(ports).messages
    assert (kept.size, kept.used, kept.successes) == (5, frozenset({0, 3}), item(ports).throttle.successes)


def test_twenty_uses_at_once_are_one(ports: Ports, rounds: int) -> None:
    confirm(ports)
    for number in range(min(rounds, 20)):
        code_id = f"login-{number}"
        ports.sms.hold(USER, sent(code_id), tuple(one.code_id for one in item(ports).messages))
        tries = [attempt(f"try-{number}-{one}") for one in range(6)]
        for one in tries:
            ports.logins.reserve(one)

        def use(one: Attempt, code_id: str = code_id) -> bool:
            try:
                ports.logins.accept(one, AcceptedMessage(code_id=code_id, factor_id="phone-1"), ())
            except ConditionRefusedError:
                return False
            return True

        assert all_at_once([lambda one=one: use(one) for one in tries]).count(True) == 1


# ---- phones


def test_a_number_waits_is_tried_and_counts(ports: Ports) -> None:
    ports.phones.put_pending(waiting("older"))
    ports.phones.put_pending(waiting())
    with pytest.raises(ConditionRefusedError):
        ports.phones.charge(USER, "older", 1_000, 5)
    assert ports.phones.charge(USER, "phone-1", 1_000, 5) == replace(waiting(), tries=1)
    ports.phones.confirm(phone(), item(ports))
    assert item(ports).phones == (phone(),)
    with pytest.raises(ConditionRefusedError):
        ports.phones.charge(USER, "phone-1", 1_000, 5)
    with pytest.raises(ConditionRefusedError):
        ports.phones.confirm(phone(), item(ports))


def test_tries_and_time_end(ports: Ports) -> None:
    ports.phones.put_pending(waiting())
    with pytest.raises(ConditionRefusedError):
        ports.phones.charge(USER, "phone-1", 1_600, 5)
    for number in (1, 2):
        assert ports.phones.charge(USER, "phone-1", 1_000, 2).tries == number
    with pytest.raises(ConditionRefusedError):
        ports.phones.charge(USER, "phone-1", 1_000, 2)


def test_phones_change_only_as_they_were_seen(ports: Ports) -> None:
    for phone_id in ("phone-1", "phone-2"):
        confirm(ports, phone_id)
    seen = item(ports)
    ports.phones.replace(seen, seen.phones[::-1])
    assert item(ports).phones == seen.phones[::-1]
    with pytest.raises(ConditionRefusedError):
        ports.phones.replace(seen, ())
    ports.phones.put_pending(waiting("phone-3"))
    with pytest.raises(ConditionRefusedError):
        ports.phones.confirm(phone("phone-3"), seen)
    ports.phones.replace(item(ports), ())
    ports.phones.replace(item(ports), (phone(),))
    assert item(ports).phones == (phone(),)


def test_of_many_confirmations_at_once_one_counts(ports: Ports, rounds: int) -> None:
    for number in range(min(rounds, 20)):
        phone_id = f"phone-{number}"
        ports.phones.put_pending(waiting(phone_id))
        seen = item(ports)

        def use(phone_id: str = phone_id, seen: CodeFactors = seen) -> bool:
            try:
                ports.phones.confirm(phone(phone_id), seen)
            except ConditionRefusedError:
                return False
            return True

        assert all_at_once([use] * 6).count(True) == 1
        ports.phones.replace(item(ports), ())


def test_a_disabled_user_adds_no_number(ports: Ports) -> None:
    ports.phones.put_pending(waiting())
    ports.subscribers.set_state(USER, SubscriberState.DISABLED)
    with pytest.raises(ConditionRefusedError):
        ports.phones.put_pending(waiting("phone-2"))
    with pytest.raises(ConditionRefusedError):
        ports.phones.confirm(phone(), item(ports))


def test_with_the_user_everything_goes(ports: Ports) -> None:
    confirm(ports)
    ports.phones.put_pending(waiting("phone-2"))
    ports.sms.save(FULL)
    ports.subscribers.remove(ALICE)
    ports.subscribers.create(ALICE)
    assert (item(ports).phones, item(ports).messages) == ((), ())
    assert ports.sms.read(USER) == SmsLedger(user_id=USER)
    with pytest.raises(ConditionRefusedError):
        ports.phones.charge(USER, "phone-2", 1_000, 5)
