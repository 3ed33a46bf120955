"""A phone in a person's hand: what they see, tap and type in the web app."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.sync_api import BrowserContext, CDPSession, ConsoleMessage, Locator, Page, expect

from tests.browser.server import Portal

PATIENCE_MS: Final = 20_000  # for a machine that has much else to do; nothing waits longer than it must
# What a test provokes by a status or a lost connection is told by the browser as an error of the page, which it is not.
_STATUS: Final = re.compile(r"^Failed to load resource: (the server responded with a status of|net::ERR_)")

AUTHENTICATOR: Final[Mapping[str, Any]] = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass
class Phone:
    """``complaints`` are errors and warnings of the console, violations of the content security policy among them."""

    context: BrowserContext
    page: Page
    portal: Portal
    issue_code: Callable[[], str]
    complaints: list[str] = field(default_factory=list)
    _registrations: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.cdp: CDPSession = self.context.new_cdp_session(self.page)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not _STATUS.match(message.text):
            self.complaints.append(message.text)

    # ---- where it is

    def open(self, fragment: str = "") -> None:
        if self.page.url.startswith(f"{self.portal.origin}/"):
            self.page.goto("about:blank")  # a new fragment alone would not load the page again
        self.page.goto(f"{self.portal.origin}/{fragment}")

    def wait_for(self, screen: str) -> str:
        """The screen's name again, for whoever tells where the phone is."""
        expect(self.page.locator("#stage")).to_have_attribute("data-screen", screen, timeout=PATIENCE_MS)
        return screen

    def wait_for_outcome(self, outcome: str) -> None:
        expect(self.page.locator("[data-outcome]")).to_have_attribute("data-outcome", outcome, timeout=PATIENCE_MS)

    def wait_for_message(self, part: str) -> None:
        expect(self.page.locator(".message:visible")).to_contain_text(part, timeout=PATIENCE_MS)

    @property
    def screen(self) -> str:
        return self.page.locator("#stage").get_attribute("data-screen") or ""

    def text(self) -> str:
        return self.page.locator("#stage").inner_text()

    def fact(self, name: str) -> str:
        return self.page.locator(f".fact:has(dt:text-is('{name}')) bdi").inner_text()

    # ---- what is done with it

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def tap(self, name: str) -> None:
        self.button(name).click()

    def pair(self, *, notifications: bool = False, passkey: bool = False) -> None:
        """From a link to the home screen."""
        self.open(f"#pair={self.issue_code()}")
        self.wait_for("code")
        self.tap("Continue")
        self.wait_for("name")
        self.tap("Pair this device")
        self.finish_pairing(notifications=notifications, passkey=passkey)

    def enter_code(self, code: str) -> None:
        self.page.get_by_label("Pairing code").fill(code)
        self.tap("Continue")

    def finish_pairing(self, *, notifications: bool = False, passkey: bool = False) -> None:
        self.wait_for("notifications")
        self.tap("Allow notifications" if notifications else "Not now")
        if self.has_authenticator:
            self.wait_for("passkey")
            self.tap("Add a passkey" if passkey else "Not now")
        self.wait_for("paired")
        self.finish()

    def finish(self) -> None:
        """From what was paired to the home screen, past the offer of a second way in."""
        self.tap("Done")
        self.page.locator("#stage:is([data-screen=backup], [data-screen=home])").wait_for()
        if self.screen == "backup":
            self.tap("Later")
        self.wait_for("home")

    def enter_number(self, number: str) -> None:
        for digit in number:
            self.tap(digit)

    def report(self) -> None:
        self.tap("This wasn’t me")
        self.tap("Yes, report it")

    # ---- what it is made of

    has_authenticator = False

    def add_authenticator(self) -> None:
        """A fingerprint reader, whose owner's finger is on it."""
        self.cdp.send("WebAuthn.enable")
        added = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": dict(AUTHENTICATOR)})
        self._authenticator = added["authenticatorId"]
        self.has_authenticator = True

    def set_user_verified(self, is_verified: bool) -> None:
        self.cdp.send(
            "WebAuthn.setUserVerified", {"authenticatorId": self._authenticator, "isUserVerified": is_verified}
        )

    def stub_push_service(self, subscription: Mapping[str, Any]) -> None:
        """Chromium's push service cannot be reached from here: ``subscribe`` hands out this subscription instead."""
        self.page.add_init_script(_STUB.replace("SUBSCRIPTION", json.dumps(subscription)))

    def deliver_push(self, payload: str) -> None:
        """A push message comes in: what the browser does once it has decrypted one. Returns when the worker has rung,
        which it tells the app."""
        self.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
        if not self._registrations:
            self.cdp.on("ServiceWorker.workerRegistrationUpdated", self._registered)
            self.cdp.send("ServiceWorker.enable")
        scope = f"{self.portal.origin}/"
        for _ in range(100):
            if scope in self._registrations:
                break
            self.page.wait_for_timeout(20)
        message = {"origin": self.portal.origin, "registrationId": self._registrations[scope], "data": payload}
        self.page.evaluate(_LISTEN)
        self.cdp.send("ServiceWorker.deliverPushMessage", message)
        self.page.evaluate("window.rung.then(() => null)")

    def _registered(self, told: Mapping[str, Any]) -> None:
        self._registrations |= {one["scopeURL"]: one["registrationId"] for one in told["registrations"]}

    def close_notifications(self) -> None:
        self.page.evaluate(_CLOSE)

    def notifications(self) -> list[dict[str, Any]]:
        shown: list[dict[str, Any]] = self.page.evaluate(_NOTIFICATIONS)
        return shown

    def wait_for_notification(self, title: str) -> dict[str, Any]:
        """Asks seldom: Chromium forgets a notification that is asked for while it is on its way to the screen."""
        for _ in range(PATIENCE_MS // 250):
            self.page.wait_for_timeout(250)
            found = [one for one in self.notifications() if one["title"] == title]
            if found:
                return found[0]
        raise AssertionError(f"no notification {title!r}, but {self.notifications()}")

    def click_notification(self, tag: str, action: str = "") -> None:
        """The event alone, without the user activation that a real click brings (test_real_notification has that)."""
        worker = self.context.service_workers[-1]
        worker.evaluate(_CLICK, [tag, action])


_LISTEN: Final = """() => {
  window.rung = new Promise((resolve, reject) => {
    navigator.serviceWorker.addEventListener("message", resolve, { once: true });
    setTimeout(() => reject(new Error("the worker has not rung")), 20_000);
  });
}"""

_NOTIFICATIONS: Final = """async () => {
  const registration = await navigator.serviceWorker.ready;
  return (await registration.getNotifications()).map(({title, body, tag, actions, requireInteraction}) =>
    ({title, body, tag, requireInteraction, actions: actions.map(({action}) => action)}));
}"""

_CLOSE: Final = """async () => {
  const registration = await navigator.serviceWorker.getRegistration();
  for (const notification of (await registration?.getNotifications()) ?? []) notification.close();
}"""

_CLICK: Final = """async ([tag, action]) => {
  const [notification] = await registration.getNotifications({ tag });
  dispatchEvent(new NotificationEvent("notificationclick", { notification, action }));
}"""

_STUB: Final = """(() => {
  const given = SUBSCRIPTION;
  let current = null;
  window.pushCalls = [];
  PushManager.prototype.getSubscription = async () => current;
  PushManager.prototype.subscribe = async (options) => {
    window.pushCalls.push({ visible: options.userVisibleOnly, octets: options.applicationServerKey.byteLength });
    current = {
      options: { applicationServerKey: options.applicationServerKey.buffer },
      toJSON: () => given,
      unsubscribe: async () => { window.pushCalls.push("unsubscribe"); current = null; return true; },
    };
    return current;
  };
})()"""
