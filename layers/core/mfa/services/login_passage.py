"""Users who are asked for no factor: by an exemption, or by the client's rule for those who have none.

The factor is skipped, never the password: Gatehouse checks it, or a client that asks for the second factor only has
stated that it does. Both end at their second. Under MS-CHAPv2 nobody passes so: an Accept must show the client that the
server knows what was typed (RFC 2759 section 5), and here it does not.

A name that nobody has here may still be another name of somebody who has a factor: that is looked for first.
"""

from collections.abc import Sequence
from dataclasses import replace

from mfa.contract.credentials import MsChap2Credential
from mfa.contract.directory import DirectoryAccount
from mfa.domain.configuration import ClientMode
from mfa.domain.factor_choice import is_enrolled
from mfa.domain.factors import CodeFactors, SubscriberState
from mfa.domain.other_names import names_of, refusal_by_another_name, written_otherwise
from mfa.domain.policy import RuleAction, UnenrolledRule
from mfa.domain.reasons import RejectReason
from mfa.domain.user_names import Alias
from mfa.ports import Clock, LoginStore, SubscriberIndex, Vault
from mfa.services.directory_look_up import Found
from mfa.services.login_course import LoginCourse
from mfa.services.login_decision import Decision, forwarded, rejected
from mfa.services.login_facts import Claimant, Login, begin_login
from mfa.services.login_passwords import LoginPasswords
from mfa.services.login_policy import UNENROLLED, LoginPolicy, Ruling
from mfa.services.login_proof import Shown, password_without_factor


class Passage:
    def __init__(
        self,
        *,
        policy: LoginPolicy,
        index: SubscriberIndex,
        logins: LoginStore,
        course: LoginCourse,
        passwords: LoginPasswords,
        vault: Vault,
        clock: Clock,
    ) -> None:
        self._policy = policy
        self._index = index
        self._logins = logins
        self._course = course
        self._passwords = passwords
        self._vault = vault
        self._clock = clock

    def decide(self, claimant: Claimant, ruling: Ruling, shown: Shown | RejectReason) -> Decision | None:
        """None for those who have to show a factor."""
        if ruling.exemption is not None:
            decision = self._admitted(claimant, ruling, shown, self._item(claimant))
            return decision and replace(decision, exemption=ruling.exemption)
        rule = self._policy.unenrolled(claimant)
        return None if rule is None else self._unenrolled(claimant, ruling, shown, rule)

    def _unenrolled(
        self, claimant: Claimant, ruling: Ruling, shown: Shown | RejectReason, rule: UnenrolledRule
    ) -> Decision | None:
        item = self._item(claimant)
        if item is not None and (item.state is not SubscriberState.ACTIVE or is_enrolled(item, claimant.started)):
            return None
        if rule.action is RuleAction.FORWARD:
            return None if rule.upstream is None else self._forwarded(claimant, rule.upstream, item)
        decision = self._admitted(claimant, ruling, shown, item)
        return decision and replace(decision, rule=UNENROLLED)

    def _admitted(
        self, claimant: Claimant, ruling: Ruling, shown: Shown | RejectReason, item: CodeFactors | None
    ) -> Decision | None:
        if isinstance(claimant.request.credential, MsChap2Credential):
            return None
        password = password_without_factor(claimant.request, claimant.policy)
        if password is None and claimant.policy.mode is not ClientMode.SECOND_FACTOR:
            reason = shown if isinstance(shown, RejectReason) else RejectReason.PASSWORD_MISSING
            return rejected(reason, user_id=claimant.user_id)
        login = begin_login(
            self._vault,
            claimant,
            Shown(password=password),
            factors=ruling.factors,
            account=ruling.account,
            skips_factor=True,
        )
        if password is None:
            return self._admitted_unproven(login, item, ruling)
        return self._course.prove(login) if item is not None else self._stranger(login, password, ruling)

    def _stranger(self, login: Login, password: bytes, ruling: Ruling) -> Decision:
        found = self._passwords.found(login)
        reason = self._by_another_name(login.claimant, found.account, ruling)
        if reason is not None:
            return replace(login.rejected(reason), directory=found.controller)
        return self._passwords.stranger(login, password, found)

    def _admitted_unproven(self, login: Login, item: CodeFactors | None, ruling: Ruling) -> Decision:
        """The client checks the password. Whoever has a directory to ask must be known there, as the same account."""
        if item is not None and item.state is not SubscriberState.ACTIVE:
            return login.rejected(RejectReason.DISABLED)
        found = None if login.claimant.realm.directory is None else self._passwords.found(login)
        reason = None if found is None else found.reason or _changed(item, found)
        if reason is None and item is None:
            reason = self._by_another_name(login.claimant, None if found is None else found.account, ruling)
        if reason is None and self._clock.now() >= login.claimant.deadline:
            reason = RejectReason.TOO_LATE
        decision = replace(login.accepted(), unproven=True) if reason is None else login.rejected(reason)
        return decision if found is None else replace(decision, directory=found.controller, fault=found.fault)

    def _forwarded(self, claimant: Claimant, upstream: str, item: CodeFactors | None) -> Decision:
        """No directory is asked: the old server must do also while none answers."""
        names = written_otherwise(claimant.alias, claimant.realm) if item is None else ()
        refused = self._refusal(names, is_exempt=False)
        if refused is not None:
            return rejected(refused)
        return forwarded(upstream, user_id=claimant.user_id, rule=UNENROLLED)

    def _by_another_name(
        self, claimant: Claimant, account: DirectoryAccount | None, ruling: Ruling
    ) -> RejectReason | None:
        """Why somebody whom nobody has enrolled by this name is not let through; None for a true stranger."""
        if account is not None:
            names = names_of(account, claimant.realm)
        elif claimant.realm.directory is None:
            names = written_otherwise(claimant.alias, claimant.realm)
        else:
            return None
        return self._refusal(names, is_exempt=ruling.exemption is not None)

    def _refusal(self, names: Sequence[Alias], *, is_exempt: bool) -> RejectReason | None:
        for name in names:
            user_id = self._index.find(name)
            item = None if user_id is None else self._logins.read(user_id)
            reason = None if item is None else refusal_by_another_name(item, is_exempt=is_exempt)
            if reason is not None:
                return reason
        return None

    def _item(self, claimant: Claimant) -> CodeFactors | None:
        return None if claimant.user_id is None else self._logins.read(claimant.user_id)


def _changed(item: CodeFactors | None, found: Found) -> RejectReason | None:
    linked = None if item is None else item.object_guid
    is_same = linked is None or (found.account is not None and found.account.object_guid == linked)
    return None if is_same else RejectReason.IDENTITY_CHANGED
