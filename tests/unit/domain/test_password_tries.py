"""What is remembered of the passwords that were sent for one account."""

from mfa.contract.directory import DirectoryResult
from mfa.domain.login_replay import MAX_REPLAY_WINDOW_SECONDS
from mfa.domain.password_tries import (
    MAX_RECENT_TRIES,
    KnownWrongPassword,
    PasswordTries,
    PasswordTry,
    known_wrong_under,
    others_asking,
    tries_to_forget,
)

HALF_AN_HOUR = 1800


def tries(*known_wrong: KnownWrongPassword) -> PasswordTries:
    return PasswordTries(spent=0, since=0, recent={}, known_wrong=known_wrong)


def wrong(digest: bytes, password_last_set: int, at: int) -> KnownWrongPassword:
    return KnownWrongPassword(digest=digest, password_last_set=password_last_set, at=at)


def test_only_this_password_counts_as_known_wrong_and_only_for_its_time() -> None:
    item = tries(wrong(b"this", 7, 1000), wrong(b"other", 8, 1000), wrong(b"this", 9, 5000))
    assert known_wrong_under(item, b"this", 1000 + HALF_AN_HOUR, HALF_AN_HOUR) == (7, 9)
    assert known_wrong_under(item, b"this", 1001 + HALF_AN_HOUR, HALF_AN_HOUR) == (9,)
    assert known_wrong_under(item, b"unknown", 1000, HALF_AN_HOUR) == ()


def test_others_are_asking_until_their_end_is_known_or_their_packet_cannot_come_again() -> None:
    asking = PasswordTry(result=None, at=1000)
    ended = PasswordTry(result=DirectoryResult.PASSWORD_WRONG, at=1000)
    item = PasswordTries(spent=4, since=1000, recent={"own": asking, "a": asking, "b": ended, "c": asking})
    assert others_asking(item, "own", 1000 + MAX_REPLAY_WINDOW_SECONDS) == 2
    assert others_asking(item, "own", 1001 + MAX_REPLAY_WINDOW_SECONDS) == 0


def test_the_oldest_tries_are_forgotten_so_that_few_are_kept() -> None:
    recent = {f"p{number}": PasswordTry(result=DirectoryResult.PASSWORD_RIGHT, at=number) for number in range(12)}
    forgotten = tries_to_forget(recent, "p0", 20)
    assert forgotten == ("p1", "p2", "p3", "p4")
    assert len(recent) - len(forgotten) == MAX_RECENT_TRIES
    assert tries_to_forget({"p0": recent["p0"]}, "p0", 20) == ()


def test_a_try_that_is_being_asked_about_is_kept_while_its_packet_may_come_again() -> None:
    recent = {f"p{number}": PasswordTry(result=None, at=100) for number in range(12)}
    assert tries_to_forget(recent, "p0", 100 + MAX_REPLAY_WINDOW_SECONDS) == ()
    assert len(tries_to_forget(recent, "p0", 101 + MAX_REPLAY_WINDOW_SECONDS)) == 4


def test_a_digest_does_not_show() -> None:
    assert "secret" not in repr(wrong(b"secret", 7, 1000))
