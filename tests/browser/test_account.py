"""A person's own pages, from a code or a sign-in to every change they can make there."""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import pytest
import segno
from playwright.sync_api import expect

from tests.browser.backend import SUBSCRIPTION, Backend
from tests.browser.conftest import Company
from tests.browser.phone import Phone
from tests.browser.server import Portal
from tests.browser.test_hostile_text import HOSTILE, assert_nothing_of_it_ran
from tests.browser.visitor import Visitor
from tests.functions.enrollment.authenticator import code_of, other_code

_KEPT = """async () => JSON.stringify([
  { ...localStorage }, { ...sessionStorage }, document.cookie, history.state, history.length, location.href,
  (await indexedDB.databases()).map(({ name }) => name), await Promise.all((await caches.keys()).map(async (name) =>
    (await (await caches.open(name)).keys()).map(({ url }) => url))), document.documentElement.outerHTML])"""

NOBODY: Final = {"statusCode": 502, "headers": {"content-type": "text/plain"}, "body": "", "isBase64Encoded": False}


@pytest.fixture
def backend(company: Company) -> Iterator[Backend]:
    """With a directory: who signs in has a password, and may change."""
    fresh = Backend(company.portal.origin, has_directory=True)
    company.portal.stand_before(fresh.world.app, fresh.company.app)
    yield fresh
    assert fresh.faults == []


@pytest.fixture
def visitor(phone: Phone, backend: Backend) -> Visitor:
    return Visitor(phone, backend)


# ---- coming in and going out


def test_a_link_leads_in_and_leaves_its_code_nowhere(visitor: Visitor) -> None:
    phone, code = visitor.phone, visitor.backend.issue_code()
    phone.open(f"#enroll={code}")
    phone.wait_for("welcome")
    assert visitor.field("Enrolment code").input_value() == code
    assert "#" not in phone.page.url
    assert visitor.backend.open_sessions == 0, "a link that is only looked at uses nothing up"
    phone.tap("Continue")
    phone.wait_for("account")
    assert "Alice Example" in phone.text()
    assert code not in phone.page.evaluate(_KEPT)
    assert visitor.backend.has_redeemed(code)


def test_a_code_is_not_lost_with_the_answer_that_comes_after_it(visitor: Visitor, portal: Portal) -> None:
    phone = visitor.phone
    portal.intercept = lambda event: NOBODY if event["rawPath"].endswith("/current") else None
    phone.open(f"#enroll={visitor.backend.issue_code()}")
    phone.tap("Continue")
    phone.wait_for_message("The service does not answer")
    portal.intercept = None
    phone.tap("Continue")
    phone.wait_for("account")


def test_a_browser_without_cookies_is_told_so(visitor: Visitor, portal: Portal) -> None:
    def forgetful(event: Mapping[str, Any]) -> Mapping[str, Any] | None:
        is_code = event["rawPath"] == "/v1/enrollment/sessions"
        return {**portal.function(event), "cookies": []} if is_code else None

    portal.intercept = forgetful
    visitor.phone.open(f"#enroll={visitor.backend.issue_code()}")
    visitor.phone.tap("Continue")
    visitor.phone.wait_for_message("This browser keeps no cookies")


