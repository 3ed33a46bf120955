"""``python -m tests.browser.screenshots`` takes the pictures of docs/guides/phone.md and enrolment.md anew, in
docs/pictures/portal.

Every screen at a phone's size in light, and those that people look at longest in dark. The font is Inter where it is
installed (Debian: fonts-inter), because phones have one like it.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.account_tour import account_tour
from tests.browser.backend import Backend
from tests.browser.browsers import PHONE, launched
from tests.browser.phone import Phone
from tests.browser.server import Portal, serving
from tests.browser.test_pairing import ANDROID, IPHONE
from tests.browser.tour import tour

PICTURES: Final = Path(__file__).resolve().parents[2] / "docs/pictures/portal"
ALSO_DARK: Final = frozenset({"approve-number-entered", "approve-tap", "approved", "home", "report", "code"})
OWN_PAGES: Final = frozenset(
    {
        "welcome", "sign-in", "account-empty", "authenticator", "backup", "recovery-codes", "phone-number",
        "phone-code", "token", "new-phone", "retire", "account", "method-token", "method-remove", "prove",
    }
)  # fmt: skip
OWN_PAGES_DARK: Final = frozenset({"authenticator", "account"})
_FONTS: Final = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<include>/etc/fonts/fonts.conf</include>
<match target="pattern"><test name="family"><string>system-ui</string></test>
<edit name="family" mode="prepend" binding="strong"><string>Inter</string></edit></match>
<match target="pattern"><test name="family" compare="contains"><string>sans</string></test>
<edit name="family" mode="prepend" binding="strong"><string>Inter</string></edit></match></fontconfig>"""


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as fonts, sync_playwright() as playwright:
        fonts.write(_FONTS)
        fonts.flush()
        browser = launched(playwright.chromium, {"FONTCONFIG_FILE": fonts.name})
        for scheme in ("light", "dark"):
            _whole_tour(browser, scheme)
            _own_pages(browser, scheme)
        _where_an_iphone_begins(browser)
        _desktop(browser)
        browser.close()
    print(f"{len(list(PICTURES.iterdir()))} pictures in {PICTURES}")  # noqa: T201 -- a command for people


def _whole_tour(browser: Browser, scheme: str) -> None:
    with _phone(browser, color_scheme=scheme) as (phone, backend):
        for name in tour(phone, backend):
            if scheme == "light":
                _take(phone.page, name)
            elif name in ALSO_DARK:
                _take(phone.page, f"{name}-dark")


def _own_pages(browser: Browser, scheme: str) -> None:
    """As long as they are: some do not end at the screen's."""
    shown = OWN_PAGES if scheme == "light" else OWN_PAGES_DARK
    with _phone(browser, has_directory=True, color_scheme=scheme, user_agent=ANDROID) as (phone, backend):
        for name in account_tour(phone, backend):
            if name in shown:
                _take(phone.page, name if scheme == "light" else f"{name}-dark", full_page=True)


def _where_an_iphone_begins(browser: Browser) -> None:
    with _phone(browser, user_agent=IPHONE) as (phone, backend):
        phone.open(f"#pair={backend.issue_code()}")
        phone.wait_for("install")
        _take(phone.page, "install")


def _desktop(browser: Browser) -> None:
    size = {"width": 1100, "height": 820}
    with _phone(browser, viewport=size, device_scale_factor=1, is_mobile=False, has_touch=False) as (phone, backend):
        phone.pair()
        backend.ask("47", client="Client VPN")
        phone.wait_for("approve")
        phone.page.keyboard.type("47")
        _take(phone.page, "desktop")


@contextmanager
def _phone(browser: Browser, *, has_directory: bool = False, **options: object) -> Iterator[tuple[Phone, Backend]]:
    shown = {**PHONE, "device_scale_factor": 1.5, "permissions": ["notifications"], **options}
    with serving(Portal()) as portal:
        backend = Backend(portal.origin, has_directory=has_directory)
        portal.stand_before(backend.world.app, backend.company.app)
        context = browser.new_context(**shown)
        yield Phone(context, context.new_page(), portal, backend.issue_code), backend
        context.close()


def _take(page: Page, name: str, *, full_page: bool = False) -> None:
    page.wait_for_timeout(400)  # until nothing moves any more
    page.screenshot(path=PICTURES / f"{name}.png", caret="hide", full_page=full_page)


if __name__ == "__main__":
    main()
