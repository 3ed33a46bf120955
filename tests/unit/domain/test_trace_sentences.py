"""Every receipt is a sentence that somebody who helps can read out."""

import pytest

from mfa.domain.reasons import RejectReason
from mfa.domain.trace_sentences import CHANGES, WHY, sentence
from mfa.domain.typed_text import FactorWord
from mfa.services.enrollment_events import SubscriberEvent

REJECTED = {
    "kind": "login",
    "login_id": "3fAAAAAAAAAAAAAAAAAAAA",
    "username": "alice",
    "client": "vpn",
    "source_ip": "10.0.1.5",
    "outcome": "reject",
    "reason": "code_used",
    "typed": "code",
}


def test_a_reject_says_who_did_what_where_and_why_it_was_none() -> None:
    assert sentence(REJECTED) == (
        "alice typed a code at vpn from 10.0.1.5: rejected, the code had been used before (login 3fAAAAAAAAAA)"
    )


@pytest.mark.parametrize("reason", RejectReason)
def test_every_reason_has_its_words(reason: RejectReason) -> None:
    told = sentence({**REJECTED, "reason": reason.value})
    assert f": rejected, {WHY[reason]} (login" in told
    assert reason.value not in told or "_" not in reason.value


@pytest.mark.parametrize("event", SubscriberEvent)
def test_every_change_of_a_user_has_its_words(event: SubscriberEvent) -> None:
    by_user = {"kind": "change", "event": event.value, "actor": "subscriber"}
    assert sentence(by_user) == CHANGES[event]
    assert sentence({**by_user, "actor": "arn:admin"}) == f"{CHANGES[event]} by arn:admin"


def test_no_two_reasons_are_told_alike() -> None:
    assert len(set(WHY.values())) == len(RejectReason)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"outcome": "accept"}, "alice typed a code at vpn from 10.0.1.5: let in (login"),
        (
            {"outcome": "pending", "typed": "push"},
            "typed the word push at vpn from 10.0.1.5: the phone was asked (login",
        ),
        ({"outcome": "challenge", "typed": "password"}, "typed a password at vpn"),
        ({"typed": "password+code"}, "typed a password and a code at vpn"),
        ({"typed": "nothing"}, "asked for a factor without naming one at vpn"),
        ({"typed": None}, "alice tried to log in at vpn"),
        ({"typed": None, "prompt": "3f", "reason": "expired"}, "alice waited for the phone at vpn"),
        ({"calling_station": "203.0.113.9"}, "from 203.0.113.9: "),
        ({"outcome": "forward", "upstream": "old-nps"}, "left to old-nps"),
        ({"outcome": "accept", "exemption": "cleaners"}, "let in without a second factor, by the exemption cleaners"),
        ({"outcome": "accept", "rule": "unenrolled"}, "let in without a second factor, as one who has none"),
        ({"reason": "wrong_code", "locks": True}, "the code was wrong; the user is locked now"),
        ({"replayed": True}, "the code had been used before, as before to the same packet"),
        ({"reason": "unavailable", "fault": "KMS cannot be reached"}, "did not answer (KMS cannot be reached)"),
        ({"late": True}, "(login 3fAAAAAAAAAA), recorded late"),
        ({"client": "portal", "typed": None}, "alice tried to log in at the portal from 10.0.1.5: rejected"),
        (
            {"client": "portal-code-test", "typed": None, "outcome": "accept"},
            "alice tested a code in the portal from 10.0.1.5: it was right (login",
        ),
        (
            {"client": "portal-code-test", "typed": None, "reason": "wrong_code"},
            "alice tested a code in the portal from 10.0.1.5: rejected, the code was wrong (login",
        ),
        ({"reason": "of_a_later_version"}, "rejected, of_a_later_version"),
    ],
)
def test_what_else_is_known_is_told(facts: dict[str, object], words: str) -> None:
    assert words in sentence({**REJECTED, **facts})


@pytest.mark.parametrize("word", FactorWord)
def test_every_word_that_can_be_typed_has_a_name(word: FactorWord) -> None:
    assert f"typed {word.value} " not in sentence({**REJECTED, "typed": word.value})


@pytest.mark.parametrize(
    "facts", [{}, {"kind": "login"}, {"kind": "change"}, {"kind": "change", "event": "unheard_of"}]
)
def test_whatever_a_receipt_holds_there_is_a_sentence(facts: dict[str, object]) -> None:
    assert sentence(facts)
