"""Pairing: a device proves its key within a session, has a name and a place, perhaps a passkey, and can be removed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from enrollment.app import create_app
from mfa.contract.fields import base64url
from mfa.domain.push_devices import MAX_DEVICES
from mfa.errors import UnavailableError
from tests.fakes.phone import Phone, SoftPasskey
from tests.fakes.push_sender import FakeVapidKeys
from tests.functions.enrollment.world import ADMIN, PORTAL, Answer, World

PATH = "/v1/enrollment/devices"


def pair(
    world: World,
    token: str,
    phone: Phone | None = None,
    name: str = "Phone",
    changed: Mapping[str, object] | None = None,
) -> Answer:
    """``changed`` replaces fields after the signing."""
    phone = phone or Phone()
    return world.ask("POST", PATH, {**phone.pairing(token, name), **(changed or {})}, token=token)


def paired(world: World, token: str, name: str = "Phone") -> str:
    answered = pair(world, token, name=name)
    assert answered.status == 201, answered
    return str(answered.json["device_id"])


def listed(world: World, token: str) -> list[dict[str, Any]]:
    return list(world.ask("GET", PATH, token=token).json["devices"])


def other_session(world: World) -> str:
    if world.admin("GET", "/v1/admin/users/bob").status == 404:
        world.add_user("bob")
    return world.open_session("bob")


# ---- pairing


def test_a_device_that_proves_its_key_is_paired(world: World, token: str) -> None:
    phone = Phone()
    answered = pair(world, token, phone, name=" My phone ")
    assert answered.status == 201
    device_id = answered.json["device_id"]
    assert answered.json == {
        "device_id": device_id,
        "name": "My phone",
        "position": 1,
        "vapid_public_key": base64url(FakeVapidKeys().public_key()),
        "user": {"username": "alice", "display_name": "alice"},
    }
    assert listed(world, token) == [
        {
            "device_id": device_id,
            "name": "My phone",
            "position": 1,
            "created_at": int(world.clock.now()),
            "last_used_at": None,
            "notifications": False,
            "passkey": False,
        }
    ]
    stored = world.store.push_devices.read(device_id)
    assert stored is not None
    assert stored.public_key == phone.public_key


@pytest.mark.parametrize(
    "wrong", ["another key signs", "another name", "another session", "another key is named", "zeros", "no proof"]
)
def test_a_proof_that_does_not_fit_pairs_nothing(world: World, token: str, wrong: str) -> None:
    phone, other = Phone(), Phone()
    body = phone.pairing(token, "Phone")
    match wrong:
        case "another key signs":
            body["signature"] = other.pairing(token, "Phone")["signature"]
        case "another name":
            body["name"] = "Phone 2"
        case "another session":
            body = phone.pairing(other_session(world), "Phone")
        case "another key is named":
            body["public_key"] = base64url(other.public_key)
        case "zeros":
            body["signature"] = base64url(bytes(64))
        case "no proof":
            body["signature"] = phone.sign(b"")
    refused = world.ask("POST", PATH, body, token=token)
    assert (refused.status, refused.code) == (403, "signature-refused")
    assert listed(world, token) == []


@pytest.mark.parametrize(
    "bad",
    [
        {"name": ""},
        {"name": "x" * 65},
        {"name": None},
        {"name": "a\u202eb"},
        {"public_key": base64url(b"\x04" + bytes(64))},
        {"public_key": base64url(b"\x04" + bytes(range(63)))},
        {"public_key": base64url(b"\x02" + bytes(64))},
        {"public_key": 7},
        {"signature": base64url(bytes(63))},
        {"signature": ""},
        {"user_id": "x"},
        {"device_id": "A" * 22},
        {"position": 1},
        {"admin": True},
    ],
    ids=ascii,
)
def test_what_no_device_has_is_refused(world: World, token: str, bad: dict[str, object]) -> None:
    """THREATS G10 as well."""
    phone = Phone()
    name = bad.get("name")
    refused = pair(world, token, phone, name if isinstance(name, str) and name else "Phone", bad)
    assert (refused.status, refused.code) in {(400, "bad-request"), (400, "label-refused")}
    assert listed(world, token) == []


def test_there_are_as_many_devices_as_there_are_digits_for(world: World, token: str) -> None:
    for number in range(MAX_DEVICES):
        paired(world, token, f"Phone {number}")
    refused = pair(world, token)
    assert (refused.status, refused.code) == (409, "device-limit")
    gone = listed(world, token)[1]["device_id"]
    assert world.ask("DELETE", f"{PATH}/{gone}", token=token).status == 204
    paired(world, token, "The last")
    assert [(one["position"], one["name"]) for one in listed(world, token)] == [
        (1, "Phone 0"),
        (2, "Phone 2"),
        (3, "Phone 3"),
        (4, "Phone 4"),
        (5, "The last"),
    ]


def test_without_the_key_of_the_deployment_nothing_is_paired(world: World, token: str) -> None:
    """A device that could never be rung would look as if it were."""

    class NoVapidKeys:
        def public_key(self) -> bytes:
            raise UnavailableError("the vault is not reachable")

    pairing = replace(world.services.devices, vapid_keys=NoVapidKeys())
    world.app = create_app(replace(world.services, devices=pairing), world.faults.append)
    assert pair(world, token).code == "unavailable"
    assert listed(world, token) == []


# ---- names and places


@pytest.mark.parametrize(("position", "order"), [(1, "DABC"), (2, "ADBC"), (3, "ABDC"), (4, "ABCD")])
def test_a_device_can_change_its_place(world: World, token: str, position: int, order: str) -> None:
    ids = {name: paired(world, token, name) for name in "ABCD"}
    changed = world.ask("PATCH", f"{PATH}/{ids['D']}", {"position": position}, token=token)
    assert (changed.status, changed.json["position"], changed.json["name"]) == (200, position, "D")
    assert "".join(one["name"] for one in listed(world, token)) == order
    assert [one["position"] for one in listed(world, token)] == [1, 2, 3, 4]


def test_name_and_place_can_change_at_once_and_without_a_change_nothing_is_recorded(world: World, token: str) -> None:
    first, second = paired(world, token, "A"), paired(world, token, "B")
    changed = world.ask("PATCH", f"{PATH}/{second}", {"name": "Best", "position": 1}, token=token)
    assert (changed.json["name"], changed.json["position"]) == ("Best", 1)
    records = len(world.audit.changes)
    again = world.ask("PATCH", f"{PATH}/{second}", {"name": "Best", "position": 1}, token=token)
    assert (again.status, len(world.audit.changes)) == (200, records)
    assert world.store.subscribers.factors(world.admin("GET", "/v1/admin/users/alice").json["user_id"]).devices == (
        second,
        first,
    )


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"name": None},
        {"position": 0},
        {"position": 3},
        {"position": 6},
        {"position": "1"},
        {"position": True},
        {"position": 1.0},
        {"name": ""},
        {"name": "a\nb"},
        {"public_key": "x"},
        {"name": "x", "user_id": "x"},
    ],
    ids=ascii,
)
def test_what_is_no_change_is_refused(world: World, token: str, bad: dict[str, object]) -> None:
    device, _ = paired(world, token), paired(world, token)
    before = listed(world, token)
    refused = world.ask("PATCH", f"{PATH}/{device}", bad, token=token)
    assert (refused.status, refused.code) in {(400, "bad-request"), (400, "label-refused")}
    assert listed(world, token) == before


def test_a_change_at_the_same_moment_is_a_conflict(world: World, token: str) -> None:
    first, _ = paired(world, token, "A"), paired(world, token, "B")
    add, reorder, of_user = (getattr(world.store.push_devices, name) for name in ("add", "reorder", "of_user"))

    def meanwhile(then: Any) -> Any:
        def changed(*arguments: Any) -> Any:
            reorder(world.store.subscribers.factors(_user_id(world)), _order(world)[::-1])
            return then(*arguments)

        return changed

    world.store.push_devices.add = meanwhile(add)  # type: ignore[method-assign]
    refused = pair(world, token)
    assert (refused.status, refused.code) == (409, "devices-changed")
    world.store.push_devices.reorder = meanwhile(reorder)  # type: ignore[method-assign]
    refused = world.ask("PATCH", f"{PATH}/{first}", {"position": 1}, token=token)
    assert (refused.status, refused.code) == (409, "devices-changed")
    assert len(of_user(_user_id(world))) == 2


def _user_id(world: World) -> str:
    return str(world.admin("GET", "/v1/admin/users/alice").json["user_id"])


def _order(world: World) -> tuple[str, ...]:
    return world.store.subscribers.factors(_user_id(world)).devices


# ---- passkeys


def make_passkey(world: World, token: str, device_id: str, key: SoftPasskey | None = None) -> Answer:
    path = f"{PATH}/{device_id}/passkey"
    options = world.ask("POST", f"{path}/options", token=token)
    assert options.status == 200, options
    key = key or SoftPasskey(PORTAL, "mfa.example.test")
    return world.ask("POST", path, {"credential": key.create(options.json["public_key"]["challenge"])}, token=token)


def test_a_device_gets_a_passkey(world: World, token: str) -> None:
    device = paired(world, token)
    options = world.ask("POST", f"{PATH}/{device}/passkey/options", token=token).json["public_key"]
    assert options["rp"] == {"id": "mfa.example.test", "name": "Example Corp"}
    assert (options["user"]["name"], options["user"]["id"]) == ("alice", base64url(device.encode()))
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert make_passkey(world, token, device).status == 204
    assert listed(world, token)[0]["passkey"] is True


def test_a_new_passkey_takes_the_place_of_the_old_one(world: World, token: str) -> None:
    device = paired(world, token)
    for name in (b"the first", b"the second"):
        assert make_passkey(world, token, device, SoftPasskey(PORTAL, "mfa.example.test", credential_id=name)).status
    stored = world.store.push_devices.read(device)
    assert stored is not None
    assert stored.passkey is not None
    assert stored.passkey.credential_id == b"the second"


def test_a_passkey_that_was_made_for_another_session_device_or_portal_is_refused(world: World, token: str) -> None:
    device, tablet = paired(world, token), paired(world, token, "Tablet")
    later = world.open_session("alice")

    def challenge_for(session: str, one: str) -> str:
        options = world.ask("POST", f"{PATH}/{one}/passkey/options", token=session).json["public_key"]
        return str(options["challenge"])

    challenges = {(session, one): challenge_for(session, one) for session in (token, later) for one in (device, tablet)}
    assert len(set(challenges.values())) == 4
    here = SoftPasskey(PORTAL, "mfa.example.test")
    for challenge, key in (
        (challenges[later, device], here),
        (challenges[token, tablet], here),
        (challenges[token, device], SoftPasskey("https://evil.test", "mfa.example.test")),
        (challenges[token, device], SoftPasskey(PORTAL, "evil.test")),
    ):
        made = {"credential": key.create(challenge)}
        refused = world.ask("POST", f"{PATH}/{device}/passkey", made, token=token)
        assert (refused.status, refused.code) == (422, "passkey-refused")
    assert listed(world, token)[0]["passkey"] is False


@pytest.mark.parametrize("credential", [{}, {"id": "x"}, {"response": {}}, {"id": 1, "rawId": [], "response": "x"}])
def test_a_credential_that_makes_no_sense_is_refused(world: World, token: str, credential: object) -> None:
    device = paired(world, token)
    refused = world.ask("POST", f"{PATH}/{device}/passkey", {"credential": credential}, token=token)
    assert (refused.status, refused.code) == (422, "passkey-refused")


@pytest.mark.parametrize("body", [{}, {"credential": None}, {"credential": []}, {"credential": {}, "user_id": "x"}])
def test_a_passkey_comes_as_one_credential(world: World, token: str, body: object) -> None:
    device = paired(world, token)
    refused = world.ask("POST", f"{PATH}/{device}/passkey", body, token=token)
    assert (refused.status, refused.code) == (400, "bad-request")


# ---- whose they are


def requests_for(device_id: str) -> list[tuple[str, str, object]]:
    device = f"{PATH}/{device_id}"
    return [
        ("PATCH", device, {"name": "mine", "position": 1}),
        ("PATCH", device, {"name": "mine"}),
        ("DELETE", device, None),
        ("POST", f"{device}/passkey/options", None),
        ("POST", f"{device}/passkey", {"credential": {}}),
    ]


def test_g4_devices_of_others_look_like_none(world: World, token: str) -> None:
    device, bob = paired(world, token), other_session(world)
    paired(world, bob, "Bob's")
    before = listed(world, token)
    for (method, path, body), (_, none, _) in zip(requests_for(device), requests_for("A" * 22), strict=True):
        foreign = world.ask(method, path, body, token=bob)
        unknown = world.ask(method, none, body, token=bob)
        assert (foreign.status, foreign.code) == (404, "not-found")
        assert foreign.body == unknown.body
    assert listed(world, token) == before
    assert [one["name"] for one in listed(world, bob)] == ["Bob's"]


@pytest.mark.parametrize("device_id", ["x", "A" * 5000, "%23", "a%00b", "..", "%2e%2e%2ffactors"])
def test_what_is_no_id_is_nobody_s(world: World, token: str, device_id: str) -> None:
    for method, path, body in requests_for(device_id):
        assert world.ask(method, path, body, token=token).status == 404, path
    assert not world.faults


def test_without_an_open_session_there_is_nothing_to_see(world: World, token: str) -> None:
    device = paired(world, token)
    world.ask("DELETE", "/v1/enrollment/sessions/current", token=token)
    requests = [("GET", PATH, None), ("POST", PATH, Phone().pairing(token, "x")), *requests_for(device)]
    for used, code in ((token, "session-refused"), (None, "session-needed")):
        for method, path, body in requests:
            refused = world.ask(method, path, body, token=used)
            assert (refused.status, refused.code) == (401, code)


def test_every_change_of_a_device_names_its_actor(world: World, token: str) -> None:
    device, _ = paired(world, token), paired(world, token, "B")
    world.ask("PATCH", f"{PATH}/{device}", {"name": "Old", "position": 2}, token=token)
    make_passkey(world, token, device)
    world.ask("DELETE", f"{PATH}/{device}", token=token)
    (other,) = listed(world, token)
    world.admin("DELETE", f"/v1/admin/users/alice/devices/{other['device_id']}")
    changes = [change for change in world.audit.changes if change.event.startswith("device_")]
    assert [(change.event, change.actor) for change in changes] == [
        ("device_paired", "subscriber"),
        ("device_paired", "subscriber"),
        ("device_renamed", "subscriber"),
        ("device_moved", "subscriber"),
        ("device_passkey_added", "subscriber"),
        ("device_removed", "subscriber"),
        ("device_removed", ADMIN),
    ]
    assert {change.details["device_id"] for change in changes} == {device, other["device_id"]}


# ---- administrators


def test_an_administrator_sees_devices_and_can_remove_one(world: World, token: str) -> None:
    device, tablet = paired(world, token), paired(world, token, "Tablet")
    assert world.admin("GET", "/v1/admin/users/alice").json["devices"] == listed(world, token)
    assert world.admin("DELETE", f"/v1/admin/users/CORP%5Calice/devices/{device}").status == 204
    shown = world.admin("GET", "/v1/admin/users/alice").json
    assert [(one["device_id"], one["position"]) for one in shown["devices"]] == [(tablet, 1)]
    assert shown["push"] == {"muted_at": None, "prompts_lately": 0}


@pytest.mark.parametrize("device_id", ["A" * 22, "x", "A" * 5000, "%23"])
def test_an_administrator_removes_no_device_that_is_not_the_user_s(world: World, token: str, device_id: str) -> None:
    foreign = paired(world, other_session(world))
    for one in (device_id, foreign):
        refused = world.admin("DELETE", f"/v1/admin/users/alice/devices/{one}")
        assert (refused.status, refused.code) == (404, "not-found")
    assert world.admin("DELETE", f"/v1/admin/users/nobody/devices/{foreign}").status == 404
    assert world.store.push_devices.read(foreign) is not None


def test_unmuting_is_for_administrators_and_of_users_that_there_are(world: World, token: str) -> None:
    for method, path in (
        ("POST", "/v1/admin/users/alice/push/unmute"),
        ("DELETE", f"/v1/admin/users/alice/devices/{paired(world, token)}"),
    ):
        refused = world.ask(method, path, token=token)
        assert (refused.status, refused.code) == (403, "administrators-only")
    assert world.admin("POST", "/v1/admin/users/nobody/push/unmute").status == 404
    for _ in range(2):
        assert world.admin("POST", "/v1/admin/users/alice/push/unmute").status == 204


def test_a_removed_user_s_devices_are_gone(world: World, token: str) -> None:
    device = paired(world, token)
    world.admin("DELETE", "/v1/admin/users/alice")
    assert world.store.push_devices.read(device) is None
    world.add_user("alice")
    assert world.admin("GET", "/v1/admin/users/alice").json["devices"] == []