def test_g2_the_session_is_in_no_scripts_reach_and_outlives_a_reload(visitor: Visitor) -> None:
    visitor.enter_by_code()
    (cookie,) = visitor.phone.context.cookies()
    assert (cookie["name"], cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (
        "__Host-gatehouse", True, True, "Strict",
    )  # fmt: skip
    assert cookie["value"] not in visitor.phone.page.evaluate(_KEPT)
    visitor.phone.open()
    visitor.phone.wait_for("account")


def test_password_and_code_lead_in_and_signing_out_leads_out(visitor: Visitor) -> None:
    uri = visitor.backend.add_authenticator("Alice’s app")
    visitor.sign_in(visitor.backend.code(uri))
    visitor.phone.wait_for("account")
    assert visitor.rows() == ["Alice’s app"]
    visitor.phone.tap("Sign out")
    visitor.phone.wait_for("welcome")
    assert visitor.phone.context.cookies() == []
    assert not [one for one in visitor.backend.company.store.state.sessions.values() if one.kind == "signed_in"]


def test_a_refused_sign_in_says_what_to_do_and_keeps_what_was_typed(visitor: Visitor) -> None:
    uri = visitor.backend.add_authenticator()
    visitor.sign_in(other_code(visitor.backend.code(uri)))
    visitor.phone.wait_for_message("use a code that you have not used yet")
    assert visitor.field("User name").input_value() == "alice"
    visitor.field("Code").fill(visitor.backend.code(uri))
    visitor.phone.tap("Sign in")
    visitor.phone.wait_for("account")


def test_who_signed_in_by_a_code_alone_may_look_and_try_but_change_nothing(
    phone: Phone, company: Company, backend: Backend
) -> None:
    looking = Backend(company.portal.origin)
    company.portal.stand_before(looking.world.app, looking.company.app)
    visitor = Visitor(phone, looking)
    uri = looking.add_authenticator()
    visitor.sign_in(looking.code(uri), password="")
    phone.wait_for("account")
    expect(phone.button("Add a method")).to_have_count(0)
    visitor.open("Authenticator app")
    phone.wait_for("method")
    expect(phone.button("Remove")).to_have_count(0)
    visitor.field("Test it").fill(looking.code(uri))
    phone.tap("Test this code")
    phone.wait_for_message("It works")
    phone.tap("Back")
    phone.tap("Enter an enrolment code")
    visitor.field("Enrolment code").fill(looking.issue_code())
    phone.tap("Continue")
    expect(phone.button("Add a method")).to_be_visible()
    assert looking.faults == []


def test_d10_requests_that_a_report_turned_off_are_turned_on_by_who_signed_in(visitor: Visitor) -> None:
    phone, backend = visitor.phone, visitor.backend
    uri = backend.add_authenticator()
    backend.mute()
    visitor.sign_in(backend.code(uri))
    phone.wait_for("account")
    assert "Sign-in requests and calls are off" in phone.text()
    phone.tap("Turn requests on again")
    phone.wait_for_message("Sign-in requests come again")
    assert not backend.is_muted
    expect(phone.button("Turn requests on again")).to_have_count(0)


def test_d10_who_signed_in_by_a_code_alone_is_sent_to_the_help_desk(
    phone: Phone, company: Company, backend: Backend
) -> None:
    looking = Backend(company.portal.origin)
    company.portal.stand_before(looking.world.app, looking.company.app)
    uri = looking.add_authenticator()
    looking.mute()
    Visitor(phone, looking).sign_in(looking.code(uri), password="")
    phone.wait_for("account")
    assert "Your help desk can turn them on again" in phone.text()
    expect(phone.button("Turn requests on again")).to_have_count(0)
    assert looking.faults == []


def test_a_session_that_has_ended_is_told_without_losing_what_was_typed(visitor: Visitor) -> None:
    phone = visitor.phone
    visitor.enter_by_code()
    visitor.open("Phone number")
    visitor.field("Mobile number").fill("+49 1512 3456789")
    visitor.backend.end_sessions()
    phone.tap("Send a code")
    phone.wait_for_message("You were signed out")
    assert visitor.field("Mobile number").input_value() == "+49 1512 3456789"
    phone.tap("Back")
    phone.wait_for("sign-in")
    phone.wait_for_message("You were signed out")


def test_the_browsers_own_way_back_leads_to_the_overview(visitor: Visitor) -> None:
    visitor.enter_by_code()
    visitor.open("Hardware token")
    visitor.phone.wait_for("token")
    visitor.phone.page.go_back()
    visitor.phone.wait_for("account")


# ---- authenticator apps


def test_an_app_is_added_by_the_code_and_the_key_is_gone_then(visitor: Visitor) -> None:
    phone = visitor.phone
    visitor.enter_by_code()
    visitor.open("Authenticator app")
    phone.wait_for("authenticator")
    key, uri = visitor.key, visitor.uri
    assert f"secret={key}" in uri
    assert drawn_qr_code(phone) == [bytes(row) for row in segno.make(uri, micro=False, error="m").matrix]
    visitor.scan_and_confirm()
    phone.wait_for("backup")
    assert visitor.backend.methods() == {"Authenticator app": "authenticator"}
    kept = phone.page.evaluate(_KEPT)
    assert key not in kept.replace(" ", "")
    assert "otpauth" not in kept
    phone.page.go_back()
    phone.wait_for("account")
    assert "otpauth" not in phone.page.content(), "no way back shows it again"


def drawn_qr_code(phone: Phone) -> list[bytes]:
    path = phone.page.locator(".qr-dark").get_attribute("d") or ""
    size = int((phone.page.locator(".qr").get_attribute("viewBox") or "").split()[2]) - 8
    rows = [bytearray(size) for _ in range(size)]
    for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path):
        start = int(x) - 4
        rows[int(y) - 4][start : start + int(run)] = b"\1" * int(run)
    return [bytes(row) for row in rows]


