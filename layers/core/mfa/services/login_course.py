"""The course of a login: it begins with a counted try and ends with one stored decision.

A code alone is checked, used up and accepted in one write. What belongs to passwords, challenges, prompts, messages and
recovery codes is loaded when a login first needs it: most deployments start without (``passwords``, ``prompts``,
``messages`` and ``recovery`` make it).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from mfa.domain.configuration import ClientMode
from mfa.domain.factor_choice import automatic_factor, startable_factors, usable_factors
from mfa.domain.factors import CodeFactors
from mfa.domain.policy import FactorKind
from mfa.domain.proofs import Proof
from mfa.domain.reasons import RejectReason
from mfa.domain.typed_text import FactorWord
from mfa.services.login_attempts import LoginAttempts, Reserved
from mfa.services.login_decision import Decision
from mfa.services.login_facts import Login
from mfa.services.login_proof import NOTHING_SHOWN

if TYPE_CHECKING:
    from mfa.domain.challenges import Challenge
    from mfa.services.login_messages import LoginMessages
    from mfa.services.login_passwords import LoginPasswords
    from mfa.services.login_recovery import LoginRecovery
    from mfa.services.push_prompts import PushPrompts


class LoginCourse:
    def __init__(
        self,
        *,
        attempts: LoginAttempts,
        passwords: "Callable[[], LoginPasswords]",
        prompts: "PushPrompts",
        messages: "LoginMessages",
        recovery: "Callable[[], LoginRecovery]",
    ) -> None:
        self._attempts = attempts
        self._passwords = passwords
        self._prompts = prompts
        self._messages = messages
        self._recovery = recovery

    def prove(self, login: Login) -> Decision:
        """Decide by what was shown."""
        reserved = self._attempts.reserve(login)
        decision = reserved if isinstance(reserved, Decision) else self._reserved(login, reserved)
        if decision.waits_for is not None:
            return self._prompts.with_ticket(login, decision, decision.waits_for)
        at = decision.challenged_at
        return decision if at is None else self._passwords().with_state(login, decision, at)

    def answer(self, login: Login, challenge: "Challenge") -> Decision:
        """The same for what answers a challenge."""
        return self._passwords().answer(login, challenge) or self.prove(login)

    def _reserved(self, login: Login, reserved: Reserved) -> Decision:
        if _is_another_account(login, reserved.item):
            return self._attempts.reject(login, reserved, RejectReason.IDENTITY_CHANGED, refund=True)
        if login.shown.recovery_code is not None:
            return self._recovery().decide(login, login.shown.recovery_code, reserved)
        password, proof = login.shown.password, login.shown.proof
        if password is not None and proof is not None:
            return self._passwords().code_and_password(login, password, proof, reserved)
        if password is not None:
            return self._passwords().password_alone(login, password, reserved)
        if proof is not None:
            return self._code(login, proof, reserved)
        return self._chosen(login, reserved) if login.shown == NOTHING_SHOWN else self.prompted(login, reserved)

    def _chosen(self, login: Login, reserved: Reserved) -> Decision:
        """A marker asks for whatever comes first of what the client admits and the user has. Who has none of it is
        refused as for the first that is admitted."""
        usable = usable_factors(login.factors, reserved.item, login.claimant.started)
        startable = startable_factors(login.claimant.policy.push_approval)
        chosen = automatic_factor(usable, startable) or automatic_factor(login.factors, startable)
        return self.called(login, reserved) if chosen is FactorKind.PHONE else self.prompted(login, reserved)

    def prompted(self, login: Login, reserved: Reserved) -> Decision:
        """Ask the person in the way that was typed; on a device, if none was."""
        word = None if login.shown.word is None else login.shown.word.word
        if word is FactorWord.SMS:
            return self.messaged(login, reserved)
        if word is FactorWord.PHONE:
            return self.called(login, reserved)
        return self._waiting(login, reserved, self._prompts.open(login, reserved.item))

    def called(self, login: Login, reserved: Reserved) -> Decision:
        """Ask the person by a phone call."""
        return self._waiting(login, reserved, self._prompts.call(login, reserved.item))

    def _waiting(self, login: Login, reserved: Reserved, prompt: str | RejectReason) -> Decision:
        if isinstance(prompt, RejectReason):
            return self._attempts.reject(login, reserved, prompt, refund=True)
        return self._attempts.wait(login, reserved, prompt)

    def messaged(self, login: Login, reserved: Reserved) -> Decision:
        """Send a code. It is typed in another packet: this one is rejected, or answered with a challenge."""
        asked = self._messages.ask(login, reserved)
        if asked.is_live and login.claimant.policy.mode is ClientMode.CHALLENGE:
            decision = self._passwords().challenged(login, reserved)
        elif asked.reason is RejectReason.SMS_ASKED_BEFORE:  # whoever has that packet at hand stores what comes of it
            decision = login.rejected(asked.reason, replayed=True)
        else:
            decision = self._attempts.reject(login, reserved, asked.reason, refund=True)
        return replace(decision, factor_id=asked.phone_id, message_id=asked.message_id, fault=asked.fault)

    def _code(self, login: Login, proof: Proof, reserved: Reserved) -> Decision:
        checked = self._attempts.check_code(login, proof, reserved)
        if isinstance(checked, Decision):
            return checked
        accepted = login.accepted(checked.text, factor_id=checked.accepted.factor_id)
        return self._attempts.accept(login, reserved, checked.accepted, accepted)


def _is_another_account(login: Login, item: CodeFactors) -> bool:
    """The policy looked at the groups of an account that is not the one the user is linked to."""
    account = login.account
    return account is not None and item.object_guid not in {None, account.object_guid}
