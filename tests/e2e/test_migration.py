"""A company moves from its old RADIUS server, as docs/guides/migrating.md tells it: half of the users are enrolled,
half are forwarded to a FreeRADIUS; then the others are moved, one by one or by group, while everybody goes on logging
in."""

import secrets
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyotp
import pytest
import yaml

from local import samba_server
from local.credentials import AwsCredentials
from local.directory_clients import directory_user
from local.up import Gatehouse
from tests.e2e.conftest import MakeUsers, User
from tests.e2e.logs import edge_lines, everything_logged, once, records
from tests.e2e.test_clients import shown
from tests.e2e.test_command import Command, enroll, flat
from tests.fakes.old_freeradius import SERVER, OldFreeRadius, old_freeradius
from tests.fakes.radius_client import ACCEPT, REJECT, RadiusClient

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.freeradius,
    pytest.mark.skipif(SERVER is None, reason="FreeRADIUS' server (Debian: freeradius) is not installed"),
]
SOURCE, BY_GROUP_SOURCE = "127.79.0.1", "127.79.0.2"
OLD_SECRET, CLIENT_SECRET = secrets.token_hex(16), secrets.token_hex(16)
HALF = 4
RELOAD_SECONDS = 20
BETWEEN_LOGINS = 0.4  # the emulator runs no more than some twenty functions a second
GROUP_USERS = ("primary", "strict")  # in MFA-Primary alone, in MFA-Users alone