def test_wrong_codes_are_counted_and_the_key_is_void_in_the_end(visitor: Visitor) -> None:
    phone = visitor.phone
    visitor.enter_by_code()
    visitor.open("Authenticator app")
    phone.wait_for("authenticator")
    wrong = other_code(code_of(visitor.uri, visitor.backend.clock.now()))
    for left in ("4 tries are left", "3 tries are left", "2 tries are left", "1 try is left", "no try is left"):
        visitor.field("Code that the app shows now").fill(wrong)
        phone.tap("Confirm")
        phone.wait_for_message(left)
    visitor.scan_and_confirm()
    phone.wait_for_message("this key is void")
    phone.tap("Back")
    phone.wait_for("account")
    visitor.open("Authenticator app")
    visitor.scan_and_confirm()
    phone.wait_for("backup")


def test_g11_a_confirmation_whose_answer_was_lost_is_one_factor(visitor: Visitor, portal: Portal) -> None:
    phone = visitor.phone
    visitor.enter_by_code()
    visitor.open("Authenticator app")
    phone.wait_for("authenticator")
    portal.intercept = lambda event: lost(portal, event) if "confirmation" in event["rawPath"] else None
    visitor.scan_and_confirm()
    phone.wait_for_message("The service does not answer")
    portal.intercept = None
    phone.tap("Confirm")
    phone.wait_for("backup")
    assert visitor.backend.methods() == {"Authenticator app": "authenticator"}


def lost(portal: Portal, event: Mapping[str, Any]) -> Mapping[str, Any]:
    """It was done, and nobody heard."""
    portal.function(event)
    return NOBODY


# ---- phone numbers


def test_a_number_counts_once_its_code_is_typed(visitor: Visitor) -> None:
    phone, backend = visitor.phone, visitor.backend
    visitor.enter_by_code()
    visitor.open("Phone number")
    phone.wait_for("phone-number")
    expect(phone.page.get_by_role("radio", name="By message")).to_be_checked()
    for number, told in (("1512", "with its country"), ("+1 202 555 0123", "of that country")):
        visitor.field("Mobile number").fill(number)
        phone.tap("Send a code")
        phone.wait_for_message(told)
    visitor.field("Mobile number").fill("+49 1512 3456789")
    visitor.field("Name").fill("Work phone")
    phone.tap("Send a code")
    phone.wait_for("phone-code")
    visitor.field("Code").fill(other_code(backend.message))
    phone.tap("Confirm")
    phone.wait_for_message("4 tries are left")
    visitor.field("Code").fill(backend.message)
    phone.tap("Confirm")
    phone.wait_for("backup")
    assert backend.methods() == {"Work phone": "phone"}
    assert "3456789" not in phone.page.content()


def test_a_call_is_offered_where_the_api_offers_it(visitor: Visitor, portal: Portal) -> None:
    """``by`` tells the ways in which a code comes to a new number."""
    phone, sent = visitor.phone, []

    def with_calls(event: Mapping[str, Any]) -> Mapping[str, Any] | None:
        method, path = event["requestContext"]["http"]["method"], event["rawPath"]
        if path != "/v1/enrollment/phones":
            return None
        if method == "POST":
            sent.append(json.loads(portal_body(event)))
            return answered(201, {"phone_id": "p", "name": "My phone", "number": "…89", "expires_at": 0})
        return answered(200, {"phones": [], "by": ["message", "call"]})

    portal.intercept = with_calls
    visitor.enter_by_code()
    assert "by message or by call" in phone.text()
    visitor.open("Phone number")
    visitor.field("Mobile number").fill("+49 1512 3456789")
    phone.page.get_by_role("radio", name="By a call").check()
    phone.tap("Send a code")
    phone.wait_for("phone-code")
    assert "It calls …89" in phone.text()
    assert sent == [{"number": "+49 1512 3456789", "name": "My phone", "by": "call"}]


