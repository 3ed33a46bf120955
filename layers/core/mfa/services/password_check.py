"""The lockout shield: between a typed password and the directory, so that nobody locks an account through us.

Of one account few passwords are let through in half an hour, whoever sends them; a try is counted before the directory
is asked and given back when the password was right or never left. What was found wrong is not sent again. One packet
is asked about once: its try is stored under the packet, and whoever brings the same packet waits for that result. So a
retransmission, a second edge or a crash never costs a second bind.
"""

from dataclasses import dataclass, field
from typing import Final

from mfa.contract.directory import DirectoryAnswer, DirectoryResult
from mfa.domain.directory import PASSWORD_TRIES_WINDOW_SECONDS, REASONS
from mfa.domain.password_tries import (
    KnownWrongPassword,
    PasswordTries,
    PasswordTry,
    known_wrong_under,
    others_asking,
    tries_to_forget,
)
from mfa.domain.reasons import RejectReason
from mfa.domain.user_names import Alias, Realm
from mfa.errors import ConditionRefusedError, UnavailableError
from mfa.ports import Clock, Directory, PasswordTryStore, Pause, Vault
from mfa.services.directory_look_up import Found, look_up, no_directory

MAX_RESERVATIONS: Final = 4  # refused this often with no reason left to see: fail closed
WAIT_STEP_SECONDS: Final = 0.1

# By these the directory shows that the password itself was right (or was not looked at): none of the account's tries
# was used up.
_RIGHT_BUT: Final = frozenset(
    {
        DirectoryResult.PASSWORD_RIGHT,
        DirectoryResult.MUST_CHANGE_PASSWORD,
        DirectoryResult.PASSWORD_EXPIRED,
        DirectoryResult.DISABLED,
        DirectoryResult.ACCOUNT_EXPIRED,
        DirectoryResult.LOGON_HOURS,
        DirectoryResult.WORKSTATION,
    }
)

