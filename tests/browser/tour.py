"""Every screen of the app, one after the other, as a person meets them: for looking at, and for axe."""

from collections.abc import Iterator
from contextlib import contextmanager

from mfa.domain.login_transactions import TransactionState
from mfa.domain.push import PushApproval
from tests.browser.backend import SUBSCRIPTION, Backend, Prompt
from tests.browser.phone import Phone
from tests.browser.test_approving import problem

_ENDS = {
    TransactionState.EXPIRED: "too-late",
    TransactionState.APPROVED: "decided-already",
    TransactionState.CANCELLED: "no-longer-needed",
}


def tour(phone: Phone, backend: Backend) -> Iterator[str]:
    """Brings the phone to each screen in turn and says its name. The phone is new."""
    phone.add_authenticator()
    phone.stub_push_service(SUBSCRIPTION)
    yield from _pairing(phone, backend)
    yield from _approving(phone, backend)
    yield from _troubles(phone, backend)


def _pairing(phone: Phone, backend: Backend) -> Iterator[str]:
    phone.open("#pair=")
    yield phone.wait_for("code")
    phone.enter_code("0000-0000-0000-0000")
    phone.wait_for_message("not valid")
    yield "code-refused"
    phone.open(f"#pair={backend.issue_code()}")
    phone.tap("Continue")
    phone.wait_for("name")
    phone.page.get_by_label("Name of this device").fill("Alice’s phone")
    yield "name"
    phone.tap("Pair this device")
    yield phone.wait_for("notifications")
    phone.tap("Allow notifications")
    yield phone.wait_for("passkey")
    phone.tap("Add a passkey")
    yield phone.wait_for("paired")
    phone.finish()
    phone.page.get_by_role("switch", name="Notifications").and_(phone.page.locator(":enabled")).wait_for()
    yield "home"


def _approving(phone: Phone, backend: Backend) -> Iterator[str]:
    with _asked(phone, backend, "47"):
        yield "approve-number"
        phone.enter_number("47")
        yield "approve-number-entered"
        phone.tap("Approve")
        phone.wait_for_outcome("approved")
        yield "approved"
    with _asked(phone, backend, "47"):
        phone.enter_number("74")
        phone.tap("Approve")
        phone.wait_for_outcome("wrong_number")
        yield "wrong-number"
    with _asked(phone, backend, None):
        yield "approve-tap"
        phone.tap("Deny")
        phone.wait_for_outcome("denied")
        yield "denied"
    with _asked(phone, backend, None, PushApproval.PASSKEY):
        yield "approve-passkey"
        phone.tap("This wasn’t me")
        phone.button("Yes, report it").wait_for()
        yield "report"
        phone.tap("Yes, report it")
        phone.wait_for_outcome("reported")
        yield "reported"
    phone.page.get_by_role("heading", name="Requests are turned off").wait_for()
    yield "muted"
    for state, name in _ENDS.items():
        with _asked(phone, backend, None) as prompt:
            backend.end(prompt, state)
            phone.page.locator("[data-outcome]").wait_for()
            yield name


def _troubles(phone: Phone, backend: Backend) -> Iterator[str]:
    phone.tap("I lost a phone")
    yield phone.wait_for("lost")
    phone.open(f"#pair={backend.issue_code()}")
    yield phone.wait_for("replace")
    phone.tap("Keep it as it is")
    phone.portal.intercept = lambda event: problem(503, "unavailable") if "/device" in event["rawPath"] else None
    phone.open()
    yield phone.wait_for("offline")
    phone.portal.intercept = lambda event: problem(401, "clock-wrong") if "/device" in event["rawPath"] else None
    phone.tap("Try now")
    yield phone.wait_for("clock")
    phone.portal.intercept = None
    backend.remove_devices()
    phone.tap("Try again")
    yield phone.wait_for("removed")
    phone.portal.told_origin = "https://mfa.example.com"
    phone.open()
    yield phone.wait_for("elsewhere")
    phone.page.goto(f"{phone.portal.origin}/no/such/page")
    yield "nothing-here"


@contextmanager
def _asked(
    phone: Phone, backend: Backend, number: str | None, approval: PushApproval = PushApproval.TAP
) -> Iterator[Prompt]:
    """A request on the screen, whose buttons can be used; at the end the home screen again."""
    prompt = backend.ask(number, approval=approval, client="Client VPN")
    phone.wait_for("approve")
    phone.button("Deny").and_(phone.page.locator(":enabled")).wait_for()
    yield prompt
    phone.tap("Done")
    phone.wait_for("home")
