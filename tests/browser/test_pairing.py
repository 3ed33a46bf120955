"""From a code to a device that answers."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from mfa.domain.push_devices import MAX_DEVICES
from tests.browser.backend import SUBSCRIPTION, Backend
from tests.browser.conftest import NewPhone
from tests.browser.phone import Phone
from tests.browser.server import Portal

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile Safari/604.1"
ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/137.0.0.0 Mobile Safari/537.36"


def test_a_code_pairs_this_device(phone: Phone, backend: Backend) -> None:
    phone.open("#pair=")
    phone.wait_for("code")
    phone.enter_code(backend.issue_code())
    phone.wait_for("name")
    assert "Alice Example" in phone.text()
    phone.page.get_by_label("Name of this device").fill("Alice’s phone 📱")
    phone.tap("Pair this device")
    phone.finish_pairing()
    assert backend.device.name == "Alice’s phone 📱"
    assert (phone.fact("Answers for"), phone.fact("This device")) == ("Alice Example", "Alice’s phone 📱")


def test_a_link_brings_the_code_but_does_not_use_it_up(phone: Phone, backend: Backend) -> None:
    code = backend.issue_code()
    phone.open(f"#pair={code}")
    phone.wait_for("code")
    assert phone.page.get_by_label("Pairing code").input_value() == code
    assert "#" not in phone.page.url, "a code must not stay in the address or the history"
    assert backend.open_sessions == 0
    phone.tap("Continue")
    phone.wait_for("name")
    assert backend.open_sessions == 1
    assert backend.has_redeemed(code)


def test_no_request_but_the_one_that_redeems_it_carries_the_code(
    phone: Phone, backend: Backend, portal: Portal
) -> None:
    code = backend.issue_code()
    carried = []
    phone.page.on("request", lambda sent: carried.append(sent.url) if code in sent.url + str(sent.headers) else None)
    phone.open(f"#pair={code}")
    phone.tap("Continue")
    phone.wait_for("name")
    assert [url for url in carried if "#" not in url] == []


def test_a_wrong_code_is_told_and_another_can_be_entered(phone: Phone, backend: Backend) -> None:
    phone.open("#pair=")
    phone.enter_code("AAAA-AAAA-AAAA-AAAA")
    phone.wait_for_message("not valid")
    phone.enter_code(backend.issue_code().lower())
    phone.wait_for("name")


def test_the_key_cannot_be_taken_out_of_the_device(paired: Phone) -> None:
    found = paired.page.evaluate("""async () => {
      const main = document.querySelector("[src$='/js/main.js']").src;
      const { readDevice } = await import(main.replace("main", "device_storage"));
      const { privateKey } = (await readDevice()).key;
      const exports = ["jwk", "pkcs8", "raw"].map((format) => crypto.subtle.exportKey(format, privateKey));
      const exported = (await Promise.allSettled(exports)).map(({ status }) => status);
      return { extractable: privateKey.extractable, exported, uses: privateKey.usages };
    }""")
    assert found == {"extractable": False, "exported": ["rejected"] * 3, "uses": ["sign"]}


def test_the_session_is_ended_and_kept_nowhere(phone: Phone, backend: Backend) -> None:
    phone.pair()
    assert backend.open_sessions == 0
    stored = phone.page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])")
    assert stored == '[{},{},""]'


def test_a_device_is_still_paired_when_it_is_opened_again(paired: Phone) -> None:
    paired.open()
    paired.wait_for("home")


def test_what_was_paired_stays_as_it_is_unless_the_person_wants_otherwise(phone: Phone, backend: Backend) -> None:
    phone.pair()
    phone.open(f"#pair={backend.issue_code()}")
    phone.wait_for("replace")
    phone.tap("Keep it as it is")
    phone.wait_for("home")
    phone.open(f"#pair={backend.issue_code()}")
    phone.wait_for("replace")
    phone.tap("Pair again")
    phone.wait_for("code")
    phone.tap("Continue")
    phone.tap("Pair this device")
    phone.finish_pairing()
    assert len(backend.devices) == 2
    backend.ask()
    phone.wait_for("approve")
    phone.tap("Approve")
    phone.wait_for_outcome("approved")


def test_a_pairing_that_fails_half_way_leaves_the_old_one_alone(phone: Phone, backend: Backend) -> None:
    phone.pair()
    phone.tap("Pair with another code")
    phone.enter_code(backend.issue_code())
    phone.wait_for("name")
    backend.end_sessions()
    phone.tap("Pair this device")
    phone.wait_for_message("used up")
    phone.open()
    phone.wait_for("home")
    backend.ask()
    phone.wait_for("approve")


def test_who_has_too_many_devices_is_told_what_to_do(phone: Phone, backend: Backend) -> None:
    phone.pair()
    for number in range(MAX_DEVICES - 1):
        backend.add(replace(backend.devices[0], device_id=f"another{number}"))
    phone.tap("Pair with another code")
    phone.enter_code(backend.issue_code())
    phone.tap("Pair this device")
    phone.wait_for_message("Remove one first")


def test_notifications_are_subscribed_to_with_the_servers_key(phone: Phone, backend: Backend) -> None:
    phone.stub_push_service(SUBSCRIPTION)
    phone.pair(notifications=True)
    subscription = backend.device.subscription
    assert subscription is not None
    assert (subscription.endpoint, len(subscription.public_key)) == (SUBSCRIPTION["endpoint"], 65)
    assert phone.page.evaluate("pushCalls") == [{"visible": True, "octets": 65}]
    expect(phone.page.get_by_role("switch", name="Notifications")).to_have_attribute("aria-checked", "true")


def test_a_person_who_refuses_notifications_can_go_on(new_phone: NewPhone, backend: Backend) -> None:
    phone = new_phone(permissions=[])
    phone.open("#pair=")
    phone.enter_code(backend.issue_code())
    phone.tap("Pair this device")
    phone.wait_for("notifications")
    phone.tap("Allow notifications")
    phone.wait_for_message("blocked")  # headless Chromium refuses for the person
    phone.finish_pairing()
    assert backend.device.subscription is None


def test_on_an_iphone_the_home_screen_comes_first(new_phone: NewPhone, backend: Backend) -> None:
    phone = new_phone(user_agent=IPHONE)
    code = backend.issue_code()
    phone.open(f"#pair={code}")
    phone.wait_for("install")
    assert "Add to Home Screen" in phone.text()
    assert phone.page.get_by_label("Your pairing code").inner_text() == code
    assert backend.open_sessions == 0
    phone.tap("Go on in the browser instead")
    phone.wait_for("code")


def test_an_iphone_app_that_is_installed_asks_for_the_code_at_once(new_phone: NewPhone) -> None:
    phone = new_phone(user_agent=IPHONE)
    phone.page.add_init_script("Object.defineProperty(navigator, 'standalone', { value: true })")
    phone.open()
    phone.wait_for("welcome")


@pytest.mark.parametrize(("agent", "name"), [(IPHONE, "iPhone"), (ANDROID, "Android phone")])
def test_a_device_gets_a_name_that_its_owner_would_give_it(
    new_phone: NewPhone, backend: Backend, agent: str, name: str
) -> None:
    phone = new_phone(user_agent=agent)
    phone.open("#pair=")
    if agent is IPHONE:
        phone.tap("Go on in the browser instead")
    phone.enter_code(backend.issue_code())
    phone.wait_for("name")
    assert phone.page.get_by_label("Name of this device").input_value() == name


def test_where_the_browser_can_install_it_the_app_offers_it(phone: Phone) -> None:
    phone.open()
    phone.wait_for("welcome")
    expect(phone.button("Install")).to_be_hidden()
    phone.page.evaluate("""() => {
      const offer = new Event("beforeinstallprompt", { cancelable: true });
      offer.prompt = async () => { window.prompted = true; };
      offer.userChoice = Promise.resolve({ outcome: "accepted" });
      dispatchEvent(offer);
    }""")
    phone.tap("Install")
    assert phone.page.evaluate("window.prompted") is True


def test_a_browser_can_install_it(phone: Phone) -> None:
    phone.open()
    phone.wait_for("welcome")
    assert phone.cdp.send("Page.getInstallabilityErrors")["installabilityErrors"] in (
        [],
        [{"errorId": "in-incognito", "errorArguments": []}],
    )
    manifest = phone.cdp.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert re.search(r'"purpose": "maskable"', manifest["data"])
