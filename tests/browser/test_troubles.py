"""What stands in the way of answering, and how a person gets past it."""

import pytest
from playwright.sync_api import expect

from mfa.domain.login_transactions import TransactionState
from tests.browser.backend import Backend
from tests.browser.phone import Phone
from tests.browser.server import Portal
from tests.browser.test_approving import answer, problem

MINUTE = 60


def test_a_removed_device_says_so_and_can_be_paired_again(phone: Phone, backend: Backend) -> None:
    phone.pair()
    backend.remove_devices()
    phone.wait_for("removed")
    phone.tap("Pair again")
    phone.enter_code(backend.issue_code())
    phone.tap("Pair this device")
    phone.finish_pairing()
    backend.ask()
    phone.wait_for("approve")


def test_a_device_that_is_removed_while_a_request_waits_cannot_answer_it(paired: Phone, backend: Backend) -> None:
    prompt = backend.ask()
    paired.wait_for("approve")
    backend.remove_devices()
    paired.wait_for("removed")
    assert prompt.state == "pending"


def test_a_device_that_was_refused_by_mistake_comes_back(paired: Phone, backend: Backend) -> None:
    kept = backend.device
    backend.remove_devices()
    paired.wait_for("removed")
    backend.add(kept)
    paired.tap("Try once more")
    paired.wait_for("home")
    backend.ask()
    paired.wait_for("approve")


@pytest.mark.parametrize("ahead", [-90 * MINUTE, 20 * MINUTE], ids=["fast", "slow"])
def test_a_wrong_clock_of_the_device_does_not_matter(paired: Phone, backend: Backend, ahead: int) -> None:
    backend.clock.ahead = ahead
    prompt = backend.ask(seconds=30)
    paired.open()
    paired.wait_for("approve")
    assert 20 <= int(paired.page.get_by_role("timer").inner_text()) <= 30
    paired.tap("Approve")
    paired.wait_for_outcome("approved")
    assert prompt.state == "approved"


def test_a_clock_that_cannot_be_put_right_is_told_about(paired: Phone, portal: Portal) -> None:
    portal.intercept = lambda event: problem(401, "clock-wrong") if event["rawPath"].startswith("/v1/device") else None
    paired.wait_for("clock")
    portal.intercept = None
    paired.tap("Try again")
    paired.wait_for("home")


def test_without_a_network_the_open_app_says_so_and_comes_back(paired: Phone, backend: Backend) -> None:
    paired.context.set_offline(True)
    expect(paired.page.locator("#warning")).to_contain_text("No connection")
    paired.context.set_offline(False)
    expect(paired.page.locator("#warning")).to_be_hidden()
    backend.ask()
    paired.wait_for("approve")


def test_the_app_opens_without_a_network_and_goes_on_when_there_is_one(paired: Phone, portal: Portal) -> None:
    paired.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    portal.intercept = lambda _: answer({}, 503)
    paired.open()
    paired.wait_for("offline")
    portal.intercept = None
    paired.wait_for("home")


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_service_that_fails_is_asked_again(paired: Phone, backend: Backend, portal: Portal, status: int) -> None:
    portal.intercept = lambda event: answer({}, status) if event["rawPath"].endswith("/prompts") else None
    backend.ask()
    expect(paired.page.locator("#warning")).to_contain_text("Trying again")
    portal.intercept = None
    paired.wait_for("approve")
    expect(paired.page.locator("#warning")).to_be_hidden()


def test_an_answer_that_is_no_json_is_no_answer(paired: Phone, backend: Backend, portal: Portal) -> None:
    html = {"statusCode": 200, "headers": {"content-type": "text/html"}, "body": "<h1>proxy</h1>"}
    backend.ask()
    portal.intercept = lambda event: html if event["rawPath"].endswith("/prompts") else None
    expect(paired.page.locator("#warning")).to_contain_text("No connection")


def test_the_app_at_another_address_sends_people_to_the_right_one(paired: Phone, portal: Portal) -> None:
    portal.told_origin = "https://mfa.example.com"
    paired.open()
    paired.wait_for("elsewhere")
    assert "mfa.example.com" in paired.text()
    expect(paired.page.get_by_role("link", name="Go there")).to_have_attribute("href", "https://mfa.example.com")


def seconds_until(phone: Phone, portal: Portal, requests: int) -> int:
    """By the page's clock; the answers come by ours."""
    portal.requests.clear()
    for second in range(1, 200):
        phone.page.clock.run_for(1000)
        phone.page.wait_for_timeout(50)
        if portal.requests.count(("GET", "/v1/device/prompts")) >= requests:
            return second
    raise AssertionError("it has stopped asking")


def test_while_nobody_looks_the_app_asks_more_seldom(phone: Phone, portal: Portal) -> None:
    phone.page.clock.install()
    phone.pair()
    assert 3 <= seconds_until(phone, portal, 5) <= 10
    phone.page.evaluate("""() => {
      Object.defineProperty(document, "hidden", { value: true, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }""")
    assert seconds_until(phone, portal, 4) >= 25
    phone.page.evaluate("""() => {
      delete document.hidden;
      document.dispatchEvent(new Event("visibilitychange"));
    }""")
    assert seconds_until(phone, portal, 3) <= 8


def test_while_a_request_stands_the_app_asks_only_whether_it_still_does(
    phone: Phone, portal: Portal, backend: Backend
) -> None:
    phone.page.clock.install()
    phone.pair()
    prompt = backend.ask("47")
    seconds_until(phone, portal, 1)
    phone.wait_for("approve")
    assert 7 <= seconds_until(phone, portal, 3) <= 12
    backend.end(prompt, TransactionState.CANCELLED)
    seconds_until(phone, portal, 1)
    phone.wait_for_outcome("cancelled")


def test_what_to_do_about_a_lost_phone_is_one_tap_away(paired: Phone) -> None:
    paired.tap("I lost a phone")
    paired.wait_for("lost")
    assert "call your help desk" in paired.text()
    paired.tap("Back")
    paired.wait_for("home")
    paired.tap("I lost a phone")
    paired.tap("Remove it myself")
    paired.wait_for("sign-in")
    paired.tap("Back")
    paired.wait_for("home")
