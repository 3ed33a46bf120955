"""What a device does for itself: it says who it is, where it can be rung, and tries whether ringing works."""

from typing import Any

import pytest

from mfa.contract.fields import base64url
from tests.fakes.phone import Phone, new_key, raw_public_key
from tests.fakes.push_sender import GONE, KNOWN_SERVICE, TAKEN, FakeVapidKeys
from tests.functions.devices.world import DeviceWorld
from tests.functions.enrollment.world import Answer

PATH = "/v1/device/subscription"
BROWSER_KEY = raw_public_key(new_key())
SUBSCRIPTION: dict[str, Any] = {
    "endpoint": f"{KNOWN_SERVICE}a-capability-canary",
    "keys": {"p256dh": base64url(BROWSER_KEY), "auth": base64url(b"an auth secret.."[:16])},
}


def subscribe(world: DeviceWorld, phone: Phone, **changed: object) -> Answer:
    return world.ask(phone, "PUT", PATH, {**SUBSCRIPTION, **changed})


def ring(world: DeviceWorld, phone: Phone) -> Answer:
    return world.ask(phone, "POST", "/v1/device/test")


def test_a_device_is_told_who_it_is(world: DeviceWorld, phone: Phone) -> None:
    world.phone(name="Tablet")
    shown = world.ask(phone, "GET", "/v1/device")
    assert (shown.status, shown.json) == (
        200,
        {
            "device_id": phone.device_id,
            "name": "Phone",
            "position": 1,
            "user": {"username": "alice", "display_name": "alice"},
            "paired_at": 1_700_000_000,
            "last_used_at": None,
            "notifications": False,
            "passkey": False,
            "muted_at": None,
            "vapid_public_key": base64url(FakeVapidKeys().public_key()),
            "now": 1_700_000_000_000,
        },
    )


def test_a_device_is_told_that_its_user_gets_no_prompts_until_an_administrator_lifts_that(
    world: DeviceWorld, phone: Phone
) -> None:
    other = world.phone(name="Tablet")
    reported = world.login(phone)
    world.clock.advance(7)
    world.decide(phone, reported, "report")
    for device in (phone, other):
        assert world.ask(device, "GET", "/v1/device").json["muted_at"] == 1_700_000_007
    world.company.admin("POST", "/v1/admin/users/alice/push/unmute")
    assert world.ask(phone, "GET", "/v1/device").json["muted_at"] is None


def test_a_subscription_can_be_set_replaced_and_taken_back(world: DeviceWorld, phone: Phone) -> None:
    assert subscribe(world, phone).status == 204
    assert subscribe(world, phone, endpoint=f"{KNOWN_SERVICE}another").status == 204
    stored = world.company.store.push_devices.read(phone.device_id).subscription
    assert (stored.endpoint, stored.public_key) == (f"{KNOWN_SERVICE}another", BROWSER_KEY)
    assert world.ask(phone, "GET", "/v1/device").json["notifications"] is True
    for _ in range(2):
        assert world.ask(phone, "DELETE", PATH).status == 204
    assert world.ask(phone, "GET", "/v1/device").json["notifications"] is False


@pytest.mark.parametrize(
    "endpoint", ["http://169.254.169.254/latest/meta-data/", "https://evil.test/", "https://", "file:///etc/passwd"]
)
def test_x2_nobody_but_a_push_service_is_ever_rung(world: DeviceWorld, phone: Phone, endpoint: str) -> None:
    refused = subscribe(world, phone, endpoint=endpoint)
    assert (refused.status, refused.code) == (400, "endpoint-refused")
    assert world.company.store.push_devices.read(phone.device_id).subscription is None
    assert world.sender.sent == []


@pytest.mark.parametrize(
    "bad",
    [
        {"endpoint": 7},
        {"endpoint": ""},
        {"endpoint": KNOWN_SERVICE + "x" * 2048},
        {"endpoint": "\ud800"},
        {"keys": None},
        {"keys": {}},
        {"keys": []},
        {"keys": {**SUBSCRIPTION["keys"], "more": "x"}},
        {"keys": {**SUBSCRIPTION["keys"], "auth": base64url(bytes(15))}},
        {"keys": {**SUBSCRIPTION["keys"], "p256dh": base64url(BROWSER_KEY[:-1])}},
        {"keys": {**SUBSCRIPTION["keys"], "p256dh": base64url(b"\x04" + bytes(64))}},
        {"keys": {**SUBSCRIPTION["keys"], "p256dh": base64url(BROWSER_KEY) + "=="}},
        {"expirationTime": None},
        {"device_id": "x"},
        {"user_id": "x"},
    ],
)
def test_a_subscription_that_is_none_is_refused(world: DeviceWorld, phone: Phone, bad: dict[str, object]) -> None:
    refused = subscribe(world, phone, **bad)
    assert (refused.status, refused.code) == (400, "bad-request")
    assert world.company.store.push_devices.read(phone.device_id).subscription is None


# ---- ringing oneself


def test_a_device_can_ring_itself(world: DeviceWorld, phone: Phone) -> None:
    subscribe(world, phone)
    assert (ring(world, phone).status, ring(world, phone).json) == (200, {"taken": True, "detail": TAKEN.detail})
    ((subscription, message), _) = world.sender.sent
    assert subscription.endpoint == SUBSCRIPTION["endpoint"]
    assert (message.payload, message.topic, message.seconds) == (b'{"id":"test"}', "test", 60)


def test_without_a_subscription_nothing_is_sent_and_the_answer_says_why(world: DeviceWorld, phone: Phone) -> None:
    rung = ring(world, phone)
    assert (rung.status, rung.json["taken"]) == (200, False)
    assert "notifications" in rung.json["detail"]
    assert world.sender.sent == []


def test_a_subscription_that_is_gone_is_forgotten(world: DeviceWorld, phone: Phone) -> None:
    subscribe(world, phone)
    world.sender.answer = GONE
    assert ring(world, phone).json["taken"] is False
    assert world.ask(phone, "GET", "/v1/device").json["notifications"] is False


def test_g15_who_rings_too_often_must_wait_and_others_need_not(world: DeviceWorld, phone: Phone) -> None:
    other = world.phone(name="Tablet")
    for one in (phone, other):
        subscribe(world, one)
    assert [ring(world, phone).status for _ in range(5)] == [200, 200, 200, 429, 429]
    refused = ring(world, phone)
    assert (refused.code, refused.headers["retry-after"]) == ("rings-too-often", "60")
    assert ring(world, other).status == 200
    world.clock.advance(60)
    assert [ring(world, phone).status for _ in range(2)] == [200, 429]
    assert len(world.sender.sent) == 5


def test_an_endpoint_is_in_no_answer_and_no_repr(world: DeviceWorld, phone: Phone) -> None:
    subscribe(world, phone)
    answers = [ring(world, phone), world.ask(phone, "GET", "/v1/device"), world.ask(phone, "GET", "/v1/device/prompts")]
    listed = world.company.admin("GET", "/v1/admin/users/alice")
    device = world.company.store.push_devices.read(phone.device_id)
    assert "canary" not in repr([one.body for one in (*answers, listed)]) + repr(device) + repr(world.audit)
