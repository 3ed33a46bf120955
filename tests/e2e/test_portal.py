"""The deployed API at the portal's origin: every route reaches the function that it is for."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

import pyotp
import pytest

from local.credentials import AwsCredentials
from local.up import Gatehouse
from tests.e2e import radclient
from tests.e2e.test_enrollment import new_user, previous_code

pytestmark = pytest.mark.e2e


@dataclass(frozen=True)
class Got:
    status: int
    headers: Message
    body: bytes


def get(gatehouse: Gatehouse, path: str, method: str = "GET") -> Got:
    request = urllib.request.Request(f"{gatehouse.portal.origin}{path}", method=method)  # noqa: S310 our own http URL
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 as above
            return Got(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Got(error.code, error.headers, error.read())


def test_the_web_app_is_handed_out_with_its_policy(gatehouse: Gatehouse) -> None:
    got = get(gatehouse, "/")
    assert got.status == 200
    assert got.headers["content-type"].startswith("text/html")
    assert "default-src" in got.headers["content-security-policy"]


def test_the_web_app_is_told_where_it_is(gatehouse: Gatehouse) -> None:
    told = json.loads(get(gatehouse, "/portal.json").body)
    assert told["origin"] == gatehouse.portal.origin


@pytest.mark.parametrize("path", ["/v1/device", "/v1/device/prompts", "/v1/device/prompts/x"])
def test_device_routes_want_a_devices_signature(gatehouse: Gatehouse, path: str) -> None:
    got = get(gatehouse, path)
    assert got.status == 401
    assert got.headers["content-type"] == "application/problem+json"


def test_enrolment_routes_are_not_the_web_apps(gatehouse: Gatehouse) -> None:
    got = get(gatehouse, "/v1/enrollment/factors")
    assert got.status == 401
    assert got.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_d14_the_web_app_takes_nothing(gatehouse: Gatehouse, method: str) -> None:
    assert get(gatehouse, "/", method).status in {403, 404, 405}


def test_administrator_routes_want_a_signature_of_aws(gatehouse: Gatehouse) -> None:
    assert get(gatehouse, "/v1/admin/users").status == 403


@dataclass
class Browser:
    """What the pages ask: by the cookie, from the portal's own origin."""

    gatehouse: Gatehouse
    cookie: str = field(default="", repr=False)

    def ask(self, method: str, path: str, message: object = None, *, site: str = "same-origin") -> tuple[int, Any]:
        headers = {"content-type": "application/json", "sec-fetch-site": site, "cookie": self.cookie}
        request = urllib.request.Request(  # noqa: S310 our own http URL
            f"{self.gatehouse.portal.origin}/v1/enrollment{path}",
            method=method,
            headers=headers,
            data=None if message is None else json.dumps(message).encode(),
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 as above
                set_cookie = answer.headers["set-cookie"]
                self.cookie = set_cookie.partition(";")[0] if set_cookie else self.cookie
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())


@pytest.mark.radclient
def test_what_the_pages_ask_makes_a_factor_that_opens_a_login(
    gatehouse: Gatehouse, enrollment_api: str, administrator: AwsCredentials
) -> None:
    """A code is redeemed for a cookie, an app added and named, and the app's next code is an Access-Accept."""
    (name, code), browser = new_user(enrollment_api, administrator), Browser(gatehouse)
    status, opened = browser.ask("POST", "/sessions", {"code": code, "cookie": True})
    assert (status, "token" in opened) == (201, False)
    assert browser.ask("GET", "/sessions/current")[1]["username"] == name
    assert browser.ask("POST", "/factors", {"type": "totp"}, site="cross-site")[0] == 403
    status, started = browser.ask("POST", "/factors", {"type": "totp"})
    assert (status, len(started["qr_rows"])) == (201, len(started["qr_rows"][0]))
    totp = pyotp.TOTP(started["key"].replace(" ", ""))
    path = f"/factors/{started['factor_id']}"
    assert browser.ask("POST", f"{path}/confirmation", {"code": previous_code(totp)})[0] == 200
    assert browser.ask("PATCH", path, {"name": "New phone"})[1]["name"] == "New phone"
    reply = radclient.log_in(gatehouse.edges[0], radclient.Login(name, totp.now()))
    assert reply is not None
    assert reply.accepted
    assert browser.ask("POST", "/code-tests", {"code": totp.now()})[0] == 422, "the login has used it up"
    assert browser.ask("DELETE", "/sessions/current")[0] == 204
    assert browser.ask("GET", "/factors")[0] == 401
