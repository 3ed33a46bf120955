"""Firefox with nothing replaced in it: it subscribes, opens what our sender sealed, wakes the worker and shows it."""

from collections.abc import Iterator

import pytest

from mfa.adapters.system import SystemClock, SystemRandom
from mfa.adapters.web_push.sender import WebPushSender
from mfa.adapters.web_push.vapid import Vapid
from mfa.domain.push_devices import PushSubscription
from mfa.push_ports import PushMessage
from tests.browser.autopush import Autopush, autopush
from tests.browser.backend import Backend
from tests.browser.browsers import FIREFOX
from tests.browser.firefox import Firefox, firefox
from tests.browser.server import Portal
from tests.browser.test_notifications import payload_of
from tests.browser.waiting import wait_for
from tests.fakes.push_sender import FakeVapidKeys

TO_THE_APP = 100
_SCREEN = "return document.querySelector('#stage').dataset.screen"
_TAP = "[...document.querySelectorAll('button')].find((one) => one.textContent === given[0]).click()"
# Firefox's own notification: a small window, which is clicked as a person does.
_CLICK = """
  const [alert] = Services.wm.getEnumerator("alert:alert");
  if (!alert) return null;
  const box = alert.document.getElementById("alertBox");
  if (!box) return null;
  box.click();
  return alert.document.getElementById("alertTitleLabel").value;
"""


@pytest.fixture
def push() -> Iterator[Autopush]:
    with autopush() as service:
        yield service


@pytest.fixture
def browser(push: Autopush) -> Iterator[Firefox]:
    if not FIREFOX.exists():
        pytest.skip("needs Firefox (Debian: apt-get install firefox-esr)")
    preferences = {
        "dom.push.connection.enabled": True,
        "dom.push.serverURL": push.socket,
        "dom.push.testing.allowInsecureServerURL": True,
        "dom.push.userAgentID": "",
    }
    with firefox(preferences) as started:
        yield started


def on_screen(browser: Firefox, name: str) -> None:
    wait_for(lambda: browser.run(_SCREEN) == name, seconds=60)


def tap(browser: Firefox, name: str) -> None:
    browser.run(_TAP, name)


def paired(browser: Firefox, backend: Backend, portal: Portal) -> PushSubscription:
    browser.open(f"{portal.origin}/#pair={backend.issue_code()}")
    on_screen(browser, "code")
    tap(browser, "Continue")
    on_screen(browser, "name")
    tap(browser, "Pair this device")
    on_screen(browser, "notifications")
    tap(browser, "Allow notifications")
    wait_for(lambda: browser.run(_SCREEN) in {"passkey", "paired"}, seconds=60)
    if browser.run(_SCREEN) == "passkey":
        tap(browser, "Not now")
        on_screen(browser, "paired")
    tap(browser, "Done")
    on_screen(browser, "backup")
    tap(browser, "Later")
    on_screen(browser, "home")
    subscription = backend.device.subscription
    assert subscription is not None
    return subscription


def real_sender() -> WebPushSender:
    vapid = Vapid(keys=FakeVapidKeys(), contact="mailto:mfa@example.com", clock=SystemClock())
    return WebPushSender(vapid=vapid, random=SystemRandom(), allows_loopback=True)


def test_a_message_goes_all_the_way_from_our_sender_to_a_click_on_the_notification(
    browser: Firefox, push: Autopush, backend: Backend, portal: Portal
) -> None:
    sender = real_sender()
    backend.sender.admits = sender.admits  # type: ignore[method-assign]  # the one thing that the fake knows better
    subscription = paired(browser, backend, portal)
    browser.open("about:blank")  # the app is closed
    prompt = backend.ask("47")
    message = PushMessage(payload=payload_of(prompt.login_id).encode(), seconds=60, topic=prompt.login_id)
    delivery = sender.send(subscription, message)
    assert delivery.was_taken, delivery
    assert (push.received[0]["urgency"], push.received[0]["ttl"]) == ("high", "60")
    assert wait_for(lambda: browser.run_in_browser(_CLICK), seconds=60) == "Sign-in request"
    assert push.acknowledged == [TO_THE_APP], "it was opened, and the worker took it"
    wait_for(lambda: opened_app(browser), seconds=60)
    tap(browser, "Deny")
    wait_for(lambda: prompt.state == "denied")
    assert prompt.reason == "denied"


def opened_app(browser: Firefox) -> bool:
    """In whichever tab the click opened it."""
    for handle in browser.command("WebDriver:GetWindowHandles"):
        browser.command("WebDriver:SwitchToWindow", {"handle": handle})
        if browser.run("return document.querySelector('#stage')?.dataset.screen ?? null") == "approve":
            wait_for(lambda: browser.run("return !document.querySelector('.side-by-side button').disabled"))
            return True
    return False
