"""``gatehouse user sync`` against the deployed stack and a real domain controller."""

from collections.abc import Sequence
from typing import Any

import pytest

from local import samba_server
from local.credentials import AwsCredentials
from local.domain_controller import DomainController
from local.up import Gatehouse
from tests.e2e.test_command import Command

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def controller(gatehouse: Gatehouse) -> DomainController:
    if not gatehouse.controllers:
        pytest.skip(samba_server.missing() or "the set-up runs without a directory")
    return gatehouse.controllers[0]


@pytest.fixture(scope="module")
def command(gatehouse: Gatehouse, administrator: AwsCredentials) -> Command:
    return Command(gatehouse, administrator)


def synced(command: Command, groups: Sequence[str], *more: str) -> dict[str, Any]:
    named = [argument for group in groups for argument in ("--group", group)]
    status, document = command("user", "sync", *named, "--realm", "corp", *more)
    assert status == 0, document
    return document


def test_users_become_the_members_of_the_groups_and_leave_with_them(
    command: Command, controller: DomainController
) -> None:
    sids = controller.group_sids()
    both, one = [sids["Strict-Lockout"], sids["MFA-Primary"]], [sids["MFA-Primary"]]
    planned = synced(command, both, "--dry-run")
    assert {(change["step"], change["sam_account_name"]) for change in planned["changes"]} == {
        ("create", "strict"),
        ("create", "primary"),
    }
    assert synced(command, both, "--yes")["refused"] == []
    guid = controller.accounts(["strict"])["strict"]["objectGUID"]
    assert command("user", "show", "strict")[1]["object_guid"] == guid
    assert synced(command, both)["changes"] == []

    synced(command, one, "--yes")
    assert command("user", "show", "strict")[1]["state"] == "disabled"
    synced(command, both, "--yes")
    assert command("user", "show", "strict")[1]["state"] == "active"


def test_a_group_that_is_none_changes_nothing(command: Command, controller: DomainController) -> None:
    assert controller
    status, document = command("user", "sync", "--group", "S-1-5-21-1-2-3-4", "--yes")
    assert (status, document["error"]["code"]) == (1, "no-such-group")
