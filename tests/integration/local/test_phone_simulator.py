"""The phone simulator's page and what it asks, through the portal, before the real enrolment function and an edge that
answers as it is told."""

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.phone_simulator import MAX_LOGINS_AT_ONCE, PhoneSimulator
from tests.fakes.receipt_world import ReceiptWorld, login
from tests.integration.cli.radius_server import ACCEPT, REJECT
from tests.integration.local.http_client import ask
from tests.integration.local.simulator_page import SECRET, Page, simulator_page

pytestmark = pytest.mark.integration
JSON = ("content-type", "application/json")


@pytest.fixture
def page() -> Iterator[Page]:
    with simulator_page() as made:
        yield made


@pytest.mark.parametrize(
    ("name", "kind"), [("phone", "text/html"), ("phone.js", "text/javascript"), ("phone.css", "text/css")]
)
def test_the_page_and_its_files_come_with_a_strict_policy(page: Page, name: str, kind: str) -> None:
    reply = page.get(name, ("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate"))
    assert (reply.status, reply.headers["content-type"]) == (200, f"{kind}; charset=utf-8")
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_the_page_needs_nothing_that_its_policy_forbids(page: Page) -> None:
    text = page.get("phone").body.decode()
    assert re.findall(r"""(?:src|href)="([^"]+)""", text) == ["/_local/phone.css", "/_local/phone.js"]
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=", text)
    script = page.get("phone.js").body.decode()
    assert "innerHTML" not in script
    assert set(re.findall(r'ask\(["`]([a-z]+)', script)) == {"setup", "devices", "pair", "login", "why"}


def test_the_page_learns_who_there_is_and_how_long_a_login_may_take(page: Page) -> None:
    setup = page.get("setup").json
    assert setup["users"] == ["alice", "bob", "carol"]
    assert setup["wait_seconds"] == 60
    assert SECRET.decode() not in json.dumps(setup)


def test_pairing_gives_a_link_whose_code_works(page: Page) -> None:
    page.world.add_user("alice")
    reply = page.post("pair", {"user": "alice"})
    assert reply.status == 201
    code = reply.json["link"].removeprefix("/#pair=")
    assert page.world.ask("POST", "/v1/enrollment/sessions", {"code": code}).status == 201


def test_only_a_user_of_the_demonstration_can_be_paired(page: Page) -> None:
    page.world.add_user("mallory")
    assert page.post("pair", {"user": "mallory"}).status == 404
    assert page.get("devices/mallory").status == 404


def test_a_user_who_is_not_in_the_table_is_told_in_words(page: Page) -> None:
    reply = page.post("pair", {"user": "alice"})
    assert (reply.status, reply.body) == (502, b"no such user\n")


def test_the_page_sees_how_many_devices_a_user_has(page: Page) -> None:
    page.world.add_user("alice")
    assert page.get("devices/alice").json == {"devices": []}


@pytest.mark.parametrize(("code", "name"), [(ACCEPT, "Access-Accept"), (REJECT, "Access-Reject")])
def test_a_login_goes_out_as_radius_and_its_answer_comes_back(page: Page, code: int, name: str) -> None:
    page.code = code
    reply = page.post("login", {"user": "alice", "typed": "push 47"}).json
    assert (reply["reply"], reply["accepted"]) == (name, code == ACCEPT)
    assert 0 < reply["milliseconds"] < 10_000
    (request,) = page.edge.requests
    assert (request.value(1), request.value(31)) == (b"alice", b"203.0.113.7")
    assert page.get("setup").json["station"] == "203.0.113.7"


