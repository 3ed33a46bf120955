"""The first rule that matches decides; what has ended does nothing; groups are asked for at most once."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa.domain.configuration import ClientMode
from mfa.domain.policy import (
    DENY_UNENROLLED,
    Exemption,
    FactorKind,
    PolicyRule,
    RuleAction,
    Selector,
    TimeWindow,
    UnenrolledRule,
)
from mfa.domain.policy_evaluation import (
    NO_RULE_MATCHES,
    NO_RULES,
    PolicyFacts,
    exemption_for,
    first_match,
    is_open,
    is_within,
    may_skip_factor,
    mismatch,
    unenrolled_now,
)
from mfa.domain.user_names import Alias, AliasKind

NOW = 1_700_000_000.0  # Tuesday 2023-11-14 22:13:20 UTC
ALICE = Alias("corp", AliasKind.SAM, "alice")
ALICE_BY_PRINCIPAL_NAME = Alias("corp", AliasKind.UPN, "alice@corp.example.test")
STAFF, ADMINS = "S-1-5-21-1-2-3-1104", "S-1-5-21-1-2-3-512"
FACTS = PolicyFacts(client="vpn", alias=ALICE, source_ip="192.0.2.7", caller_ip="203.0.113.9", now=NOW)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Kiritimati")
EVERY_DAY = frozenset(range(7))


def local_time(zone: str, now: float) -> datetime:
    return datetime.fromtimestamp(now, ZoneInfo(zone))


@dataclass
class Groups:
    """A directory that counts how often it is asked."""

    sids: frozenset[str] = frozenset({STAFF})
    asked: int = field(default=0)

    def __call__(self) -> frozenset[str]:
        self.asked += 1
        return self.sids


def network(*texts: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(map(ipaddress.ip_network, texts))


def rule(name: str, action: RuleAction = RuleAction.ALLOW, **selector: object) -> PolicyRule:
    return PolicyRule(name=name, action=action, selector=Selector(**selector))  # type: ignore[arg-type]


def decide(
    *rules: PolicyRule, facts: PolicyFacts = FACTS, groups: Callable[[], frozenset[str]] | None = None
) -> object:
    return first_match(rules, facts, groups or Groups(), local_time)


# ---- rules


def test_without_rules_for_a_client_the_factors_decide() -> None:
    assert decide() == NO_RULES
    assert decide(rule("others", RuleAction.DENY, clients=frozenset({"wifi"}))) == NO_RULES
    assert NO_RULES.action is RuleAction.ALLOW


def test_with_rules_for_a_client_a_login_that_none_is_for_is_denied() -> None:
    for mine in (frozenset({"vpn"}), frozenset()):
        assert decide(rule("admins", clients=mine, groups=frozenset({ADMINS}))) == NO_RULE_MATCHES
    assert NO_RULE_MATCHES.action is RuleAction.DENY


def test_the_verdict_tells_all_that_the_rule_says() -> None:
    allow = replace(
        rule("staff", groups=frozenset({STAFF})), factors=(FactorKind.CODE,), reply_attributes=(("Class", "staff"),)
    )
    verdict = first_match((allow,), FACTS, Groups(), local_time)
    assert (verdict.action, verdict.rule, verdict.factors) == (RuleAction.ALLOW, "staff", (FactorKind.CODE,))
    assert (verdict.reply_attributes, verdict.upstream) == ((("Class", "staff"),), None)
    forward = replace(rule("rest", RuleAction.FORWARD), upstream="nps")
    assert first_match((forward,), FACTS, Groups(), local_time).upstream == "nps"


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ({}, True),
        ({"clients": frozenset({"vpn", "wifi"})}, True),
        ({"clients": frozenset({"wifi"})}, False),
        ({"users": frozenset({ALICE})}, True),
        ({"users": frozenset({Alias("lab", AliasKind.SAM, "alice")})}, False),
        ({"users": frozenset({ALICE_BY_PRINCIPAL_NAME})}, False),
        ({"groups": frozenset({ADMINS, STAFF})}, True),
        ({"groups": frozenset({ADMINS})}, False),
        ({"source_networks": network("198.51.100.0/24", "192.0.2.0/24")}, True),
        ({"source_networks": network("198.51.100.0/24")}, False),
        ({"caller_networks": network("203.0.113.0/24")}, True),
        ({"caller_networks": network("192.0.2.0/24")}, False),
        ({"times": (TimeWindow(days=frozenset({1}), start_minute=22 * 60, end_minute=23 * 60, timezone="UTC"),)}, True),
        ({"times": (TimeWindow(days=frozenset({2}), start_minute=0, end_minute=60, timezone="Europe/Berlin"),)}, False),
        ({"clients": frozenset({"vpn"}), "groups": frozenset({ADMINS})}, False),
    ],
)
def test_every_field_that_is_given_must_match(selector: dict[str, object], matches: bool) -> None:
    assert (mismatch(Selector(**selector), FACTS, Groups(), local_time) is None) is matches  # type: ignore[arg-type]


def test_an_address_that_is_not_believed_matches_no_caller_network() -> None:
    everywhere = Selector(caller_networks=network("0.0.0.0/0", "::/0"))
    assert mismatch(everywhere, FACTS, Groups(), local_time) is None
    for unknown in (None, "", "00-11-22-33-44-55", "203.0.113.9:5060"):
        facts = replace(FACTS, caller_ip=unknown)
        assert mismatch(everywhere, facts, Groups(), local_time) == "caller_networks"


@pytest.mark.parametrize(
    ("address", "networks", "inside"),
    [
        ("192.0.2.7", ("192.0.2.0/24",), True),
        ("::ffff:192.0.2.7", ("192.0.2.0/24",), True),
        ("2001:db8::7", ("192.0.2.0/24", "2001:db8::/64"), True),
        ("192.0.2.7", ("2001:db8::/64",), False),
        ("", ("0.0.0.0/0",), False),
    ],
)
def test_addresses_of_both_families_are_compared_rightly(address: str, networks: tuple[str, ...], inside: bool) -> None:
    assert is_within(address, network(*networks)) is inside


def test_a_rule_against_a_user_holds_under_all_names_of_that_user() -> None:
    deny = rule("alice is out", RuleAction.DENY, users=frozenset({ALICE}))
    facts = replace(FACTS, alias=ALICE_BY_PRINCIPAL_NAME)
    assert decide(deny, rule("all"), facts=facts) != decide(deny, facts=FACTS)
    known = replace(facts, same_user=lambda other: other == ALICE)
    assert decide(deny, rule("all"), facts=known) == decide(deny, facts=FACTS)


def test_other_names_are_asked_for_only_where_all_else_matches() -> None:
    def refuse(other: Alias) -> bool:
        raise AssertionError(other)

    bob = Alias("corp", AliasKind.SAM, "bob")
    facts = replace(FACTS, same_user=refuse)
    elsewhere = network("198.51.100.0/24")
    in_another_realm = Alias("lab", AliasKind.SAM, "alice")
    rules = (
        rule("elsewhere", users=frozenset({bob}), source_networks=elsewhere),
        rule("another realm", users=frozenset({in_another_realm})),
        rule("by name", users=frozenset({ALICE, bob})),
    )
    assert first_match(rules, facts, Groups(), local_time).rule == "by name"


SELECTORS = st.fixed_dictionaries(
    {},
    optional={
        "clients": st.sampled_from([frozenset({"vpn"}), frozenset({"wifi"})]),
        "users": st.sampled_from([frozenset({ALICE}), frozenset({ALICE_BY_PRINCIPAL_NAME})]),
        "groups": st.sampled_from([frozenset({STAFF}), frozenset({ADMINS})]),
        "source_networks": st.sampled_from([network("192.0.2.0/24"), network("10.0.0.0/8")]),
    },
)


@given(st.lists(SELECTORS, max_size=8), st.data())
def test_the_first_rule_that_matches_decides_whatever_follows(
    selectors: list[dict[str, object]], data: st.DataObject
) -> None:
    rules = [
        rule(str(place), data.draw(st.sampled_from(list(RuleAction))), **one) for place, one in enumerate(selectors)
    ]
    matching = [one for one in rules if mismatch(one.selector, FACTS, Groups(), local_time) is None]
    verdict = first_match(rules, FACTS, Groups(), local_time)
    if matching:
        assert (verdict.rule, verdict.action) == (matching[0].name, matching[0].action)
        up_to_it = rules[: rules.index(matching[0]) + 1]
        assert first_match(up_to_it, FACTS, Groups(), local_time) == verdict
    else:
        possible = [one for one in rules if not one.selector.clients or "vpn" in one.selector.clients]
        assert verdict == (NO_RULE_MATCHES if possible else NO_RULES)


@given(st.lists(SELECTORS, max_size=8))
def test_groups_are_asked_for_at_most_once_and_only_where_all_else_matches(selectors: list[dict[str, object]]) -> None:
    groups = Groups(frozenset())
    rules = [rule(str(place), **one) for place, one in enumerate(selectors)]
    first_match(rules, FACTS, groups, local_time)
    before_the_first = []
    for one in rules:
        without_groups = replace(one.selector, groups=frozenset())
        if mismatch(without_groups, FACTS, Groups(), local_time) is None:
            before_the_first.append(bool(one.selector.groups))
            if not one.selector.groups:
                break
    assert groups.asked == (1 if any(before_the_first) else 0)


def test_a_directory_that_fails_is_no_answer() -> None:
    def unavailable() -> frozenset[str]:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        first_match((rule("staff", groups=frozenset({STAFF})), rule("rest")), FACTS, unavailable, local_time)
    rules = (rule("all"), rule("staff", groups=frozenset({STAFF})))
    assert first_match(rules, FACTS, unavailable, local_time).rule == "all"


# ---- exemptions and unenrolled users

EXEMPTION = Exemption(name="night shift", selector=Selector(), owner="Ada", reason="new phones", until=int(NOW) + 10)


@given(st.integers(-100, 100))
def test_an_exemption_that_has_ended_never_matches(seconds: int) -> None:
    exemption = replace(EXEMPTION, until=int(NOW) + seconds)
    found = exemption_for([exemption], FACTS, Groups(), local_time, mode=ClientMode.CHALLENGE)
    assert found == (exemption if seconds > 0 else None)


def test_an_exemption_needs_a_statement_where_only_the_second_factor_is_checked() -> None:
    stated = replace(EXEMPTION, name="stated", statement="The VPN checks the password.")
    both = [EXEMPTION, stated]
    for mode in ClientMode:
        found = exemption_for(both, FACTS, Groups(), local_time, mode=mode)
        assert found == (stated if mode is ClientMode.SECOND_FACTOR else EXEMPTION)
        assert may_skip_factor(None, mode) is (mode is not ClientMode.SECOND_FACTOR)
    assert exemption_for([EXEMPTION], FACTS, Groups(), local_time, mode=ClientMode.SECOND_FACTOR) is None


def test_an_exemption_is_for_whom_it_says_and_asks_for_groups_once() -> None:
    groups = Groups()
    exemptions = [
        replace(EXEMPTION, name="wifi", selector=Selector(clients=frozenset({"wifi"}), groups=frozenset({STAFF}))),
        replace(EXEMPTION, name="ended", selector=Selector(groups=frozenset({STAFF})), until=1),
        replace(EXEMPTION, name="admins", selector=Selector(groups=frozenset({ADMINS}))),
        replace(EXEMPTION, name="staff", selector=Selector(groups=frozenset({STAFF}))),
    ]
    found = exemption_for(exemptions, FACTS, groups, local_time, mode=ClientMode.CHALLENGE)
    assert (found and found.name, groups.asked) == ("staff", 1)
    assert exemption_for(exemptions[:2], FACTS, groups, local_time, mode=ClientMode.CHALLENGE) is None
    assert groups.asked == 1


def test_users_without_a_factor_are_let_in_until_the_end_only() -> None:
    allow = UnenrolledRule(action=RuleAction.ALLOW, owner="Ada", reason="roll-out", until=int(NOW) + 1)
    stated = replace(allow, statement="The VPN checks the password.")
    for mode in ClientMode:
        assert unenrolled_now(stated, NOW, mode=mode) == stated
        assert unenrolled_now(stated, NOW + 1, mode=mode) == DENY_UNENROLLED
        assert unenrolled_now(DENY_UNENROLLED, NOW, mode=mode) == DENY_UNENROLLED
        only_with_password = DENY_UNENROLLED if mode is ClientMode.SECOND_FACTOR else allow
        assert unenrolled_now(allow, NOW, mode=mode) == only_with_password
    assert unenrolled_now(replace(allow, until=None), NOW, mode=ClientMode.CHALLENGE) == DENY_UNENROLLED
    forward = UnenrolledRule(action=RuleAction.FORWARD, upstream="nps")
    assert unenrolled_now(forward, NOW, mode=ClientMode.SECOND_FACTOR) == forward


# ---- time windows


def window(start: str, end: str, days: frozenset[int] = EVERY_DAY, zone: str = "UTC") -> TimeWindow:
    def minutes(text: str) -> int:
        hours, _, rest = text.partition(":")
        return int(hours) * 60 + int(rest)

    return TimeWindow(days=days, start_minute=minutes(start), end_minute=minutes(end), timezone=zone)


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("moment", "is_inside"),
    [
        ("2026-11-20T21:59", False),  # a Friday
        ("2026-11-20T22:00", True),
        ("2026-11-20T23:59", True),
        ("2026-11-21T05:59", True),  # Saturday morning belongs to Friday's window
        ("2026-11-21T06:00", False),
        ("2026-11-21T22:30", False),
        ("2026-11-20T05:00", False),  # Friday morning belongs to Thursday's
    ],
)
def test_a_window_goes_on_into_the_next_day(moment: str, is_inside: bool) -> None:
    assert is_open(window("22:00", "06:00", frozenset({4})), at(moment)) is is_inside


def test_sunday_night_goes_on_into_monday() -> None:
    nights = window("22:00", "06:00", frozenset({6}))
    assert is_open(nights, at("2026-11-22T23:00"))
    assert is_open(nights, at("2026-11-23T05:00"))
    assert not is_open(nights, at("2026-11-22T05:00"))


def test_a_window_ends_before_its_end_and_a_whole_day_is_whole() -> None:
    assert not is_open(window("08:00", "17:00"), at("2026-11-20T17:00"))
    assert is_open(window("00:00", "24:00", frozenset({4})), at("2026-11-20T23:59"))
    assert not is_open(window("00:00", "24:00", frozenset({4})), at("2026-11-21T00:00"))
    assert is_open(window("12:00", "12:00", frozenset({4})), at("2026-11-21T11:59"))
    assert not is_open(window("12:00", "12:00", frozenset({4})), at("2026-11-21T12:00"))


DAY = 24 * 60


@given(
    zone=st.sampled_from(ZONES),
    start=st.integers(0, DAY - 1),
    end=st.integers(1, DAY),
    days=st.frozensets(st.integers(0, 6)),
    moment=st.integers(1_760_000_000, 1_800_000_000),
)
def test_a_window_is_open_exactly_from_its_start_to_its_end_on_the_wall(
    zone: str, start: int, end: int, days: frozenset[int], moment: int
) -> None:
    """Against the plain meaning: some day's start is not after now, and its end is; all in wall-clock time."""
    local = local_time(zone, moment).replace(tzinfo=None)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    length = timedelta(minutes=(end - start) % DAY or DAY)
    expected = any(
        begins <= local < begins + length
        for begins in (midnight + timedelta(days=back, minutes=start) for back in (0, -1))
        if begins.weekday() in days
    )
    times = (TimeWindow(days=days, start_minute=start, end_minute=end, timezone=zone),)
    assert is_open(times[0], local_time(zone, moment)) is expected
    facts = replace(FACTS, now=float(moment))
    assert (mismatch(Selector(times=times), facts, Groups(), local_time) is None) is expected


