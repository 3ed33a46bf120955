"""Who is in a group, by a real domain controller: directly, through other groups, and by primary group."""

import pytest

from local.directory_world import ACCOUNTS
from local.domain_controller import DomainController
from mfa.contract.directory import DirectoryAnswer, DirectoryResult
from tests.directory.conftest import Asker

pytestmark = pytest.mark.integration


def named(answer: DirectoryAnswer) -> set[str]:
    assert answer.result is DirectoryResult.FOUND, answer
    names = [member.sam_account_name for member in answer.members]
    assert len(set(names)) == len(names)
    return set(names)


def test_members_of_nested_groups_count_and_everybody_comes_once(asker: Asker, controller: DomainController) -> None:
    expected = {one.username for one in ACCOUNTS if {"MFA-Users", "MFA-Nested"} & set(one.groups)}
    assert named(asker.members(controller.group_sids()["MFA-Users"])) == expected


def test_a_membership_by_primary_group_counts(asker: Asker, controller: DomainController) -> None:
    assert named(asker.members(controller.group_sids()["MFA-Primary"])) == {"primary"}


def test_groups_that_hold_each_other_end(asker: Asker, controller: DomainController) -> None:
    sids = controller.group_sids()
    assert named(asker.members(sids["Loop-A"])) == named(asker.members(sids["Loop-B"])) == {"alice"}


def test_a_member_has_the_identity_that_a_look_up_finds(asker: Asker, controller: DomainController) -> None:
    (member,) = asker.members(controller.group_sids()["MFA-Primary"]).members
    found = asker.look_up("primary").account
    assert found is not None
    assert member.object_guid == found.object_guid
    assert member.user_principal_name == found.user_principal_name


@pytest.mark.parametrize("group", ["S-1-5-21-1-2-3-4", "S-1-5-32-99", "MFA-Users", "*", "S-1-5-21-1-2-3-4)(cn=*"])
def test_what_is_no_group_has_no_members_and_is_told_apart_from_an_empty_one(asker: Asker, group: str) -> None:
    answer = asker.members(group)
    assert (answer.result, answer.members) == (DirectoryResult.UNKNOWN_USER, ())
