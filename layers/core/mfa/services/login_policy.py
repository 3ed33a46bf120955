"""What the policy says to a login: its rule, its exemption, and what becomes of a user without any factor here.

A client without rules costs nothing: no module is imported, nobody is asked. The directory is asked for groups only
when a rule needs them whose other fields match, and once. Without an answer such a rule ends the login; an exemption
only does not hold, so whoever has a factor goes on by it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from mfa.contract.login import MessageAuthenticatorState
from mfa.domain.factor_choice import admitted_factors
from mfa.domain.policy import FactorKind, RuleAction, UnenrolledRule
from mfa.domain.reasons import RejectReason
from mfa.ports import Directory, SubscriberIndex
from mfa.services.configuration import ClientInForce
from mfa.services.login_decision import Decision
from mfa.services.login_facts import Claimant

if TYPE_CHECKING:  # a client without rules does not need it
    from datetime import datetime

    from mfa.contract.directory import DirectoryAccount
    from mfa.domain.policy_evaluation import PolicyFacts, PolicyVerdict
    from mfa.services.directory_look_up import Found

UNENROLLED: Final = "unenrolled"  # what the record names in place of a rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """``refusal`` ends the login, ``upstream`` hands it over to that server, ``exemption`` names the one by which no
    factor is asked for. ``found`` is what the directory said, if it was asked."""

    factors: tuple[FactorKind, ...]
    refusal: RejectReason | None = None
    rule: str | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    upstream: str | None = None
    exemption: str | None = None
    found: "Found | None" = None

    def noted(self, decision: Decision) -> Decision:
        """The decision with what the record and an Accept take from the policy."""
        if self.rule is None and self.found is None:
            return decision
        noted = replace(decision, rule=decision.rule or self.rule, attributes=self.attributes)
        if self.found is None:
            return noted
        return replace(
            noted,
            directory=noted.directory or self.found.controller,
            fault=noted.fault or self.found.fault,
        )

    @property
    def account(self) -> "DirectoryAccount | None":
        return None if self.found is None else self.found.account


class LoginPolicy:
    def __init__(
        self,
        *,
        directory: Directory,
        index: SubscriberIndex,
        local_time: Callable[[str, float], "datetime"],
    ) -> None:
        self._directory = directory
        self._index = index
        self._local_time = local_time

    def judge(self, claimant: Claimant) -> Ruling:
        client = claimant.client
        if not client.rules and not client.exemptions:
            return Ruling(factors=client.policy.factors)
        groups = _Groups(self._directory, claimant)
        try:
            ruling = self._evaluated(claimant, groups)
        except _NoGroupsError as error:
            ruling = Ruling(factors=(), refusal=error.reason)
        return replace(ruling, found=groups.found)

    def unenrolled(self, claimant: Claimant) -> UnenrolledRule | None:
        """What holds at this moment for users without a factor; None if they are denied."""
        rule = claimant.policy.unenrolled
        if rule.action is RuleAction.DENY:
            return None
        from mfa.domain.policy_evaluation import unenrolled_now  # noqa: PLC0415 -- most clients never need it

        rule = unenrolled_now(rule, claimant.started, mode=claimant.policy.mode)
        return None if rule.action is RuleAction.DENY else rule

    def _evaluated(self, claimant: Claimant, groups: "_Groups") -> Ruling:
        from mfa.domain.policy_evaluation import exemption_for, first_match  # noqa: PLC0415 -- most never need it

        client, facts = claimant.client, self._facts(claimant)
        ruling = _ruling(first_match(client.rules, facts, groups, self._local_time), client)
        if ruling.refusal is not None or ruling.upstream is not None:
            return ruling
        try:
            exemption = exemption_for(client.exemptions, facts, groups, self._local_time, mode=client.policy.mode)
        except _NoGroupsError:  # nobody is locked out for want of an exemption: a factor is asked for
            return ruling
        return ruling if exemption is None else replace(ruling, exemption=exemption.name)

    def _facts(self, claimant: Claimant) -> "PolicyFacts":
        from mfa.domain.policy_evaluation import PolicyFacts  # noqa: PLC0415 -- see above

        request, user_id = claimant.request, claimant.user_id
        # Anybody may write a Calling-Station-Id into a packet that nothing authenticates.
        is_proven = request.message_authenticator is MessageAuthenticatorState.VALID
        return PolicyFacts(
            client=request.client,
            alias=claimant.alias,
            source_ip=request.source_ip,
            caller_ip=request.nas.get("Calling-Station-Id") if is_proven else None,
            now=claimant.started,
            same_user=lambda other: user_id is not None and self._index.find(other) == user_id,
        )


def admits_without_factor(client: ClientInForce, ruling: Ruling) -> bool:
    """Whether the login may be one that no factor is asked for."""
    return ruling.exemption is not None or client.policy.unenrolled.action is not RuleAction.DENY


def lets_somebody_through_unread(client: ClientInForce) -> bool:
    """Whether what was typed may be nothing that we can read, and the login an Accept or forwarded all the same."""
    is_forwarding = any(rule.action is RuleAction.FORWARD for rule in client.rules)
    return is_forwarding or bool(client.exemptions) or client.policy.unenrolled.action is not RuleAction.DENY


class _NoGroupsError(Exception):
    def __init__(self, reason: RejectReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class _Groups:
    """Asks the directory when it is called for the first time. Without an answer nothing can be decided."""

    def __init__(self, directory: Directory, claimant: Claimant) -> None:
        self._directory = directory
        self._claimant = claimant
        self.found: Found | None = None

    def __call__(self) -> frozenset[str]:
        if self.found is None:
            from mfa.services.directory_look_up import look_up  # noqa: PLC0415 -- rules without groups do not need it

            claimant = self._claimant
            self.found = look_up(self._directory, claimant.realm, claimant.alias, claimant.deadline)
        if self.found.account is None:
            raise _NoGroupsError(self.found.reason or RejectReason.DIRECTORY_UNAVAILABLE)
        return self.found.account.groups


def _ruling(verdict: "PolicyVerdict", client: ClientInForce) -> Ruling:
    factors = admitted_factors(client.policy.factors, verdict.factors)
    ruling = Ruling(factors=factors, rule=verdict.rule, attributes=verdict.reply_attributes)
    if verdict.action is RuleAction.ALLOW:
        return ruling
    if verdict.action is RuleAction.FORWARD and verdict.upstream is not None:
        return replace(ruling, upstream=verdict.upstream)
    denied = RejectReason.POLICY_DENIED if verdict.rule is not None else RejectReason.NO_POLICY_MATCHES
    return replace(ruling, refusal=denied)