def test_what_the_record_says_of_a_reject_is_told(page: Page) -> None:
    world = page.world
    world.add_user("alice")
    began = int(world.clock.now() * 1000)
    assert page.get(f"why/alice/{began}").json == {"why": None}
    (user_id,) = world.store.state.profiles
    receipts = ReceiptWorld(store=world.store, vault=world.vault, clock=world.clock)  # type: ignore[arg-type] # fakes

    def decided(number: int, at_ms: int, client: str, outcome: str) -> str:
        reason, origin = "number_reused", {"typed": "device+number", "client": client}
        return login(number, user_id=user_id, at_ms=at_ms, outcome=outcome, reason=reason, **origin)

    receipts.take(
        decided(1, began - 1, "demo-patient", "reject"),
        decided(2, began + 1, "demo-patient", "reject"),
        decided(3, began + 2, "demo-patient", "pending"),
        decided(4, began + 3, "demo", "reject"),
    )
    world.clock.advance(1)
    told = page.get(f"why/alice/{began}").json["why"]
    assert "rejected, the number was one of the user's last five; take another (login login-2)" in told
    assert page.get("why/mallory/0").status == 502
    assert page.get("why/alice/x").status == 404


def test_logins_at_once_are_bounded(page: Page) -> None:
    """Each holds a thread for as long as a RADIUS client waits."""
    places = [page_places(page).acquire(blocking=False) for _ in range(MAX_LOGINS_AT_ONCE)]
    assert all(places)
    assert page.post("login", {"user": "alice", "typed": "push"}).status == 429
    page_places(page).release()
    assert page.post("login", {"user": "alice", "typed": "push"}).status == 200
    assert page.post("login", {"user": "alice", "typed": "push"}).status == 200, "a place is given back"


def page_places(page: Page) -> threading.BoundedSemaphore:
    simulator = page.portal._pages
    assert isinstance(simulator, PhoneSimulator)
    return simulator._places


FOREIGN = [
    (("origin", "https://evil.example"),),
    (("origin", "null"),),
    (("origin", "http://localhost:1"),),
    (("sec-fetch-site", "cross-site"),),
    (("sec-fetch-site", "same-site"), ("sec-fetch-mode", "cors")),
    (("sec-fetch-site", "none"),),
]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize(("path", "message"), [("pair", {"user": "alice"}), ("login", {"user": "alice", "typed": "a"})])
def test_a_page_of_another_site_starts_nothing(
    page: Page, path: str, message: object, headers: tuple[tuple[str, str], ...]
) -> None:
    page.world.add_user("alice")
    before = len(page.world.audit.changes)
    assert page.post(path, message, JSON, *headers).status == 403
    assert page.edge.requests == []
    assert len(page.world.audit.changes) == before


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "image/png", None])
def test_what_a_form_could_send_starts_nothing(page: Page, kind: str | None) -> None:
    headers = [("content-type", kind)] if kind else [("x-none", "1")]
    assert page.post("login", {"user": "alice", "typed": "a"}, *headers).status == 415
    assert page.edge.requests == []


def test_a_page_of_another_site_reads_nothing(page: Page) -> None:
    for path in ("setup", "devices/alice", "phone"):
        assert page.get(path, ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "cors")).status == 403


@pytest.mark.parametrize(
    "message",
    [
        [],
        "text",
        {},
        {"user": "alice"},
        {"user": 5, "typed": "a"},
        {"user": "", "typed": "a"},
        {"user": "a", "typed": "b" * 129},
    ],
)
def test_a_login_that_is_none_is_refused(page: Page, message: object) -> None:
    assert page.post("login", message).status == 400
    assert page.edge.requests == []


def test_text_that_is_no_json_is_refused(page: Page) -> None:
    assert ask(page.port, "POST", "/_local/login", JSON, body=b"{").status == 400


@pytest.mark.parametrize("path", ["", "x", "phone/x", "../ready.json", "static/phone.js", "phone.html"])
def test_nothing_else_is_there(page: Page, path: str) -> None:
    assert page.get(path).status in {400, 404}


def test_every_static_file_is_served() -> None:
    """A file that nobody can reach would be a leftover."""
    from local import phone_simulator  # noqa: PLC0415 -- for the names that only it has

    assert {path.name for path in Path(phone_simulator._STATIC).iterdir()} == set(phone_simulator._FILES.values())
