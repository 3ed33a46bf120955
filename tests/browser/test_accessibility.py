"""axe-core finds nothing wrong with any screen, in either colour scheme; and what axe cannot see."""

import json
from collections.abc import Iterator

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.browser.account_tour import account_tour
from tests.browser.backend import Backend
from tests.browser.conftest import NewPhone
from tests.browser.phone import Phone
from tests.browser.server import Portal
from tests.browser.test_pairing import IPHONE
from tests.browser.tour import tour

# In dark, only colours are others: asking about all else again would take as long again.
DARK = ["color-contrast"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN = """async (rules) => {
  const options = { runOnly: rules, resultTypes: ["violations"], preload: false };
  const { violations, passes } = await axe.run(document, options);
  const where = ({ target, failureSummary }) => [target.join(" "), failureSummary];
  return { found: violations.map(({ id, nodes }) => [id, nodes.map(where)]), looked: passes.length };
}"""


def violations(page: Page, scheme: str = "light") -> str:
    """As text, "" for none. By the debugger's door, because the page's own policy lets axe in by no other."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    answered = page.evaluate(_RUN, RULES if scheme == "light" else DARK)
    assert answered["looked"] > (10 if scheme == "light" else 0)
    return json.dumps(answered["found"], indent=1) if answered["found"] else ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_screen(new_phone: NewPhone, backend: Backend, scheme: str) -> None:
    phone = new_phone(color_scheme=scheme)
    found = {name: wrong for name in tour(phone, backend) if (wrong := violations(phone.page, scheme))}
    assert found == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_persons_own_pages(new_phone: NewPhone, portal: Portal, scheme: str) -> None:
    staffed = Backend(portal.origin, has_directory=True)
    portal.stand_before(staffed.world.app, staffed.company.app)
    phone, found = new_phone(color_scheme=scheme), {}
    for name in account_tour(phone, staffed):
        if (wrong := violations(phone.page, scheme)) or not fits(phone.page):
            found[name] = wrong or "it is wider than the screen"
    assert found == {}
    assert staffed.faults == []


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_an_iphone_begins(new_phone: NewPhone, backend: Backend, scheme: str) -> None:
    phone = new_phone(color_scheme=scheme, user_agent=IPHONE)
    phone.open(f"#pair={backend.issue_code()}")
    phone.wait_for("install")
    assert violations(phone.page, scheme) == ""


@pytest.fixture(params=[(320, 568), (390, 844), (1280, 800)], ids=["small", "phone", "desktop"])
def sized(request: pytest.FixtureRequest, paired: Phone) -> Iterator[Phone]:
    width, height = request.param
    paired.page.set_viewport_size({"width": width, "height": height})
    yield paired
    paired.page.set_viewport_size({"width": 390, "height": 844})


def test_a_request_fits_on_the_screen(sized: Phone, backend: Backend) -> None:
    """All of it on a phone of today; on the smallest one, and on a desktop, no line runs out of it."""
    backend.ask("47")
    sized.wait_for("approve")
    page = sized.page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    size = page.viewport_size
    assert size is not None
    if size["width"] == 390:
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_every_control_is_as_large_as_a_finger(paired: Phone, backend: Backend) -> None:
    backend.ask("47")
    paired.wait_for("approve")
    smaller = "(buttons) => buttons.map((one) => Math.min(one.offsetWidth, one.offsetHeight))"
    sizes = paired.page.locator("button").evaluate_all(smaller)
    assert len(sizes) == 14
    assert min(sizes) >= 44


def test_a_dialog_keeps_the_focus_and_gives_it_back(paired: Phone, backend: Backend) -> None:
    backend.ask()
    paired.wait_for("approve")
    paired.tap("This wasn’t me")
    for _ in range(4):
        paired.page.keyboard.press("Tab")
        inside = "document.activeElement === document.body || Boolean(document.activeElement.closest('dialog'))"
        assert paired.page.evaluate(inside)
    paired.page.keyboard.press("Escape")
    assert paired.page.evaluate("document.activeElement.textContent") == "This wasn’t me"


def test_nothing_moves_for_who_wants_no_motion(paired: Phone, backend: Backend) -> None:
    backend.ask()
    paired.wait_for("approve")
    assert paired.page.evaluate("document.getAnimations().length") == 0


def test_the_title_of_the_window_says_what_waits(paired: Phone, backend: Backend) -> None:
    backend.ask()
    paired.wait_for("approve")
    assert paired.page.title() == "Are you signing in? · Example Corp"