# After these no password has left for sure.
_NEVER_SENT: Final = frozenset(
    {
        DirectoryResult.PASSWORD_KNOWN_WRONG,
        DirectoryResult.WITHHELD,
        DirectoryResult.UNKNOWN_USER,
        DirectoryResult.AMBIGUOUS_USER,
        DirectoryResult.IDENTITY_CHANGED,
        DirectoryResult.SERVICE_ACCOUNT_REFUSED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordQuestion:
    """``packet_id`` stands for one packet with one password; the same packet has the same. It may come again for
    ``window_seconds``. ``deadline`` in Unix seconds."""

    realm: Realm
    alias: Alias
    password: bytes = field(repr=False)
    packet_id: str
    window_seconds: int
    deadline: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordVerdict:
    """``reason`` is None if the password is right, and only then. ``was_sent`` tells whether it left for the directory,
    or may have; ``is_shared`` that another call with the same packet asked."""

    reason: RejectReason | None
    was_sent: bool = False
    is_shared: bool = False
    controller: str | None = None
    fault: str | None = None


class PasswordCheck:
    def __init__(
        self, *, directory: Directory, tries: PasswordTryStore, vault: Vault, clock: Clock, pause: Pause
    ) -> None:
        self._directory = directory
        self._tries = tries
        self._vault = vault
        self._clock = clock
        self._pause = pause

    def find(self, realm: Realm, alias: Alias, deadline: float) -> Found:
        """The account of that name; no password is involved."""
        return look_up(self._directory, realm, alias, deadline)

    def verify(self, question: PasswordQuestion, object_guid: str) -> PasswordVerdict:
        """Whether it is the password of that account. Raises UnavailableError."""
        if question.realm.directory is None:
            return PasswordVerdict(reason=RejectReason.DIRECTORY_UNAVAILABLE, fault=no_directory(question.realm))
        digest = self._vault.digest("password", object_guid.encode() + b"\0" + question.password)
        reserved = self._reserve(question, object_guid, question.realm.directory.password_tries)
        if isinstance(reserved, PasswordVerdict):
            return reserved
        answer = self._ask(question, object_guid, reserved, digest)
        settled = self._settle(question, object_guid, reserved, answer, digest)
        return PasswordVerdict(
            reason=_reason(settled), was_sent=answer.was_sent, controller=answer.controller, fault=answer.detail
        )

    # ---- a try

    def _reserve(self, question: PasswordQuestion, object_guid: str, budget: int) -> PasswordTries | PasswordVerdict:
        for _ in range(MAX_RESERVATIONS):
            now = self._clock.now()
            if now >= question.deadline:
                return PasswordVerdict(reason=RejectReason.TOO_LATE)
            try:
                return self._tries.reserve(object_guid, question.packet_id, int(now), budget)
            except ConditionRefusedError:
                found = self._after_refusal(question, object_guid, budget, now)
            if found is not None:
                return found
        raise UnavailableError("the account's tries change too fast to reserve one")

    def _after_refusal(
        self, question: PasswordQuestion, object_guid: str, budget: int, now: float
    ) -> PasswordTries | PasswordVerdict | None:
        """Read why; None if the reservation should be tried again."""
        seen = self._tries.read(object_guid)
        if seen is None:
            return None
        known = seen.recent.get(question.packet_id)
        if known is not None:
            return self._shared(question, object_guid, known)
        if now - seen.since >= PASSWORD_TRIES_WINDOW_SECONDS:
            return self._start_over(question, object_guid, seen, now)
        spent = PasswordVerdict(reason=RejectReason.PASSWORD_BUDGET_SPENT)
        return spent if seen.spent >= budget else None

    def _start_over(
        self, question: PasswordQuestion, object_guid: str, seen: PasswordTries, now: float
    ) -> PasswordTries | None:
        try:
            return self._tries.start_over(object_guid, question.packet_id, int(now), seen)
        except ConditionRefusedError:  # somebody else began the new window
            return None

    # ---- the directory

    def _ask(
        self, question: PasswordQuestion, object_guid: str, tries: PasswordTries, digest: bytes
    ) -> DirectoryAnswer:
        now = self._clock.now()
        if now >= question.deadline:
            return DirectoryAnswer(result=DirectoryResult.UNAVAILABLE, detail="no time was left to ask")
        return self._directory.verify_password(
            question.realm,
            question.alias,
            question.password,
            object_guid=object_guid,
            known_wrong=known_wrong_under(tries, digest, now, PASSWORD_TRIES_WINDOW_SECONDS),
            others_asking=others_asking(tries, question.packet_id, now),
            deadline=question.deadline,
        )

    def _settle(
        self,
        question: PasswordQuestion,
        object_guid: str,
        tries: PasswordTries,
        answer: DirectoryAnswer,
        digest: bytes,
    ) -> DirectoryResult:
        """Only what is stored counts: a copy of the packet must come to the same result."""
        now = self._clock.now()
        try:
            self._tries.settle(
                object_guid,
                question.packet_id,
                answer.result,
                give_back=not answer.was_sent or answer.result in _RIGHT_BUT,
                wrong=_wrong(answer, digest, now),
                forget=tries_to_forget(tries.recent, question.packet_id, now),
            )
        except (ConditionRefusedError, UnavailableError) as error:  # stored or not? The item knows
            seen = self._tries.read(object_guid)
            known = None if seen is None else seen.recent.get(question.packet_id)
            if known is None or known.result is None:
                raise UnavailableError("what the directory said could not be stored") from error
            return known.result
        return answer.result

    # ---- the same packet

    def _shared(self, question: PasswordQuestion, object_guid: str, known: PasswordTry) -> PasswordVerdict:
        """What another call with this packet learned. It is waited for; the directory is never asked again."""
        if self._clock.now() - known.at > question.window_seconds:
            return PasswordVerdict(reason=RejectReason.REPLAY_EXPIRED, is_shared=True)
        current: PasswordTry | None = known
        while current is not None and current.result is None:
            left = question.deadline - self._clock.now()
            if left <= 0:
                break
            self._pause(min(WAIT_STEP_SECONDS, left))
            seen = self._tries.read(object_guid)
            current = None if seen is None else seen.recent.get(question.packet_id)
        if current is None or current.result is None:
            raise UnavailableError("another instance asked the directory about this packet and stored no result")
        return PasswordVerdict(
            reason=_reason(current.result), was_sent=current.result not in _NEVER_SENT, is_shared=True
        )


def _reason(result: DirectoryResult) -> RejectReason | None:
    """One result alone is a success; what nobody expected here is a fault."""
    if result is DirectoryResult.PASSWORD_RIGHT:
        return None
    return REASONS.get(result, RejectReason.DIRECTORY_UNAVAILABLE)


def _wrong(answer: DirectoryAnswer, digest: bytes, now: float) -> KnownWrongPassword | None:
    if answer.result is not DirectoryResult.PASSWORD_WRONG or answer.account is None:
        return None
    return KnownWrongPassword(digest=digest, password_last_set=answer.account.password_last_set, at=int(now))
