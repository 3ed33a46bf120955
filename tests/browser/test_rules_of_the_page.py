"""G9 and the content security policy, as a browser obeys them."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Error

from tests.browser.backend import Backend
from tests.browser.conftest import NewPhone
from tests.browser.phone import Phone

_ADD = "document.body.append(Object.assign(document.createElement('script'), %s))"
INJECTED = {
    "an inline script": _ADD % "{ textContent: 'window.hacked = 1' }",
    "text as HTML": "document.body.innerHTML = '<img src=x onerror=window.hacked=1>'",
    "text as code": "setTimeout('window.hacked = 1')",
    "a foreign script": _ADD % "{ src: 'http://127.0.0.1:9/x.js' }",
    "a policy of its own": "trustedTypes.createPolicy('other', { createHTML: (text) => text })",
}
_ONCE_LOADED = "addEventListener('DOMContentLoaded', () => { try { %s } catch { window.refused = true; } })"


@contextmanager
def stranger(page: str) -> Iterator[str]:
    """A page of another origin."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's own name
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_nobody_can_frame_the_app(paired: Phone, backend: Backend) -> None:
    prompt = backend.ask()
    paired.wait_for("approve")
    with stranger(f"<iframe src='{paired.portal.origin}/#approve={prompt.login_id}' width=390 height=800>") as url:
        paired.page.goto(url)
        paired.page.wait_for_timeout(500)
        frame = paired.page.frames[1]
        assert not frame.url.startswith(paired.portal.origin)
        assert frame.locator("#stage").count() == 0
    assert [text for text in paired.complaints if "frame-ancestors 'none'" in text]
    paired.complaints.clear()
    assert prompt.state == "pending"


def test_nobody_learns_where_a_person_came_from(paired: Phone) -> None:
    heard: list[str | None] = []
    with stranger("") as url:
        paired.page.on("request", lambda sent: heard.append(sent.headers.get("referer")) if sent.url == url else None)
        paired.page.evaluate("(url) => { location.href = url; }", url)
        paired.page.wait_for_url(url)
    assert heard == [None]


def test_an_approval_id_leaves_in_no_address_but_the_apis(paired: Phone, backend: Backend) -> None:
    prompt = backend.ask()
    asked: list[str] = []
    paired.page.on("request", lambda sent: asked.append(sent.url))
    paired.open(f"#approve={prompt.login_id}")
    paired.wait_for("approve")
    carrying = {url for url in asked if prompt.login_id in url.split("#")[0]}
    assert carrying == {f"{paired.portal.origin}/v1/device/prompts/{prompt.login_id}"}


@pytest.mark.parametrize("way", INJECTED)
def test_what_gets_into_the_page_does_not_run(paired: Phone, way: str) -> None:
    paired.page.add_init_script(_ONCE_LOADED % INJECTED[way])
    paired.open()
    paired.page.wait_for_timeout(100)
    assert paired.page.evaluate("window.hacked ?? null") is None
    assert paired.complaints or paired.page.evaluate("window.refused ?? false")
    paired.complaints.clear()


def test_another_site_cannot_ask_the_api_in_a_persons_name(paired: Phone) -> None:
    with stranger("") as url:
        paired.page.goto(url)
        with pytest.raises(Error, match="Failed to fetch"):
            paired.page.evaluate(
                "(url) => fetch(url, { headers: { authorization: 'x' } })", f"{paired.portal.origin}/v1/device"
            )
    paired.complaints.clear()


def test_an_unknown_address_has_a_page_that_leads_back(new_phone: NewPhone) -> None:
    phone = new_phone()
    answered = phone.page.goto(f"{phone.portal.origin}/no/such/page")
    assert answered is not None
    assert answered.status == 404
    phone.page.get_by_role("link", name="Open Gatehouse").click()
    phone.wait_for("welcome")
