"""Logins by a RADIUS client that nobody here wrote."""

import pytest

from local.up import Gatehouse
from tests.e2e.conftest import MakeUsers, User
from tests.e2e.radclient import Login, log_in, log_in_all

pytestmark = [pytest.mark.e2e, pytest.mark.radclient]
LIMIT = 10  # wrong codes until the first lock
GUESSES = 50


def test_a_right_code_is_accepted_with_a_valid_message_authenticator(gatehouse: Gatehouse, user: User) -> None:
    reply = log_in(gatehouse.edges[0], Login(user.name, user.code()))
    assert reply
    assert reply.accepted
    assert reply.has_message_authenticator


def test_a_used_code_is_rejected_in_a_new_packet_at_either_edge(gatehouse: Gatehouse, user: User) -> None:
    login = Login(user.name, user.code())
    first = log_in(gatehouse.edges[0], login)
    again = [log_in(edge, login) for edge in gatehouse.edges]
    assert first
    assert first.accepted
    assert [reply.code if reply else None for reply in again] == ["Access-Reject", "Access-Reject"]
    assert user.tries() == 0, "a used code is no guess"


def test_a_wrong_code_is_rejected_and_counted(gatehouse: Gatehouse, user: User) -> None:
    reply = log_in(gatehouse.edges[0], Login(user.name, user.wrong_codes(1)[0]))
    assert reply
    assert reply.code == "Access-Reject"
    assert reply.has_message_authenticator
    assert user.tries() == 1


def test_an_unknown_user_is_rejected_like_a_wrong_code(gatehouse: Gatehouse, user: User) -> None:
    wrong = log_in(gatehouse.edges[0], Login(user.name, user.wrong_codes(1)[0]))
    unknown = log_in(gatehouse.edges[0], Login("nobody", "123456"))
    assert wrong
    assert unknown
    assert unknown.code == wrong.code
    assert len(unknown.attributes.splitlines()) == len(wrong.attributes.splitlines())


@pytest.mark.parametrize("spelling", ["CORP\\{}", "{}@corp.example.test", "{}@CORP.example.TEST", "corp\\{}"])
def test_every_spelling_of_a_name_is_the_same_user(gatehouse: Gatehouse, user: User, spelling: str) -> None:
    code = user.code()
    reply = log_in(gatehouse.edges[0], Login(spelling.format(user.name.upper()), code))
    assert reply
    assert reply.accepted
    bare = log_in(gatehouse.edges[0], Login(user.name, code))
    assert bare
    assert bare.code == "Access-Reject", "the code is used up under every name"


def test_a_packet_without_message_authenticator_gets_a_reply_with_one(gatehouse: Gatehouse, user: User) -> None:
    """From an address of its own: policy auto demands it of a source once that source has sent a valid one."""
    login = Login(user.name, user.code(), message_authenticator=False, source="127.0.77.1")
    reply = log_in(gatehouse.edges[0], login)
    assert reply
    assert reply.accepted
    assert reply.has_message_authenticator


def test_a_client_with_another_shared_secret_gets_no_answer(gatehouse: Gatehouse, user: User) -> None:
    login = Login(user.name, user.code(), source="127.0.77.2")
    assert log_in(gatehouse.edges[0], login, secret="not-the-shared-secret", seconds=3) is None


def test_many_parallel_guesses_get_exactly_the_limit_of_checks(gatehouse: Gatehouse, user: User) -> None:
    guesses = [Login(user.name, code) for code in user.wrong_codes(GUESSES)]
    replies = log_in_all(gatehouse.edges[0], guesses)
    assert [reply.code if reply else None for reply in replies] == ["Access-Reject"] * GUESSES
    assert user.tries() == LIMIT

    right = log_in(gatehouse.edges[1], Login(user.name, user.code()))
    assert right
    assert right.code == "Access-Reject", "locked: not even the right code counts"
    assert user.tries() == LIMIT, "a locked attempt writes nothing"


def test_a_success_ends_the_count(gatehouse: Gatehouse, make_users: MakeUsers) -> None:
    (user,) = make_users(1)
    log_in_all(gatehouse.edges[0], [Login(user.name, code) for code in user.wrong_codes(LIMIT - 1)])
    assert user.tries() == LIMIT - 1
    reply = log_in(gatehouse.edges[1], Login(user.name, user.code()))
    assert reply
    assert reply.accepted
    assert user.tries() == 0
