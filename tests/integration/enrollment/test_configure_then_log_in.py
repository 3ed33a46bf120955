"""A configuration that is applied over the API is what the next login is decided by."""

from dataclasses import replace
from typing import Any

import pytest

from mfa.contract import EdgeConfiguration, MessageAuthenticatorState
from mfa.domain.reasons import RejectReason
from mfa.services.client_observation import ObservedClients
from tests.integration.enrollment.conftest import Company

pytestmark = pytest.mark.integration
PATH = "/v1/admin/configuration"
NEW = b"the next shared secret"


def change(company: Company, **changes: object) -> int:
    """Apply what is in force with one client changed, as the command does it."""
    shown = company.enrollment.admin("GET", PATH).json
    (vpn,) = [client for client in shown["clients"] if client["name"] == "vpn"]
    vpn |= changes
    sent = {"expected_revision": shown.pop("revision"), **shown}
    applied = company.enrollment.admin("PUT", PATH, sent)
    assert applied.status == 200, applied
    return int(applied.json["revision"])


def told(company: Company, role: str | None = None) -> Any:
    configuration = company.logins.configuration_service().edge_configuration(role)
    assert EdgeConfiguration.from_json(configuration.to_json()) == configuration
    return next((client for client in configuration.clients if client.name == "vpn"), None)


def test_a_rotation_gives_edges_both_secrets_and_then_one(company: Company) -> None:
    old = told(company).secrets[0]
    change(company, secret=NEW.decode(), previous_secret=old.decode())
    assert told(company).secrets == (NEW, old)
    change(company, retries=3)
    assert told(company).secrets == (NEW, old), "a document without secrets keeps them all"
    change(company, secret=NEW.decode())
    assert told(company).secrets == (NEW,)


def test_a_waiver_reaches_the_edge_with_its_end(company: Company) -> None:
    switch = "dangerously_allow_chap_without_message_authenticator"
    change(company, waivers={switch: {"owner": "Ada", "reason": "an old device", "until": "2023-12-01"}})
    assert told(company).chap_without_message_authenticator_until == 1_701_475_199


def test_only_its_own_edges_get_a_client_and_decide_for_it(company: Company) -> None:
    """THREATS X1."""
    company.logins.add_user("alice")
    revision = str(change(company, edge_roles=["edge-a"]))
    assert told(company, "edge-b") is None
    assert told(company, "edge-a").name == "vpn"
    request = company.logins.request(company.logins.code(), revision=revision)
    service = company.logins.another_instance()
    assert company.logins.send(request, service, role="edge-b").reason is RejectReason.FOREIGN_CLIENT
    assert company.logins.send(request, service, role="edge-a").outcome == "accept"


def test_what_logins_teach_is_shown_told_to_edges_and_can_be_lifted(company: Company) -> None:
    logins = company.logins
    logins.add_user("alice")
    observer = ObservedClients(store=logins.store.observations, audit=logins.audit, clock=logins.clock)
    service = logins.another_instance(observer=observer)
    assert logins.send(logins.request(logins.code()), service).outcome == "accept"
    assert told(company).message_authenticator_pins == ("192.0.2.7",)
    learned = company.enrollment.admin("GET", "/v1/admin/clients/vpn/profile").json
    assert learned["pins"] == ["192.0.2.7"]
    assert "protocol:pap" in [one["trait"] for one in learned["traits"]]

    unsigned = replace(logins.request("123456"), message_authenticator=MessageAuthenticatorState.ABSENT)
    assert logins.send(unsigned, service).outcome == "drop"
    assert company.enrollment.admin("DELETE", "/v1/admin/clients/vpn/pins/192.0.2.7").status == 204
    logins.clock.advance(60)
    assert told(company).message_authenticator_pins == ()
    again = replace(logins.request("123456"), message_authenticator=MessageAuthenticatorState.ABSENT)
    assert logins.send(again, service).outcome == "reject"
