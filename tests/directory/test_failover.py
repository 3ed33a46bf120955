"""Controllers that hang, refuse or are gone; and those that are not who they should be."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from statistics import median

import pytest

from local import samba_server
from local.certificates import Authority
from local.directory_world import account
from local.domain_controller import Domain, DomainController
from mfa.contract.directory import DirectoryAddress, DirectoryResult
from mfa.contract.directory import DomainController as Controller
from tests.directory.conftest import Asker, Forgiven, bad_passwords, binds

pytestmark = pytest.mark.integration
FAST_SECONDS = 1.0
ALICE = account("alice")


@contextmanager
def hanging(controller: DomainController) -> Iterator[None]:
    controller.pause()
    try:
        yield
    finally:
        controller.resume()


@pytest.fixture
def both(asker: Asker, domain: Domain, controller: DomainController, second_controller: DomainController) -> Asker:
    return asker.at(domain.address_of(controller, second_controller))


def test_a_hanging_first_controller_costs_less_than_a_second(
    both: Asker, controller: DomainController, second_controller: DomainController
) -> None:
    before = binds(second_controller, "alice")
    with hanging(controller):
        began = time.perf_counter()
        looked_up = both.look_up("alice")
        look_up_seconds = time.perf_counter() - began
        began = time.perf_counter()
        verified = both.verify("alice", ALICE.password)
        verify_seconds = time.perf_counter() - began
    assert (looked_up.result, looked_up.controller) == (DirectoryResult.FOUND, second_controller.host)
    assert (verified.result, verified.controller) == (DirectoryResult.PASSWORD_RIGHT, second_controller.host)
    assert look_up_seconds < FAST_SECONDS
    assert verify_seconds < FAST_SECONDS
    assert binds(second_controller, "alice") == before + 1


def test_a_hanging_first_controller_never_gets_the_password_later(
    both: Asker, controller: DomainController, forgiven: Forgiven
) -> None:
    """What waits in its socket when it wakes up must hold no password: it would count one more."""
    forgiven("bob")
    before = binds(controller, "bob")
    with hanging(controller):
        assert both.verify("bob", "wrong").result is DirectoryResult.PASSWORD_WRONG
    assert both.look_up("bob").result is DirectoryResult.FOUND, "it is awake again, and has read what waited"
    assert (binds(controller, "bob"), bad_passwords(controller, "bob")) == (before, 0)


def test_with_all_well_the_first_controller_is_asked_and_nobody_else(
    both: Asker, controller: DomainController, second_controller: DomainController
) -> None:
    at_first, at_second = binds(controller, "alice"), binds(second_controller, "alice")
    answers = [both.verify("alice", ALICE.password) for _ in range(5)]
    assert [answer.result for answer in answers] == [DirectoryResult.PASSWORD_RIGHT] * 5
    assert binds(controller, "alice") + binds(second_controller, "alice") == at_first + at_second + 5
    assert median(answer.milliseconds["total"] for answer in answers) < FAST_SECONDS * 1000


def test_a_controller_that_is_gone_is_passed_over(asker: Asker, domain: Domain, controller: DomainController) -> None:
    with samba_server.free_address() as nobody:
        gone = Controller(host="dc9.corp.example.test", address=nobody)
        answer = asker.at(_with(domain.address_of(controller), gone)).verify("alice", ALICE.password)
    assert (answer.result, answer.controller) == (DirectoryResult.PASSWORD_RIGHT, controller.host)


def test_all_controllers_hanging_is_unavailable_in_time(
    asker: Asker, domain: Domain, controller: DomainController
) -> None:
    directory = asker.directory
    with hanging(controller):
        began = time.perf_counter()
        answer = Asker(directory, domain.address_of(controller)).look_up("alice")
        seconds = time.perf_counter() - began
    assert (answer.result, answer.was_sent) == (DirectoryResult.UNAVAILABLE, False)
    assert seconds < 6
    assert answer.detail
    assert controller.host in answer.detail


@pytest.mark.parametrize("fault", ["another authority", "another name"])
def test_no_password_leaves_before_certificate_and_name_are_right(
    asker: Asker, domain: Domain, controller: DomainController, fault: str
) -> None:
    address = domain.address_of(controller)
    if fault == "another authority":
        address = replace(address, ca_certificates=Authority.new("Somebody else's CA").pem)
    else:
        elsewhere = Controller(host="elsewhere.example.test", address=controller.address)
        address = replace(address, controllers=(elsewhere,))
    before = len(controller.authentications())
    answer = asker.at(address).verify("alice", ALICE.password)
    assert (answer.result, answer.was_sent) == (DirectoryResult.UNAVAILABLE, False)
    assert answer.detail
    assert "certificate" in answer.detail
    assert len(controller.authentications()) == before, "not even the service account's password was sent"


def test_the_certificates_name_is_checked_when_the_connection_is_made_by_address(
    asker: Asker, domain: Domain, controller: DomainController
) -> None:
    by_address = Controller(host=controller.address, address=controller.address)
    address = replace(domain.address_of(controller), controllers=(by_address,))
    assert asker.at(address).look_up("alice").result is DirectoryResult.UNAVAILABLE


def _with(address: DirectoryAddress, first: Controller) -> DirectoryAddress:
    return replace(address, controllers=(first, *address.controllers))
