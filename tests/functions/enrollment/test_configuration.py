"""What an administrator can do with the configuration: all or nothing, and no secret ever comes back."""

from typing import Any

import pytest

from mfa.domain.client_profile import ClientProfile
from tests.functions.enrollment.world import ADMIN, Answer, World

PATH = "/v1/admin/configuration"
SECRET = "a shared secret canary"
REALMS = [{"name": "corp", "netbios_domains": ["CORP"], "upn_suffixes": ["corp.example.test"]}]
VPN: dict[str, Any] = {
    "name": "vpn",
    "networks": ["192.0.2.0/24"],
    "secret": SECRET,
    "timeout_seconds": 10,
    "retries": 2,
}


NO_POLICIES: dict[str, Any] = {"policies": [], "exemptions": [], "upstreams": []}


def put(world: World, *clients: dict[str, Any], expected: int = 1, **more: object) -> Answer:
    message = {"expected_revision": expected, "realms": REALMS, "clients": list(clients), **more}
    return world.admin("PUT", PATH, message)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", PATH),
        ("PUT", PATH),
        ("GET", "/v1/admin/clients/vpn/profile"),
        ("DELETE", "/v1/admin/clients/vpn/pins"),
        ("DELETE", "/v1/admin/clients/vpn/pins/192.0.2.7"),
    ],
)
def test_nobody_but_an_administrator_gets_at_the_configuration(
    world: World, token: str, method: str, path: str
) -> None:
    world.store.observations.pin("vpn", "192.0.2.7", 0)
    refused = world.ask(method, path, {"expected_revision": 1, "realms": REALMS, "clients": []}, token=token)
    assert (refused.status, refused.code) == (403, "administrators-only")
    assert world.store.observations.pins("vpn") == {"192.0.2.7"}
    assert world.admin("GET", PATH).json["revision"] == 1


def test_what_was_applied_is_shown_without_its_secrets(world: World) -> None:
    applied = put(world, {**VPN, "previous_secret": "the former secret canary"})
    assert (applied.status, applied.json["revision"]) == (200, 2)
    assert [change["text"] for change in applied.json["changes"]] == ["client vpn: added"]
    shown = world.admin("GET", PATH)
    assert "canary" not in shown.body + applied.body
    assert (shown.json["revision"], shown.json["clients"][0]["name"]) == (2, "vpn")
    assert world.store.state.revisions[2].clients[0].edge.secrets == (SECRET.encode(), b"the former secret canary")


def test_what_is_shown_can_be_applied_again_and_changes_nothing(world: World) -> None:
    put(world, {**VPN, "reply_attributes": {"Class": ["a", "b"]}, "edge_roles": ["edge"]})
    shown = world.admin("GET", PATH).json
    again = world.admin("PUT", PATH, {"expected_revision": shown.pop("revision"), **shown})
    assert (again.status, again.json) == (200, {"revision": 3, "changes": []})
    assert world.store.state.revisions[3].clients == world.store.state.revisions[2].clients


UPSTREAM: dict[str, Any] = {"name": "nps", "servers": ["10.0.3.10"], "secret": "an upstream secret canary"}
DENY_MALLORY: dict[str, Any] = {"name": "mallory", "users": ["mallory"], "action": "deny"}


def test_policies_are_applied_and_shown_without_the_secrets_of_upstreams(world: World) -> None:
    rest = {"name": "rest", "action": "forward", "upstream": "nps"}
    applied = put(world, VPN, policies=[DENY_MALLORY, rest], upstreams=[UPSTREAM])
    assert applied.status == 200, applied.body
    assert [change["text"] for change in applied.json["changes"]] == [
        "client vpn: added",
        "policy mallory: added",
        "policy rest: added",
        "upstream nps: added",
    ]
    shown = world.admin("GET", PATH)
    assert "canary" not in shown.body + applied.body + repr(world.audit)
    assert shown.json["policies"] == [DENY_MALLORY, rest]
    again = {"expected_revision": shown.json.pop("revision"), **shown.json}
    del again["revision"]
    assert world.admin("PUT", PATH, again).json["changes"] == []
    (kept,) = world.store.state.revisions[3].upstreams
    assert kept.secret == b"an upstream secret canary"


