"""Chromium's notification as the desktop shows it, and a real click on it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from tests.browser.backend import Backend
from tests.browser.browsers import CHROMIUM, FLAGS, PHONE
from tests.browser.notification_daemon import PROGRAM, NotificationDaemon, Shown, notification_daemon
from tests.browser.phone import Phone
from tests.browser.server import Portal
from tests.browser.test_notifications import payload_of
from tests.browser.waiting import wait_for


@pytest.fixture
def daemon() -> Iterator[NotificationDaemon]:
    if shutil.which(PROGRAM) is None:
        pytest.skip("needs dbus-daemon (Debian: apt-get install dbus)")
    with notification_daemon() as running:
        yield running


@pytest.fixture
def desktop(
    playwright: Playwright, daemon: NotificationDaemon, backend: Backend, portal: Portal, tmp_path: Path
) -> Iterator[Phone]:
    """A browser of its own, on the daemon's bus. Not incognito, which shows no notifications to the desktop."""
    context = playwright.chromium.launch_persistent_context(
        tmp_path,
        executable_path=CHROMIUM,
        args=list(FLAGS),
        permissions=["notifications"],
        env={"DBUS_SESSION_BUS_ADDRESS": daemon.address, "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        **PHONE,
    )  # fmt: skip -- one call
    phone = Phone(context, context.pages[0], portal, backend.issue_code)
    phone.pair()
    yield phone
    context.close()
    assert phone.complaints == []


def test_a_click_opens_the_request_and_a_button_denies_it(
    desktop: Phone, daemon: NotificationDaemon, backend: Backend
) -> None:
    """Both in one test, because a browser that starts for it takes longer than either."""
    # The app is closed: a click must open it, which only a real one may.
    first = backend.ask("47")
    desktop.deliver_push(payload_of(first.login_id))
    shown = arrived(daemon, 1)
    assert (shown.title, sorted(shown.actions)) == (
        "Sign-in request",
        sorted(["Activate", "Settings", "Review", "Deny"]),
    )
    desktop.page.goto("about:blank")
    with desktop.context.expect_page() as opening:
        daemon.click(shown)
    opened = opening.value
    opened.wait_for_selector("#stage[data-screen=approve]")
    assert "#" not in opened.url
    opened.close()
    # Deny at once: the worker signs, and no window is needed.
    second = backend.ask("48")
    desktop.open()
    desktop.wait_for("approve")  # the first one, which waits still
    desktop.deliver_push(payload_of(second.login_id))
    daemon.click(arrived(daemon, 2), "Deny")
    wait_for(lambda: second.state == "denied")
    assert (second.reason, first.state) == ("denied", "pending")


def arrived(daemon: NotificationDaemon, count: int) -> Shown:
    return wait_for(lambda: daemon.shown[count - 1 : count] or None)[0]