def portal_body(event: Mapping[str, Any]) -> bytes:
    return base64.b64decode(event["body"])


def answered(status: int, message: object) -> Mapping[str, Any]:
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(message), "isBase64Encoded": False}


def test_where_nothing_is_sent_no_number_is_asked_for(visitor: Visitor, portal: Portal) -> None:
    none = answered(200, {"phones": [], "by": []})
    portal.intercept = lambda event: none if event["rawPath"] == "/v1/enrollment/phones" else None
    visitor.enter_by_code()
    assert visitor.rows("What you can add") == ["This Linux PC", "Authenticator app", "Hardware token"]


# ---- hardware tokens


def test_a_token_is_claimed_by_its_number_and_a_code(visitor: Visitor) -> None:
    phone, press = visitor.phone, visitor.backend.stock_token("A-1042")
    visitor.enter_by_code()
    visitor.open("Hardware token")
    visitor.field("Serial number").fill("a-1042")
    visitor.field("Code that it shows").fill("000000")
    phone.tap("Add this token")
    phone.wait_for_message("Check the number on its back")
    for _ in range(40):
        press()
    visitor.field("Code that it shows").fill(press())
    phone.tap("Give two codes in a row")
    visitor.field("The next code").fill(press())
    phone.tap("Add this token")
    phone.wait_for("backup")
    assert visitor.backend.methods() == {"Token A-1042": "token"}


# ---- recovery codes


def test_recovery_codes_are_shown_once_and_can_be_copied_saved_and_printed(visitor: Visitor) -> None:
    phone, backend = visitor.phone, visitor.backend
    phone.context.grant_permissions(["clipboard-read", "clipboard-write"])
    phone.page.add_init_script("window.print = () => { window.printed = true; }")
    visitor.enter_by_code()
    visitor.open("Authenticator app")
    uri = visitor.scan_and_confirm()
    phone.wait_for("backup")
    visitor.open("Recovery codes")
    phone.wait_for("recovery-codes")
    codes = phone.page.locator(".code-list li").all_inner_texts()
    assert len(set(codes)) == 10
    phone.tap("Copy")
    expect(phone.button("Copied")).to_be_visible()
    assert phone.page.evaluate("navigator.clipboard.readText()").split("\n") == codes
    with phone.page.expect_download() as saving:
        phone.page.get_by_role("link", name="Download").click()
    assert saving.value.suggested_filename == "recovery-codes.txt"
    assert saving.value.path().read_text().split("\n")[-11:-1] == codes
    phone.tap("Print")
    assert phone.page.evaluate("window.printed") is True
    phone.tap("I have kept them")
    phone.wait_for("account")
    assert not [code for code in codes if code in phone.page.evaluate(_KEPT)]
    assert "10 of 10 left" in phone.text()
    phone.tap("Sign out")
    visitor.sign_in(codes[3])
    phone.wait_for("account")
    assert "9 of 10 left" in phone.text()
    assert backend.code(uri)


# ---- what is there


def test_each_method_says_when_it_was_used_and_can_be_tried(visitor: Visitor) -> None:
    phone, backend = visitor.phone, visitor.backend
    uri = backend.add_authenticator("Old app")
    other = backend.add_authenticator("New app")
    visitor.enter_by_code()
    assert visitor.rows() == ["Old app", "New app"]
    visitor.open("Old app")
    phone.wait_for("method")
    code = backend.code(uri)
    for typed, told in ((code, "It works"), (code, "would not let you in now"), (backend.code(other), "another one")):
        visitor.field("Test it").fill(typed)
        phone.tap("Test this code")
        phone.wait_for_message(told)


