"""Logins that a real domain controller has a say in, by radclient through the deployed stack: every state of an
account, every mode, wrong passwords by the dozen, and controllers that hang."""

import re
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import batched
from typing import Any

import pytest

from local import samba_server, seed
from local.demo_world import DemoUser
from local.directory_clients import (
    BY_GROUP,
    CHALLENGE,
    DIRECTORY_USERS,
    PASSWORD_AND_FACTOR,
    PASSWORD_IN_FACTOR_FIELD,
    PASSWORD_THEN_FACTOR,
    directory_user,
)
from local.directory_world import LOCKOUT_THRESHOLD
from local.domain_controller import DomainController
from local.login import password_of
from local.modes import try_modes
from local.ready import with_directory
from local.up import Gatehouse
from mfa.domain.configuration import ClientPolicy
from mfa.domain.directory import DEFAULT_PASSWORD_TRIES
from mfa.domain.reasons import RejectReason
from tests.directory.account_states import EXPECTED, EXPECTED_REASONS
from tests.e2e.conftest import User
from tests.e2e.logs import everything_logged, once, records
from tests.e2e.packets import AccessRequest, ask, open_client
from tests.e2e.radclient import Login, Reply, log_in, log_in_all

pytestmark = [pytest.mark.e2e, pytest.mark.radclient]
BUDGET = DEFAULT_PASSWORD_TRIES
FAST_SECONDS = 1.0
AT_A_TIME = 4  # as many as an edge asks about at once
CLIENT_TIMEOUT = PASSWORD_AND_FACTOR.edge.timeout_seconds
# The users of the demonstration keep their codes for it: one that was used here could be the same half minute's.
ACCOUNTS = [username for username in EXPECTED if not username.startswith("trial")]
REJECTED = [username for username, reason in EXPECTED_REASONS.items() if reason]
NO_REASON = "none"  # as the audit record of an Accept has it


@pytest.fixture(scope="module", autouse=True)
def controllers(gatehouse: Gatehouse) -> Sequence[DomainController]:
    if not gatehouse.controllers:
        pytest.skip(samba_server.missing() or "the set-up runs without a directory")
    return gatehouse.controllers


def known(gatehouse: Gatehouse, username: str) -> User:
    return User(gatehouse, username, directory_user(username).totp_secret)


def password(username: str) -> str:
    return password_of(directory_user(username))


def from_client(
    client: ClientPolicy, username: str, typed: str, state: str | None = None, *, host: int = 1
) -> tuple[Login, str]:
    """The login, and the shared secret that goes with its source address."""
    source = str(client.edge.networks[0][host])
    return Login(username, typed, source=source, state=state), client.edge.secrets[0].decode()


def send(gatehouse: Gatehouse, client: ClientPolicy, username: str, typed: str, state: str | None = None) -> Reply:
    login, secret = from_client(client, username, typed, state)
    reply = log_in(gatehouse.edges[0], login, secret)
    assert reply, f"no genuine reply to {username}"
    return reply


def recorded(gatehouse: Gatehouse, username: str, client: ClientPolicy, count: int = 1) -> list[dict[str, Any]]:
    def look() -> list[dict[str, Any]]:
        return [record for record in records(gatehouse, username) if record["client"] == client.edge.name]

    return once(look, count)


def last_reason(gatehouse: Gatehouse, username: str, client: ClientPolicy, count: int = 1) -> str:
    return str(recorded(gatehouse, username, client, count)[-1]["reason"])


def bad_passwords(controller: DomainController, username: str) -> int:
    return int(controller.accounts([username])[username]["badPwdCount"])


def is_locked(controller: DomainController, username: str) -> bool:
    return int(controller.accounts([username])[username].get("lockoutTime", "0")) != 0