@dataclass
class Somebody:
    """A user with a password at the old server, and with a code once there is a key. Never uses a code twice."""

    name: str
    password: str
    totp: pyotp.TOTP | None = field(default=None, repr=False)
    used_step: int = 0

    def code(self) -> str:
        assert self.totp is not None
        step = max(self.used_step + 1, int(time.time()) // 30 - 1)
        while step > int(time.time()) // 30 + 1:
            time.sleep(0.2)
        self.used_step = step
        return self.totp.at(step * 30)

    @property
    def typed(self) -> str:
        return self.password if self.totp is None else self.code()


@dataclass
class Company:
    """Its users log in at either edge, turn by turn."""

    gatehouse: Gatehouse
    source: str
    old: OldFreeRadius
    turn: int = 0

    def log_in(self, name: str, typed: str) -> int | None:
        """The code of the reply."""
        edge = self.gatehouse.edges[self.turn % len(self.gatehouse.edges)]
        self.turn += 1
        client = RadiusClient((edge.host, edge.auth_port), CLIENT_SECRET.encode(), source=self.source)
        try:
            reply = client.log_in(name, typed, seconds=12)
        finally:
            client.close()
        return None if reply is None else reply.code

    @contextmanager
    def busy(self, users: Sequence[Somebody]) -> Iterator[list[int | None]]:
        """Meanwhile they log in by their old passwords, all the time. Gives the answers; there are some at the end."""
        answers: list[int | None] = []
        over = threading.Event()
        other = Company(self.gatehouse, self.source, self.old)

        def work() -> None:
            while not over.wait(BETWEEN_LOGINS):
                answers.extend(other.log_in(user.name, user.password) for user in users)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield answers
        finally:
            over.set()
            thread.join(60)
        assert len(answers) >= len(users)


@pytest.fixture(scope="module")
def command(gatehouse: Gatehouse, administrator: AwsCredentials) -> Command:
    command = Command(gatehouse, administrator)
    command.environment |= {"OLD_SECRET": OLD_SECRET, "CLIENT_SECRET": CLIENT_SECRET}
    return command


@pytest.fixture(scope="module")
def before(command: Command, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The configuration without this company; it is in force again afterwards."""
    path = tmp_path_factory.mktemp("migration") / "before.yaml"
    path.write_text(shown(command))
    yield path
    assert command("clients", "apply", str(path), "--yes")[0] == 0


@pytest.fixture(scope="module")
def users(make_users: MakeUsers) -> list[Somebody]:
    """The first half is enrolled, the second unknown here. All have a password at the old server."""
    enrolled = [Somebody(user.name, "", pyotp.TOTP(user.totp_secret)) for user in make_users(HALF)]
    others = [Somebody(f"m{secrets.token_hex(6)}", "") for _ in range(HALF)]
    for user in (*enrolled, *others):
        user.password = f"old password of {user.name}"
    return [*enrolled, *others]


@pytest.fixture(scope="module")
def old(users: list[Somebody], tmp_path_factory: pytest.TempPathFactory) -> Iterator[OldFreeRadius]:
    passwords = {user.name: user.password for user in users}
    passwords |= {name: f"old password of {name}" for name in GROUP_USERS}
    with old_freeradius(tmp_path_factory.mktemp("old"), OLD_SECRET.encode(), passwords) as server:
        yield server


def client_document(name: str, source: str, **members: Any) -> dict[str, Any]:
    return {
        "name": name,
        "networks": [f"{source}/32"],
        "secret_from_env": "CLIENT_SECRET",
        "timeout_seconds": 10,
        "retries": 1,
        **members,
    }


def upstream_document(old: OldFreeRadius) -> dict[str, Any]:
    servers = [{"address": "127.0.0.1", "port": old.port}]
    return {"name": "old", "servers": servers, "secret_from_env": "OLD_SECRET", "timeout_ms": 3000}


def apply(gatehouse: Gatehouse, command: Command, before: Path, document: Mapping[str, Any]) -> None:
    """Beside what there was. Returns when both edges have it."""
    path = before.with_name("company.yaml")
    path.write_text(yaml.safe_dump(dict(document), sort_keys=False))
    status, applied = command("clients", "apply", str(before), str(path), "--yes")
    assert status == 0, applied
    revision = str(command("clients", "show")[1]["revision"])
    give_up = time.monotonic() + RELOAD_SECONDS
    for edge in gatehouse.edges:
        while f'"revision":"{revision}"' not in edge.process.log.read_text():
            edge.process.send_signal(signal.SIGHUP)  # it would look within half a minute by itself
            assert time.monotonic() < give_up
            time.sleep(0.5)


@pytest.fixture(scope="module")
def company(gatehouse: Gatehouse, command: Command, before: Path, old: OldFreeRadius, users: list[Somebody]) -> Company:
    forward = {"action": "forward", "upstream": "old"}
    client = client_document("company", SOURCE, unenrolled=forward)
    apply(gatehouse, command, before, {"clients": [client], "upstreams": [upstream_document(old)]})
    return Company(gatehouse, SOURCE, old)


def test_who_is_enrolled_is_decided_here_and_the_others_by_the_old_server(
    company: Company, users: list[Somebody]
) -> None:
    assert [company.log_in(user.name, user.typed) for user in users] == [ACCEPT] * len(users)
    assert set(company.old.asked()) == {user.name for user in users[HALF:]}


def test_a_wrong_password_is_rejected_by_the_old_server(company: Company, users: list[Somebody]) -> None:
    assert company.log_in(users[-1].name, "wrong") == REJECT


def test_the_record_of_a_forwarded_login_and_the_edges_line_are_joined_by_the_login_id(
    gatehouse: Gatehouse, company: Company, users: list[Somebody]
) -> None:
    name = users[HALF].name
    assert company.log_in(name, users[HALF].password) == ACCEPT
    record = once(lambda: records(gatehouse, name), 2)[-1]
    assert (record["outcome"], record["upstream"]) == ("forward", "old")
    line = once(lambda: edge_lines(gatehouse, name), 2)[-1]
    assert (line["outcome"], line["upstream"]) == ("accept", "old")
    assert record["login_id"] in {one["login_id"] for one in edge_lines(gatehouse, name)}


def test_an_enrolled_user_cannot_come_in_by_the_old_password(company: Company, users: list[Somebody]) -> None:
    asked = len(company.old.asked())
    assert company.log_in(users[0].name, users[0].password) == REJECT
    assert len(company.old.asked()) == asked


def test_users_move_by_enrolling_and_nobodys_login_fails(
    company: Company, command: Command, users: list[Somebody]
) -> None:
    *moving, last = users[HALF:]
    with company.busy([last]) as answers:
        for user in moving:
            status, added = command("user", "add", user.name)
            assert status == 0, added
            assert company.log_in(user.name, user.typed) == ACCEPT, "known here, without a factor: still forwarded"
            code = next(value for key, value in flat(added).items() if key.endswith("code"))
            user.totp = enroll(command, code)
            user.used_step = int(time.time()) // 30 - 1  # enrolling took the code of the step before
            assert company.log_in(user.name, user.typed) == ACCEPT
            assert company.log_in(user.name, user.password) == REJECT
    assert set(answers) == {ACCEPT}, answers


def test_in_the_end_the_old_server_is_not_needed(
    gatehouse: Gatehouse, company: Company, command: Command, before: Path, users: list[Somebody]
) -> None:
    """The rule is taken away. Who was forgotten is rejected, and nobody is asked about it."""
    apply(gatehouse, command, before, {"clients": [client_document("company", SOURCE)]})
    asked = len(company.old.asked())
    *moved, forgotten = users
    assert [company.log_in(user.name, user.typed) for user in moved] == [ACCEPT] * len(moved)
    assert company.log_in(forgotten.name, forgotten.password) == REJECT
    assert len(company.old.asked()) == asked


def known(gatehouse: Gatehouse, name: str) -> Somebody:
    """A user of the directory, who has a key already; earlier tests have used some of its codes."""
    secret = directory_user(name).totp_secret
    factors = User(gatehouse, name, secret).stored()["factors"]["M"].values()
    used = max(int(factor["M"]["last_step"]["N"]) for factor in factors)
    return Somebody(name, f"old password of {name}", pyotp.TOTP(secret), used)


def test_users_move_by_group_and_back(
    gatehouse: Gatehouse, command: Command, before: Path, old: OldFreeRadius, users: list[Somebody]
) -> None:
    """Enrolled beforehand, decided here once their group is: an order of its own beside that of enrolling."""
    if not gatehouse.controllers:
        pytest.skip(samba_server.missing() or "the set-up runs without a directory")
    sids = gatehouse.controllers[0].group_sids()
    company = Company(gatehouse, BY_GROUP_SOURCE, old)
    first, second = (known(gatehouse, name) for name in GROUP_USERS)

    def move(*groups: str) -> None:
        migrated = {"name": "migrated", "clients": ["by-group-company"], "action": "allow"}
        rules = [{**migrated, "groups": [sids[group] for group in groups]}] if groups else []
        others = {"name": "others", "clients": ["by-group-company"], "action": "forward", "upstream": "old"}
        client = client_document("by-group-company", BY_GROUP_SOURCE)
        document = {"clients": [client], "policies": [*rules, others], "upstreams": [upstream_document(old)]}
        apply(gatehouse, command, before, document)

    move()
    assert [company.log_in(user.name, user.password) for user in (first, second)] == [ACCEPT, ACCEPT]
    with company.busy([second]) as answers:
        move("MFA-Primary")
        assert company.log_in(first.name, first.code()) == ACCEPT
        assert company.log_in(first.name, first.password) == REJECT
    assert set(answers) == {ACCEPT}, answers
    move("MFA-Primary", "MFA-Users")
    assert company.log_in(second.name, second.code()) == ACCEPT
    assert old.asked()[-1] == second.name, "and not again after it was moved"
    move()
    assert [company.log_in(user.name, user.password) for user in (first, second)] == [ACCEPT, ACCEPT]


def test_no_log_shows_an_old_password_or_the_upstreams_secret(
    gatehouse: Gatehouse, company: Company, users: list[Somebody]
) -> None:
    assert set(company.old.asked()) & {user.name for user in users}
    text = everything_logged(gatehouse)
    assert [secret for secret in (OLD_SECRET, CLIENT_SECRET, "old password of") if secret in text] == []
