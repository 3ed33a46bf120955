"""One packet, one answer: what is remembered of the last logins of a subscriber, and for how long."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mfa.contract.credentials import Credential
from mfa.contract.fields import encode_object
from mfa.domain.factors import CodeFactors, RecentLogin, RecentOutcome, SubscriberState
from mfa.domain.reasons import RejectReason
from mfa.domain.throttle import GateState, gate_state

MAX_RECENT: Final = 4  # finished logins kept: the two servers of a directory, twice
MAX_REPLAY_WINDOW_SECONDS: Final = 60  # the longest window that any client has


@dataclass(frozen=True, slots=True)
class StoredOutcome:
    """How this very packet was decided before. ``reason`` is None for an Accept."""

    reason: RejectReason | None


@dataclass(frozen=True, slots=True)
class StoredChallenge:
    """This very packet was answered with an Access-Challenge. ``at`` in Unix seconds."""

    at: int


@dataclass(frozen=True, slots=True)
class StoredPrompt:
    """This very packet waits, or waited, for the prompt of that login."""

    login_id: str


class NextStep(StrEnum):
    """What to do after a reservation was refused for no reason that ends the login."""

    RESERVE = "reserve"
    RESERVE_PAST_GATE = "reserve_past_gate"
    CHECK = "check"  # this packet is reserved already: check it without counting it again


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """What makes two requests the same packet, and how long it may come again."""

    login_id: str
    fingerprint: bytes
    window_seconds: int


def fingerprint_input(login_id: str, client: str, credential: Credential) -> bytes:
    """What is digested to tell whether a login id came back with the credential it had. Unambiguous: no part but the
    last can hold a NUL, and a credential has one spelling."""
    return b"\0".join((login_id.encode(), client.replace("\0", "").encode(), encode_object(credential.to_message())))


type Explanation = RejectReason | StoredOutcome | StoredChallenge | StoredPrompt | NextStep


def explain_refusal(item: CodeFactors | None, packet: Packet, now: float) -> Explanation:
    """Why no attempt could be reserved, read off the item."""
    if item is None:
        return RejectReason.UNKNOWN_USER
    if item.state is not SubscriberState.ACTIVE:
        return RejectReason.DISABLED
    known = item.recent.get(packet.login_id)
    if known is not None:
        return known_packet(known, packet, now)
    return _AT_THE_GATE[gate_state(item.throttle, now)]


_AT_THE_GATE: Final[Mapping[GateState, RejectReason | NextStep]] = {
    GateState.OPEN: NextStep.RESERVE,
    GateState.LOCK_EXPIRED: NextStep.RESERVE_PAST_GATE,
    GateState.LOCKED: RejectReason.LOCKED,
    GateState.LOCKED_HARD: RejectReason.LOCKED_HARD,
}


def known_packet(known: RecentLogin, packet: Packet, now: float) -> Explanation:
    if known.fingerprint != packet.fingerprint:
        return RejectReason.LOGIN_ID_REUSED
    if now - known.at > packet.window_seconds:
        return RejectReason.REPLAY_EXPIRED
    return _what_it_became(known)


def _what_it_became(known: RecentLogin) -> Explanation:
    match known.outcome:
        case RecentOutcome.CHECKING:
            return NextStep.CHECK
        case RecentOutcome.ACCEPT:
            return StoredOutcome(None)
        case RecentOutcome.CHALLENGE:
            return StoredChallenge(known.at)
        case RecentOutcome.PENDING if known.prompt is not None:
            return StoredPrompt(known.prompt)
        case _:
            return StoredOutcome(RejectReason(known.reason or RejectReason.WRONG_CODE))


def login_ids_to_forget(recent: Mapping[str, RecentLogin], keep: str, now: float) -> tuple[str, ...]:
    """All that nobody may ask for any more, and of the finished rest the oldest, so that few are kept.

    A login that is being checked is kept while its packet may come again: forgotten, it would cost a second try.
    """
    others = {login_id: login for login_id, login in recent.items() if login_id != keep}
    expired = [login_id for login_id, login in others.items() if now - login.at > MAX_REPLAY_WINDOW_SECONDS]
    finished = [
        login_id
        for login_id, login in sorted(others.items(), key=lambda item: item[1].at)
        if login_id not in expired and login.outcome is not RecentOutcome.CHECKING
    ]
    surplus = len(others) - len(expired) - (MAX_RECENT - 1)
    return (*expired, *finished[: max(0, surplus)])
