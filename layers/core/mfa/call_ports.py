"""What phone calls need from outside, beside ``ports``: a login with a code loads none of it.

As there: adapters implement these, fakes do too, and both pass the same contract suite. Every method may raise
UnavailableError; other errors are named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from mfa.domain.login_transactions import TransactionState
from mfa.domain.phone_calls import CallPurpose, NumberCall
from mfa.domain.phones import VerifiedPhone
from mfa.domain.reasons import RejectReason


class CallResult(StrEnum):
    """What became of a call, as far as the provider tells at once. Placed is not answered."""

    PLACED = "placed"
    UNKNOWN = "unknown"  # no answer in time: it may ring
    NUMBER_REFUSED = "number_refused"  # or a country that the provider's account may not call
    THROTTLED = "throttled"
    NOT_AUTHORISED = "not_authorised"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedCall:
    """``contact_id`` is the provider's. ``detail`` is for the log, without the number."""

    result: CallResult
    contact_id: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedCall:
    """``call_id`` says nothing by itself; the same one is never called twice. ``application`` and ``company`` are
    spoken. The provider keeps all of these with the call. ``seconds`` is how long an answer is worth anything."""

    call_id: str
    purpose: CallPurpose
    application: str
    company: str
    seconds: float


class PhoneCaller(Protocol):
    def call(self, number: str, wanted: WantedCall) -> PlacedCall:
        """Have a number called, at most once for each ``call_id``. ``number`` in E.164. Never raises."""
        ...

    def hang_up(self, contact_id: str) -> None:
        """End a call that rings or goes on. One that has ended is no error. Never raises."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCallDecision:
    """What was decided by the keys of a call. ``state`` is APPROVED or DENIED, ``reason`` why it is not APPROVED."""

    login_id: str
    user_id: str
    phone_id: str
    contact_id: str
    state: TransactionState
    reason: RejectReason | None
    at: float


class CallStore(Protocol):
    """Calls of logins, on the item of the waiting login (T#login id / STATE), and calls that prove a number
    (T#call id / CALL)."""

    def note_contact(self, login_id: str, contact_id: str) -> None:
        """Which call is this login's, once. Raises ConditionRefusedError if one is known, or no such login waits."""
        ...

    def decide_by_call(self, decision: StoredCallDecision, phones: Sequence[VerifiedPhone]) -> None:
        """PENDING to what was decided, in one write with the check that the user is active and still has exactly these
        phones. Raises ConditionRefusedError if the login is not pending any more, its time is over, the call is not
        its own, or that check fails: read then to learn which."""
        ...

    def put_number_call(self, call: NumberCall) -> None:
        """Raises ConditionRefusedError if there is one of that id."""
        ...

    def note_number_contact(self, call_id: str, contact_id: str) -> None:
        """As ``note_contact``."""
        ...

    def number_call(self, call_id: str) -> NumberCall | None:
        """Strongly consistent."""
        ...
