"""The same packet gets the same answer, for as long as its client may send it again."""

import pytest

from mfa.contract import PapCredential
from mfa.domain import throttle
from mfa.domain.factors import CodeFactors, RecentLogin, RecentOutcome, SubscriberState, Throttle
from mfa.domain.login_replay import (
    MAX_RECENT,
    NextStep,
    Packet,
    StoredChallenge,
    StoredOutcome,
    explain_refusal,
    fingerprint_input,
    login_ids_to_forget,
)
from mfa.domain.reasons import RejectReason

PACKET = Packet(login_id="p", fingerprint=b"f", window_seconds=15)


def recent(outcome: RecentOutcome, at: int = 1000, reason: str | None = None, fingerprint: bytes = b"f") -> RecentLogin:
    return RecentLogin(outcome=outcome, reason=reason, fingerprint=fingerprint, at=at)


def item(known: RecentLogin | None = None, *, tries: int = 0, gate: int = 10, state: str = "active") -> CodeFactors:
    return CodeFactors(
        user_id="u",
        state=SubscriberState(state),
        throttle=Throttle(tries=tries, gate=gate, last_try_at=1000, successes=0),
        factors={},
        recent={"p": known} if known else {},
    )


ACCEPT, REJECT, CHECKING = RecentOutcome.ACCEPT, RecentOutcome.REJECT, RecentOutcome.CHECKING


@pytest.mark.parametrize(
    ("seen", "explained"),
    [
        (None, RejectReason.UNKNOWN_USER),
        (item(state="disabled"), RejectReason.DISABLED),
        (item(recent(ACCEPT), state="disabled"), RejectReason.DISABLED),
        (item(recent(ACCEPT)), StoredOutcome(None)),
        (item(recent(REJECT, reason="code_used")), StoredOutcome(RejectReason.CODE_USED)),
        (item(recent(RecentOutcome.CHALLENGE, at=990)), StoredChallenge(990)),
        (item(recent(RecentOutcome.CHALLENGE, at=984)), RejectReason.REPLAY_EXPIRED),
        (item(recent(CHECKING)), NextStep.CHECK),
        (item(recent(CHECKING), tries=10), NextStep.CHECK),  # it was paid for before the gate was reached
        (item(recent(ACCEPT, fingerprint=b"g")), RejectReason.LOGIN_ID_REUSED),
        (item(recent(ACCEPT, at=984)), RejectReason.REPLAY_EXPIRED),
        (item(recent(ACCEPT, at=985)), StoredOutcome(None)),
        (item(), NextStep.RESERVE),
        (item(tries=10), RejectReason.LOCKED),
        (item(tries=100, gate=100), RejectReason.LOCKED_HARD),
    ],
)
def test_why_no_try_could_be_reserved(seen: CodeFactors | None, explained: object) -> None:
    assert explain_refusal(seen, PACKET, 1000) == explained


def test_a_lock_that_ran_out_lets_one_past_the_gate() -> None:
    assert explain_refusal(item(tries=10), PACKET, 1060) is NextStep.RESERVE_PAST_GATE


def test_old_and_surplus_logins_are_forgotten_but_none_that_is_being_checked() -> None:
    logins = {
        "expired": recent(CHECKING, at=900),
        "oldest": recent(ACCEPT, at=970),
        "older": recent(REJECT, at=980),
        "checked": recent(CHECKING, at=960),
        "newer": recent(REJECT, at=990),
        "own": recent(CHECKING, at=1000),
    }
    assert login_ids_to_forget(logins, "own", 1000) == ("expired", "oldest")
    kept = len(logins) - 2
    assert kept == MAX_RECENT


def test_one_is_never_forgotten_by_itself() -> None:
    assert login_ids_to_forget({"own": recent(CHECKING, at=0)}, "own", 1000) == ()


def test_fingerprints_tell_client_and_text_apart() -> None:
    assert fingerprint_input("i", "a", PapCredential("bc")) != fingerprint_input("i", "ab", PapCredential("c"))
    assert fingerprint_input("i", "a", PapCredential("\0b")) != fingerprint_input("i", "a\0", PapCredential("b"))


def test_a_new_subscriber_has_an_open_gate() -> None:
    assert throttle.gate_state(throttle.FRESH, 0) is throttle.GateState.OPEN
