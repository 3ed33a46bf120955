"""What the directory's record of the account decides: then no password is sent at all."""

from datetime import UTC, datetime

import pytest

from mfa.adapters.ldap.directory import LdapDirectory
from mfa.contract.directory import DirectoryResult
from mfa.domain.windows_values import filetime_of_unix
from tests.fakes.clock import FakeClock
from tests.fakes.ldap_server import GUID, SERVICE, Account
from tests.integration.ldap.conftest import Asker, Start

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()
CHANGED = 134397881585944320


def at(seconds: float) -> bytes:
    return str(filetime_of_unix(NOW + seconds)).encode()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
def ask(ask: Asker, clock: FakeClock) -> Asker:
    ask.directory = LdapDirectory(clock.now)
    return ask


def account(**attributes: bytes) -> Account:
    made = Account()
    made.attributes |= {name.replace("_", "-"): [value] for name, value in attributes.items()}
    return made


@pytest.mark.parametrize(
    ("attributes", "result"),
    [
        ({"userAccountControl": b"514"}, DirectoryResult.DISABLED),
        ({"msDS_User_Account_Control_Computed": b"16"}, DirectoryResult.LOCKED),
        ({"accountExpires": at(-1)}, DirectoryResult.ACCOUNT_EXPIRED),
        ({"msDS_User_Account_Control_Computed": b"8388608"}, DirectoryResult.PASSWORD_EXPIRED),
        ({"msDS_User_Account_Control_Computed": b"8388608", "pwdLastSet": b"0"}, DirectoryResult.MUST_CHANGE_PASSWORD),
        ({"badPwdCount": b"3", "badPasswordTime": at(-60)}, DirectoryResult.WITHHELD),
    ],
    ids=lambda value: str(value) if isinstance(value, DirectoryResult) else "",
)
def test_the_password_stays_here(
    start: Start, ask: Asker, attributes: dict[str, bytes], result: DirectoryResult
) -> None:
    controller = start(accounts=[account(**attributes)])
    answer = ask(controller)
    assert (answer.result, answer.was_sent) == (result, False)
    assert answer.account is not None, "who it is, is known all the same"
    assert controller.user_binds == []


@pytest.mark.parametrize(
    "attributes",
    [
        {"accountExpires": at(60)},
        {"accountExpires": b"0"},
        {"badPwdCount": b"2", "badPasswordTime": at(-60)},
        {"badPwdCount": b"4", "badPasswordTime": at(-1801)},  # half an hour is over: it counts anew
    ],
    ids=str,
)
def test_the_password_decides(start: Start, ask: Asker, attributes: dict[str, bytes]) -> None:
    controller = start(accounts=[account(**attributes)])
    assert ask(controller).result is DirectoryResult.PASSWORD_RIGHT


def test_a_look_up_finds_whatever_state_the_account_is_in(start: Start, ask: Asker) -> None:
    controller = start(accounts=[account(userAccountControl=b"514")])
    assert ask(controller, password=None).result is DirectoryResult.FOUND


def test_another_object_than_the_one_expected_gets_no_bind(start: Start, ask: Asker) -> None:
    controller = start()
    other = "11111111-2222-3333-4444-555555555555"
    assert ask(controller, object_guid=other).result is DirectoryResult.IDENTITY_CHANGED
    assert ask(controller, object_guid=other, password=None).result is DirectoryResult.IDENTITY_CHANGED
    assert controller.user_binds == []
    assert ask(controller, object_guid=GUID.upper()).result is DirectoryResult.PASSWORD_RIGHT


def test_a_password_that_was_wrong_is_not_sent_again_until_it_was_changed(start: Start, ask: Asker) -> None:
    controller = start()
    assert ask(controller, known_wrong=(CHANGED,)).result is DirectoryResult.PASSWORD_KNOWN_WRONG
    assert controller.user_binds == []
    assert ask(controller, known_wrong=(CHANGED - 1,)).result is DirectoryResult.PASSWORD_RIGHT