@pytest.fixture
def make_account(gatehouse: Gatehouse) -> Callable[[str], User]:
    """A user here who is nobody in the directory."""

    def make(prefix: str) -> User:
        name = f"{prefix}{secrets.token_hex(6)}"
        seed.users(gatehouse.emulator.url, gatehouse.stack, [DemoUser(name, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")])
        return User(gatehouse, name, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")

    return make


@contextmanager
def hanging(*controllers: DomainController) -> Iterator[None]:
    for controller in controllers:
        controller.pause()
    try:
        yield
    finally:
        for controller in controllers:
            controller.resume()


# ---- every state of an account


@pytest.fixture(scope="module")
def joined_replies(gatehouse: Gatehouse) -> dict[str, Reply | None]:
    """Everybody, each with the right password and the right code."""
    return log_everybody_in(
        gatehouse, PASSWORD_AND_FACTOR, lambda name: f"{password(name)},{known(gatehouse, name).code()}"
    )


@pytest.fixture(scope="module")
def challenges(gatehouse: Gatehouse, joined_replies: dict[str, Reply | None]) -> dict[str, Reply | None]:
    """Everybody once more, with the right password alone."""
    return log_everybody_in(gatehouse, CHALLENGE, password)


def log_everybody_in(
    gatehouse: Gatehouse, client: ClientPolicy, typed: Callable[[str], str]
) -> dict[str, Reply | None]:
    """Some at a time."""
    replies: dict[str, Reply | None] = {}
    for names in batched(ACCOUNTS, AT_A_TIME, strict=False):
        logins = [from_client(client, name, typed(name)) for name in names]
        answers = log_in_all(gatehouse.edges[0], [login for login, _ in logins], logins[0][1])
        replies |= dict(zip(names, answers, strict=True))
    return replies


@pytest.mark.parametrize("username", ACCOUNTS)
def test_password_and_code_of_every_account_are_decided_as_its_state_says(
    gatehouse: Gatehouse, joined_replies: dict[str, Reply | None], username: str
) -> None:
    reply, reason = joined_replies[username], EXPECTED_REASONS[username]
    (record,) = recorded(gatehouse, username, PASSWORD_AND_FACTOR)
    assert (record["outcome"], record["reason"]) == ("reject" if reason else "accept", reason or NO_REASON)
    assert reply
    assert reply.code == ("Access-Reject" if reason else "Access-Accept")
    assert record["directory"] in {controller.host for controller in gatehouse.controllers}


def test_nothing_on_the_wire_tells_why(
    gatehouse: Gatehouse, joined_replies: dict[str, Reply | None], make_account: Callable[[str], User]
) -> None:
    rejects = [reply for username in REJECTED if (reply := joined_replies[username])]
    assert len(rejects) == len(REJECTED)
    stranger = make_account("x")
    rejects += [
        send(gatehouse, PASSWORD_AND_FACTOR, "nobody", "Passw0rd,123456"),
        send(gatehouse, PASSWORD_AND_FACTOR, "alice", f"{password('alice')},000000"),
        send(gatehouse, PASSWORD_AND_FACTOR, "alice", "no code at all"),
        send(gatehouse, PASSWORD_AND_FACTOR, stranger.name, f"Passw0rd,{stranger.code()}"),
    ]
    assert len({reply.without_signature for reply in rejects}) == 1
    assert last_reason(gatehouse, "nobody", PASSWORD_AND_FACTOR) == RejectReason.UNKNOWN_USER
    assert last_reason(gatehouse, stranger.name, PASSWORD_AND_FACTOR) == RejectReason.UNKNOWN_IN_DIRECTORY


@pytest.mark.parametrize("username", ACCOUNTS)
def test_a_challenge_comes_only_after_a_password_that_lets_the_account_in(
    gatehouse: Gatehouse, challenges: dict[str, Reply | None], username: str
) -> None:
    """A password that was wrong at another client a moment ago is not sent again."""
    reply, reason = challenges[username], EXPECTED_REASONS[username]
    assert reply
    assert reply.code == ("Access-Reject" if reason else "Access-Challenge")
    assert (reply.state is None) == (reason is not None)
    if reason:
        known_wrong = RejectReason.PASSWORD_KNOWN_WRONG if reason is RejectReason.PASSWORD_WRONG else reason
        assert last_reason(gatehouse, username, CHALLENGE) == known_wrong


@pytest.mark.parametrize("spelling", ["Henry.Smith@example.com", "CORP\\hsmith", "HSMITH"])
def test_an_account_is_itself_under_all_its_names(gatehouse: Gatehouse, spelling: str) -> None:
    assert send(gatehouse, CHALLENGE, spelling, password("hsmith")).code == "Access-Challenge"


@pytest.mark.parametrize(
    ("username", "role"), [("nested", "staff"), ("primary", "contractors"), ("no-group", None), ("alice", "staff")]
)
def test_groups_decide_by_the_policy(gatehouse: Gatehouse, username: str, role: str | None) -> None:
    """Nested groups count, and so does the primary one, which no ``member`` attribute shows."""
    user = known(gatehouse, username)
    reply = send(gatehouse, BY_GROUP, username, f"{password(username)},{user.code(steps=1)}")
    record = recorded(gatehouse, username, BY_GROUP)[-1]
    assert (reply.code, record.get("rule")) == ("Access-Accept" if role else "Access-Reject", role), record
    assert record["reason"] == (NO_REASON if role else RejectReason.NO_POLICY_MATCHES)
    assert (f'Filter-Id = "{role}"' in reply.attributes) == (role is not None)


# ---- the modes


def test_the_demonstration_shows_a_login_in_each_mode(gatehouse: Gatehouse) -> None:
    try_modes(gatehouse)


def test_the_ready_file_tells_clients_modes_and_passwords(gatehouse: Gatehouse) -> None:
    more: dict[str, Any] = with_directory(gatehouse.controllers)
    modes = {client["mode"] for client in more["radius_clients"]}
    assert modes == {"second_factor", "password_and_factor", "password_then_factor", "challenge"}
    assert more["radius_clients"][0]["name"] == "demo"
    assert [user["username"] for user in more["users"]] == ["alice", "bob", "carol"]
    assert all(user["password"] for user in more["users"])


def test_a_challenge_is_answered_once_by_its_own_user(gatehouse: Gatehouse) -> None:
    carol, bob = known(gatehouse, "carol"), known(gatehouse, "bob")
    state = send(gatehouse, CHALLENGE, "carol", password("carol")).state
    stranger = send(gatehouse, CHALLENGE, "bob", bob.code(steps=1), state)
    assert (stranger.code, last_reason(gatehouse, "bob", CHALLENGE)) == (
        "Access-Reject", RejectReason.STATE_MISMATCH,
    )  # fmt: skip
    code = carol.code(steps=1)
    assert send(gatehouse, CHALLENGE, "carol", code, state).accepted
    again = send(gatehouse, CHALLENGE, "carol", code, state)
    assert (again.code, last_reason(gatehouse, "carol", CHALLENGE, 4)) == ("Access-Reject", RejectReason.STATE_USED)


def test_a_password_may_stand_in_the_factor_field_of_a_client_that_allows_it(gatehouse: Gatehouse) -> None:
    """It is checked, and then there is no push yet that could be sent."""
    reply = send(gatehouse, PASSWORD_IN_FACTOR_FIELD, "alice", password("alice"))
    assert reply.code == "Access-Reject"
    assert last_reason(gatehouse, "alice", PASSWORD_IN_FACTOR_FIELD) == RejectReason.NO_AUTOMATIC_FACTOR


def test_an_exemption_spares_the_second_factor_and_never_the_password(gatehouse: Gatehouse) -> None:
    assert send(gatehouse, PASSWORD_THEN_FACTOR, "exempt", password("exempt")).accepted
    (record,) = recorded(gatehouse, "exempt", PASSWORD_THEN_FACTOR)[-1:]
    assert record["exemption"] == "demonstration"
    assert send(gatehouse, PASSWORD_THEN_FACTOR, "exempt", password("exempt") + "x").code == "Access-Reject"
    others = send(gatehouse, PASSWORD_THEN_FACTOR, "carol", password("carol"))
    assert others.code == "Access-Reject"
    assert last_reason(gatehouse, "carol", PASSWORD_THEN_FACTOR) == RejectReason.NO_AUTOMATIC_FACTOR


# ---- wrong passwords


def test_many_parallel_wrong_passwords_cost_at_most_the_budget(gatehouse: Gatehouse, rounds: int) -> None:
    """20 in make test, 200 in make soak."""
    count = min(rounds, 200)
    logins = [from_client(PASSWORD_THEN_FACTOR, "nested", f"wrong-{number}", host=2) for number in range(count)]
    replies = log_in_all(gatehouse.edges[0], [login for login, _ in logins], logins[0][1])
    assert [reply.code if reply else None for reply in replies] == ["Access-Reject"] * count
    decided = recorded(gatehouse, "nested", PASSWORD_THEN_FACTOR, count)
    asked = [record for record in decided if record["reason"] == RejectReason.PASSWORD_WRONG]
    counted = [bad_passwords(controller, "nested") for controller in gatehouse.controllers]
    assert len(asked) == sum(counted) <= BUDGET < LOCKOUT_THRESHOLD
    assert not any(is_locked(controller, "nested") for controller in gatehouse.controllers)


def test_a_retransmitted_wrong_password_costs_one_try(gatehouse: Gatehouse) -> None:
    """The same packet, several times, at both edges at once."""
    secret = PASSWORD_THEN_FACTOR.edge.secrets[0]
    request = AccessRequest.of("primary", "a wrong password", secret)
    before = [bad_passwords(controller, "primary") for controller in gatehouse.controllers]
    with open_client("127.0.2.9") as first, open_client("127.0.2.9") as second, ThreadPoolExecutor(2) as pool:
        for edge, client in zip(gatehouse.edges, (first, second), strict=True):
            client.sendto(request.octets, (edge.host, edge.auth_port))
            client.sendto(request.octets, (edge.host, edge.auth_port))
        answers = list(pool.map(ask, (first, second), gatehouse.edges, (request, request)))
    assert answers == ["Access-Reject", "Access-Reject"]
    counted = [bad_passwords(controller, "primary") for controller in gatehouse.controllers]
    assert sum(counted) == sum(before) + 1


def test_a_wrong_password_with_a_right_code_uses_the_code_up(gatehouse: Gatehouse) -> None:
    """THREATS E15."""
    user = known(gatehouse, "compatibility")
    before = sum(bad_passwords(controller, user.name) for controller in gatehouse.controllers)
    code = user.code(steps=1)
    assert send(gatehouse, PASSWORD_AND_FACTOR, user.name, f"wrong,{code}").code == "Access-Reject"
    assert send(gatehouse, PASSWORD_AND_FACTOR, user.name, f"{password(user.name)},{code}").code == "Access-Reject"
    decided = recorded(gatehouse, user.name, PASSWORD_AND_FACTOR, 3)
    assert [record["reason"] for record in decided[-2:]] == [RejectReason.PASSWORD_WRONG, RejectReason.CODE_USED]
    assert sum(bad_passwords(controller, user.name) for controller in gatehouse.controllers) == before + 1


# ---- controllers that hang


def test_a_login_takes_less_than_a_second_while_the_first_controller_hangs(gatehouse: Gatehouse) -> None:
    first, second = gatehouse.controllers
    user = known(gatehouse, "long-password")
    with hanging(first):
        began = time.perf_counter()
        reply = send(gatehouse, PASSWORD_AND_FACTOR, user.name, f"{password(user.name)},{user.code(steps=1)}")
        seconds = time.perf_counter() - began
    assert reply.accepted
    assert seconds < FAST_SECONDS
    assert recorded(gatehouse, user.name, PASSWORD_AND_FACTOR, 2)[-1]["directory"] == second.host


def test_a_directory_that_hangs_is_a_reject_in_time_and_nothing_is_sent_later(gatehouse: Gatehouse) -> None:
    user = known(gatehouse, "o'neil (ops)")
    with hanging(*gatehouse.controllers):
        began = time.perf_counter()
        reply = send(gatehouse, CHALLENGE, user.name, "a wrong password")
        seconds = time.perf_counter() - began
    assert reply.code == "Access-Reject"
    assert seconds < CLIENT_TIMEOUT
    assert last_reason(gatehouse, user.name, CHALLENGE, 2) == RejectReason.DIRECTORY_UNAVAILABLE
    assert [bad_passwords(controller, user.name) for controller in gatehouse.controllers] == [0, 0]
    assert send(gatehouse, CHALLENGE, user.name, password(user.name)).code == "Access-Challenge", "all is well again"


def test_no_password_of_the_directory_is_in_any_log(gatehouse: Gatehouse) -> None:
    """THREATS F6. Runs last: everything above has been logged by then."""
    logged = everything_logged(gatehouse)
    assert "password_wrong" in logged
    for user in DIRECTORY_USERS:
        assert password_of(user) not in logged, user.username
    assert not re.search("svc-gatehouse-passw", logged, re.IGNORECASE)
