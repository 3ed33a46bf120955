"""Policies and exemptions in a configuration document, and back: whom each is for, and what it says."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mfa.domain.configuration import UserNameRules
from mfa.domain.document_endings import read_until, until_text
from mfa.domain.document_names import NAME, NAME_RULE, NETWORKS_RULE, read_name, read_network
from mfa.domain.document_reading import Mistakes, Path, Section
from mfa.domain.mode_document import read_factors
from mfa.domain.policy import Exemption, PolicyRule, RuleAction, Selector, TimeWindow
from mfa.domain.policy_evaluation import LocalTime
from mfa.domain.reply_attributes import read_reply_attributes, shown_reply_attributes
from mfa.domain.unenrolled_document import ACTIONS, STATEMENT_RULE
from mfa.domain.user_names import Alias, AliasKind, NameRefusedError, Realm
from mfa.domain.user_names import read_name as read_user_name

SELECTOR_FIELDS: Final = ("clients", "users", "groups", "source_networks", "caller_networks", "times")
RULE_FIELDS: Final = ("name", *SELECTOR_FIELDS, "action", "factors", "reply_attributes", "upstream")
EXEMPTION_FIELDS: Final = ("name", *SELECTOR_FIELDS, "owner", "reason", "until", "statement")
TIME_FIELDS: Final = ("days", "from", "to", "timezone")
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAX_RULES: Final = 500
MAX_EXEMPTIONS: Final = 500
MAX_TIMES: Final = 32
SID: Final = re.compile(r"S-1-[0-9]{1,15}(-[0-9]{1,10}){1,15}")  # [MS-DTYP] section 2.4.2.1
CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")
ZONE: Final = re.compile(r"[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,3}")

_OF_ALLOW: Final = ("factors", "reply_attributes")
_OF_FORWARD: Final = ("upstream",)
_NO_RULES: Final = UserNameRules()

type _Read[Part] = Callable[[Section, str], Part | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyReader:
    """``realms`` by which names are read; all of the document's. ``local_time`` knows which time zones there are."""

    mistakes: Mistakes
    realms: Sequence[Realm]
    now: float
    local_time: LocalTime

    def rules(self, top: Section) -> dict[Path, PolicyRule]:
        return self._each(top, "policies", MAX_RULES, RULE_FIELDS, self._rule)

    def exemptions(self, top: Section) -> dict[Path, Exemption]:
        return self._each(top, "exemptions", MAX_EXEMPTIONS, EXEMPTION_FIELDS, self._exemption)

    def _each[Part](
        self, top: Section, kind: str, most: int, known: Sequence[str], read: _Read[Part]
    ) -> dict[Path, Part]:
        members = top.items(kind, rule=f"a list of {kind}, each with a name", default=())
        if len(members) > most:
            top.note(kind, f"there may be at most {most} {kind}")
            return {}
        taken: set[str] = set()
        found: dict[Path, Part] = {}
        for path, member in members:
            section = Section(member, path, self.mistakes, known)
            name = read_name(section, taken, kind)
            part = read(section, name or "")
            taken |= {name} if name else set()
            if part is not None:
                found[path] = part
        return found

    def _rule(self, section: Section, name: str) -> PolicyRule | None:
        selector = self._selector(section)
        action = section.choice("action", ACTIONS)
        if action is None:
            return None
        if action != RuleAction.ALLOW:
            section.refuse(_OF_ALLOW, "is for action allow only: remove it")
        if action != RuleAction.FORWARD:
            section.refuse(_OF_FORWARD, "is for action forward only: remove it")
        factors = read_factors(section, default=())
        upstream = _upstream(section) if action == RuleAction.FORWARD else None
        return PolicyRule(
            name=name,
            action=RuleAction(action),
            selector=selector,
            factors=factors or None,
            reply_attributes=read_reply_attributes(section),
            upstream=upstream,
        )

    def _exemption(self, section: Section, name: str) -> Exemption | None:
        selector = self._selector(section)
        if not any(field in section for field in SELECTOR_FIELDS):
            section.note("name", f"this is for everybody everywhere: give at least one of {', '.join(SELECTOR_FIELDS)}")
        owner = section.text("owner", rule="who answers for it")
        reason = section.text("reason", rule="why it is needed")
        until = read_until(section, self.now, "exemption")
        statement = section.text("statement", default=None, rule=STATEMENT_RULE)
        if owner is None or reason is None or until is None:
            return None
        return Exemption(name=name, selector=selector, owner=owner, reason=reason, until=until, statement=statement)

    def _selector(self, section: Section) -> Selector:
        return Selector(
            clients=frozenset(_listed(section, "clients", _client, "a list of names of clients")),
            users=frozenset(_listed(section, "users", self._user, r"a list of user names such as alice or CORP\bob")),
            groups=frozenset(_listed(section, "groups", read_sid, "a list of SIDs such as S-1-5-21-1-2-3-1104")),
            source_networks=_listed(section, "source_networks", read_network, NETWORKS_RULE),
            caller_networks=_listed(section, "caller_networks", read_network, NETWORKS_RULE),
            times=self._times(section),
        )

    def _user(self, text: str) -> Alias:
        realm, separator, account = text.partition("\\")
        try:
            if not separator:
                return self._bare(text)
            named = next((one for one in self.realms if one.name.casefold() == realm.casefold()), None)
            if named is None:
                return read_user_name(text, self.realms, _NO_RULES)
            alias = read_user_name(account, [named], _NO_RULES)
        except NameRefusedError as error:
            raise ValueError(f"{text!r} is no user name: {error.rule}") from None
        if alias.kind is not AliasKind.SAM:
            raise ValueError(f"{text!r} is no user name: give either a domain before \\ or a suffix after @")
        return alias

    def _bare(self, text: str) -> Alias:
        if "@" not in text and len(self.realms) != 1:
            example = f"{self.realms[0].name if self.realms else 'REALM'}\\{text}"
            raise ValueError(f"{text!r} may be of any realm: write {example}")
        return read_user_name(text, self.realms or [Realm("unknown")], _NO_RULES)

    def _times(self, section: Section) -> tuple[TimeWindow, ...]:
        members = section.items("times", rule="a list of times, each with a timezone", default=())
        if section.raw("times") == [] or len(members) > MAX_TIMES:
            section.note("times", f"times may have 1 to {MAX_TIMES} entries; leave it out for any time")
            return ()
        read = [self._time(Section(member, path, self.mistakes, TIME_FIELDS)) for path, member in members]
        return tuple(window for window in read if window is not None)

    def _time(self, section: Section) -> TimeWindow | None:
        days = section.each("days", _day, rule=f"a list of {', '.join(DAYS)}", default=DAYS)
        if section.raw("days") == []:
            section.note("days", "days may not be empty; leave it out for every day")
        start = _minute(section, "from", "00:00")
        end = _minute(section, "to", "24:00")
        zone = section.text("timezone", pattern=ZONE, rule="the name of a time zone such as Europe/Berlin")
        if zone is not None and not self._is_zone(zone):
            section.note("timezone", f"there is no time zone {zone}; give a name such as Europe/Berlin or UTC")
        if start is None or end is None or zone is None:
            return None
        if start == 24 * 60:
            section.note("from", "from may be 00:00 to 23:59; only to may be 24:00")
        return TimeWindow(days=frozenset(days), start_minute=start, end_minute=end, timezone=zone)

    def _is_zone(self, zone: str) -> bool:
        try:
            self.local_time(zone, self.now)
        except ValueError:
            return False
        return True