@pytest.mark.parametrize(
    ("zone", "utc", "is_inside"),
    [
        # Europe/Berlin 2026-03-29: 02:00 to 03:00 does not occur
        ("Europe/Berlin", "2026-03-29T00:59:59", False),
        ("Europe/Berlin", "2026-03-29T01:00:00", False),
        # 2026-10-25: 02:00 to 03:00 occurs twice
        ("Europe/Berlin", "2026-10-25T00:30:00", True),
        ("Europe/Berlin", "2026-10-25T01:30:00", True),
        ("Europe/Berlin", "2026-10-25T02:00:00", False),
        # America/New_York 2026-11-01: 01:00 to 02:00 occurs twice, 02:00 to 03:00 once
        ("America/New_York", "2026-11-01T06:59:00", False),
        ("America/New_York", "2026-11-01T07:00:00", True),
        # Australia/Lord_Howe moves its clocks by half an hour: 2026-10-04 02:00 to 02:30 does not occur
        ("Australia/Lord_Howe", "2026-10-03T15:29:00", False),
        ("Australia/Lord_Howe", "2026-10-03T15:30:00", True),
        ("Australia/Lord_Howe", "2026-10-03T16:00:00", False),
    ],
)
def test_summer_time_moves_a_window_as_it_moves_the_clock_on_the_wall(zone: str, utc: str, is_inside: bool) -> None:
    moment = datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp()
    assert is_open(window("02:00", "03:00", zone=zone), local_time(zone, moment)) is is_inside


def test_a_time_zone_decides_which_day_it_is() -> None:
    mondays = window("00:00", "24:00", frozenset({0}), zone="Pacific/Kiritimati")
    facts = replace(FACTS, now=at("2026-11-22T12:00").timestamp())  # Sunday noon in UTC is Monday there
    assert mismatch(Selector(times=(mondays,)), facts, Groups(), local_time) is None
    assert mismatch(Selector(times=(replace(mondays, timezone="UTC"),)), facts, Groups(), local_time) == "times"
