"""The course of a login, by what was shown. Each begins with a counted try and ends with one stored decision.

Code alone: check, use up and accept in one write. Password and code: the code first, so that nobody without one reaches
the directory; it is used up before the password is sent. Password alone: then a factor is chosen or asked for.
"""

from dataclasses import replace
from typing import Final

from mfa.contract.fields import base64url
from mfa.domain.challenges import CHALLENGE_SECONDS, Challenge
from mfa.domain.configuration import ClientMode
from mfa.domain.factor_choice import automatic_factor, is_enrolled
from mfa.domain.factors import CodeFactors, SubscriberState
from mfa.domain.policy import FactorKind
from mfa.domain.proofs import Proof
from mfa.domain.reasons import RejectReason
from mfa.services.challenges import Challenges
from mfa.services.login_attempts import LoginAttempts, Reserved, claimed_factor
from mfa.services.login_codes import CheckedCode, LoginCodes
from mfa.services.login_decision import Decision
from mfa.services.login_facts import Login
from mfa.services.password_check import Found, PasswordCheck, PasswordQuestion, PasswordVerdict

_PACKET_ID_OCTETS: Final = 16
_COSTS_NO_TRY: Final = frozenset({RejectReason.CODE_USED, RejectReason.NOT_ENROLLED})


class LoginCourse:
    def __init__(
        self, *, attempts: LoginAttempts, codes: LoginCodes, passwords: PasswordCheck, challenges: Challenges
    ) -> None:
        self._attempts = attempts
        self._codes = codes
        self._passwords = passwords
        self._challenges = challenges

    def prove(self, login: Login) -> Decision:
        """Decide by what was shown."""
        decision = self._proven(login)
        if decision.challenged_at is None:
            return decision
        state = self._challenges.seal(_challenge(login, decision.challenged_at))
        return replace(decision, state=state, reply_message=login.claimant.policy.challenge_message)

    def answer(self, login: Login, challenge: Challenge) -> Decision:
        """The same for what answers a challenge: that is used up first, for this packet and no other."""
        if challenge.user_id != login.attempt.user_id:
            return login.rejected(RejectReason.STATE_MISMATCH)
        refused = self._challenges.answer(challenge, login.attempt.login_id, login.claimant.started)
        if refused is None:
            return self.prove(login)
        return self._attempts.replay(login) or login.rejected(refused)

    def admit(self, login: Login, item: CodeFactors | None) -> Decision:
        """A user who is asked for no factor. ``item`` is None for one who is unknown here. A password that was shown
        must be right; where none was, the client itself checks it, and has said so."""
        if login.shown.password is None:
            return self._admit_without_password(login, item)
        return self.prove(login) if item is not None else self._admit_stranger(login, login.shown.password)

    def _proven(self, login: Login) -> Decision:
        reserved = self._attempts.reserve(login)
        if isinstance(reserved, Decision):
            return reserved
        if _is_another_account(login, reserved.item):
            return self._attempts.reject(login, reserved, RejectReason.IDENTITY_CHANGED, refund=True)
        shown = login.shown
        match (shown.password, shown.proof):
            case (None, proof) if proof is not None:
                return self._code(login, proof, reserved)
            case (password, None) if password is not None:
                return self._password(login, password, reserved)
            case (password, proof) if password is not None and proof is not None:
                return self._code_and_password(login, password, proof, reserved)
            case _:
                return self._attempts.reject(login, reserved, RejectReason.NO_AUTOMATIC_FACTOR, refund=True)

    # ---- by mode

    def _code(self, login: Login, proof: Proof, reserved: Reserved) -> Decision:
        checked = self._checked(login, proof, reserved)
        if isinstance(checked, Decision):
            return checked
        accepted = login.accepted(checked.text, factor_id=checked.accepted.factor_id)
        return self._attempts.accept(login, reserved, checked.accepted, accepted)

    def _code_and_password(self, login: Login, password: bytes, proof: Proof, reserved: Reserved) -> Decision:
        claimed = claimed_factor(login, reserved.item) or self._claimed(login, proof, reserved)
        if isinstance(claimed, Decision):
            return claimed
        verdict = self._verdict(login, password, reserved)
        refused = self._refused(login, reserved, verdict)
        if refused is not None:
            return refused
        accepted = replace(login.accepted(factor_id=claimed), directory=verdict.controller)
        return self._attempts.accept(login, reserved, None, accepted)

    def _password(self, login: Login, password: bytes, reserved: Reserved) -> Decision:
        if not login.skips_factor and not is_enrolled(reserved.item):
            return self._attempts.reject(login, reserved, RejectReason.NOT_ENROLLED, refund=True)
        verdict = self._verdict(login, password, reserved)
        decision = self._refused(login, reserved, verdict) or self._after_password(login, reserved)
        return replace(decision, directory=decision.directory or verdict.controller)

    def _after_password(self, login: Login, reserved: Reserved) -> Decision:
        """A factor that can be started comes here, once there is one."""
        if login.skips_factor:
            return self._attempts.accept(login, reserved, None, login.accepted())
        may_ask = login.claimant.policy.mode is ClientMode.CHALLENGE and FactorKind.CODE in login.factors
        if automatic_factor(login.factors) is None and may_ask:
            at = reserved.item.recent[login.attempt.login_id].at  # the same for each copy of this packet
            self._challenges.put(_challenge(login, at))
            return self._attempts.challenge(login, reserved, at)
        return self._attempts.reject(login, reserved, RejectReason.NO_AUTOMATIC_FACTOR, refund=True)

    # ---- a code

    def _checked(self, login: Login, proof: Proof, reserved: Reserved) -> CheckedCode | Decision:
        checked = self._codes.check(proof, reserved.item, login.claimant.started)
        if self._attempts.is_too_late(login):
            return login.rejected(RejectReason.TOO_LATE)
        if isinstance(checked, RejectReason):
            return self._attempts.reject(login, reserved, checked, refund=checked in _COSTS_NO_TRY)
        return checked

    def _claimed(self, login: Login, proof: Proof, reserved: Reserved) -> str | Decision:
        checked = self._checked(login, proof, reserved)
        return checked if isinstance(checked, Decision) else self._attempts.claim(login, reserved, checked.accepted)

    # ---- a password

    def _verdict(self, login: Login, password: bytes, reserved: Reserved) -> PasswordVerdict:
        object_guid = reserved.item.object_guid
        if object_guid is not None:
            return self._passwords.verify(_question(login, password), object_guid)
        found = self._found(login)
        if found.account is None:
            return _not_asked(found)
        if not self._attempts.link(login, found.account.object_guid):
            return PasswordVerdict(reason=RejectReason.IDENTITY_CHANGED, controller=found.controller)
        return self._passwords.verify(_question(login, password), found.account.object_guid)

    def _refused(self, login: Login, reserved: Reserved, verdict: PasswordVerdict) -> Decision | None:
        """None if the password is right and somebody still waits. For a password that never left the try is given back,
        which only the one who paid for it can do: nobody else may store that Reject."""
        if verdict.reason is None:
            return login.rejected(RejectReason.TOO_LATE) if self._attempts.is_too_late(login) else None
        is_mine = reserved.counted or (verdict.was_sent and not verdict.is_shared)
        if is_mine and verdict.reason is not RejectReason.TOO_LATE:
            decision = self._attempts.reject(login, reserved, verdict.reason, refund=not verdict.was_sent)
        else:
            decision = login.rejected(verdict.reason, replayed=verdict.is_shared)
        return replace(decision, directory=verdict.controller, fault=verdict.fault)

    def _found(self, login: Login) -> Found:
        if login.account is not None:
            return Found(account=login.account, reason=None)
        claimant = login.claimant
        return self._passwords.find(claimant.realm, claimant.alias, claimant.deadline)

    # ---- without a factor

    def _admit_stranger(self, login: Login, password: bytes) -> Decision:
        """Nothing is stored of a user who is unknown here but the password's own try."""
        found = self._found(login)
        if found.account is None:
            verdict = _not_asked(found)
        else:
            verdict = self._passwords.verify(_question(login, password), found.account.object_guid)
        reason = verdict.reason
        if reason is None and self._attempts.is_too_late(login):
            reason = RejectReason.TOO_LATE
        decision = login.accepted() if reason is None else login.rejected(reason)
        return replace(decision, replayed=verdict.is_shared, directory=verdict.controller, fault=verdict.fault)

    def _admit_without_password(self, login: Login, item: CodeFactors | None) -> Decision:
        if item is not None and item.state is not SubscriberState.ACTIVE:
            return login.rejected(RejectReason.DISABLED)
        found = None if login.claimant.realm.directory is None else self._found(login)
        reason = None if found is None else found.reason
        if found is not None and found.account is not None and item is not None:
            is_same = item.object_guid in {None, found.account.object_guid}
            reason = reason if is_same else RejectReason.IDENTITY_CHANGED
        if reason is None and self._attempts.is_too_late(login):
            reason = RejectReason.TOO_LATE
        decision = replace(login.accepted(), unproven=True) if reason is None else login.rejected(reason)
        return decision if found is None else replace(decision, directory=found.controller, fault=found.fault)


def _is_another_account(login: Login, item: CodeFactors) -> bool:
    """The policy looked at the groups of an account that is not the one the user is linked to."""
    account = login.account
    return account is not None and item.object_guid not in {None, account.object_guid}


def _question(login: Login, password: bytes) -> PasswordQuestion:
    """Named by the fingerprint: one packet with one password, even if somebody made up a login id."""
    claimant = login.claimant
    return PasswordQuestion(
        realm=claimant.realm,
        alias=claimant.alias,
        password=password,
        packet_id=base64url(login.attempt.fingerprint[:_PACKET_ID_OCTETS]),
        window_seconds=login.packet.window_seconds,
        deadline=claimant.deadline,
    )


def _challenge(login: Login, at: int) -> Challenge:
    return Challenge(
        challenge_id=login.attempt.login_id,
        client=login.claimant.request.client,
        user_id=login.attempt.user_id,
        source_ip=login.claimant.request.source_ip,
        expires_at=at + CHALLENGE_SECONDS,
    )


def _not_asked(found: Found) -> PasswordVerdict:
    return PasswordVerdict(
        reason=found.reason or RejectReason.DIRECTORY_UNAVAILABLE, controller=found.controller, fault=found.fault
    )
