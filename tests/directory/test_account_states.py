"""Every state of an account, at a real domain controller: what comes out, and what was sent for it."""

from dataclasses import replace

import pytest

from local.directory_world import SERVICE_ACCOUNT, AccountState, account
from local.domain_controller import DomainController
from mfa.contract.directory import DirectoryResult, NameKind
from tests.directory.account_states import EXPECTED
from tests.directory.conftest import SERVICE, Asker, Forgiven, bad_passwords, binds

pytestmark = pytest.mark.integration
SENT_STATES = {AccountState.OK, AccountState.LOGON_HOURS, AccountState.WORKSTATION, AccountState.SMART_CARD}
MIXED_CASE = ["ALICE", "Zoë.Müller", "HSMITH", "O'Neil (Ops)"]
# What would find more than it names, or somebody else, if any sign in it meant something to the directory.
INJECTIONS = [
    "*", "a*", "alice)(objectClass=*", "*)(uid=*))(|(uid=*", "alice\0", "\\2a", "(alice)", "alice,CN=Users", "nobody",
    "krbtgt2", "zoe.muller", "ａlice２",
]  # fmt: skip


@pytest.mark.parametrize("username", EXPECTED)
def test_the_right_password_gives_what_the_account_is_in(asker: Asker, username: str) -> None:
    answer = asker.verify(username, account(username).password)
    assert (answer.result, answer.detail) == (EXPECTED[username], answer.detail)
    assert answer.account is not None
    assert answer.account.sam_account_name == username
    assert answer.account.user_principal_name == account(username).user_principal_name
    assert answer.was_sent == (account(username).state in SENT_STATES)


@pytest.mark.parametrize("username", EXPECTED)
def test_the_user_principal_name_finds_the_same_account(asker: Asker, username: str) -> None:
    known = account(username)
    by_name, by_upn = asker.look_up(known.username), asker.look_up(known.user_principal_name.lower(), NameKind.UPN)
    assert (by_upn.result, by_upn.account) == (DirectoryResult.FOUND, by_name.account)


def test_an_account_whose_upn_is_another_name_is_not_found_by_its_account_name_with_a_suffix(asker: Asker) -> None:
    answer = asker.look_up("hsmith@corp.example.test", NameKind.UPN)
    assert (answer.result, answer.account) == (DirectoryResult.UNKNOWN_USER, None)


@pytest.mark.parametrize("username", MIXED_CASE)
def test_names_are_found_in_any_case(asker: Asker, username: str) -> None:
    assert asker.look_up(username).result is DirectoryResult.FOUND


@pytest.mark.parametrize("name", INJECTIONS)
def test_no_name_finds_what_it_does_not_name(asker: Asker, controller: DomainController, name: str) -> None:
    before = len(controller.authentications())
    answer = asker.verify(name, "any password")
    assert (answer.result, answer.account, answer.was_sent) == (DirectoryResult.UNKNOWN_USER, None, False)
    assert len(controller.authentications()) == before + 1, "the service account's bind and no other"


@pytest.mark.parametrize("username", ["alice", "zoë.müller", "long-password", "compatibility"])
def test_a_password_that_differs_in_one_octet_is_wrong(asker: Asker, forgiven: Forgiven, username: str) -> None:
    right = account(forgiven(username)).password.encode()
    answer = asker.verify(username, right[:-1] + bytes([right[-1] ^ 1]))
    assert (answer.result, answer.was_sent) == (DirectoryResult.PASSWORD_WRONG, True)


@pytest.mark.parametrize("form", ["{} ", " {}"])
def test_a_space_around_a_password_belongs_to_it(asker: Asker, forgiven: Forgiven, form: str) -> None:
    answer = asker.verify(forgiven("carol"), form.format(account("carol").password))
    assert answer.result is DirectoryResult.PASSWORD_WRONG


@pytest.mark.parametrize("form", ["{}\0", "\0{}", "{}\0{}"])
def test_a_password_with_a_nul_is_never_sent(asker: Asker, controller: DomainController, form: str) -> None:
    """Samba compares up to the NUL only: the right password with anything behind it would be right."""
    before = binds(controller, "carol")
    answer = asker.verify("carol", form.format(account("carol").password, "more"))
    assert (answer.result, answer.was_sent) == (DirectoryResult.PASSWORD_WRONG, False)
    assert binds(controller, "carol") == before


def test_another_objects_guid_is_never_sent_a_password(asker: Asker, controller: DomainController) -> None:
    other = controller.accounts(["bob"])["bob"]["objectGUID"]
    before = binds(controller, "alice")
    answer = asker.verify("alice", account("alice").password, object_guid=other)
    assert (answer.result, answer.was_sent) == (DirectoryResult.IDENTITY_CHANGED, False)
    assert binds(controller, "alice") == before


def test_the_guid_is_the_one_that_the_directory_shows(asker: Asker, controller: DomainController) -> None:
    guid = controller.accounts(["alice"])["alice"]["objectGUID"]
    answer = asker.verify("alice", account("alice").password, object_guid=guid)
    assert answer.result is DirectoryResult.PASSWORD_RIGHT
    assert answer.account
    assert answer.account.object_guid == guid


@pytest.mark.parametrize(
    ("username", "has", "has_not"),
    [
        ("alice", {"MFA-Users", "Loop-A", "Loop-B"}, {"MFA-Nested"}),
        ("nested", {"MFA-Nested", "MFA-Users"}, {"MFA-Primary"}),
        ("primary", {"MFA-Primary"}, {"MFA-Users"}),
        ("no-group", set(), {"MFA-Users", "MFA-Nested", "MFA-Primary"}),
    ],
)
def test_groups_are_complete(
    asker: Asker, controller: DomainController, username: str, has: set[str], has_not: set[str]
) -> None:
    """Nested, cyclic and primary ones included."""
    known = controller.accounts([*has, *has_not])
    found = asker.look_up(username).account
    assert found
    groups = {name for name, attributes in known.items() if attributes["objectSid"] in found.groups}
    assert groups == has


def test_a_wrong_service_account_is_told_apart_from_a_wrong_password(
    asker: Asker, controller: DomainController
) -> None:
    wrong = replace(SERVICE, password=b"wrong")
    before = binds(controller, "alice")
    try:
        answer = asker.verify("alice", account("alice").password, service=wrong)
    finally:
        controller.forgive([SERVICE_ACCOUNT.username])
    assert (answer.result, answer.was_sent) == (DirectoryResult.SERVICE_ACCOUNT_REFUSED, False)
    assert binds(controller, "alice") == before
    assert bad_passwords(controller, "alice") == 0
