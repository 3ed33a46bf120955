"""Accounting: each record kept once and told once, for the edge's own clients only."""

from dataclasses import replace

import pytest

from mfa.domain.reasons import RejectReason
from mfa.errors import UnavailableError
from mfa.services.accounting import AccountingService
from tests.fakes.accounting_requests import accounting_request
from tests.fakes.login_world import REALM, LoginWorld, client
from tests.fakes.store import InMemoryStore


@pytest.fixture
def world() -> LoginWorld:
    return LoginWorld()


def store(world: LoginWorld) -> InMemoryStore:
    assert isinstance(world.store, InMemoryStore)
    return world.store


@pytest.fixture
def service(world: LoginWorld) -> AccountingService:
    return another_instance(world)


def another_instance(world: LoginWorld) -> AccountingService:
    return AccountingService(
        configuration=world.configuration_service(),
        store=store(world).accounting,
        audit=world.audit,
        clock=world.clock,
        retention_days=30,
    )


def test_a24_a_record_is_kept_and_told_once_however_often_it_is_sent(
    world: LoginWorld, service: AccountingService
) -> None:
    for instance in (service, service, another_instance(world)):
        assert instance.keep(accounting_request(), None) is None
    (kept,) = store(world).state.accounting.values()
    assert (kept.event, kept.received_at) == (accounting_request(), int(world.clock.now()))
    assert kept.expires_at == kept.received_at + 30 * 86_400
    assert world.audit.accounting == [kept]


def test_a_fault_is_no_acknowledgement_and_the_next_try_works(world: LoginWorld, service: AccountingService) -> None:
    store(world).faults.before["accounting.add"] = 1
    with pytest.raises(UnavailableError):
        service.keep(accounting_request(), None)
    assert world.audit.accounting == []
    assert service.keep(accounting_request(), None) is None
    assert len(store(world).state.accounting) == 1


def test_a_write_whose_answer_was_lost_is_not_written_twice(world: LoginWorld, service: AccountingService) -> None:
    store(world).faults.after["accounting.add"] = 1
    with pytest.raises(UnavailableError):
        service.keep(accounting_request(), None)
    assert service.keep(accounting_request(), None) is None
    assert len(store(world).state.accounting) == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"client": "nobody"}, RejectReason.UNKNOWN_CLIENT),
        ({"config_revision": "99"}, RejectReason.STALE_CONFIGURATION),
        ({"config_revision": "x"}, RejectReason.STALE_CONFIGURATION),
    ],
)
def test_what_the_configuration_does_not_know_is_not_kept(
    world: LoginWorld, service: AccountingService, change: dict[str, object], reason: RejectReason
) -> None:
    assert service.keep(accounting_request(**change), None) is reason
    assert store(world).state.accounting == {}


def test_x1_an_edge_reports_for_its_own_clients_only(world: LoginWorld) -> None:
    policy = replace(client("vpn", "192.0.2.0/24"), edge_roles=frozenset({"vpn-edge"}))
    world.configuration.apply([REALM], [policy])
    service, request = another_instance(world), accounting_request(config_revision="2")
    assert service.keep(request, "another-edge") is RejectReason.FOREIGN_CLIENT
    assert service.keep(request, None) is RejectReason.FOREIGN_CLIENT
    assert store(world).state.accounting == {}
    assert service.keep(request, "vpn-edge") is None
