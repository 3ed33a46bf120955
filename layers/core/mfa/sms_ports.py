"""What codes by message need from outside, beside ``ports``: a login with another code loads none of it.

As there: adapters implement these, fakes do too, and both pass the same contract suite. Every method may raise
UnavailableError; other errors are named.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from mfa.domain.factors import CodeFactors
from mfa.domain.phones import PhoneNumber, PhoneWay, VerifiedPhone
from mfa.domain.sealing import Sealed
from mfa.domain.sent_codes import SentCode
from mfa.domain.sms_caps import Cap
from mfa.domain.sms_ledger import SmsLedger


class SmsStore(Protocol):
    """What is remembered of a user's messages (U#id / SMS), the codes that were sent (in the hot item), and how many
    messages there were in all (R#sms#…)."""

    def read(self, user_id: str) -> SmsLedger:
        """Strongly consistent. One that was never saved is empty, with version 0."""
        ...

    def save(self, ledger: SmsLedger) -> None:
        """Write it as the next version. Raises ConditionRefusedError if another version than ``ledger.version`` is
        stored."""
        ...

    def hold(self, user_id: str, code: SentCode, replaces: Sequence[str]) -> None:
        """Keep a code in place of those. Raises ConditionRefusedError if the user is not active or never had a phone,
        one of that id is kept already, one of those is not, or there would be more than MAX_SENT_CODES."""
        ...

    def void(self, user_id: str, code_id: str) -> None:
        """It counts no more. Again is no error."""
        ...

    def count(self, cap: Cap) -> int:
        """Count one more message; return how many there are by now. Raises ConditionRefusedError if the limit is
        reached."""
        ...


class SmsResult(StrEnum):
    """What became of a message, as far as the provider tells at once. Taken is not delivered."""

    TAKEN = "taken"
    UNKNOWN = "unknown"  # no answer in time: it may have been taken
    OPTED_OUT = "opted_out"  # the owner of the number has said STOP
    SANDBOX = "sandbox"  # this account sends to numbers only that were verified beforehand
    SPEND_LIMIT = "spend_limit"  # of the account's month
    THROTTLED = "throttled"
    NUMBER_REFUSED = "number_refused"
    NOT_AUTHORISED = "not_authorised"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsDelivery:
    """``message_id`` is the provider's. ``detail`` is for the log, without number and text."""

    result: SmsResult
    message_id: str | None = None
    detail: str = ""


class SmsSender(Protocol):
    def send(self, number: str, text: str) -> SmsDelivery:
        """Hand one message to the provider, at most once. ``number`` in E.164. Never raises."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsAccount:
    """What the provider says of this account. None is what it did not tell; ``faults`` say why, by what was asked.
    ``monthly_limit`` in US dollars. ``is_opted_out`` is about the number that was asked for."""

    region: str
    is_in_sandbox: bool | None = None
    monthly_limit: float | None = None
    default_sender_id: str | None = None
    origination_numbers: tuple[str, ...] | None = None
    is_opted_out: bool | None = None
    faults: tuple[str, ...] = ()


class SmsProvider(Protocol):
    def look(self, number: str | None) -> SmsAccount:
        """Never raises."""
        ...


class PhoneNumberReader(Protocol):
    def read(self, text: str) -> PhoneNumber | None:
        """A number in international form (``+49 …``); None if it is none that anybody could have."""
        ...


class SmsEvent(StrEnum):
    """What happens to messages and calls, beside the decision of a login. A call is taken once it is placed."""

    TAKEN = "taken"
    UNCONFIRMED = "unconfirmed"
    FAILED = "sms_failed"
    CALL_FAILED = "call_failed"
    RATIONED = "rationed"
    CAPPED = "capped"
    DAY_NEARLY_SPENT = "day_nearly_spent"
    DAY_SPENT = "day_spent"  # the breaker: no more messages until the next day (UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsNote:
    """For the log. ``login_id`` is None at enrolment. ``detail`` holds no secret; ``number`` is masked, ``message_id``
    how the provider knows the message or the call."""

    event: SmsEvent
    login_id: str | None
    user_id: str
    number: str = ""
    client: str = ""
    message_id: str | None = None
    detail: str = ""

    @property
    def is_alarm(self) -> bool:
        return self.event in {SmsEvent.DAY_NEARLY_SPENT, SmsEvent.DAY_SPENT}


class SmsTrail(Protocol):
    def noted(self, note: SmsNote) -> None:
        """Never raises."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingPhone:
    """A number that waits for the code which was sent to it, or is spoken in a call (U#id / PHONE). Both are sealed.
    ``phone_id`` may be that of a number which counts already, but is reached another way."""

    user_id: str
    phone_id: str
    name: str
    number: Sealed
    region: str
    code: Sealed = field(repr=False)
    expires_at: int
    tries: int = 0
    way: PhoneWay = PhoneWay.MESSAGE


class PhoneStore(Protocol):
    """The numbers of a user: those that count stand in the hot item, in order; one more may wait."""

    def put_pending(self, pending: PendingPhone) -> None:
        """In place of the one that waited. Raises ConditionRefusedError if the user is not active."""
        ...

    def pending(self, user_id: str) -> PendingPhone | None:
        """Strongly consistent."""
        ...

    def charge(self, user_id: str, phone_id: str, now: int, most: int) -> PendingPhone:
        """Count one try to confirm it; return it as it is after that. Raises ConditionRefusedError if no such number
        waits, its time is over, or it had ``most`` tries."""
        ...

    def confirm(self, phone: VerifiedPhone, seen: CodeFactors) -> None:
        """It counts, in its place or else behind the others, and waits no more. Raises ConditionRefusedError if it does
        not wait, the user is not active, or has other phones than ``seen`` has."""
        ...

    def replace(self, seen: CodeFactors, phones: Sequence[VerifiedPhone]) -> None:
        """Raises ConditionRefusedError if the user has other phones than ``seen`` has, or is gone."""
        ...