def test_others_that_are_being_asked_about_count_as_wrong(start: Start, ask: Asker) -> None:
    """The domain locks at 5."""
    controller = start()
    assert ask(controller, others_asking=3).result is DirectoryResult.WITHHELD
    assert controller.user_binds == []
    assert ask(controller, others_asking=2).result is DirectoryResult.PASSWORD_RIGHT


# ---- whose rule of locking


def test_the_users_own_rule_goes_before_the_domains(start: Start, ask: Asker) -> None:
    strict = {"msDS-LockoutThreshold": [b"4"], "msDS-LockoutObservationWindow": [b"-18000000000"]}
    user = account(badPwdCount=b"2", badPasswordTime=at(-60), msDS_ResultantPSO=b"CN=strict,CN=System")
    controller = start(accounts=[user], settings=strict)
    assert ask(controller).result is DirectoryResult.WITHHELD


def test_a_rule_that_the_service_account_may_not_read_leaves_the_domains(start: Start, ask: Asker) -> None:
    user = account(badPwdCount=b"2", badPasswordTime=at(-60), msDS_ResultantPSO=b"CN=hidden,CN=System")
    assert ask(start(accounts=[user])).result is DirectoryResult.PASSWORD_RIGHT


def test_without_the_domains_rule_no_password_is_sent(start: Start, ask: Asker) -> None:
    controller = start(policy={})
    answer = ask(controller)
    assert answer.result is DirectoryResult.UNAVAILABLE
    assert "lockoutThreshold" in (answer.detail or "")
    assert controller.user_binds == []


def test_the_domains_rule_is_read_once_in_five_minutes(start: Start, ask: Asker, clock: FakeClock) -> None:
    controller = start()
    for wait, reads in ((0, 1), (299, 1), (2, 2)):
        clock.advance(wait)
        ask(controller)
        assert [search.base for search in controller.searches if "lockoutThreshold" in search.attributes] == [
            "DC=corp,DC=example,DC=test"
        ] * reads


def test_the_rule_is_the_domains_also_where_users_are_looked_for_in_a_part_of_it(start: Start, ask: Asker) -> None:
    controller = start()
    ask(controller, base="OU=People,DC=corp,DC=example,DC=test")
    assert {search.base for search in controller.searches if "lockoutThreshold" in search.attributes} == {
        "DC=corp,DC=example,DC=test"
    }


# ---- what the service account may not see


@pytest.mark.parametrize("missing", ["objectGUID", "userAccountControl"])
def test_an_account_that_cannot_be_read_is_a_fault_that_names_the_attribute(
    start: Start, ask: Asker, missing: str
) -> None:
    user = Account()
    del user.attributes[missing]
    answer = ask(start(accounts=[user]))
    assert answer.result is DirectoryResult.UNAVAILABLE
    assert missing in (answer.detail or "")


def test_groups_that_cannot_be_read_are_a_fault_and_not_no_groups(start: Start, ask: Asker) -> None:
    """A rule that denies a group would not match."""
    answer = ask(start(accounts=[Account(groups=[])]), password=None)
    assert answer.result is DirectoryResult.UNAVAILABLE
    assert "tokenGroups" in (answer.detail or "")


def test_a_refused_service_account_is_told_apart_and_no_other_controller_is_tried(start: Start, ask: Asker) -> None:
    """A second try could lock it."""

    def refuse(name: str, _password: bytes) -> tuple[int, str]:
        return (49, "comment: AcceptSecurityContext error, data 775, v1") if name == SERVICE else (0, "")

    first, second = start(answer_bind=refuse), start(answer_bind=refuse)
    answer = ask(first, second)
    assert (answer.result, answer.detail) == (DirectoryResult.SERVICE_ACCOUNT_REFUSED, "sub-code 775")
    assert len(first.binds) + len(second.binds) == 1


def test_a_service_account_that_cannot_be_checked_now_is_not_a_refused_one(start: Start, ask: Asker) -> None:
    busy, well = start(answer_bind=lambda _name, _password: (51, "busy")), start()
    assert ask(busy, well).result is DirectoryResult.PASSWORD_RIGHT
