"""A recovery or bypass code at a login, alone or with a password behind it.

The try is counted before the code is looked at, and the code is used up, by one conditional write that notes this
login, before anything else is asked or answered. So the same packet finds its own use again and comes to the same end.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from mfa.domain.reasons import RejectReason
from mfa.domain.recovery import FoundCode, find_code
from mfa.errors import ConditionRefusedError, UnavailableError
from mfa.ports import AuditTrail, Vault
from mfa.recovery_ports import RecoveryCodeStore
from mfa.services.enrollment_events import SUBSCRIBER_ACTOR, SubscriberEvent
from mfa.services.login_attempts import LoginAttempts, Reserved
from mfa.services.login_decision import Decision
from mfa.services.login_facts import Login
from mfa.services.recovery_digests import code_digest

if TYPE_CHECKING:
    from mfa.services.login_passwords import LoginPasswords

MAX_TRIES: Final = 4  # refused this often though the code is there: too much is going on, so fail closed
# The code was right once, or there is none that could be guessed.
_COSTS_NO_TRY: Final = frozenset(
    {
        RejectReason.CODE_USED,
        RejectReason.BYPASS_EXPIRED,
        RejectReason.NOT_ENROLLED,
        RejectReason.FACTOR_NOT_OFFERED,
    }
)


class LoginRecovery:
    def __init__(
        self,
        *,
        attempts: LoginAttempts,
        codes: RecoveryCodeStore,
        passwords: "Callable[[], LoginPasswords]",
        vault: Vault,
        audit: AuditTrail,
        admits_bypass: bool = True,
    ) -> None:
        self._attempts = attempts
        self._codes = codes
        self._passwords = passwords
        self._vault = vault
        self._audit = audit
        self._admits_bypass = admits_bypass

    def decide(self, login: Login, code: str, reserved: Reserved) -> Decision:
        """A bypass code does not end the count of wrong codes: it is not the user's own, and whoever guesses goes on
        guessing."""
        found = self._used_up(login, code, reserved)
        if isinstance(found, Decision):
            return found
        ends_count = found.bypass_id is None
        password = login.shown.password
        if password is not None:
            return self._passwords().after_code(login, password, found.factor_id, reserved, ends_count=ends_count)
        accepted = login.accepted(factor_id=found.factor_id)
        return self._attempts.accept(login, reserved, None, accepted, ends_count=ends_count)

    def _used_up(self, login: Login, code: str, reserved: Reserved) -> FoundCode | Decision:
        digest = code_digest(self._vault, login.attempt.user_id, code)
        is_in_doubt = False
        for _ in range(MAX_TRIES):
            held = self._codes.read(login.attempt.user_id)
            found = find_code(held, digest, login.attempt.login_id, login.claimant.started)
            if isinstance(found, FoundCode) and found.bypass_id is not None and not self._admits_bypass:
                found = RejectReason.FACTOR_NOT_OFFERED
            if self._attempts.is_too_late(login):
                return login.rejected(RejectReason.TOO_LATE)
            if isinstance(found, RejectReason):
                return self._attempts.reject(login, reserved, found, refund=found in _COSTS_NO_TRY)
            if found.is_mine:
                if is_in_doubt:
                    self._tell(login, found)
                return found
            try:
                self._use(login, found)
            except ConditionRefusedError:
                continue
            except UnavailableError:  # written or not? The codes themselves know
                is_in_doubt = True
                continue
            self._tell(login, found)
            return found
        raise UnavailableError("a recovery code can neither be used nor be found used")

    def _use(self, login: Login, found: FoundCode) -> None:
        user_id, login_id, at = login.attempt.user_id, login.attempt.login_id, login.attempt.at
        if found.bypass_id is None:
            self._codes.use_recovery_code(user_id, found.digest, login_id, at)
        else:
            self._codes.use_bypass_code(user_id, found.bypass_id, login_id, at)

    def _tell(self, login: Login, found: FoundCode) -> None:
        """Once for each use. ``left`` may be too high by what others use at the same moment."""
        event = SubscriberEvent.RECOVERY_CODE_USED if found.bypass_id is None else SubscriberEvent.BYPASS_CODE_USED
        details = {"left": str(found.left), "login_id": login.attempt.login_id, "client": login.claimant.request.client}
        if found.bypass_id is not None:
            details["bypass_id"] = found.bypass_id
        self._audit.subscriber_changed(event, login.attempt.user_id, details, SUBSCRIBER_ACTOR)
