"""G6: whatever a name, a client or an address says, it is text. And it is signed to the octet as it is shown."""

import pytest

from tests.browser.backend import Backend
from tests.browser.conftest import NewPhone
from tests.browser.phone import Phone
from tests.browser.server import Portal

HOSTILE = (
    "<img src=x onerror=window.hacked=1>",
    "<script>window.hacked=1</script>",
    "</dd></dl><iframe srcdoc='<script>parent.hacked=1</script>'>",
    "javascript:window.hacked=1//\"'`${window.hacked=1}",
)
ODD = (
    'quote " and backslash \\ and slash /',
    "line one\nline two\r\ttab \b\f\x00\x1f\x7f",
    "separators \u2028 \u2029 and a mark \ufeff",
    "\u202eright to left\u202c אבג",
    "😀 é é \u0000 ﬃ İ ß",
    "x" * 253,
    "{}[],:",
)


def test_names_of_people_and_devices_are_shown_as_text(new_phone: NewPhone, portal: Portal) -> None:
    person, device = HOSTILE[0], HOSTILE[1]
    backend = Backend(portal.origin, display_name=person)
    portal.stand_before(backend.world.app, backend.company.app)
    phone = new_phone()
    phone.open("#pair=")
    phone.enter_code(backend.issue_code())
    phone.wait_for("name")
    assert person in phone.text()
    phone.page.get_by_label("Name of this device").fill(device)
    phone.tap("Pair this device")
    phone.finish_pairing()
    assert (phone.fact("Answers for"), phone.fact("This device")) == (person, device)
    assert_nothing_of_it_ran(phone)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_request_says_is_shown_as_text(paired: Phone, backend: Backend, text: str) -> None:
    prompt = backend.ask(user=text, client=text, address=text)
    paired.wait_for("approve")
    assert (paired.fact("To"), paired.fact("As"), paired.fact("From")) == (text, text, text)
    paired.tap("Approve")
    paired.wait_for_outcome("approved")
    assert text in paired.text()
    assert prompt.state == "approved"
    assert_nothing_of_it_ran(paired)


def assert_nothing_of_it_ran(phone: Phone) -> None:
    assert phone.page.evaluate("window.hacked ?? null") is None
    assert phone.page.locator("main :is(iframe, script, img)").count() == 0


@pytest.mark.parametrize("text", ODD)
def test_both_sides_build_the_same_octets_of_any_text(paired: Phone, backend: Backend, text: str) -> None:
    """The server compares the signature with what ``mfa.domain.device_signatures`` makes of its own record."""
    prompt = backend.ask(user=text, client=text, address=text)
    paired.wait_for("approve")
    paired.tap("Approve")
    paired.wait_for_outcome("approved")
    assert prompt.state == "approved"


def test_a_long_name_breaks_the_line_and_not_the_page(paired: Phone, backend: Backend) -> None:
    backend.ask("47", client="W" * 200, address="2001:db8:1111:2222:3333:4444:5555:6666")
    paired.wait_for("approve")
    assert paired.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_name_of_the_service_is_text_too(paired: Phone) -> None:
    paired.portal.issuer = HOSTILE[0]
    paired.open()
    paired.wait_for("home")
    assert paired.page.locator("#issuer").inner_text() == HOSTILE[0]
    assert paired.page.evaluate("window.hacked ?? null") is None
