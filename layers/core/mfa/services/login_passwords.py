"""Logins with a password, from the counted try on.

Password and code: the code first, so that nobody without one reaches the directory; it is used up before the password
is sent. Password and a word, or a password alone: the password first, so that nobody without one rings a phone; then
the prompt that was asked for, or a factor that is chosen, or one that is asked for by a challenge."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from mfa.contract.fields import base64url
from mfa.domain.challenges import CHALLENGE_SECONDS, Challenge
from mfa.domain.configuration import ClientMode
from mfa.domain.factor_choice import factor_after_password, is_enrolled, startable_factors, usable_factors
from mfa.domain.factors import Accepted
from mfa.domain.policy import FactorKind
from mfa.domain.proofs import Proof
from mfa.domain.reasons import RejectReason
from mfa.services.challenges import Challenges
from mfa.services.directory_look_up import Found
from mfa.services.login_attempts import LoginAttempts, Reserved, claimed_factor
from mfa.services.login_decision import Decision
from mfa.services.login_facts import Login
from mfa.services.password_check import PasswordCheck, PasswordQuestion, PasswordVerdict

_PACKET_ID_OCTETS: Final = 16


type Prompted = Callable[[Login, Reserved], Decision]


class LoginPasswords:
    def __init__(
        self,
        *,
        attempts: LoginAttempts,
        check: PasswordCheck,
        challenges: Challenges,
        prompted: Prompted,
        messaged: Prompted,
        called: Prompted,
    ) -> None:
        self._attempts = attempts
        self._check = check
        self._challenges = challenges
        self._prompted = prompted
        self._messaged = messaged
        self._called = called

    def code_and_password(self, login: Login, password: bytes, proof: Proof, reserved: Reserved) -> Decision:
        before = claimed_factor(login, reserved.item)
        if before is not None:
            return self.after_code(login, password, before, reserved)
        checked = self._attempts.check_code(login, proof, reserved)
        if isinstance(checked, Decision):
            return checked
        claimed = self._attempts.claim(login, reserved, checked.accepted)
        if isinstance(claimed, Decision):
            return claimed
        return self.after_code(login, password, claimed, reserved, claimed=checked.accepted)

    def after_code(
        self,
        login: Login,
        password: bytes,
        factor_id: str,
        reserved: Reserved,
        *,
        ends_count: bool = True,
        claimed: Accepted | None = None,
    ) -> Decision:
        """The password of a login whose code is used up. ``ends_count`` and ``claimed`` as in
        ``LoginAttempts.accept``."""
        verdict = self._verdict(login, password, reserved)
        refused = self._refused(login, reserved, verdict)
        if refused is not None:
            return refused
        accepted = replace(login.accepted(factor_id=factor_id), directory=verdict.controller)
        return self._attempts.accept(login, reserved, None, accepted, ends_count=ends_count, claimed=claimed)

    def password_alone(self, login: Login, password: bytes, reserved: Reserved) -> Decision:
        if not login.skips_factor and not is_enrolled(reserved.item, login.claimant.started):
            return self._attempts.reject(login, reserved, RejectReason.NOT_ENROLLED, refund=True)
        verdict = self._verdict(login, password, reserved)
        decision = self._refused(login, reserved, verdict) or self._after_password(login, reserved)
        return replace(decision, directory=decision.directory or verdict.controller)

    def stranger(self, login: Login, password: bytes, found: Found) -> Decision:
        """Of a user who is unknown here nothing is stored but the password's own try."""
        if found.account is None:
            verdict = _not_asked(found)
        else:
            verdict = self._check.verify(_question(login, password), found.account.object_guid)
        reason = verdict.reason
        if reason is None and self._attempts.is_too_late(login):
            reason = RejectReason.TOO_LATE
        decision = login.accepted() if reason is None else login.rejected(reason)
        return replace(decision, replayed=verdict.is_shared, directory=verdict.controller, fault=verdict.fault)

    def answer(self, login: Login, challenge: Challenge) -> Decision | None:
        """Use the challenge up for this packet and no other; None if it was open, or was this packet's before."""
        if challenge.user_id != login.attempt.user_id:
            return login.rejected(RejectReason.STATE_MISMATCH)
        refused = self._challenges.answer(challenge, login.attempt.login_id, login.claimant.started)
        return None if refused is None else self._attempts.replay(login) or login.rejected(refused)

    def with_state(self, login: Login, challenged: Decision, at: int) -> Decision:
        """The challenge of that second as the client needs it."""
        state = self._challenges.seal(_challenge(login, at))
        return replace(challenged, state=state, reply_message=login.claimant.policy.challenge_message)

    def found(self, login: Login) -> Found:
        """The user's account of the directory."""
        if login.account is not None:
            return Found(account=login.account)
        claimant = login.claimant
        return self._check.find(claimant.realm, claimant.alias, claimant.deadline)

    def _after_password(self, login: Login, reserved: Reserved) -> Decision:
        if login.skips_factor:
            return self._attempts.accept(login, reserved, None, login.accepted())
        next_factor = _next_factor(login, reserved)
        if login.shown.word is not None or next_factor is FactorKind.PUSH:
            return self._prompted(login, reserved)
        if next_factor is FactorKind.PHONE:
            return self._called(login, reserved)
        if next_factor is FactorKind.SMS:
            return self._messaged(login, reserved)
        if login.claimant.policy.mode is ClientMode.CHALLENGE and _usable(login, reserved):
            return self.challenged(login, reserved)
        return self._attempts.reject(login, reserved, RejectReason.NO_AUTOMATIC_FACTOR, refund=True)

    def challenged(self, login: Login, reserved: Reserved) -> Decision:
        """Ask for a factor in another packet."""
        at = reserved.item.recent[login.attempt.login_id].at  # the same for each copy of this packet
        self._challenges.put(_challenge(login, at))
        return self._attempts.challenge(login, reserved, at)

    def _verdict(self, login: Login, password: bytes, reserved: Reserved) -> PasswordVerdict:
        """The user is linked to the account by the first right password: who does not know it must not decide whose
        account that is."""
        if self._attempts.is_too_late(login):
            return PasswordVerdict(reason=RejectReason.TOO_LATE)
        object_guid = reserved.item.object_guid
        if object_guid is not None:
            return self._check.verify(_question(login, password), object_guid)
        found = self.found(login)
        if found.account is None:
            return _not_asked(found)
        verdict = self._check.verify(_question(login, password), found.account.object_guid)
        if verdict.reason is None and not self._attempts.link(login, found.account.object_guid):
            return replace(verdict, reason=RejectReason.IDENTITY_CHANGED)
        return verdict

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


def _usable(login: Login, reserved: Reserved) -> Sequence[FactorKind]:
    return usable_factors(login.factors, reserved.item, login.claimant.started)


def _next_factor(login: Login, reserved: Reserved) -> FactorKind | None:
    """By the client's order: where the user can be asked for a code, and codes come first, they are."""
    policy, usable = login.claimant.policy, _usable(login, reserved)
    may_ask = policy.mode is ClientMode.CHALLENGE
    return factor_after_password(usable, startable_factors(policy.push_approval), may_ask=may_ask)


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