def _listed[Value](section: Section, name: str, read: Callable[[str], Value], rule: str) -> tuple[Value, ...]:
    """An empty list would be for everybody, which is hardly what was meant."""
    if section.raw(name) == []:
        section.note(name, f"{name} is an empty list; give {rule}, or leave it out for all")
    return section.each(name, read, rule=rule, default=())


def _client(text: str) -> str:
    if not NAME.fullmatch(text):
        raise ValueError(f"a client has {NAME_RULE}")
    return text


def read_sid(text: str) -> str:
    """Raises ValueError, with where SIDs are found."""
    if not SID.fullmatch(text.upper()):
        raise ValueError(
            f"{text!r} is no SID such as S-1-5-21-1-2-3-1104; PowerShell tells it: (Get-ADGroup NAME).SID.Value"
        )
    return text.upper()


def _day(text: str) -> int:
    if text not in DAYS:
        raise ValueError(f"{text!r} is no day; give one of {', '.join(DAYS)}")
    return DAYS.index(text)


def _minute(section: Section, name: str, default: str) -> int | None:
    text = section.text(name, default=default, pattern=CLOCK, rule="a time of day such as 08:30; 24:00 is its end")
    if text is None:
        return None
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def _upstream(section: Section) -> str | None:
    return section.text("upstream", pattern=NAME, rule=f"the name of an upstream, {NAME_RULE}")


def shown_rule(rule: PolicyRule, realms: Sequence[Realm]) -> dict[str, object]:
    shown: dict[str, object] = {
        "name": rule.name,
        **shown_selector(rule.selector, realms),
        "action": rule.action.value,
        "factors": None if rule.factors is None else [kind.value for kind in rule.factors],
        "reply_attributes": shown_reply_attributes(rule.reply_attributes) or None,
        "upstream": rule.upstream,
    }
    return _without_none(shown)


def shown_exemption(exemption: Exemption, realms: Sequence[Realm]) -> dict[str, object]:
    shown: dict[str, object] = {
        "name": exemption.name,
        **shown_selector(exemption.selector, realms),
        "owner": exemption.owner,
        "reason": exemption.reason,
        "until": until_text(exemption.until),
        "statement": exemption.statement,
    }
    return _without_none(shown)


def shown_selector(selector: Selector, realms: Sequence[Realm]) -> dict[str, object]:
    shown: dict[str, list[object]] = {
        "clients": [*sorted(selector.clients)],
        "users": [*sorted(_shown_user(alias, realms) for alias in selector.users)],
        "groups": [*sorted(selector.groups)],
        "source_networks": [str(network) for network in selector.source_networks],
        "caller_networks": [str(network) for network in selector.caller_networks],
        "times": [_shown_time(window) for window in selector.times],
    }
    return {name: values for name, values in shown.items() if values}


def _shown_user(alias: Alias, realms: Sequence[Realm]) -> str:
    is_bare = alias.kind is AliasKind.UPN or len(realms) == 1
    return alias.name if is_bare else f"{alias.realm}\\{alias.name}"


def _shown_time(window: TimeWindow) -> dict[str, object]:
    return {
        "days": [DAYS[day] for day in sorted(window.days)],
        "from": _shown_minute(window.start_minute),
        "to": _shown_minute(window.end_minute),
        "timezone": window.timezone,
    }


def _shown_minute(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _without_none(shown: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in shown.items() if value is not None}
