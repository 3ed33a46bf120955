"""One Chromium for all tests, and for each test a backend, a server in front of it and a phone of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

from mfa.domain.push_devices import PushDevice
from tests.browser.backend import Backend
from tests.browser.browsers import PHONE, launched
from tests.browser.phone import Phone
from tests.browser.server import Portal, serving

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = launched(playwright.chromium)
    yield browser
    browser.close()


@dataclass
class Company:
    """What all tests share, because starting it takes longer than most of them: a server, and one phone that was paired
    by hand. ``device`` is how the backend of the moment must know it."""

    portal: Portal
    backend: Backend
    context: BrowserContext
    device: PushDevice


@pytest.fixture(scope="session")
def company(chromium: Browser) -> Iterator[Company]:
    with serving(Portal()) as portal:
        backend = Backend(portal.origin)
        portal.stand_before(backend.world.app, backend.company.app)
        with _phone(chromium, portal, backend, {}) as phone:
            phone.pair()
            phone.page.close()
            yield Company(portal, backend, phone.context, backend.device)


@pytest.fixture
def backend(company: Company) -> Iterator[Backend]:
    """As if nothing had happened yet, and nobody was paired."""
    fresh = Backend(company.portal.origin)
    company.portal.stand_before(fresh.world.app, fresh.company.app)
    yield fresh
    assert fresh.faults == []


@pytest.fixture
def portal(company: Company, backend: Backend) -> Portal:
    return company.portal


type NewPhone = Callable[..., Phone]


@pytest.fixture
def new_phone(chromium: Browser, portal: Portal, backend: Backend) -> Iterator[NewPhone]:
    """Phones with whatever options a browser context takes. None of them may have complained in the end."""
    with ExitStack() as open_phones:
        yield lambda **options: open_phones.enter_context(_phone(chromium, portal, backend, options))


@contextmanager
def _phone(chromium: Browser, portal: Portal, backend: Backend, options: dict[str, Any]) -> Iterator[Phone]:
    context = chromium.new_context(**{**PHONE, "permissions": ["notifications"], **options})
    phone = Phone(context, context.new_page(), portal, backend.issue_code)
    yield phone
    context.close()
    assert phone.complaints == []


@pytest.fixture
def phone(new_phone: NewPhone) -> Phone:
    """One that nobody has used yet."""
    return new_phone()


@pytest.fixture
def paired(company: Company, portal: Portal, backend: Backend) -> Iterator[Phone]:
    """The phone that all tests share, opened anew. Whoever changes what it remembers takes ``phone`` instead."""
    backend.add(replace(company.device, user_id=backend.user_id))
    phone = Phone(company.context, company.context.new_page(), portal, backend.issue_code)
    phone.open()
    phone.wait_for("home")
    phone.close_notifications()
    yield phone
    phone.page.close()
    assert phone.complaints == []
