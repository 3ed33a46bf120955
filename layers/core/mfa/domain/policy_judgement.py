"""What would become of a login, step by step as a login decides: the policies, the exemptions, the user's factors."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from mfa.contract.directory import DirectoryAccount, DirectoryAnswer, DirectoryResult
from mfa.domain.configuration import ClientMode, ClientPolicy, Configuration
from mfa.domain.directory import REASONS
from mfa.domain.factor_choice import admitted_factors, automatic_factor, factor_kinds, startable_factors
from mfa.domain.factors import CodeFactors, SubscriberState
from mfa.domain.other_names import refusal_by_another_name
from mfa.domain.policy import FactorKind, PolicyRule, RuleAction, is_for_client
from mfa.domain.policy_evaluation import unenrolled_now
from mfa.domain.policy_explanation import Explained, ExplainedRule, GroupsUnknownError
from mfa.domain.policy_outcome import (
    PolicyOutcome,
    asks_for_a_factor,
    forwards,
    lets_in_without_a_factor,
    rejects,
)
from mfa.domain.reasons import RejectReason
from mfa.domain.subscribers import Subscriber
from mfa.domain.user_names import Alias

UNENROLLED: Final = "unenrolled"  # in place of a policy


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolledUser:
    """``factors`` are the kinds that the user could use today. ``is_known`` tells whether the name leads to a user."""

    is_known: bool
    state: SubscriberState | None = None
    factors: tuple[FactorKind, ...] = ()


NOT_ENROLLED: Final = EnrolledUser(is_known=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Who would log in, with all that is known of them. ``written_otherwise`` and ``of_account`` are the users whom the
    person may be by another form of the name, or is by other names of the account, if nobody has the name itself."""

    alias: Alias
    subscriber: Subscriber | None
    factors: CodeFactors | None
    directory: DirectoryAnswer | None
    written_otherwise: tuple[CodeFactors, ...] = ()
    of_account: tuple[CodeFactors, ...] = ()

    @property
    def account(self) -> DirectoryAccount | None:
        answer = self.directory
        return answer.account if answer is not None and answer.result is DirectoryResult.FOUND else None

    def is_named(self, other: Alias) -> bool:
        return self.subscriber is not None and other in self.subscriber.aliases

    @property
    def is_another_account(self) -> bool:
        linked = None if self.factors is None else self.factors.object_guid
        return self.account is not None and linked not in {None, self.account.object_guid}

    def groups(self) -> frozenset[str]:
        if self.account is not None:
            return self.account.groups
        if self.directory is None:
            raise GroupsUnknownError(f"realm {self.alias.realm} has no directory")
        raise GroupsUnknownError(told(self.directory))

    def enrolled(self, now: float) -> EnrolledUser:
        if self.subscriber is None or self.factors is None:
            return NOT_ENROLLED
        kinds = factor_kinds(self.factors, now)
        return EnrolledUser(
            is_known=True, state=self.factors.state, factors=tuple(kind for kind in FactorKind if kind in kinds)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """``rules`` and ``exemptions`` are those of the configuration, explained for this login. ``at`` in Unix seconds."""

    configuration: Configuration
    client: ClientPolicy
    at: float
    subject: Subject
    rules: Sequence[ExplainedRule]
    exemptions: Sequence[Explained]

    def outcome(self) -> PolicyOutcome:
        deciding = next((rule for rule in self.rules if rule.decides), None)
        if deciding is not None:
            return self._ruled(deciding)
        if any(is_for_client(rule.selector, self.client.edge.name) for rule in self.configuration.rules):
            return rejects(RejectReason.NO_POLICY_MATCHES)
        return self._admitted(None)

    def _ruled(self, deciding: ExplainedRule) -> PolicyOutcome:
        if deciding.matches is None:
            return rejects(self._directory_reason(), rule=deciding.name)
        rule = next(one for one in self.configuration.rules if one.name == deciding.name)
        if rule.action is RuleAction.DENY:
            return rejects(RejectReason.POLICY_DENIED, rule=rule.name)
        if rule.action is RuleAction.FORWARD and rule.upstream is not None:
            return forwards(rule.upstream, rule=rule.name)
        outcome = self._admitted(rule)
        return outcome if outcome.rule == UNENROLLED else replace(outcome, rule=rule.name)

    def _admitted(self, rule: PolicyRule | None) -> PolicyOutcome:
        exemption = next((one for one in self.exemptions if one.matches is not False), None)
        refusal = self._refusal()
        if refusal is not None:
            return rejects(refusal)
        if exemption is not None and exemption.matches:  # by groups that nobody tells it does not hold
            return self._exempted(exemption)
        return self._with_factor(rule) if self.subject.enrolled(self.at).factors else self._unenrolled()

    def _refusal(self) -> RejectReason | None:
        if self.subject.enrolled(self.at).state is SubscriberState.DISABLED:
            return RejectReason.DISABLED
        if self.subject.is_another_account:
            return RejectReason.IDENTITY_CHANGED
        account = self.subject.account
        if self.client.mode is ClientMode.SECOND_FACTOR or account is None or account.refusal is None:
            return None
        return REASONS.get(account.refusal, RejectReason.DIRECTORY_UNAVAILABLE)

    def _exempted(self, exemption: Explained) -> PolicyOutcome:
        until = next(one.until for one in self.configuration.exemptions if one.name == exemption.name)
        return replace(self._without_factor(until, is_exempt=True), exemption=exemption.name)

    def _without_factor(self, until: int, *, is_exempt: bool) -> PolicyOutcome:
        """A user of a directory must at least exist there, and be nobody with a factor by another name."""
        subject = self.subject
        if subject.directory is not None and subject.account is None:
            return rejects(self._directory_reason())
        others = subject.written_otherwise if subject.directory is None else subject.of_account
        refused = _by_another_name(others, is_exempt=is_exempt)
        if refused is not None:
            return rejects(refused)
        return lets_in_without_a_factor(self.client, until=until)

    def _with_factor(self, rule: PolicyRule | None) -> PolicyOutcome:
        admitted = admitted_factors(self.client.factors, None if rule is None else rule.factors)
        usable = [kind for kind in admitted if kind in self.subject.enrolled(self.at).factors]
        is_chosen = self.client.mode in {ClientMode.PASSWORD_THEN_FACTOR, ClientMode.CHALLENGE}
        may_ask = self.client.mode is ClientMode.CHALLENGE and usable  # a code, or a word with the number it wants
        startable = startable_factors(self.client.push_approval)
        if is_chosen and automatic_factor(usable, startable) is None and not may_ask:
            return rejects(RejectReason.NO_AUTOMATIC_FACTOR)
        return asks_for_a_factor(self.client, usable) if usable else rejects(RejectReason.FACTOR_NOT_OFFERED)

    def _unenrolled(self) -> PolicyOutcome:
        rule = unenrolled_now(self.client.unenrolled, self.at, mode=self.client.mode)
        if rule.action is RuleAction.FORWARD and rule.upstream is not None:
            refused = _by_another_name(self.subject.written_otherwise, is_exempt=False)
            return forwards(rule.upstream, rule=UNENROLLED) if refused is None else rejects(refused)
        if rule.action is RuleAction.ALLOW and rule.until is not None:
            return replace(self._without_factor(rule.until, is_exempt=False), rule=UNENROLLED)
        is_known = self.subject.subscriber is not None
        return rejects(RejectReason.NOT_ENROLLED if is_known else RejectReason.UNKNOWN_USER)

    def _directory_reason(self) -> RejectReason:
        answer = self.subject.directory
        unavailable = RejectReason.DIRECTORY_UNAVAILABLE
        return unavailable if answer is None else REASONS.get(answer.result, unavailable)


def _by_another_name(others: Sequence[CodeFactors], *, is_exempt: bool) -> RejectReason | None:
    reasons = (refusal_by_another_name(item, is_exempt=is_exempt) for item in others)
    return next((reason for reason in reasons if reason is not None), None)


def told(answer: DirectoryAnswer) -> str:
    """What the directory said, in words."""
    if answer.result is DirectoryResult.UNAVAILABLE:
        return f"the directory is unavailable ({answer.detail})" if answer.detail else "the directory is unavailable"
    detail = f" ({answer.detail})" if answer.detail else ""
    return f"the directory says: {answer.result.value.replace('_', ' ')}{detail}"
