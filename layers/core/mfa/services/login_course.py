"""The course of a login: it begins with a counted try and ends with one stored decision.

A code alone is checked, used up and accepted in one write. What belongs to passwords and challenges is loaded when a
login first needs it: most deployments start without (``passwords`` makes it).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from mfa.domain.factors import CodeFactors
from mfa.domain.proofs import Proof
from mfa.domain.reasons import RejectReason
from mfa.services.login_attempts import LoginAttempts, Reserved
from mfa.services.login_decision import Decision
from mfa.services.login_facts import Login

if TYPE_CHECKING:
    from mfa.domain.challenges import Challenge
    from mfa.services.login_passwords import LoginPasswords


class LoginCourse:
    def __init__(self, *, attempts: LoginAttempts, passwords: "Callable[[], LoginPasswords]") -> None:
        self._attempts = attempts
        self._passwords = passwords

    def prove(self, login: Login) -> Decision:
        """Decide by what was shown."""
        reserved = self._attempts.reserve(login)
        decision = reserved if isinstance(reserved, Decision) else self._reserved(login, reserved)
        at = decision.challenged_at
        return decision if at is None else self._passwords().with_state(login, decision, at)

    def answer(self, login: Login, challenge: "Challenge") -> Decision:
        """The same for what answers a challenge."""
        return self._passwords().answer(login, challenge) or self.prove(login)

    def _reserved(self, login: Login, reserved: Reserved) -> Decision:
        if _is_another_account(login, reserved.item):
            return self._attempts.reject(login, reserved, RejectReason.IDENTITY_CHANGED, refund=True)
        password, proof = login.shown.password, login.shown.proof
        if password is not None and proof is not None:
            return self._passwords().code_and_password(login, password, proof, reserved)
        if password is not None:
            return self._passwords().password_alone(login, password, reserved)
        if proof is not None:
            return self._code(login, proof, reserved)
        return self._attempts.reject(login, reserved, RejectReason.NO_AUTOMATIC_FACTOR, refund=True)

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
