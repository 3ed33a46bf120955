"""The books of a login: what is stored in the user's hot item, from the counted try to the one decision that stands.

A try is counted before anything is checked, and an Accept counts only once it is stored; so no race, crash or lost
answer gives a guess for free or an Accept twice. The first decision on a packet stands, whoever else decides it again.
"""

from dataclasses import dataclass, replace
from typing import Final

from mfa.domain.factors import Accepted, CodeFactors, RecentOutcome
from mfa.domain.login_replay import (
    Explanation,
    NextStep,
    StoredChallenge,
    StoredOutcome,
    StoredPrompt,
    explain_refusal,
    login_ids_to_forget,
)
from mfa.domain.proofs import MsChap2Proof, Proof
from mfa.domain.reasons import RejectReason
from mfa.domain.sent_codes import AcceptedMessage
from mfa.domain.throttle import is_at_gate, next_gate
from mfa.domain.user_names import Alias, AliasKind
from mfa.domain.verification import FoundFar
from mfa.errors import ConditionRefusedError, UnavailableError
from mfa.ports import Clock, LoginStore
from mfa.services.login_codes import CheckedCode, LoginCodes
from mfa.services.login_decision import Decision
from mfa.services.login_facts import Login

MAX_RESERVATIONS: Final = 4  # refused this often with no reason left to see: too much is going on, so fail closed
_COSTS_NO_TRY: Final = frozenset({RejectReason.CODE_USED, RejectReason.NOT_ENROLLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """The user's item as it is after the reservation. ``counted`` tells whether this very request paid for the try;
    otherwise the same packet did, through another edge or at an earlier time."""

    item: CodeFactors
    counted: bool


class LoginAttempts:
    def __init__(self, *, logins: LoginStore, codes: LoginCodes, clock: Clock) -> None:
        self._logins = logins
        self._codes = codes
        self._clock = clock

    def reserve(self, login: Login) -> Reserved | Decision:
        """Count a try, unless this packet has one, or was decided, or may have none."""
        for _ in range(MAX_RESERVATIONS):
            if self.is_too_late(login):
                return login.rejected(RejectReason.TOO_LATE)
            try:
                return Reserved(item=self._logins.reserve(login.attempt), counted=True)
            except ConditionRefusedError:
                found = self._after_refusal(login)
            if found is not None:
                return found
        raise UnavailableError("the user's item changes too fast to reserve a try")

    def check_code(self, login: Login, proof: Proof, reserved: Reserved) -> CheckedCode | Decision:
        checked = self._codes.check(
            proof,
            reserved.item,
            login.claimant.started,
            client=login.claimant.request.client,
            factors=login.factors,
        )
        if self.is_too_late(login):
            return login.rejected(RejectReason.TOO_LATE)
        if isinstance(checked, RejectReason):
            return self.reject(login, reserved, checked, refund=checked in _COSTS_NO_TRY)
        if isinstance(checked, FoundFar):
            return self.reject(login, reserved, RejectReason.CODE_FAR_OFF, far=checked)
        return checked

    def accept(
        self,
        login: Login,
        reserved: Reserved,
        code: Accepted | None,
        accepted: Decision,
        *,
        ends_count: bool = True,
        claimed: Accepted | None = None,
    ) -> Decision:
        """Store it, and use up ``code``, if that was not done before. Where no code was asked for, the count of wrong
        ones goes on: whoever knows a password must not begin it anew between guesses. So it does without
        ``ends_count``. ``claimed`` is the code that this login has used up before."""
        refund = None if ends_count and not login.skips_factor else reserved.item
        leaves = claimed if isinstance(claimed, AcceptedMessage) else None
        try:
            self._logins.accept(login.attempt, code, self._forget(login, reserved), refund=refund, leaves=leaves)
        except ConditionRefusedError:
            stored = self._stored(login)
            if stored is None and code is None:
                raise UnavailableError("an Accept without a code was refused for no reason that can be seen") from None
            return stored or self.reject(login, reserved, RejectReason.CODE_USED, refund=True)
        except UnavailableError:  # written or not? The item knows
            stored = self._stored(login)
            if stored is None:
                raise
            return stored
        return accepted

    def claim(self, login: Login, reserved: Reserved, code: Accepted) -> str | Decision:
        """Use up the code of a login that is not decided yet; return the id of its factor."""
        try:
            self._logins.claim(login.attempt, code)
        except (ConditionRefusedError, UnavailableError) as error:
            item = self._logins.read(login.attempt.user_id)
            claimed = None if item is None else claimed_factor(login, item)
            stored = self._decided(login, item) if claimed is None else None
            if claimed is None and stored is None and isinstance(error, UnavailableError):
                raise
            return claimed or stored or self.reject(login, reserved, RejectReason.CODE_USED, refund=True)
        return code.factor_id

    def challenge(self, login: Login, reserved: Reserved, at: int) -> Decision:
        """The try is given back, whichever copy of the packet paid for it: one of them stores this."""
        try:
            self._logins.challenge(login.attempt, self._forget(login, reserved), refund=reserved.item)
        except ConditionRefusedError:
            stored = self._stored(login)
            if stored is None:
                raise UnavailableError("a challenge was refused for no reason that can be seen") from None
            return stored
        return login.challenged(at)

    def wait(self, login: Login, reserved: Reserved, prompt: str) -> Decision:
        """Until the login ``prompt`` is decided. The try is given back, as for a challenge."""
        try:
            self._logins.wait(login.attempt, prompt, self._forget(login, reserved), refund=reserved.item)
        except ConditionRefusedError:
            stored = self._stored(login)
            if stored is None:
                raise UnavailableError("a login that waits was refused for no reason that can be seen") from None
            return stored
        return login.waiting(prompt)

    def reject(
        self,
        login: Login,
        reserved: Reserved,
        reason: RejectReason,
        *,
        refund: bool = False,
        far: FoundFar | None = None,
    ) -> Decision:
        """``refund`` gives the try back, if this request paid for it. ``far`` is remembered with the outcome."""
        paid = reserved.item if refund and reserved.counted else None
        try:
            self._logins.reject(login.attempt, reason, self._forget(login, reserved), refund=paid, far=far)
        except ConditionRefusedError:  # the same packet was decided through the other edge
            return self._stored(login) or login.rejected(reason)
        locks = paid is None and reserved.counted and is_at_gate(reserved.item.throttle)
        return replace(login.rejected(reason), locks=locks)

    def link(self, login: Login, object_guid: str) -> bool:
        """Whether the user is that account of the directory, from now on if not before."""
        account = Alias(login.claimant.realm.name, AliasKind.GUID, object_guid)
        try:
            self._logins.link(login.attempt.user_id, account)
        except ConditionRefusedError:
            return False
        except UnavailableError:  # written or not, or a copy of this packet writes the same just now: the item knows
            item = self._logins.read(login.attempt.user_id)
            if item is None or item.object_guid != object_guid:
                raise
        return True

    def replay(self, login: Login) -> Decision | None:
        """What this very packet was answered before, if it was decided."""
        item = self._logins.read(login.attempt.user_id)
        is_known = item is not None and login.packet.login_id in item.recent
        return self._decided(login, item) if is_known else None

    def is_too_late(self, login: Login) -> bool:
        """The edge has given up: what nobody hears must not use anything up."""
        return self._clock.now() >= login.claimant.deadline

    def _after_refusal(self, login: Login) -> Reserved | Decision | None:
        """Read why; None if the reservation should be tried again."""
        seen = self._logins.read(login.attempt.user_id)
        if seen is None:
            return login.rejected(RejectReason.UNKNOWN_USER)
        why = explain_refusal(seen, login.packet, self._clock.now())
        if isinstance(why, RejectReason):
            return login.rejected(why)
        if why is NextStep.CHECK:
            return Reserved(item=seen, counted=False)
        if why is NextStep.RESERVE_PAST_GATE:
            return self._past_gate(login, seen)
        return self._again(login, seen, why)

    def _past_gate(self, login: Login, seen: CodeFactors) -> Reserved | None:
        try:
            item = self._logins.reserve_past_gate(login.attempt, seen, next_gate(seen.throttle))
        except ConditionRefusedError:  # somebody else opened the gate first
            return None
        return Reserved(item=item, counted=True)

    def _stored(self, login: Login) -> Decision | None:
        """How this packet stands now; None while it is still being checked."""
        return self._decided(login, self._logins.read(login.attempt.user_id))

    def _decided(self, login: Login, item: CodeFactors | None) -> Decision | None:
        why = explain_refusal(item, login.packet, self._clock.now())
        if isinstance(why, RejectReason):
            return login.rejected(why)
        return None if item is None else self._again(login, item, why)

    def _again(self, login: Login, item: CodeFactors, stored: Explanation) -> Decision | None:
        match stored:
            case StoredChallenge(at):
                return login.challenged(at, replayed=True)
            case StoredPrompt(login_id):
                return login.waiting(login_id, replayed=True)
            case StoredOutcome(None):
                return login.accepted(self._shown_text(login, item), replayed=True)
            case StoredOutcome(reason) if reason is not None:
                return login.rejected(reason, replayed=True)
            case _:
                return None

    def _shown_text(self, login: Login, item: CodeFactors) -> str | None:
        if not isinstance(login.shown.proof, MsChap2Proof):
            return None
        text = self._codes.accepted_text(login.shown.proof, item)
        if text is None:  # its factor was removed meanwhile
            raise UnavailableError("what the client must be shown with this Accept cannot be made again")
        return text

    def _forget(self, login: Login, reserved: Reserved) -> tuple[str, ...]:
        return login_ids_to_forget(reserved.item.recent, login.attempt.login_id, self._clock.now())


def claimed_factor(login: Login, item: CodeFactors) -> str | None:
    """The factor whose code this very login has used up, while it is being checked."""
    known = item.recent.get(login.packet.login_id)
    if known is None or known.claimed is None or known.outcome is not RecentOutcome.CHECKING:
        return None
    return known.claimed.factor_id
