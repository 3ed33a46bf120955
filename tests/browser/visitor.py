"""A person at their own pages: what they read there, type and tap."""

import re
from dataclasses import dataclass

from playwright.sync_api import Locator

from tests.browser.backend import USER, Backend
from tests.browser.phone import Phone
from tests.fakes.mode_world import PASSWORD
from tests.functions.enrollment.authenticator import code_of


@dataclass
class Visitor:
    phone: Phone
    backend: Backend

    def enter_by_code(self) -> None:
        self.phone.open(f"#enroll={self.backend.issue_code()}")
        self.phone.wait_for("welcome")
        self.phone.tap("Continue")
        self.phone.wait_for("account")

    def enter_by_code_when_paired(self) -> None:
        """From the home screen of a device that answers already."""
        self.phone.tap("My sign-in methods")
        self.phone.wait_for("sign-in")
        self.phone.tap("I have an enrolment code")
        self.field("Enrolment code").fill(self.backend.issue_code())
        self.phone.tap("Continue")
        self.phone.wait_for("account")

    def type_sign_in(self, code: str, password: str = PASSWORD) -> None:
        self.field("User name").fill(USER)
        self.field("Password").fill(password)
        self.field("Code").fill(code)

    def sign_in(self, code: str, password: str = PASSWORD) -> None:
        self.phone.open()
        self.phone.wait_for("welcome")
        self.phone.tap("Sign in")
        self.phone.wait_for("sign-in")
        self.type_sign_in(code, password)
        self.phone.tap("Sign in")

    def field(self, label: str) -> Locator:
        return self.phone.page.get_by_label(label, exact=True)

    def row(self, name: str) -> Locator:
        return self.phone.page.get_by_role("button", name=re.compile(f"^{re.escape(name)}"))

    def open(self, name: str) -> None:
        self.row(name).click()

    def rows(self, label: str = "Your methods") -> list[str]:
        return self.phone.page.get_by_role("list", name=label).locator(".row-name bdi").all_inner_texts()

    @property
    def key(self) -> str:
        return self.phone.page.locator(".key-text").inner_text().replace(" ", "").upper()

    @property
    def uri(self) -> str:
        return self.phone.page.get_by_role("link", name="Open in an app").get_attribute("href") or ""

    def scan_and_confirm(self) -> str:
        """On the screen with the key. The app's URI, for the codes to come."""
        self.phone.wait_for("authenticator")
        uri = self.uri
        self.field("Code that the app shows now").fill(code_of(uri, self.backend.clock.now()))
        self.phone.tap("Confirm")
        return uri

    def prove(self, code: str, password: str = PASSWORD) -> None:
        """In the dialog that asks whether it is still the same person."""
        dialog = self.phone.page.get_by_role("dialog")
        dialog.get_by_label("Password").fill(password)
        dialog.get_by_label("Code").fill(code)
        dialog.get_by_role("button", name="Go on").click()
