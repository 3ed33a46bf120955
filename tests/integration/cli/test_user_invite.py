"""gatehouse user invite, against the real function on loopback."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from gatehouse.commands.user_invite import By, Fate, Inviting
from gatehouse.enrollment_api import EnrollmentApi
from gatehouse.errors import FAILED, CommandError
from gatehouse.user_files import UserRow
from mfa.notice_ports import MailResult
from tests.functions.enrollment.world import PORTAL, World
from tests.integration.cli.conftest import Run

USERS = "username,email,number\nalice,alice@example.test,+49 1512 3456789\nbob,bob@example.test,+1 415 555 2671\n"


def users_file(folder: Path, text: str = USERS) -> str:
    (folder / "users.csv").write_text(text)
    return "users.csv"


@pytest.fixture
def users(run: Run, tmp_path: Path, url: str) -> str:
    assert url
    file = users_file(tmp_path)
    assert run("user", "import", file).exit_code == 0
    return file


def links(world: World) -> list[str]:
    return [word for mail in world.mail.sent for word in mail.text.split() if word.startswith(PORTAL)]


def test_a_file_is_mailed_once_however_often_it_is_sent(world: World, run: Run, users: str) -> None:
    first = run("user", "invite", "--file", users, "--by", "mail")
    assert first.exit_code == 0, first.output
    assert first.stdout.splitlines() == [
        "users.csv:2: alice invited at a…@example.test",
        "users.csv:3: bob invited at b…@example.test",
        "2 invited",
    ]
    second = run("user", "invite", "--file", users, "--by", "mail")
    assert second.stdout.splitlines()[-1] == "2 is invited already"
    assert [mail.address for mail in world.mail.sent] == ["alice@example.test", "bob@example.test"]
    assert not [link for link in links(world) if link.partition("=")[2] in first.output]


def test_a_dry_run_sends_nothing(world: World, run: Run, users: str) -> None:
    result = run("user", "invite", "--file", users, "--by", "mail", "--dry-run")
    assert result.stdout.splitlines()[-1] == "2 would be invited"
    assert not world.mail.sent


def test_messages_are_refused_line_by_line_and_the_rest_goes_on(world: World, run: Run, users: str) -> None:
    result = run("user", "invite", "--file", users, "--by", "sms")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "users.csv:2: alice invited at …89",
        "users.csv:3: bob refused: this organisation sends no messages to numbers of that country",
        "1 invited, 1 refused",
    ]
    assert len(world.sender.sent) == 1


def test_links_are_printed_only_on_demand(world: World, run: Run, users: str) -> None:
    result = run("user", "invite", "--file", users, "--by", "mail", "--print", "--json")
    shown = json.loads(result.stdout)["users"]
    assert [one["link"] for one in shown] == links(world)


def test_one_user_is_invited_by_name(world: World, run: Run, users: str) -> None:
    assert users
    result = run("user", "invite", "alice", "--by", "mail", "--to", "other@example.test")
    assert result.stdout.splitlines()[0] == "alice invited at o…@example.test"
    assert world.mail.sent[0].address == "other@example.test"


@pytest.mark.usefixtures("url")
def test_wrong_use_is_told_in_a_sentence(run: Run) -> None:
    assert "name one user, or a file" in run("user", "invite", "--by", "mail").stderr


def test_what_is_wrong_with_the_deployment_stops_at_once(world: World, run: Run, users: str) -> None:
    object.__setattr__(world.services.invitations, "mail", None)
    result = run("user", "invite", "--file", users, "--by", "mail")
    assert result.exit_code != 0
    assert "stopped at line 2" in result.stderr


class Flaky:
    """An API that is throttled a few times."""

    def __init__(self, refusals: int) -> None:
        self.left = refusals

    def invite(self, *_: object) -> dict[str, Any]:
        if self.left:
            self.left -= 1
            raise CommandError("unavailable", "a service behind this one does not answer", FAILED)
        return {"to": "a…@example.test"}


def inviting(api: Flaky, pause: Callable[[float], None]) -> Inviting:
    return Inviting(
        api=cast(EnrollmentApi, api),
        by=By.MAIL,
        realm=None,
        valid_minutes=None,
        again=False,
        dry_run=False,
        with_links=False,
        pause=pause,
    )


def test_a_service_that_throttles_is_tried_again_after_growing_pauses() -> None:
    pauses: list[float] = []
    assert inviting(Flaky(3), pauses.append).one(UserRow(2, "alice")).fate is Fate.INVITED
    assert pauses == [1.0, 2.0, 4.0]


def test_a_service_that_stays_away_stops_the_file_and_says_how_to_go_on() -> None:
    with pytest.raises(CommandError, match=r"stopped at line 2.*Send the file again"):
        inviting(Flaky(9), lambda _: None).one(UserRow(2, "alice"))


def test_a_file_that_was_cut_off_goes_on_where_it_was(world: World, run: Run, users: str) -> None:
    world.mail.result = MailResult.REFUSED
    assert run("user", "invite", "alice", "--by", "mail").exit_code == 1
    world.mail.result = MailResult.TAKEN
    result = run("user", "invite", "--file", users, "--by", "mail")
    assert result.stdout.splitlines()[-1] == "2 invited"


@pytest.mark.usefixtures("users")
def test_an_address_is_shown_changed_and_taken_away(run: Run) -> None:
    assert "alice@example.test" in run("user", "show", "alice").stdout
    assert "ada@example.test" in run("user", "email", "alice", "ada@example.test").stdout
    assert "ada@example.test" not in run("user", "email", "alice", "--none").stdout
    assert "name one address" in run("user", "email", "alice").stderr


@pytest.mark.usefixtures("url")
@pytest.mark.parametrize("text", ["name\nalice\n", "username,email\nalice\n"])
def test_a_file_with_a_mistake_invites_nobody_and_says_so(run: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / "users.csv").write_text(text)
    refused = run("user", "invite", "--file", "users.csv", "--by", "mail")
    assert refused.exit_code == 1
    assert refused.stderr.endswith("; nobody was invited\n")
