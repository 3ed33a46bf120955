"""gatehouse user sync, against the real function on loopback and a directory in memory."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from mfa.contract.directory import DirectoryAddress, DirectoryResult, DomainController
from mfa.domain.directory import DirectorySettings
from tests.functions.enrollment.world import CORP, World
from tests.integration.cli.conftest import Run, error_of
from tests.integration.cli.enrollment_server import serving

STAFF = "S-1-5-21-1-2-3-1105"
SYNC = ("user", "sync", "--group", STAFF)
ADDRESS = DirectoryAddress(
    base_dn="DC=corp,DC=example,DC=test",
    controllers=(DomainController(host="dc1.corp.example.test"),),
    ca_certificates="PEM",
)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    directory = DirectorySettings(address=ADDRESS, service_account="corp")
    world = World(realms=(replace(CORP, directory=directory),))
    with serving(world) as served:
        monkeypatch.setenv("GATEHOUSE_ENROLLMENT_URL", served)
        yield world


def members(world: World, *names: str) -> None:
    for name in names:
        world.directory.add(name, groups=[STAFF])


def test_a_sync_shows_its_plan_asks_and_makes_the_changes(world: World, run: Run) -> None:
    members(world, "alice", "bob")
    refused = run(*SYNC, typed="n\n")
    assert (refused.exit_code, world.store.state.profiles) == (2, {})
    done = run(*SYNC, typed="y\n")
    assert done.exit_code == 0
    assert "to add      alice\nto add      bob\n2 members; 2 to add\n" in done.stdout
    assert done.stdout.endswith("2 changes made, 0 refused\n")
    assert "2 of 2 changes" in done.stderr
    assert run("user", "show", "alice").exit_code == 0
    assert run(*SYNC).stdout == "2 members; nothing to change\n"


@pytest.mark.parametrize("group", ["foo", "MFA-Users", "S-1", "S-1-5-21-1-2-3-1105)"])
def test_a_group_that_is_no_sid_is_refused_with_where_sids_are_found(world: World, run: Run, group: str) -> None:
    refused = run("user", "sync", "--group", group, "--dry-run")
    assert refused.exit_code == 1
    assert f"'{group}' is no SID such as S-1-5-21-1-2-3-1104" in refused.stderr
    assert "PowerShell tells it: (Get-ADGroup NAME).SID.Value" in refused.stderr


def test_a_sid_may_be_typed_in_small_letters(world: World, run: Run) -> None:
    members(world, "alice")
    assert run("user", "sync", "--group", STAFF.lower(), "--dry-run").stdout.endswith("1 member; 1 to add\n")


def test_a_dry_run_changes_nothing(world: World, run: Run) -> None:
    members(world, "alice")
    shown = json.loads(run(*SYNC, "--dry-run", "--json").stdout)
    assert (shown["dry_run"], shown["members"], shown["changes"][0]["step"]) == (True, 1, "create")
    assert not world.store.state.profiles


def test_more_users_than_one_request_takes_are_synced_in_batches(world: World, run: Run) -> None:
    members(world, *(f"user{number}" for number in range(60)))
    done = run(*SYNC, "--yes")
    assert (done.exit_code, len(world.store.state.profiles)) == (0, 60)
    assert [line for line in done.stderr.splitlines() if "of 60" in line] == [
        "25 of 60 changes",
        "50 of 60 changes",
        "60 of 60 changes",
    ]


def test_an_emptied_group_does_not_lock_the_company_out(world: World, run: Run) -> None:
    members(world, *(f"user{number}" for number in range(12)))
    run(*SYNC, "--yes")
    for account in world.directory.accounts["corp"][:11]:
        account.groups = frozenset()
    refused = run(*SYNC, "--yes")
    assert refused.exit_code == 1
    assert "11 users would be disabled, more than 10; nothing was changed" in refused.stderr
    assert run("user", "show", "user0", "--json").stdout.count('"active"')
    assert run(*SYNC, "--yes", "--disable-at-most", "11").exit_code == 0
    assert json.loads(run("user", "show", "user0", "--json").stdout)["state"] == "disabled"


def test_a_new_name_that_is_anothers_old_one_is_taken_when_it_is_free(world: World, run: Run) -> None:
    members(world, "alice", "bob", "carol")
    run(*SYNC, "--yes")
    first, second, third = world.directory.accounts["corp"]
    first.sam, second.sam, third.sam = "bob", "carol", "dave"  # a chain: each waits for the next one's name
    done = run(*SYNC, "--yes")
    assert (done.exit_code, "3 changes made, 0 refused" in done.stdout) == (0, True)
    assert run(*SYNC).stdout == "3 members; nothing to change\n"


def test_a_refused_step_is_told_and_the_status_is_1(world: World, run: Run) -> None:
    members(world, "al:ice", "bob")
    done = run(*SYNC, "--yes", "--json")
    assert done.exit_code == 1
    assert [one["sam_account_name"] for one in json.loads(done.stdout)["refused"]] == ["al:ice"]


def test_a_directory_that_is_away_changes_nothing(world: World, run: Run) -> None:
    members(world, "alice")
    run(*SYNC, "--yes")
    world.directory.result = DirectoryResult.UNAVAILABLE
    away = run(*SYNC, "--yes", "--json")
    assert (away.exit_code, error_of(away)["code"]) == (2, "unavailable")


def test_a_group_that_the_directory_does_not_know_is_a_mistake(run: Run, world: World) -> None:
    members(world, "alice")
    unknown = run("user", "sync", "--group", "S-1-5-21-1-2-3-9", "--yes", "--json")
    assert (unknown.exit_code, error_of(unknown)["code"]) == (1, "no-such-group")
