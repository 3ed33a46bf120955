"""Who is in a group: complete, page by page, or not at all."""

import pytest

from mfa.adapters.ldap import members
from mfa.contract.directory import DirectoryResult
from mfa.domain.windows_values import guid_octets
from tests.fakes.ldap_server import GROUP_DN, Account, Controller, Step
from tests.integration.ldap.conftest import HOSTS, Asker, Start

pytestmark = pytest.mark.integration


def people(count: int) -> list[Account]:
    made = [Account(dn=f"CN=User {number}") for number in range(count)]
    for number, account in enumerate(made):
        account.attributes["objectGUID"] = [guid_octets(f"00000000-0000-0000-0000-{number:012}")]
        account.attributes["sAMAccountName"] = [f"user{number}".encode()]
    return made


@pytest.mark.parametrize(("count", "page"), [(0, 10), (1, 10), (10, 10), (23, 10), (23, None)])
def test_all_pages_are_read_and_each_member_is_told_once(
    start: Start, ask: Asker, count: int, page: int | None
) -> None:
    """Each is found twice by this controller: as a member, and by the primary group."""
    answer = ask.members(start(accounts=people(count), page=page))
    assert (answer.result, answer.detail) == (DirectoryResult.FOUND, None)
    assert [member.sam_account_name for member in answer.members] == [f"user{number}" for number in range(count)]


def test_the_group_is_named_as_octets_in_every_filter(start: Start, ask: Asker) -> None:
    controller = start()
    ask.members(controller)
    assert GROUP_DN.encode() in controller.searches[1].filter
    assert b"primaryGroupID\x04\x03513" in controller.searches[-1].filter


def test_a_group_that_is_not_there_is_told(start: Start, ask: Asker) -> None:
    assert ask.members(start(has_group=False)).result is DirectoryResult.UNKNOWN_USER


@pytest.mark.parametrize("group", ["alice", "S-1-5-*", "S-1-x-1", "S-1-5-99999999999", "S-1-99999999999999999-1"])
def test_what_is_no_sid_is_no_group_and_is_not_looked_for(start: Start, ask: Asker, group: str) -> None:
    controller = start()
    assert ask.members(controller, group=group).result is DirectoryResult.UNKNOWN_USER
    assert controller.searches == []


def test_a_group_with_too_many_members_is_a_fault_and_not_cut_off(
    start: Start, ask: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sync would take the others for leavers."""
    monkeypatch.setattr(members, "MAX_MEMBERS", 20)
    answer = ask.members(start(accounts=people(21), page=10))
    assert (answer.result, answer.members) == (DirectoryResult.UNAVAILABLE, ())
    assert "more than 20 members" in (answer.detail or "")


@pytest.mark.parametrize("code", [1, 3, 4, 10, 11, 12, 32, 50, 51])
def test_a_list_that_the_controller_does_not_finish_is_a_fault(start: Start, ask: Asker, code: int) -> None:
    """A time limit, a size limit, a referral, a page refused, a base that is gone, no right to it."""
    controller = start(accounts=people(5), page=10)
    answer_group = controller._answer

    def fail_after_the_group(tls: object, message: bytes, number: int) -> None:
        controller.search_result = code if controller.searches else 0
        answer_group(tls, message, number)  # type: ignore[arg-type]

    controller._answer = fail_after_the_group  # type: ignore[method-assign]
    answer = ask.members(controller)
    assert (answer.result, answer.members) == (DirectoryResult.UNAVAILABLE, ())


def test_a_controller_that_breaks_between_pages_is_left_and_the_list_begins_anew(start: Start, ask: Asker) -> None:
    first, second = start(accounts=people(23), page=10), start(accounts=people(23), page=10)
    break_after(first, searches=3)
    answer = ask.members(first, second)
    assert (answer.result, answer.controller, len(answer.members)) == (DirectoryResult.FOUND, HOSTS[1], 23)


def break_after(controller: Controller, *, searches: int) -> None:
    serve = controller._answer

    def count(tls: object, message: bytes, number: int) -> None:
        if len(controller.searches) >= searches:
            controller.hang_up = Step.SEARCH
        serve(tls, message, number)  # type: ignore[arg-type]

    controller._answer = count  # type: ignore[method-assign]
