"""What is remembered of a user's messages, and whether there may be one more.

The packet that asked for the last one is remembered: the same packet never sends a second message, nor does another
packet of the same login (client, user, text, address) while its client may still send it again.
"""

from dataclasses import dataclass, field, replace

from mfa.domain.ration import NOTHING_SPENT, Ration, is_spent, renewed, spent_once_more
from mfa.domain.reasons import RejectReason


@dataclass(frozen=True, slots=True, kw_only=True)
class LastMessage:
    """``tag`` is the same for all packets of one login. ``at`` in Unix seconds."""

    login_id: str
    client: str
    tag: bytes = field(repr=False)
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsLedger:
    """``version`` counts the writes, 0 before the first."""

    user_id: str
    version: int = 0
    last: LastMessage | None = None
    ration: Ration = NOTHING_SPENT


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsRequest:
    """A packet that asks for a message. ``window_seconds`` is how long its client may send it again, 0 for what is no
    login. ``successes`` is the hot item's count; None if no success renews the ration for it."""

    login_id: str
    client: str
    tag: bytes = field(repr=False)
    now: float
    successes: int | None
    window_seconds: int


def admit(ledger: SmsLedger, request: SmsRequest) -> SmsLedger | RejectReason:
    """The ledger to be saved before anything is sent, or why nothing is."""
    last = ledger.last
    if last is not None and last.login_id == request.login_id:
        return RejectReason.SMS_ASKED_BEFORE
    if last is not None and _belongs(last, ledger, request):
        return RejectReason.SMS_SENT_BEFORE
    successes = ledger.ration.successes if request.successes is None else request.successes
    ration = renewed(ledger.ration, successes, request.now)
    if is_spent(ration, request.now):
        return RejectReason.SMS_RATIONED
    return replace(ledger, last=_last(ledger, request), ration=spent_once_more(ration, successes, request.now))


def _last(ledger: SmsLedger, request: SmsRequest) -> LastMessage | None:
    """What is no login leaves it: the login before may still be sent again."""
    if request.window_seconds == 0:
        return ledger.last
    return LastMessage(login_id=request.login_id, client=request.client, tag=request.tag, at=request.now)


def _belongs(last: LastMessage, ledger: SmsLedger, request: SmsRequest) -> bool:
    is_same = (last.client, last.tag, ledger.ration.successes) == (request.client, request.tag, request.successes)
    return is_same and request.now < last.at + request.window_seconds