def test_methods_are_renamed_and_put_first(visitor: Visitor) -> None:
    phone, backend = visitor.phone, visitor.backend
    backend.add_authenticator("App")
    phone.pair()
    backend.add_recovery_codes()
    visitor.enter_by_code_when_paired()
    visitor.open("App")
    visitor.field("Name").fill("Alice’s app")
    phone.tap("Save the name")
    phone.wait_for_message("The name is saved")
    assert visitor.rows() == ["Linux PC", "Alice’s app"]
    phone.page.locator("button:has-text('This device')").click()
    visitor.field("Name").fill("Alice’s laptop")
    phone.tap("Save the name")
    phone.wait_for_message("The name is saved")
    assert backend.device.name == "Alice’s laptop"
    backend.add(replace(backend.device, device_id="another", name="Alice’s tablet"))
    phone.page.go_back()
    visitor.open("Alice’s tablet")
    assert phone.fact("Typed as") == "push2 47"
    phone.tap("Make it the first")
    phone.wait_for_message("Alice’s tablet is the first now")
    assert [device.name for device in backend.devices] == ["Alice’s tablet", "Alice’s laptop"]


def test_this_device_is_tested_by_its_own_notification(visitor: Visitor) -> None:
    phone, backend = visitor.phone, visitor.backend
    phone.stub_push_service(SUBSCRIPTION)
    phone.pair(notifications=True)
    visitor.enter_by_code_when_paired()
    phone.page.locator("button:has-text('This device')").click()
    assert phone.fact("Notifications") == "On"
    phone.tap("Send a test")
    phone.wait_for_message("It should ring in a few seconds")
    assert len(backend.sender.sent) == 1


def test_the_only_method_goes_only_if_the_person_insists(visitor: Visitor) -> None:
    phone, backend = visitor.phone, visitor.backend
    backend.add_authenticator()
    visitor.enter_by_code()
    visitor.open("Authenticator app")
    phone.tap("Remove")
    dialog = phone.page.get_by_role("dialog")
    expect(dialog).to_contain_text("only method")
    dialog.get_by_role("button", name="Go back").click()
    assert backend.methods() == {"Authenticator app": "authenticator"}
    phone.tap("Remove")
    dialog.get_by_role("button", name="Remove it anyway").click()
    phone.wait_for("account")
    assert backend.methods() == {}
    assert "Set up how you sign in" in phone.text()


def test_this_device_is_forgotten_here_when_it_is_removed(visitor: Visitor) -> None:
    phone, backend = visitor.phone, visitor.backend
    backend.add_authenticator()
    phone.pair()
    visitor.enter_by_code_when_paired()
    phone.page.locator("button:has-text('This device')").click()
    phone.tap("Remove")
    phone.tap("Remove it")
    phone.wait_for_message("is removed")
    assert backend.devices == []
    phone.tap("Sign out")
    phone.wait_for("welcome")
    phone.open()
    phone.wait_for("welcome")


def test_a_passkey_can_be_added_to_this_device_later(visitor: Visitor) -> None:
    phone, backend = visitor.phone, visitor.backend
    phone.add_authenticator()
    phone.pair()
    visitor.enter_by_code_when_paired()
    phone.page.locator("button:has-text('This device')").click()
    phone.tap("Add a passkey")
    phone.wait_for_message("The passkey is ready")
    assert backend.device.passkey is not None


# ---- a new phone


def test_a_new_phone_comes_before_the_old_one_goes(visitor: Visitor) -> None:
    phone, backend = visitor.phone, visitor.backend
    backend.add_authenticator("Old phone’s app")
    visitor.enter_by_code()
    phone.tap("I have a new phone")
    phone.wait_for("new-phone")
    visitor.open("Use this")
    visitor.field("Name of this device").fill("New phone")
    phone.tap("Pair this device")
    phone.wait_for("notifications")
    phone.tap("Not now")
    phone.wait_for("paired")
    assert backend.methods() == {"Old phone’s app": "authenticator", "New phone": "device"}
    phone.tap("Done")
    phone.wait_for("retire")
    expect(phone.button("Remove what is chosen")).to_be_disabled()
    phone.page.get_by_role("checkbox", name="Old phone’s app").check()
    phone.tap("Remove what is chosen")
    phone.wait_for("account")
    assert backend.methods() == {"New phone": "device"}


def test_what_is_broken_off_removes_nothing(visitor: Visitor) -> None:
    phone, backend = visitor.phone, visitor.backend
    backend.add_authenticator()
    visitor.enter_by_code()
    phone.tap("I have a new phone")
    visitor.open("Move my authenticator app")
    phone.wait_for("authenticator")
    phone.tap("Back")
    phone.wait_for("account")
    assert backend.methods() == {"Authenticator app": "authenticator"}


