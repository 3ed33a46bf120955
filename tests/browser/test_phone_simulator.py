"""The page of ``make run`` that logs in over RADIUS, in a browser; the edge answers as it is told."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from local.phone_simulator import PAGE
from tests.fakes.receipt_world import ReceiptWorld, login
from tests.integration.cli.radius_server import REJECT
from tests.integration.local.simulator_page import Page as Simulator
from tests.integration.local.simulator_page import simulator_page

PATIENCE_MS = 15_000


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with simulator_page() as made:
        yield made


@pytest.fixture
def page(chromium: Browser, simulator: Simulator) -> Iterator[Page]:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(simulator.portal.origin + PAGE)
    expect(page.get_by_role("button", name="Log in over RADIUS")).to_be_enabled()
    yield page
    context.close()


def log_in(page: Page) -> str:
    """What was typed."""
    typed = page.get_by_label("Typed").input_value()
    answers = page.locator("#answers li:not(.waiting)")
    before = answers.count()
    page.get_by_role("button", name="Log in over RADIUS").click()
    expect(answers).to_have_count(before + 1)
    return typed


def test_each_login_is_proposed_with_another_number(page: Page) -> None:
    typed = page.get_by_label("Typed")
    assert typed.input_value() == "push 47"
    seen = [log_in(page) for _ in range(5)]
    page.reload()
    expect(typed).not_to_have_value("push 47")
    seen.append(typed.input_value())
    assert len(set(seen)) == 6
    assert all(re.fullmatch(r"push \d\d", one) for one in seen)
    expect(page.get_by_role("button", name=seen[-1])).to_be_visible()


def test_what_somebody_typed_stays(page: Page) -> None:
    page.get_by_label("Typed").fill("123456")
    log_in(page)
    expect(page.get_by_label("Typed")).to_have_value("123456")


def test_beside_a_reject_stands_what_the_record_says(page: Page, simulator: Simulator) -> None:
    simulator.code, world = REJECT, simulator.world
    world.add_user("alice")
    log_in(page)
    (user_id,) = world.store.state.profiles
    receipts = ReceiptWorld(store=world.store, vault=world.vault, clock=world.clock)  # type: ignore[arg-type] # fakes
    world.clock.time = time.time()
    at_ms, fields = int(world.clock.now() * 1000), {"client": "demo-patient", "outcome": "reject"}
    receipts.take(login(1, user_id=user_id, at_ms=at_ms, reason="number_reused", **fields))
    world.clock.advance(1)
    expect(page.locator("li.rejected .why")).to_contain_text("one of the user's last five", timeout=PATIENCE_MS)
