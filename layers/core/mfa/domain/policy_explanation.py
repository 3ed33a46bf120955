"""Why a policy or an exemption is for a login or not, in words for an administrator."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mfa.domain.configuration import ClientMode
from mfa.domain.document_endings import until_text
from mfa.domain.policy import Exemption, PolicyRule, RuleAction, Selector, TimeWindow
from mfa.domain.policy_evaluation import Groups, LocalTime, PolicyFacts, SelectorField, may_skip_factor, mismatch


class GroupsUnknownError(Exception):
    """Raised in place of the groups where the directory did not tell them. ``why`` is for people."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """``matches`` is None where nobody can tell: then a login ends here."""

    name: str
    matches: bool | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedRule(Explained):
    """``decides`` is true for the one rule that ends the list."""

    action: RuleAction
    decides: bool = False


_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    facts: PolicyFacts
    groups: Groups
    local_time: LocalTime

    def rules(self, rules: Sequence[PolicyRule]) -> tuple[ExplainedRule, ...]:
        """All of them in order, also those that are never reached."""
        explained: list[ExplainedRule] = []
        is_open = True
        for rule in rules:
            one = self._selected(rule.name, rule.selector)
            decides = is_open and one.matches is not False
            text = one.text if is_open or not one.matches else f"{one.text}, but one before it decides"
            explained.append(
                ExplainedRule(name=rule.name, action=rule.action, matches=one.matches, decides=decides, text=text)
            )
            is_open = is_open and not decides
        return tuple(explained)

    def exemptions(self, exemptions: Sequence[Exemption], mode: ClientMode) -> tuple[Explained, ...]:
        return tuple(self._exemption(exemption, mode) for exemption in exemptions)

    def _exemption(self, exemption: Exemption, mode: ClientMode) -> Explained:
        if self.facts.now >= exemption.until:
            text = f"it ended: {until_text(exemption.until)}"
            return Explained(name=exemption.name, matches=False, text=text)
        selected = self._selected(exemption.name, exemption.selector)
        if selected.matches is not False and not may_skip_factor(exemption.statement, mode):
            text = "without a statement it does nothing at a client of mode second_factor: nothing would be checked"
            return Explained(name=exemption.name, matches=False, text=text)
        return selected

    def _selected(self, name: str, selector: Selector) -> Explained:
        try:
            field = mismatch(selector, self.facts, self.groups, self.local_time)
        except GroupsUnknownError as error:
            return Explained(name=name, matches=None, text=f"it needs the user's groups, and {error.why}")
        if field is None:
            return Explained(name=name, matches=True, text="everything that it says matches")
        return Explained(name=name, matches=False, text=self._why(field, selector))

    def _why(self, field: SelectorField, selector: Selector) -> str:
        facts = self.facts
        sender = f"the packet comes from {facts.source_ip}, which is in none of its source_networks"
        texts: Mapping[SelectorField, str] = {
            SelectorField.CLIENTS: f"it is for other clients: {', '.join(sorted(selector.clients)[:10])}",
            SelectorField.SOURCE_NETWORKS: sender,
            SelectorField.CALLER_NETWORKS: _why_not_the_caller(facts.caller_ip),
            SelectorField.USERS: f"{facts.alias.name} is none of its users",
            SelectorField.GROUPS: "the user is in none of its groups",
        }
        return self._why_not_now(selector.times) if field is SelectorField.TIMES else texts[field]

    def _why_not_now(self, windows: Sequence[TimeWindow]) -> str:
        zones = dict.fromkeys(window.timezone for window in windows)
        moments = (f"{self._moment(zone)} in {zone}" for zone in zones)
        return f"it is {' and '.join(moments)}, which is none of its times"

    def _moment(self, zone: str) -> str:
        local = self.local_time(zone, self.facts.now)
        return f"{_DAYS[local.weekday()]} {local:%H:%M}"


def _why_not_the_caller(caller: str | None) -> str:
    if caller is None:
        return "it has caller_networks, and no address of the person's device is known (Calling-Station-Id)"
    return f"the person's device is at {caller}, which is in none of its caller_networks"
