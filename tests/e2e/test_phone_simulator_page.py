"""What a newcomer does after `make run`, in a real browser: pair, type `push 47`, approve, watch the Access-Accept."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from gatehouse.enrollment_api import EnrollmentApi
from local.phone_simulator import PAGE
from local.up import Gatehouse, admin_target
from tests.browser.browsers import launched
from tests.browser.phone import Phone

pytestmark = [pytest.mark.e2e, pytest.mark.browser]
USER = "bob"
COLD_MS = 60_000  # functions may start for the first time


@pytest.fixture
def context() -> Iterator[BrowserContext]:
    with sync_playwright() as running:
        browser = launched(running.chromium)
        yield browser.new_context()
        browser.close()


@pytest.fixture
def page(gatehouse: Gatehouse, context: BrowserContext) -> Iterator[Page]:
    """The simulator's page; the user has no device before and after."""
    _remove_devices(gatehouse)
    page = context.new_page()
    page.set_default_timeout(COLD_MS)
    page.goto(gatehouse.portal.origin + PAGE)
    expect(page.get_by_role("button", name="Log in over RADIUS")).to_be_enabled(timeout=COLD_MS)
    yield page
    _remove_devices(gatehouse)


def _remove_devices(gatehouse: Gatehouse) -> None:
    api = EnrollmentApi(admin_target(gatehouse))
    for device in api.show_user(USER, None)["devices"]:
        api.remove_device(USER, None, device["device_id"])


def _pair(page: Page, gatehouse: Gatehouse) -> Phone:
    page.get_by_label(USER).check()
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Pair this browser").click()
    phone = Phone(page.context, opened.value, gatehouse.portal, lambda: "")  # type: ignore[arg-type] # it has an origin
    phone.page.set_default_timeout(COLD_MS)
    phone.tap("Continue")
    phone.tap("Pair this device")
    phone.tap("Not now")
    phone.tap("Done")
    return phone


def test_a_newcomer_pairs_types_push_47_approves_and_sees_the_accept(page: Page, gatehouse: Gatehouse) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    phone = _pair(page, gatehouse)
    expect(page.locator("#pair-status")).to_contain_text(f"{USER}’s phone is paired", timeout=COLD_MS)

    expect(page.get_by_label("Typed")).to_have_value("push 47")
    page.get_by_role("button", name="Log in over RADIUS").click()
    expect(page.locator("li.waiting")).to_contain_text("Look at the phone")
    expect(phone.page.locator("#stage")).to_have_attribute("data-screen", "approve", timeout=COLD_MS)
    phone.enter_number("47")
    phone.tap("Approve")
    expect(page.locator("li.accepted")).to_contain_text("Access-Accept", timeout=COLD_MS)
    expect(page.locator("li.accepted .time")).to_contain_text(" s")
    assert complaints == []


def test_a_wrong_code_is_seen_to_be_rejected(page: Page) -> None:
    page.get_by_role("button", name="123456").click()
    page.get_by_role("button", name="Log in over RADIUS").click()
    expect(page.locator("li.rejected")).to_contain_text("Access-Reject", timeout=COLD_MS)


def test_what_the_server_says_becomes_text_and_never_markup(page: Page) -> None:
    page.get_by_label("User", exact=True).fill("<img src=x onerror=alert(1)>")
    page.get_by_role("button", name="Log in over RADIUS").click()
    expect(page.locator("li.rejected .detail")).to_contain_text("<img", timeout=COLD_MS)
    assert page.locator("#answers img").count() == 0