def test_an_upstream_without_a_secret_must_exist_already(world: World) -> None:
    without = {name: value for name, value in UPSTREAM.items() if name != "secret"}
    refused = put(world, VPN, upstreams=[without])
    assert (refused.status, refused.json["errors"][0]["path"]) == (422, "/upstreams/0")
    put(world, VPN, upstreams=[UPSTREAM])
    changed = put(world, VPN, expected=2, upstreams=[without | {"timeout_ms": 500}])
    assert [change["text"] for change in changed.json["changes"]] == ["upstream nps: timeout_ms: 2000 -> 500"]


def test_a_time_zone_that_there_is_not_is_told(world: World) -> None:
    times = [{"timezone": "Middle/Earth"}]
    refused = put(world, VPN, policies=[DENY_MALLORY | {"times": times}])
    assert [error["path"] for error in refused.json["errors"]] == ["/policies/0/times/0/timezone"]


def test_a_dry_run_tells_the_changes_and_writes_nothing(world: World) -> None:
    put(world, VPN)
    secret = {**VPN, "secret": "another secret canary", "previous_secret": SECRET}
    dry = put(world, secret, expected=2, dry_run=True)
    assert [change["text"] for change in dry.json["changes"]] == [
        "client vpn: shared secret changes",
        "client vpn: previous shared secret: none -> the current one",
    ]
    assert "canary" not in dry.body
    assert world.admin("GET", PATH).json["revision"] == 2
    assert len(world.audit.configuration) == 1


def test_who_applied_what_is_recorded_without_secrets(world: World) -> None:
    put(world, VPN)
    put(world, {**VPN, "secret": "another secret canary", "retries": 1}, expected=2)
    event = world.audit.configuration[-1]
    assert (event.event, event.subject, event.actor) == ("configuration_applied", "3", ADMIN)
    assert set(event.details.values()) == {"2", "client vpn: retries: 2 -> 1", "client vpn: shared secret changes"}
    assert "canary" not in repr(world.audit)


@pytest.mark.parametrize("expected", [0, 2, 99])
def test_a_change_from_another_revision_is_a_conflict(world: World, expected: int) -> None:
    refused = put(world, VPN, expected=expected)
    assert (refused.status, refused.code) == (409, "conflict")
    assert "revision 1 is in force" in refused.json["detail"]
    assert world.admin("GET", PATH).json["revision"] == 1


