"""What wrong passwords cost an account at a real domain controller, and where they are held back."""

import pytest

from local.directory_world import LOCKOUT_THRESHOLD, STRICT_LOCKOUT_THRESHOLD, account
from local.domain_controller import DomainController
from mfa.contract.directory import DirectoryResult
from tests.directory.conftest import Asker, Forgiven, bad_passwords, binds

pytestmark = pytest.mark.integration
KEPT_FOR_THE_USER = 2


def test_each_wrong_password_counts_one_at_the_controller(
    asker: Asker, controller: DomainController, forgiven: Forgiven
) -> None:
    alice = forgiven("alice")
    before = binds(controller, alice)
    results = [asker.verify(alice, f"wrong-{number}").result for number in range(2)]
    assert results == [DirectoryResult.PASSWORD_WRONG] * 2
    assert (bad_passwords(controller, alice), binds(controller, alice)) == (2, before + 2)


@pytest.mark.parametrize(
    ("username", "threshold"), [("bob", LOCKOUT_THRESHOLD), ("strict", STRICT_LOCKOUT_THRESHOLD)], ids=["domain", "pso"]
)
def test_the_last_tries_before_a_lock_are_left_to_the_user(
    asker: Asker, controller: DomainController, forgiven: Forgiven, username: str, threshold: int
) -> None:
    """The threshold is the domain's, or that of the account's own password settings object."""
    forgiven(username)
    before = binds(controller, username)
    results = [asker.verify(username, f"wrong-{number}").result for number in range(threshold + 1)]
    sent = threshold - KEPT_FOR_THE_USER
    assert results == [DirectoryResult.PASSWORD_WRONG] * sent + [DirectoryResult.WITHHELD] * (threshold + 1 - sent)
    assert (bad_passwords(controller, username), binds(controller, username)) == (sent, before + sent)

    right = asker.verify(username, account(username).password)
    assert right.result is DirectoryResult.WITHHELD, "nor is the right one sent: nobody can know that it is"
    assert int(controller.accounts([username])[username].get("lockoutTime", "0")) == 0


def test_a_password_that_is_known_to_be_wrong_is_not_sent_again(
    asker: Asker, controller: DomainController, forgiven: Forgiven
) -> None:
    carol = forgiven("carol")
    first = asker.verify(carol, "wrong")
    assert first.account
    last_set, before = first.account.password_last_set, binds(controller, carol)
    again = asker.verify(carol, "wrong", known_wrong=[last_set])
    assert (again.result, again.was_sent) == (DirectoryResult.PASSWORD_KNOWN_WRONG, False)
    assert asker.verify(carol, "wrong", known_wrong=[last_set - 1]).was_sent, "the password was changed since"
    assert (bad_passwords(controller, carol), binds(controller, carol)) == (2, before + 1)


def test_a_right_password_ends_the_count(asker: Asker, controller: DomainController, forgiven: Forgiven) -> None:
    alice = forgiven("alice")
    asker.verify(alice, "wrong")
    assert asker.verify(alice, account(alice).password).result is DirectoryResult.PASSWORD_RIGHT
    assert bad_passwords(controller, alice) == 0


def test_no_password_reaches_an_account_that_cannot_log_in(asker: Asker, controller: DomainController) -> None:
    for username in ("disabled", "locked", "account-expired", "password-expired", "must-change"):
        asker.verify(username, "wrong")
        assert binds(controller, username) == 0, username
