"""The doorbell: a push message rings, and what a person does with the notification."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from playwright.sync_api import expect

from mfa.contract.fields import base64url
from mfa.domain.login_transactions import TransactionState
from tests.browser.backend import SUBSCRIPTION, Backend
from tests.browser.phone import Phone
from tests.browser.server import Portal
from tests.browser.waiting import wait_for
from tests.fakes.phone import new_key, raw_public_key
from tests.fakes.push_sender import GONE


def payload_of(login_id: str) -> str:
    return json.dumps({"id": login_id})


@pytest.fixture
def ringing(phone: Phone) -> Phone:
    """A phone that is paired and has notifications on."""
    phone.stub_push_service(SUBSCRIPTION)
    phone.pair(notifications=True)
    return phone


def test_a_push_message_rings_and_a_tap_opens_the_request(paired: Phone, backend: Backend) -> None:
    prompt = backend.ask("47")
    login_id = prompt.login_id
    paired.deliver_push(payload_of(login_id))
    shown = paired.wait_for_notification("Sign-in request")
    assert shown["tag"] == login_id
    assert (shown["actions"], shown["requireInteraction"]) == (["review", "deny"], True)
    paired.click_notification(login_id)
    paired.wait_for("approve")
    paired.enter_number("47")
    paired.tap("Approve")
    paired.wait_for_outcome("approved")
    assert paired.notifications() == [], "what is settled must not stay on the lock screen"


def test_a_notification_tells_nothing_of_the_sign_in(paired: Phone, backend: Backend) -> None:
    prompt = backend.ask("47", client="Client VPN")
    paired.deliver_push(payload_of(prompt.login_id))
    text = json.dumps(paired.wait_for_notification("Sign-in request"))
    assert not [word for word in ("Client VPN", "alice", "Alice", "203.0.113.7", "47,") if word in text]


def test_a_notification_can_deny_with_the_key_of_the_device(paired: Phone, backend: Backend) -> None:
    prompt = backend.ask("47")
    paired.deliver_push(payload_of(prompt.login_id))
    paired.wait_for_notification("Sign-in request")
    paired.click_notification(prompt.login_id, "deny")
    wait_for(lambda: prompt.state == "denied")
    assert prompt.reason == "denied"
    paired.wait_for_notification("Denied")
    paired.wait_for_outcome("denied_already")


def test_denying_what_is_over_says_so(paired: Phone, backend: Backend) -> None:
    prompt = backend.ask("47")
    paired.deliver_push(payload_of(prompt.login_id))
    paired.wait_for_notification("Sign-in request")
    backend.end(prompt, TransactionState.APPROVED)
    paired.click_notification(prompt.login_id, "deny")
    paired.wait_for_notification("Nothing to deny")
    assert prompt.state == "approved"


def test_denying_without_an_answer_says_so_too(paired: Phone, backend: Backend, portal: Portal) -> None:
    prompt = backend.ask("47")
    paired.deliver_push(payload_of(prompt.login_id))
    paired.wait_for_notification("Sign-in request")
    portal.intercept = lambda _: {"statusCode": 503, "headers": {}, "body": ""}
    paired.click_notification(prompt.login_id, "deny")
    paired.wait_for_notification("Not denied")
    assert prompt.state == "pending"


@pytest.mark.parametrize("payload", ["", "no json", "[]", '{"id": 7}', '{"id": "../x"}', '{"id": "<b>"}'])
def test_whatever_comes_something_is_shown(paired: Phone, payload: str) -> None:
    """Browsers take the subscription away from who receives in silence."""
    paired.deliver_push(payload)
    shown = paired.wait_for_notification("Sign-in request")
    assert (shown["tag"], shown["actions"]) == ("sign-in", [])
    paired.click_notification("sign-in")
    paired.wait_for("home")


@pytest.mark.parametrize(
    ("about", "title"),
    [("device_paired", "A device was paired"), ("of a newer server", "Your ways of signing in have changed")],
)
def test_a_notice_says_what_has_changed(paired: Phone, about: str, title: str) -> None:
    paired.deliver_push(json.dumps({"id": "notice", "about": about}))
    shown = paired.wait_for_notification(title)
    assert shown["actions"] == [], "there is nothing to approve or deny"
    paired.click_notification(shown["tag"])
    paired.wait_for("home")


def test_a_test_rings_this_device(ringing: Phone, backend: Backend) -> None:
    ringing.tap("Send a test")
    ringing.wait_for_message("Sent")
    ((subscription, message),) = backend.sender.sent
    assert subscription.endpoint == SUBSCRIPTION["endpoint"]
    ringing.deliver_push(message.payload.decode())
    assert ringing.wait_for_notification("It works")["tag"] == "test"


def test_a_test_that_nobody_took_is_told(ringing: Phone, backend: Backend) -> None:
    backend.sender.answer = GONE
    ringing.tap("Send a test")
    ringing.wait_for_message("did not take it")


def test_notifications_can_be_turned_off_and_on_again(ringing: Phone, backend: Backend) -> None:
    switch = ringing.page.get_by_role("switch", name="Notifications")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")
    assert backend.device.subscription is None
    expect(ringing.button("Send a test")).to_be_hidden()
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "true")
    assert backend.device.subscription is not None
    ringing.open()
    expect(ringing.page.get_by_role("switch", name="Notifications")).to_have_attribute("aria-checked", "true")


def test_a_subscription_that_the_server_lost_is_made_anew(ringing: Phone, backend: Backend) -> None:
    backend.lose_subscription()
    ringing.open()
    wait_for(lambda: backend.device.subscription)


def test_a_subscription_for_another_key_is_made_anew(ringing: Phone, portal: Portal) -> None:
    another = base64url(raw_public_key(new_key()))

    def with_another_key(event: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if event["rawPath"] != "/v1/device":
            return None
        answered = portal.function(event)
        return {**answered, "body": json.dumps(json.loads(answered["body"]) | {"vapid_public_key": another})}

    portal.intercept = with_another_key
    ringing.tap("I lost a phone")
    portal.requests.clear()
    ringing.tap("Back")
    wait_for(lambda: ("PUT", "/v1/device/subscription") in portal.requests)
    assert ringing.page.evaluate("pushCalls.slice(-2)") == ["unsubscribe", {"visible": True, "octets": 65}]


def test_who_turned_notifications_off_is_not_subscribed_again(ringing: Phone, backend: Backend) -> None:
    ringing.page.get_by_role("switch", name="Notifications").click()
    wait_for(lambda: backend.device.subscription is None)
    ringing.open()
    ringing.wait_for("home")
    expect(ringing.page.locator("#rings-more")).to_contain_text("Off")
    ringing.page.wait_for_timeout(300)
    assert backend.device.subscription is None
