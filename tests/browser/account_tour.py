"""Every screen of a person's own pages, one after the other: for looking at, and for axe."""

from collections.abc import Iterator

from tests.browser.backend import Backend
from tests.browser.phone import Phone
from tests.browser.visitor import Visitor


def account_tour(phone: Phone, backend: Backend) -> Iterator[str]:
    """Brings a new phone to each screen in turn and says its name. The backend has a directory."""
    visitor = Visitor(phone, backend)
    yield from _coming_in(visitor)
    yield from _first_and_second(visitor)
    yield from _adding_more(visitor)
    yield from _changing(visitor)


def _coming_in(visitor: Visitor) -> Iterator[str]:
    phone = visitor.phone
    phone.open()
    yield phone.wait_for("welcome")
    phone.tap("Sign in")
    yield phone.wait_for("sign-in")
    visitor.type_sign_in("000000")
    phone.tap("Sign in")
    phone.wait_for_message("That did not work")
    yield "sign-in-refused"
    visitor.enter_by_code()
    yield "account-empty"


def _first_and_second(visitor: Visitor) -> Iterator[str]:
    phone = visitor.phone
    visitor.open("Authenticator app")
    yield phone.wait_for("authenticator")
    visitor.field("Code that the app shows now").fill("000000")
    phone.tap("Confirm")
    phone.wait_for_message("does not match")
    yield "authenticator-wrong-code"
    visitor.scan_and_confirm()
    yield phone.wait_for("backup")
    phone.tap("Later")
    phone.wait_for("account")
    yield "account-one"
    visitor.open("Recovery codes")
    yield phone.wait_for("recovery")
    phone.tap("Make recovery codes")
    yield phone.wait_for("recovery-codes")
    phone.tap("I have kept them")
    phone.wait_for("account")


def _adding_more(visitor: Visitor) -> Iterator[str]:
    phone, backend = visitor.phone, visitor.backend
    phone.tap("Add a method")
    yield phone.wait_for("add")
    visitor.open("Phone number")
    yield phone.wait_for("phone-number")
    visitor.field("Mobile number").fill("+49 1512 3456789")
    phone.tap("Send a code")
    yield phone.wait_for("phone-code")
    visitor.field("Code").fill(backend.message)
    phone.tap("Confirm")
    phone.wait_for("account")
    phone.tap("Add a method")
    visitor.open("Hardware token")
    phone.wait_for("token")
    phone.tap("Give two codes in a row")
    yield "token"
    press = backend.stock_token()
    visitor.field("Serial number").fill("a-1042")
    visitor.field("Code that it shows").fill(press())
    phone.tap("Add this token")
    phone.wait_for("account")
    phone.tap("I have a new phone")
    yield phone.wait_for("new-phone")
    visitor.open("Use this")
    phone.tap("Pair this device")
    phone.wait_for("notifications")
    phone.tap("Not now")
    phone.wait_for("paired")
    phone.tap("Done")
    phone.wait_for("retire")
    phone.page.get_by_role("checkbox").first.check()
    yield "retire"
    phone.tap("Keep all of them")
    phone.wait_for("account")
    phone.page.locator("#warning").wait_for(state="hidden")
    yield "account"


def _changing(visitor: Visitor) -> Iterator[str]:
    phone, backend = visitor.phone, visitor.backend
    visitor.open("Token A-1042")
    phone.wait_for("method")
    yield "method-token"
    phone.tap("Remove")
    phone.button("Remove it").wait_for()
    yield "method-remove"
    phone.tap("Go back")
    phone.tap("Back")
    phone.wait_for("account")
    phone.page.locator("button:has-text('This device')").click()
    phone.wait_for("method")
    yield "method-device"
    codes = backend.add_recovery_codes()
    phone.tap("Back")
    phone.wait_for("account")
    phone.tap("Sign out")
    phone.wait_for("home")
    phone.tap("My sign-in methods")
    phone.wait_for("sign-in")
    visitor.field("Password").fill("correct horse")
    visitor.field("Code").fill(codes[0])
    phone.tap("Sign in")
    phone.wait_for("account")
    backend.clock.ahead += 301
    visitor.open("Recovery codes")
    phone.tap("Make new codes")
    phone.page.get_by_role("dialog").get_by_role("button", name="Make new codes").click()
    phone.page.get_by_role("heading", name="Is it still you?").wait_for()
    yield "prove"
