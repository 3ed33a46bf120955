"""What is remembered of a user's prompts and calls, and whether there may be one more of either.

One prompt is open at a time, and they are rationed (``ration``). That heals by itself; only a reported prompt mutes
push until somebody lifts it.

Another packet belongs to a prompt only by its join tag (client, user, text, address) and at a moment when that client
would send it again. So a retry never rings twice, and nobody else rides on the approval. The same packet belongs to its
prompt as long as it may come again, and to none after that: a copy that somebody kept is worth nothing.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from mfa.domain.login_transactions import LoginTransaction, TransactionState
from mfa.domain.ration import Ration, given_back, is_spent, lately, renewed, spent_once_more
from mfa.domain.reasons import RejectReason

NUMBERS: Final = 5  # the last ones typed, which are not taken again
SERVERS: Final = 2  # how many edges a client may send each of its packets to
_NOBODY_WAS_DISTURBED: Final = frozenset(
    {
        RejectReason.PUSH_UNAVAILABLE,
        RejectReason.CALL_UNAVAILABLE,
        RejectReason.CALL_FAILED,
        RejectReason.CALL_CAPPED,
        RejectReason.CALL_BUDGET_SPENT,
        RejectReason.CALL_COUNTRY_REFUSED,
        RejectReason.NO_PHONE,
    }
)
EARLY_SECONDS: Final = 0.5  # how much before its timeout a client's retry may come


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPush:
    """The last prompt, whether or not it still waits: its transaction tells. ``join_tag`` is the same for all packets
    that belong to it. ``opened_at`` is when it began, ``newest_packet_at`` when the last of its packets came;
    ``joined`` counts those that joined. Times in Unix seconds."""

    login_id: str
    client: str
    join_tag: bytes = field(repr=False)
    opened_at: float
    expires_at: float
    newest_packet_at: float
    joined: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PushLedger:
    """``version`` counts the writes, 0 before the first. ``prompts`` are the times of the last ones since the last
    success, newest last; ``unanswered`` counts all of these. ``successes`` is the hot item's count when the last one
    was sent. ``numbers`` are keyed digests of the last ones typed."""

    user_id: str
    version: int = 0
    last: OpenPush | None = None
    prompts: tuple[float, ...] = ()
    unanswered: int = 0
    successes: int = 0
    numbers: tuple[bytes, ...] = field(default=(), repr=False)
    muted_at: int | None = None

    @property
    def ration(self) -> Ration:
        return Ration(times=self.prompts, unanswered=self.unanswered, successes=self.successes)


@dataclass(frozen=True, slots=True, kw_only=True)
class PushRequest:
    """A packet that asks for a prompt, and ``came_at`` its edge: before ``now``, most of all where a function had to be
    started. ``timeout_seconds``, ``retries`` and ``window_seconds`` (how long a packet may
    come again) are its client's, ``successes`` the hot item's count. ``number`` is a keyed digest, None if none was
    typed."""

    login_id: str
    client: str
    join_tag: bytes = field(repr=False)
    came_at: float
    now: float
    expires_at: float
    number: bytes | None = field(default=None, repr=False)
    successes: int
    timeout_seconds: int
    retries: int
    window_seconds: int


@dataclass(frozen=True, slots=True)
class Admitted:
    """The prompt ``login_id`` is this packet's: a new one, its own, or one that it joins; ``expires_at`` is that
    prompt's end. ``ledger`` is to be saved before anything else is done; None if nothing changes."""

    login_id: str
    expires_at: float
    ledger: PushLedger | None


