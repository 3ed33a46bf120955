"""The deployed API at the portal's origin: every route reaches the function that it is for."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message

import pytest

from local.up import Gatehouse

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
