"""gatehouse user bypass …, against the real function on loopback."""

import json

import pytest

from tests.functions.enrollment.world import World
from tests.integration.cli.conftest import Run, error_of, named_in

DAY = 24 * 3600


@pytest.mark.usefixtures("url")
def test_a_bypass_code_is_shown_once_and_listed_without_it(world: World, run: Run) -> None:
    world.add_user("alice")
    result = run("user", "bypass", "alice", "--hours", "2", "--uses", "3", "--reason", "lost the phone")
    assert (result.exit_code, result.stderr) == (0, "")
    code = result.stdout.split()[2]
    assert len(code) == 14
    listed = run("user", "bypass-list", "alice").stdout
    assert "3 of 3 uses left" in listed
    assert "lost the phone" in listed
    assert code not in listed
    (one,) = json.loads(run("user", "bypass-list", "alice", "--json").stdout)["bypass_codes"]
    assert (one["uses"], one["expires_at"]) == (3, int(world.clock.now()) + 7200)


@pytest.mark.usefixtures("url")
def test_by_default_it_is_one_use_in_a_day(world: World, run: Run) -> None:
    world.add_user("alice")
    made = json.loads(run("user", "bypass", "alice", "--reason", "lost", "--json").stdout)
    assert (made["uses"], made["expires_at"]) == (1, int(world.clock.now()) + DAY)


@pytest.mark.usefixtures("url")
def test_a_revoked_code_is_void(world: World, run: Run) -> None:
    world.add_user("alice")
    made = json.loads(run("user", "bypass", "alice", "--reason", "lost", "--json").stdout)
    assert run("user", "bypass-revoke", "alice", made["bypass_id"]).exit_code == 0
    assert run("user", "bypass-list", "alice").stdout == "No bypass code works.\n"
    again = run("user", "bypass-revoke", "alice", made["bypass_id"], "--json")
    assert (again.exit_code, error_of(again)["code"]) == (1, "not-found")


@pytest.mark.usefixtures("url")
def test_the_command_that_makes_a_code_void_can_be_run_as_it_is_printed(world: World, run: Run) -> None:
    world.add_user("alice")
    made = run("user", "bypass", "CORP\\alice", "--reason", "lost", "--realm", "corp")
    assert run(*named_in(made, "user bypass-revoke")).exit_code == 0
    assert run("user", "bypass-list", "alice").stdout == "No bypass code works.\n"


@pytest.mark.usefixtures("url")
@pytest.mark.parametrize("options", [["--hours", "721"], ["--hours", "0"], ["--uses", "11"], ["--uses", "0"]])
def test_what_is_out_of_bounds_is_not_even_asked_for(world: World, run: Run, options: list[str]) -> None:
    world.add_user("alice")
    assert run("user", "bypass", "alice", "--reason", "lost", *options).exit_code == 2
    assert run("user", "bypass", "alice").exit_code == 2  # without a reason
    assert world.store.state.recovery == {}