# ---- changes need a sign-in of the last minutes


def test_g12_a_change_that_comes_late_asks_once_more_and_then_goes_on(visitor: Visitor) -> None:
    phone, backend = visitor.phone, visitor.backend
    uri = backend.add_authenticator()
    visitor.sign_in(backend.code(uri))
    phone.wait_for("account")
    phone.tap("Add a method")
    visitor.open("Phone number")
    visitor.field("Mobile number").fill("+49 1512 3456789")
    backend.clock.ahead += 301
    phone.tap("Send a code")
    dialog = phone.page.get_by_role("dialog")
    visitor.prove(other_code(backend.code(uri)))
    expect(dialog).to_contain_text("That did not work")
    dialog.get_by_role("button", name="Go back").click()
    phone.wait_for_message("Nothing was changed")
    assert visitor.field("Mobile number").input_value() == "+49 1512 3456789"
    phone.tap("Send a code")
    visitor.prove(backend.code(uri))
    phone.wait_for("phone-code")


def test_g12_a_device_is_paired_by_the_session_that_was_proven(visitor: Visitor) -> None:
    phone, backend = visitor.phone, visitor.backend
    uri = backend.add_authenticator()
    visitor.sign_in(backend.code(uri))
    phone.wait_for("account")
    phone.tap("Add a method")
    visitor.open("This")
    phone.wait_for("name")
    backend.clock.ahead += 301
    phone.tap("Pair this device")
    visitor.prove(backend.code(uri))
    phone.wait_for("notifications")
    assert len(backend.devices) == 1


# ---- beside the requests


def test_a_request_stands_in_front_and_what_was_typed_is_there_afterwards(visitor: Visitor) -> None:
    phone, backend = visitor.phone, visitor.backend
    backend.add_authenticator()
    phone.pair()
    visitor.enter_by_code_when_paired()
    phone.tap("Add a method")
    visitor.open("Phone number")
    visitor.field("Mobile number").fill("+49 1512 3456789")
    prompt = backend.ask()
    phone.wait_for("approve")
    phone.tap("Approve")
    phone.wait_for_outcome("approved")
    phone.tap("Done")
    phone.wait_for("phone-number")
    assert visitor.field("Mobile number").input_value() == "+49 1512 3456789"
    assert prompt.state == "approved"
    phone.tap("Send a code")
    phone.wait_for("phone-code")


# ---- text


def test_g6_names_of_methods_are_text(visitor: Visitor) -> None:
    phone, backend = visitor.phone, visitor.backend
    short = [text for text in HOSTILE if len(text.encode()) <= 64]
    for text in short:
        backend.add_authenticator(text)
    visitor.enter_by_code()
    assert visitor.rows() == short
    visitor.row(short[0]).click()
    phone.wait_for("method")
    assert short[0] in phone.text()
    phone.tap("Remove")
    expect(phone.page.get_by_role("dialog")).to_contain_text(short[0])
    assert_nothing_of_it_ran(phone)


# ---- by keyboard


def test_a_keyboard_alone_signs_in_and_adds_an_app(visitor: Visitor) -> None:
    phone, backend = visitor.phone, visitor.backend
    (code, *_), keys = backend.add_recovery_codes(), phone.page.keyboard
    phone.open()
    phone.wait_for("welcome")
    tab_to(phone, "Sign in")
    keys.press("Enter")
    phone.wait_for("sign-in")
    for text in ("alice", "correct horse", code):
        keys.press("Tab")
        keys.type(text)
    keys.press("Enter")
    phone.wait_for("account")
    tab_to(phone, "Authenticator app")
    keys.press("Enter")
    phone.wait_for("authenticator")
    uri = visitor.uri
    for _ in range(3):
        keys.press("Tab")
    keys.type(code_of(uri, backend.clock.now()))
    keys.press("Enter")
    phone.page.locator("#stage[data-screen=account]").wait_for()
    assert backend.methods() == {"Authenticator app": "authenticator"}
    assert phone.page.evaluate("document.activeElement.tagName") == "H1"


def tab_to(phone: Phone, text: str) -> None:
    for _ in range(12):
        phone.page.keyboard.press("Tab")
        if phone.page.evaluate("document.activeElement.textContent").startswith(text):
            return
    raise AssertionError(f"no way to {text!r} by the keyboard")
