"""Codes by message: how they are made, which give way, what a message says, what is admitted."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest

from mfa.domain.phones import LineType, NumberRefusal, PhoneNumber, masked, prefix_of, refusal_of
from mfa.domain.ration import Ration
from mfa.domain.reasons import RejectReason
from mfa.domain.sealing import Sealed
from mfa.domain.sent_codes import (
    MAX_BATCH,
    MAX_SENT_CODES,
    SENT_CODE_SECONDS,
    SentCode,
    client_key,
    give_way,
    new_code,
    newest_of,
)
from mfa.domain.sms_caps import DAY, HOUR, CallPolicy, Cap, CapName, SmsPolicy, caps_of, warns_at
from mfa.domain.sms_ledger import SmsLedger, SmsRequest, admit
from mfa.domain.sms_text import MAX_CHARACTERS, confirmation_text, login_text

NOW = 1_700_000_000.0


def sent(code_id: str, client: str = "vpn", *, at: float = NOW) -> SentCode:
    return SentCode(
        code_id=code_id,
        phone_id="phone",
        client_key=client_key(client),
        code=Sealed(1, b""),
        expires_at=at + SENT_CODE_SECONDS,
        tries=0,
        successes=0,
    )


def test_codes_have_six_digits_and_zeros_in_front() -> None:
    assert new_code(bytes(16)) == "000000"
    assert new_code((1_000_042).to_bytes(16)) == "000042"
    assert len({new_code(number.to_bytes(16)) for number in range(10**4)}) == 10**4


def test_a_new_code_takes_the_place_of_its_clients_of_what_is_over_and_of_the_oldest() -> None:
    ours, over = sent("ours"), sent("over", "a", at=NOW - SENT_CODE_SECONDS)
    old, young = sent("old", "b", at=NOW - 9), sent("young", "c", at=NOW - 3)
    assert give_way([ours, over, old, young], "vpn", NOW) == ("ours", "over", "old")
    assert give_way([young], "vpn", NOW) == ()
    assert len(give_way([old, young], "vpn", NOW)) == 2 - (MAX_SENT_CODES - 1)


@pytest.mark.parametrize("name", ["vpn", "x" * 64])
def test_a_batch_is_one_message_too(name: str) -> None:
    text = login_text([f"{number:06}" for number in range(MAX_BATCH)], issuer=name, client=name)
    assert text.startswith("000000 000001 000002 000003 000004 are your ")
    assert len(text) <= MAX_CHARACTERS


def test_the_newest_of_a_client_counts() -> None:
    codes = [sent("a"), sent("b", at=NOW + 1), sent("c", "other", at=NOW + 2)]
    assert newest_of(codes, "vpn") == codes[1]
    assert newest_of(codes, "nobody") is None


@pytest.mark.parametrize("name", ["vpn", "x" * 64, "Zürich 北京", "a\nb\x1b"])
def test_a_message_is_plain_and_paid_once(name: str) -> None:
    for text in (login_text(["000042"], issuer=name, client=name), confirmation_text("000042", issuer=name)):
        assert text.startswith("000042 is your ")
        assert text.isascii()
        assert text.isprintable()
        assert len(text) <= MAX_CHARACTERS


def test_letters_with_marks_become_letters() -> None:
    assert "Zurich" in login_text(["000042"], issuer="Zürich", client="vpn")


# ---- numbers


@pytest.mark.parametrize("line", LineType)
def test_c15_only_what_can_be_a_mobile_gets_messages(line: LineType) -> None:
    number = PhoneNumber(e164="+4915123456789", region="DE", line_type=line)
    is_mobile = line in {LineType.MOBILE, LineType.FIXED_OR_MOBILE}
    assert refusal_of(number, {"DE"}) == (None if is_mobile else NumberRefusal.LINE_TYPE)
    assert refusal_of(number, {"AT"}) == (NumberRefusal.COUNTRY if is_mobile else NumberRefusal.LINE_TYPE)


def test_two_digits_of_a_number_are_shown_and_none_by_repr() -> None:
    number = PhoneNumber(e164="+4915123456789", region="DE", line_type=LineType.MOBILE)
    assert masked(number.e164) == "…89"
    assert "123456" not in repr(number)


def test_a_prefix_is_country_and_operator_range() -> None:
    assert prefix_of("+4915123456789") == "491512"
    assert prefix_of("+14155550123") == "141555"


# ---- limits


def caps_for(policy: SmsPolicy, *, number: str = "+49", is_login: bool = True) -> Sequence[Cap]:
    return caps_of(policy, number=number, digest="d", client="vpn", is_login=is_login, now=NOW)


def test_caps_are_counted_within_spans_of_the_clock() -> None:
    policy = SmsPolicy(countries=frozenset({"DE"}))
    caps = {cap.name: cap for cap in caps_for(policy, number="+4915123456789")}
    assert list(caps) == [CapName.NUMBER, CapName.PREFIX, CapName.CLIENT, CapName.DAY]
    assert [(cap.key, cap.seconds) for cap in caps.values()] == [
        ("d", DAY),
        ("491512", HOUR),
        ("vpn", HOUR),
        ("", DAY),
    ]
    for cap in caps.values():
        assert cap.begins_at <= NOW < cap.ends_at
        assert cap.begins_at % cap.seconds == 0


@pytest.mark.parametrize(
    ("price", "budget", "per_day", "messages"),
    [("0.10", "10", 500, 100), ("0.10", "100", 500, 500), ("0.07", "0.20", 500, 2), ("1", "0.99", 500, 0)],
)
def test_c14_the_breaker_counts_each_message_at_the_most_that_it_may_cost(
    price: str, budget: str, per_day: int, messages: int
) -> None:
    policy = SmsPolicy(max_price=Decimal(price), daily_budget=Decimal(budget), per_day=per_day)
    assert policy.messages_a_day == messages
    assert caps_for(policy, is_login=False)[-1].limit == messages


@pytest.mark.parametrize(
    ("per_day", "logins", "warning", "an_hour"),
    [(500, 400, 320, 125), (100, 80, 64, 25), (50, 40, 32, 12), (5, 4, 3, 1), (4, 4, 3, 1), (1, 1, 0, 1), (0, 0, 0, 1)],
)
def test_c14_logins_leave_a_fifth_of_the_day_and_no_hour_spends_more_than_a_quarter(
    per_day: int, logins: int, warning: int, an_hour: int
) -> None:
    policy = SmsPolicy(daily_budget=Decimal(1000), per_day=per_day, per_prefix_and_hour=900, per_client_and_hour=900)
    limits = {cap.name: cap.limit for cap in caps_for(policy)}
    assert (limits[CapName.PREFIX], limits[CapName.CLIENT], limits[CapName.DAY]) == (an_hour, an_hour, logins)
    assert warns_at(policy) == warning
    assert caps_for(policy, is_login=False)[-1].limit == per_day


@pytest.mark.parametrize("policy", [SmsPolicy(), CallPolicy()])
def test_c14_with_the_defaults_one_client_or_prefix_is_stopped_long_before_the_breaker(policy: SmsPolicy) -> None:
    limits = {cap.name: cap.limit for cap in caps_for(policy)}
    assert limits[CapName.PREFIX] * 3 < limits[CapName.DAY]
    assert limits[CapName.CLIENT] * 3 < limits[CapName.DAY]


def test_lower_limits_of_an_hour_hold() -> None:
    limits = {cap.name: cap.limit for cap in caps_for(SmsPolicy(per_prefix_and_hour=3, per_client_and_hour=4))}
    assert (limits[CapName.PREFIX], limits[CapName.CLIENT]) == (3, 4)


def test_without_countries_messages_are_off() -> None:
    assert not SmsPolicy().is_on
    assert SmsPolicy(countries=frozenset({"DE"})).is_on


# ---- the ledger


def asked(
    login_id: str, *, now: float = NOW, tag: bytes = b"tag", client: str = "vpn", successes: int = 0
) -> SmsRequest:
    return SmsRequest(login_id=login_id, client=client, tag=tag, now=now, successes=successes, window_seconds=15)


def saved(ledger: SmsLedger, request: SmsRequest) -> SmsLedger:
    admitted = admit(ledger, request)
    assert isinstance(admitted, SmsLedger), admitted
    return admitted


def test_the_same_packet_and_the_same_login_send_no_second_message() -> None:
    ledger = saved(SmsLedger(user_id="u"), asked("first"))
    assert admit(ledger, asked("first", now=NOW + 99)) is RejectReason.SMS_ASKED_BEFORE
    assert admit(ledger, asked("retry", now=NOW + 14.9)) is RejectReason.SMS_SENT_BEFORE
    for other in (
        asked("later", now=NOW + 15),
        asked("other text", tag=b"other"),
        asked("other client", client="desktops"),
        asked("after a success", successes=1),
    ):
        assert saved(ledger, other).last != ledger.last


def test_a_message_without_a_window_leaves_what_is_known_of_the_last_login() -> None:
    login = asked("login")
    ledger = saved(SmsLedger(user_id="u"), login)
    ledger = saved(ledger, replace(asked("enrolment", tag=b"other", client="(enrolment)"), window_seconds=0))
    assert (ledger.last and ledger.last.login_id, ledger.ration.unanswered) == ("login", 2)
    assert admit(ledger, asked("retry", now=NOW + 14.9)) is RejectReason.SMS_SENT_BEFORE
    assert admit(ledger, login) is RejectReason.SMS_ASKED_BEFORE


def test_c14_what_no_success_renews_shares_the_ration_of_logins() -> None:
    ledger = SmsLedger(user_id="u")
    for number in range(3):
        request = asked(f"{number}", successes=number)
        ledger = saved(ledger, replace(request, tag=f"{number}".encode()))
    assert ledger.ration.unanswered == 1, "each success has renewed it"
    adding = replace(asked("adding"), successes=None, window_seconds=0)
    for number in range(2):
        ledger = saved(ledger, replace(adding, login_id=f"adding {number}"))
    assert admit(ledger, replace(adding, login_id="one more", now=NOW + 599)) is RejectReason.SMS_RATIONED
    assert ledger.ration.successes == 2
    assert admit(ledger, asked("login", tag=b"login", successes=2)) is RejectReason.SMS_RATIONED
    saved(ledger, asked("login", tag=b"login", successes=3))


def test_c14_three_in_ten_minutes_then_growing_pauses_and_a_success_lifts_them() -> None:
    ledger = SmsLedger(user_id="u")
    for number in range(3):
        ledger = saved(ledger, asked(f"{number}", now=NOW + number, tag=f"{number}".encode()))
    assert admit(ledger, asked("more", now=NOW + 599, tag=b"more")) is RejectReason.SMS_RATIONED
    assert saved(ledger, asked("more", now=NOW + 599, tag=b"more", successes=1)).ration == Ration(
        times=(NOW + 599,), unanswered=1, successes=1
    )
    now, sendings = NOW + 2, []
    while now < NOW + 86_400:
        now += 1
        admitted = admit(ledger, asked(f"{now}", now=now, tag=f"{now}".encode()))
        if isinstance(admitted, SmsLedger):
            ledger = admitted
            sendings.append(now)
    gaps = [later - earlier for earlier, later in pairwise(sendings)]
    assert max(gaps) >= 3600
    assert len(sendings) < 40  # of 86,400 that were asked for
