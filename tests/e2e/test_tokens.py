"""A hardware token on the deployed stack: imported by the command, given to a user, and used through radclient."""

import secrets
from pathlib import Path

import pyotp
import pytest

from local.credentials import AwsCredentials
from local.up import Gatehouse
from mfa.domain.throttle import GATE_STEP
from tests.e2e.conftest import User
from tests.e2e.logs import everything_logged, once, records
from tests.e2e.radclient import Login, Reply, log_in
from tests.e2e.test_command import Command

pytestmark = [pytest.mark.e2e, pytest.mark.radclient]


@pytest.fixture(scope="module")
def command(gatehouse: Gatehouse, administrator: AwsCredentials) -> Command:
    return Command(gatehouse, administrator)


class Token:
    """A token with a button, in the hands of that user."""

    def __init__(self, user: User) -> None:
        self.serial = f"E2E-{secrets.token_hex(4)}".upper()
        self.user = user
        self.hotp = pyotp.HOTP(pyotp.random_base32())

    def code(self, counter: int) -> str:
        return self.hotp.at(counter)

    def types(self, counter: int) -> Reply:
        return self.types_code(self.code(counter))

    def types_code(self, code: str) -> Reply:
        reply = log_in(self.user.gatehouse.edges[0], Login(self.user.name, code))
        assert reply is not None
        return reply


@pytest.fixture
def token(command: Command, user: User, tmp_path: Path) -> Token:
    made = Token(user)
    file = tmp_path / "tokens.csv"
    file.write_text(f"serial,type,seed_base32,username\n{made.serial},hotp,{made.hotp.secret},{user.name}\n")
    status, told = command("token", "import", str(file))
    assert status == 0, told
    assert [(one["result"], one["assigned_to"]) for one in told["tokens"]] == [("imported", user.name)]
    return made


def test_each_code_of_a_token_opens_once_and_only_forward(token: Token) -> None:
    assert token.types(0).accepted
    assert not token.types(0).accepted
    assert token.types(4).accepted
    for used in (0, 2, 4):
        assert not token.types(used).accepted
    assert token.types(5).accepted
    assert token.user.tries() == 0


def test_a_token_that_was_pressed_often_comes_back_with_the_next_code(token: Token) -> None:
    assert not token.types(30).accepted
    assert not token.types(32).accepted
    assert not token.types(31).accepted
    assert token.user.tries() == 3
    assert token.types(32).accepted
    assert token.user.tries() == 0
    assert not token.types(31).accepted
    decided = once(lambda: records(token.user.gatehouse, token.user.name), 5)
    assert [record["reason"] for record in decided if record["outcome"] == "reject"].count("code_far_off") == 3


def test_c5_wrong_codes_lock_the_user_out_of_all_factors(token: Token) -> None:
    """Some belong to no counter, some to counters too far off; no two of these follow each other."""
    far_off = range(30, 30 + GATE_STEP, 2)
    wrong = token.user.wrong_codes(GATE_STEP - len(far_off))
    guesses = [*wrong, *map(token.code, far_off)]
    assert not any(token.types_code(code).accepted for code in guesses)
    assert not token.types(0).accepted
    assert not token.types_code(token.user.code()).accepted
    expected = [*["wrong_code"] * len(wrong), *["code_far_off"] * len(far_off), "locked", "locked"]
    decided = once(lambda: records(token.user.gatehouse, token.user.name), len(expected))
    assert [one["reason"] for one in sorted(decided, key=lambda one: str(one["timestamp"]))] == expected
    assert token.user.tries() == GATE_STEP
    token.user.end_lock()
    assert token.types(0).accepted


def test_an_administrator_brings_a_token_back_and_takes_it_away(command: Command, token: Token) -> None:
    assert command("token", "resync", token.serial, token.code(60), token.code(62))[0] == 1
    assert command("token", "resync", token.serial, token.code(60), token.code(61))[0] == 0
    assert not token.types(61).accepted
    assert token.types(62).accepted
    status, told = command("token", "unassign", token.serial)
    assert (status, told["owner"]) == (0, None)
    assert not token.types(63).accepted
    assert command("token", "assign", token.serial, token.user.name)[0] == 0
    assert not token.types(62).accepted
    assert token.types(63).accepted


def test_no_seed_and_no_code_of_a_token_is_logged(token: Token) -> None:
    assert token.types(0).accepted
    assert once(lambda: records(token.user.gatehouse, token.user.name), 1)
    logged = everything_logged(token.user.gatehouse)
    for secret in (token.hotp.secret, token.hotp.byte_secret().hex()):
        assert secret not in logged