def test_of_two_that_apply_at_once_one_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one gets in between the reading and the writing."""
    configurations = world.store.configurations
    original = configurations.apply

    def late(configuration: Any, now: int) -> None:
        monkeypatch.setattr(configurations, "apply", original)
        assert put(world, {**VPN, "name": "first"}).status == 200
        original(configuration, now)

    monkeypatch.setattr(configurations, "apply", late)
    refused = put(world, {**VPN, "name": "second"})
    assert (refused.status, refused.code) == (409, "conflict")
    assert world.admin("GET", PATH).json["clients"][0]["name"] == "first"


def test_a_document_with_mistakes_is_answered_with_all_of_them_and_changes_nothing(world: World) -> None:
    bad = {**VPN, "networks": ["0.0.0.0/0"], "secret": "short canary", "retries": 11}
    refused = put(world, VPN, bad)
    assert (refused.status, refused.code) == (422, "invalid-configuration")
    assert [error["path"] for error in refused.json["errors"]] == [
        "/clients/1/name",
        "/clients/1/networks/0",
        "/clients/1/secret",
        "/clients/1/retries",
    ]
    assert "canary" not in refused.body
    assert world.admin("GET", PATH).json == {
        "revision": 1,
        "version": 1,
        "realms": [{"name": "corp", "netbios_domains": ["CORP"], "upn_suffixes": ["corp.example.test"]}],
        "clients": [],
        **NO_POLICIES,
    }
    assert not world.faults


def test_a_thousand_mistakes_are_not_all_told(world: World) -> None:
    refused = put(world, *[{"name": f"client-{number}"} for number in range(1000)])
    assert refused.status == 422
    assert len(refused.json["errors"]) == 200
    assert "4000 mistake(s), of which the first 200 are told" in refused.json["detail"]


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"expected_revision": -1},
        {"expected_revision": "1"},
        {"expected_revision": 1, "dry_run": "yes"},
        {"expected_revision": 1, "revision": 2},
    ],
)
def test_a_request_that_is_no_request_is_a_400(world: World, message: object) -> None:
    refused = world.admin("PUT", PATH, message)
    assert (refused.status, refused.code) == (400, "bad-request")


def test_a_new_client_needs_a_secret_and_an_old_one_keeps_its(world: World) -> None:
    without = {name: value for name, value in VPN.items() if name != "secret"}
    refused = put(world, without)
    assert refused.json["errors"][0]["path"] == "/clients/0"
    put(world, VPN)
    assert put(world, {**without, "retries": 3}, expected=2).status == 200
    assert world.store.state.revisions[3].clients[0].edge.secrets == (SECRET.encode(),)


def test_the_first_configuration_of_a_deployment_can_be_applied() -> None:
    world = World(realms=())
    assert world.admin("GET", PATH).json == {
        "revision": 0,
        "version": 1,
        "realms": [],
        "clients": [],
        **NO_POLICIES,
    }
    assert put(world, VPN, expected=0).json["revision"] == 1


def test_a_configuration_of_a_thousand_clients_fits(world: World) -> None:
    clients = [
        {**VPN, "name": f"site-{number:04}", "networks": [f"10.{number >> 8}.{number & 255}.0/24"]}
        for number in range(1000)
    ]
    assert put(world, *clients).status == 200
    assert len(world.admin("GET", PATH).json["clients"]) == 1000


def test_a_user_may_not_send_as_much_as_an_administrator(world: World) -> None:
    big = {"code": "x" * 20_000}
    assert world.ask("POST", "/v1/enrollment/sessions", big).status == 413
    assert world.admin("PUT", PATH, big).status == 400
    assert world.admin("PUT", PATH, {"code": "x" * 2_200_000}).status == 413


# ---- what was learned


def test_a_profile_shows_what_was_learned_and_the_pins(world: World) -> None:
    put(world, VPN)
    assert world.admin("GET", "/v1/admin/clients/vpn/profile").json == {"name": "vpn", "pins": [], "traits": []}
    world.store.observations.pin("vpn", "192.0.2.9", 5)
    traits = {"protocol:pap": 20, "attribute:NAS-Identifier": 10}
    world.store.observations.learn(ClientProfile(client="vpn", version=1, traits=traits))
    assert world.admin("GET", "/v1/admin/clients/vpn/profile").json == {
        "name": "vpn",
        "pins": ["192.0.2.9"],
        "traits": [
            {"trait": "attribute:NAS-Identifier", "first_seen": 10},
            {"trait": "protocol:pap", "first_seen": 20},
        ],
    }


def test_no_address_is_too_long_to_be_looked_for(world: World) -> None:
    assert world.admin("DELETE", f"/v1/admin/clients/vpn/pins/{'1' * 2000}").status == 404


@pytest.mark.parametrize("name", ["other", "x" * 65, "%23", "%2F"])
def test_there_is_no_profile_of_a_client_that_does_not_exist(world: World, name: str) -> None:
    assert world.admin("GET", f"/v1/admin/clients/{name}/profile").status == 404
    assert world.admin("DELETE", f"/v1/admin/clients/{name}/pins").status == 404


def test_a_pin_is_lifted_once_and_recorded(world: World) -> None:
    for address in ("192.0.2.7", "2001:db8::7"):
        world.store.observations.pin("vpn", address, 0)
    assert world.admin("DELETE", "/v1/admin/clients/vpn/pins/2001%3Adb8%3A%3A7").status == 204
    assert world.admin("DELETE", "/v1/admin/clients/vpn/pins/2001:db8::7").status == 404
    assert world.store.observations.pins("vpn") == {"192.0.2.7"}
    event = world.audit.configuration[-1]
    assert (event.event, event.subject, event.details) == ("client_unpinned", "vpn", {"source_ip": "2001:db8::7"})


def test_all_pins_of_a_client_are_lifted_and_nobody_elses(world: World) -> None:
    for client, address in (("vpn", "192.0.2.7"), ("vpn", "192.0.2.8"), ("wifi", "192.0.2.7")):
        world.store.observations.pin(client, address, 0)
    assert world.admin("DELETE", "/v1/admin/clients/vpn/pins").status == 204
    assert world.store.observations.all_pins() == {"wifi": {"192.0.2.7"}}
    assert world.admin("DELETE", "/v1/admin/clients/vpn/pins").status == 404
