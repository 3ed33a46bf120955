"""What becomes of users without a factor, in a configuration document."""

from typing import Final

from mfa.domain.document_endings import read_until, until_text
from mfa.domain.document_names import NAME, NAME_RULE
from mfa.domain.document_reading import Section
from mfa.domain.policy import DENY_UNENROLLED, RuleAction, UnenrolledRule

UNENROLLED_FIELDS: Final = ("action", "upstream", "owner", "reason", "until", "statement")
ACTIONS: Final = tuple(action.value for action in RuleAction)
STATEMENT_RULE: Final = "a sentence that says that the client itself checks passwords"

_OF_ALLOW: Final = ("owner", "reason", "until", "statement")
_OF_FORWARD: Final = ("upstream",)


def read_unenrolled(client: Section, now: float) -> UnenrolledRule | None:
    """None where there is a mistake."""
    section = client.inner("unenrolled", UNENROLLED_FIELDS)
    if section is None:
        return DENY_UNENROLLED
    action = section.choice("action", ACTIONS)
    if action is None:
        return None
    if action != RuleAction.ALLOW:
        section.refuse(_OF_ALLOW, "is for action allow only: remove it")
    if action != RuleAction.FORWARD:
        section.refuse(_OF_FORWARD, "is for action forward only: remove it")
    return {RuleAction.ALLOW: _allow, RuleAction.FORWARD: _forward}.get(RuleAction(action), _deny)(section, now)


def _deny(_: Section, __: float) -> UnenrolledRule:
    return DENY_UNENROLLED


def _forward(section: Section, _: float) -> UnenrolledRule | None:
    upstream = section.text("upstream", pattern=NAME, rule=f"the name of an upstream, {NAME_RULE}")
    return None if upstream is None else UnenrolledRule(action=RuleAction.FORWARD, upstream=upstream)


def _allow(section: Section, now: float) -> UnenrolledRule | None:
    owner = section.text("owner", rule="who answers for it")
    reason = section.text("reason", rule="why it is needed")
    until = read_until(section, now, "permission")
    statement = section.text("statement", default=None, rule=STATEMENT_RULE)
    if owner is None or reason is None or until is None:
        return None
    return UnenrolledRule(action=RuleAction.ALLOW, owner=owner, reason=reason, until=until, statement=statement)


def shown_unenrolled(rule: UnenrolledRule) -> dict[str, object]:
    shown = {
        "action": rule.action.value,
        "upstream": rule.upstream,
        "owner": rule.owner,
        "reason": rule.reason,
        "until": None if rule.until is None else until_text(rule.until),
        "statement": rule.statement,
    }
    return {name: value for name, value in shown.items() if value is not None}
