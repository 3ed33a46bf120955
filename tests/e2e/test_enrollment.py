"""From an administrator's first call to a login over RADIUS, by the public APIs alone."""

import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from local.credentials import AwsCredentials
from local.up import Gatehouse
from tests.e2e.packets import AccessRequest, ask, open_client
from tests.e2e.signed import HttpAnswer, call

pytestmark = pytest.mark.e2e
ROOM_SECONDS = 5


@dataclass
class Enrollee:
    """A user with an open session at the enrolment API."""

    name: str
    api: str
    token: str

    def call(self, method: str, path: str, body: object = None) -> HttpAnswer:
        bearer = {"Authorization": f"Bearer {self.token}"}
        return call(method, f"{self.api}/v1/enrollment{path}", json_body=body, headers=bearer)


def new_user(api: str, administrator: AwsCredentials) -> tuple[str, str]:
    """A name, and the enrolment code that an administrator got for it."""
    name = f"e{secrets.token_hex(6)}"
    created = call("POST", f"{api}/v1/admin/users", by=administrator, json_body={"username": name})
    assert created.status == 201, created.body
    issued = call("POST", f"{api}/v1/admin/users/{name}/enrollment-codes", by=administrator, json_body={})
    assert issued.status == 201, issued.body
    return name, issued.json()["code"]


def redeem(api: str, code: str) -> HttpAnswer:
    return call("POST", f"{api}/v1/enrollment/sessions", json_body={"code": code})


@pytest.fixture
def enrollee(enrollment_api: str, administrator: AwsCredentials) -> Enrollee:
    name, code = new_user(enrollment_api, administrator)
    session = redeem(enrollment_api, code)
    assert session.status == 201, session.body
    return Enrollee(name, enrollment_api, session.json()["token"])


def start_factor(enrollee: Enrollee) -> tuple[dict[str, Any], pyotp.TOTP]:
    started = enrollee.call("POST", "/factors", {"type": "totp", "name": "Telephone"})
    assert started.status == 201, started.body
    factor = started.json()
    secret = parse_qs(urlsplit(factor["otpauth_uri"]).query)["secret"][0]
    assert factor["key"].replace(" ", "") == secret
    assert "<svg" in factor["qr_svg"]
    return factor, pyotp.TOTP(secret)


def previous_code(totp: pyotp.TOTP) -> str:
    """The code before the current one, which the window still admits; the current one is then left for a login.
    Close to the end of a step it waits for the next, or the window would have moved on before the code arrives."""
    left = totp.interval - time.time() % totp.interval
    if left < ROOM_SECONDS:
        time.sleep(left)
    return totp.at(int(time.time()) - totp.interval)


def log_in(gatehouse: Gatehouse, name: str, code: str) -> str:
    with open_client() as client:
        return ask(client, gatehouse.edges[0], AccessRequest.of(name, code))


def test_a_new_user_enrols_a_factor_and_logs_in(gatehouse: Gatehouse, enrollee: Enrollee) -> None:
    factor, totp = start_factor(enrollee)
    confirming = previous_code(totp)
    assert log_in(gatehouse, enrollee.name, totp.now()) == "Access-Reject", "a pending factor opens nothing"

    confirmed = enrollee.call("POST", f"/factors/{factor['factor_id']}/confirmation", {"code": confirming})
    assert confirmed.status == 200, confirmed.body
    assert log_in(gatehouse, enrollee.name, confirming) == "Access-Reject", "the confirming code is used up"
    assert log_in(gatehouse, enrollee.name, totp.now()) == "Access-Accept"


def test_a_seed_is_never_shown_again(enrollee: Enrollee) -> None:
    factor, totp = start_factor(enrollee)
    enrollee.call("POST", f"/factors/{factor['factor_id']}/confirmation", {"code": totp.now()})
    listed = enrollee.call("GET", "/factors")
    assert listed.status == 200
    assert factor["factor_id"] in listed.body.decode()
    assert totp.secret not in listed.body.decode()
    assert "otpauth" not in listed.body.decode()


def test_an_enrolment_code_works_once(enrollment_api: str, administrator: AwsCredentials) -> None:
    _, code = new_user(enrollment_api, administrator)
    assert redeem(enrollment_api, code).status == 201
    again = redeem(enrollment_api, code)
    assert again.status in {401, 403, 404, 410}
    assert again.headers["content-type"].startswith("application/problem+json")


def test_a_removed_factor_logs_nobody_in(gatehouse: Gatehouse, enrollee: Enrollee) -> None:
    factor, totp = start_factor(enrollee)
    confirmed = enrollee.call("POST", f"/factors/{factor['factor_id']}/confirmation", {"code": previous_code(totp)})
    assert confirmed.status == 200
    assert enrollee.call("DELETE", f"/factors/{factor['factor_id']}").status == 204
    assert log_in(gatehouse, enrollee.name, totp.now()) == "Access-Reject"


def test_a_disabled_user_is_rejected_until_enabled_again(
    gatehouse: Gatehouse, enrollee: Enrollee, administrator: AwsCredentials
) -> None:
    factor, totp = start_factor(enrollee)
    enrollee.call("POST", f"/factors/{factor['factor_id']}/confirmation", {"code": previous_code(totp)})
    state = f"{enrollee.api}/v1/admin/users/{enrollee.name}/state"
    assert call("PUT", state, by=administrator, json_body={"state": "disabled"}).status == 200
    assert log_in(gatehouse, enrollee.name, totp.now()) == "Access-Reject"
    assert call("PUT", state, by=administrator, json_body={"state": "active"}).status == 200
    assert log_in(gatehouse, enrollee.name, totp.now()) == "Access-Accept"


def test_a_session_that_ended_opens_nothing(enrollee: Enrollee) -> None:
    assert enrollee.call("DELETE", "/sessions/current").status == 204
    assert enrollee.call("GET", "/factors").status == 401