def admit(
    ledger: PushLedger, last: LoginTransaction | None, request: PushRequest, *, had_prompt: bool = False
) -> Admitted | RejectReason:
    """``last`` is the transaction of ``ledger.last``; None if there is none, or it was not written (yet).
    ``had_prompt`` tells that a prompt of this very packet was begun before."""
    opened = ledger.last
    if ledger.muted_at is not None:
        return RejectReason.PUSH_MUTED
    if opened is not None and opened.login_id == request.login_id:
        is_still_its = _in_its_window(opened, request)
        return Admitted(opened.login_id, opened.expires_at, None) if is_still_its else RejectReason.PUSH_ENDED
    if had_prompt:  # and there was another one since
        return RejectReason.PUSH_ENDED
    if opened is not None and _belongs(opened, request):
        return _joined(ledger, opened, last, request)
    if opened is not None and _is_open(opened, last, request.now):
        return RejectReason.PUSH_OPEN
    return _new(ledger, last, request)


def prompts_lately(ledger: PushLedger, now: float) -> int:
    return len(lately(ledger.prompts, now))


def _belongs(opened: OpenPush, request: PushRequest) -> bool:
    """All that a client sends for one login comes within the window that begins with its first packet."""
    is_same = (opened.client, opened.join_tag) == (request.client, request.join_tag)
    return is_same and _in_its_window(opened, request)


def _in_its_window(opened: OpenPush, request: PushRequest) -> bool:
    return request.now < opened.opened_at + request.window_seconds


def _joined(
    ledger: PushLedger, opened: OpenPush, last: LoginTransaction | None, request: PushRequest
) -> Admitted | RejectReason:
    """A client sends again when its timeout is over, to each of its servers. Who comes earlier or more often is
    somebody else."""
    is_open = _is_open(opened, last, request.now)
    if not is_open and not _waits_to_be_told(last):
        return RejectReason.PUSH_ENDED
    too_early = request.came_at < opened.newest_packet_at + request.timeout_seconds - EARLY_SECONDS
    if too_early or opened.joined >= request.retries * SERVERS:
        return RejectReason.PUSH_OPEN if is_open else RejectReason.PUSH_ENDED
    opened = replace(opened, newest_packet_at=request.came_at, joined=opened.joined + 1)
    return Admitted(opened.login_id, opened.expires_at, replace(ledger, last=opened))


def _is_open(opened: OpenPush, last: LoginTransaction | None, now: float) -> bool:
    return now < opened.expires_at and (last is None or last.state is TransactionState.PENDING)


def _waits_to_be_told(last: LoginTransaction | None) -> bool:
    """Approved, and no edge has heard of it: the one that asked is gone, and its client comes to another."""
    return last is not None and last.state is TransactionState.APPROVED and last.told_at is None


def _left_of(ledger: PushLedger, last: LoginTransaction | None, request: PushRequest) -> Ration:
    """An approval is a success, too; and a prompt that could not be sent is not held against anybody."""
    approved = last is not None and last.state is TransactionState.APPROVED
    ration = renewed(ledger.ration, request.successes, request.now, answered=approved)
    was_sent = last is None or last.reason not in _NOBODY_WAS_DISTURBED
    return ration if was_sent else given_back(ration)


def _new(ledger: PushLedger, last: LoginTransaction | None, request: PushRequest) -> Admitted | RejectReason:
    ration = _left_of(ledger, last, request)
    if is_spent(ration, request.now):
        return RejectReason.PUSH_RATIONED
    if request.number is not None and request.number in ledger.numbers:
        return RejectReason.NUMBER_REUSED
    opened = OpenPush(
        login_id=request.login_id,
        client=request.client,
        join_tag=request.join_tag,
        opened_at=request.now,
        expires_at=request.expires_at,
        newest_packet_at=request.came_at,
    )
    numbers = ledger.numbers if request.number is None else (*ledger.numbers, request.number)[-NUMBERS:]
    ration = spent_once_more(ration, request.successes, request.now)
    return Admitted(
        request.login_id,
        request.expires_at,
        replace(
            ledger,
            last=opened,
            prompts=ration.times,
            unanswered=ration.unanswered,
            successes=ration.successes,
            numbers=numbers,
        ),
    )
