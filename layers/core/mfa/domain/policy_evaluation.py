"""Which rule decides a login, and which exemption it has: pure, by facts that are handed in.

Rules stand in order and the first that matches decides. What costs a question to a directory is asked for last, and at
most once. A fact that is not known never matches.
"""

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Final

from mfa.domain.configuration import ClientMode
from mfa.domain.policy import (
    DENY_UNENROLLED,
    Exemption,
    FactorKind,
    Network,
    PolicyRule,
    RuleAction,
    Selector,
    TimeWindow,
    UnenrolledRule,
    is_for_client,
)
from mfa.domain.user_names import Alias

type Groups = Callable[[], frozenset[str]]
type LocalTime = Callable[[str, float], datetime]  # IANA time zone, Unix seconds; raises ValueError if there is no such


class SelectorField(StrEnum):
    """What a selector looks at, in the order in which it does."""

    CLIENTS = "clients"
    SOURCE_NETWORKS = "source_networks"
    CALLER_NETWORKS = "caller_networks"
    TIMES = "times"
    USERS = "users"
    GROUPS = "groups"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFacts:
    """``caller_ip`` is what the client says in Calling-Station-Id, if that is an IP address and the packet's
    Message-Authenticator was valid; else None. ``now`` in Unix seconds.

    ``same_user`` tells whether another name belongs to this user as well: a rule against ``alice`` must not be evaded
    as ``alice@corp.example.test``. It is asked only where everything else matches."""

    client: str
    alias: Alias
    source_ip: str
    caller_ip: str | None
    now: float
    same_user: Callable[[Alias], bool] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVerdict:
    """``rule`` is None where none decided: either there is none for this client (ALLOW), or none matches (DENY)."""

    action: RuleAction
    rule: str | None = None
    factors: tuple[FactorKind, ...] | None = None
    reply_attributes: tuple[tuple[str, str], ...] = ()
    upstream: str | None = None


NO_RULES: Final = PolicyVerdict(action=RuleAction.ALLOW)
NO_RULE_MATCHES: Final = PolicyVerdict(action=RuleAction.DENY)


def first_match(
    rules: Sequence[PolicyRule], facts: PolicyFacts, groups: Groups, local_time: LocalTime
) -> PolicyVerdict:
    """``groups`` gives the user's SIDs; it is called only if a rule needs it whose other fields match, and once."""
    possible = [rule for rule in rules if is_for_client(rule.selector, facts.client)]
    known_groups = cache(groups)
    for rule in possible:
        if mismatch(rule.selector, facts, known_groups, local_time) is None:
            return PolicyVerdict(
                action=rule.action,
                rule=rule.name,
                factors=rule.factors,
                reply_attributes=rule.reply_attributes,
                upstream=rule.upstream,
            )
    return NO_RULE_MATCHES if possible else NO_RULES


def exemption_for(
    exemptions: Sequence[Exemption], facts: PolicyFacts, groups: Groups, local_time: LocalTime, *, mode: ClientMode
) -> Exemption | None:
    """The first that matches. One that has ended never does, nor one that would leave nothing checked at all."""
    known_groups = cache(groups)
    for exemption in exemptions:
        if (
            facts.now < exemption.until
            and may_skip_factor(exemption.statement, mode)
            and mismatch(exemption.selector, facts, known_groups, local_time) is None
        ):
            return exemption
    return None


def may_skip_factor(statement: str | None, mode: ClientMode) -> bool:
    """Somebody must check the password: Gatehouse, or by that statement the client."""
    return mode is not ClientMode.SECOND_FACTOR or statement is not None


def unenrolled_now(rule: UnenrolledRule, now: float, *, mode: ClientMode) -> UnenrolledRule:
    """The rule as it holds at ``now``: what has ended, or would leave nothing checked, denies."""
    if rule.action is not RuleAction.ALLOW:
        return rule
    is_in_force = rule.until is not None and now < rule.until
    return rule if is_in_force and may_skip_factor(rule.statement, mode) else DENY_UNENROLLED


def mismatch(selector: Selector, facts: PolicyFacts, groups: Groups, local_time: LocalTime) -> SelectorField | None:
    """The first field that does not match; None if all do."""
    matches: tuple[tuple[SelectorField, Callable[[], bool]], ...] = (
        (SelectorField.CLIENTS, lambda: is_for_client(selector, facts.client)),
        (SelectorField.SOURCE_NETWORKS, lambda: _is_from(facts.source_ip, selector.source_networks)),
        (SelectorField.CALLER_NETWORKS, lambda: _is_from(facts.caller_ip, selector.caller_networks)),
        (SelectorField.TIMES, lambda: _is_time(selector.times, facts.now, local_time)),
        (SelectorField.USERS, lambda: not selector.users or _is_named(selector.users, facts)),
        (SelectorField.GROUPS, lambda: not selector.groups or not selector.groups.isdisjoint(groups())),
    )
    return next((name for name, holds in matches if not holds()), None)


def is_within(address: str | None, networks: Sequence[Network]) -> bool:
    """What is no address is in no network."""
    ip = _read(address)
    return ip is not None and any(ip in network for network in networks)


def narrowest(address: str, networks: Iterable[Network]) -> Network | None:
    """The one with the longest prefix of those that hold the address: to its client an edge gives the packet."""
    ip = _read(address)
    holding = [network for network in networks if ip is not None and ip in network]
    return max(holding, key=lambda network: network.prefixlen, default=None)


def _read(address: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """IPv4 in IPv6's clothes is IPv4."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    return (ip.ipv4_mapped or ip) if isinstance(ip, ipaddress.IPv6Address) else ip


def is_open(window: TimeWindow, local: datetime) -> bool:
    """By the clock on the wall in the window's time zone: an hour that summer time skips does not occur, one that it
    repeats occurs twice."""
    day, minute = local.weekday(), local.hour * 60 + local.minute
    if window.start_minute < window.end_minute:
        return day in window.days and window.start_minute <= minute < window.end_minute
    is_first_day = day in window.days and minute >= window.start_minute
    is_next_day = (day - 1) % 7 in window.days and minute < window.end_minute
    return is_first_day or is_next_day


def _is_from(address: str | None, networks: Sequence[Network]) -> bool:
    return not networks or is_within(address, networks)


def _is_time(windows: Sequence[TimeWindow], now: float, local_time: LocalTime) -> bool:
    return not windows or any(is_open(window, local_time(window.timezone, now)) for window in windows)


def _is_named(users: frozenset[Alias], facts: PolicyFacts) -> bool:
    if facts.alias in users:
        return True
    is_same = facts.same_user
    return is_same is not None and any(is_same(other) for other in users if other.realm == facts.alias.realm)
