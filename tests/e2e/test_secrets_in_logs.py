"""No secret is in any log, and every decision is in exactly one record: read back from the deployed stack itself."""

import json
import re
import secrets

import pyotp
import pytest

from local.credentials import AwsCredentials
from local.demo_world import CLIENT
from local.up import Gatehouse
from tests.e2e.conftest import User
from tests.e2e.logs import edge_lines, everything_logged, once, records
from tests.e2e.packets import AccessRequest, ask, open_client
from tests.e2e.signed import call
from tests.e2e.test_enrollment import Enrollee, new_user, redeem, start_factor

pytestmark = pytest.mark.e2e
PLANTED_PASSWORD = "correct horse battery staple"


def log_in(gatehouse: Gatehouse, name: str, typed: str) -> str:
    with open_client() as client:
        return ask(client, gatehouse.edges[0], AccessRequest.of(name, typed))


def test_no_secret_of_a_login_or_an_enrolment_is_logged(
    gatehouse: Gatehouse, user: User, enrollment_api: str, administrator: AwsCredentials
) -> None:
    right, wrong = user.code(), user.wrong_codes(1)[0]
    bypass = f"{enrollment_api}/v1/admin/users/{user.name}/bypass-codes"
    bypass_code = call("POST", bypass, by=administrator, json_body={"reason": "planted"}).json()["code"]
    for typed in (right, wrong, PLANTED_PASSWORD, bypass_code):
        log_in(gatehouse, user.name, typed)
    name, enrollment_code = new_user(enrollment_api, administrator)
    enrollee = Enrollee(name, enrollment_api, redeem(enrollment_api, enrollment_code).json()["token"])
    _, totp = start_factor(enrollee)
    call("POST", f"{enrollment_api}/v1/enrollment/sessions", json_body={"code": f"{PLANTED_PASSWORD}"})
    made = enrollee.call("POST", "/recovery-codes").json()["codes"]
    sign_in = {"username": name, "password": PLANTED_PASSWORD, "code": made[0]}
    signed_in = call("POST", f"{enrollment_api}/v1/enrollment/sign-in", json_body=sign_in).json()
    portal_token = signed_in.get("token", enrollee.token)  # where there is a directory, it does not know that user

    assert once(lambda: records(gatehouse, user.name), 4), "the logs must have arrived: else nothing is ever found"
    logged = everything_logged(gatehouse)
    for secret in (
        user.totp_secret,
        totp.secret,
        enrollment_code,
        enrollment_code.replace("-", ""),
        enrollee.token,
        bypass_code,
        bypass_code.replace("-", ""),
        *made,
        made[0].replace("-", ""),
        portal_token,
        PLANTED_PASSWORD,
        CLIENT.edge.secrets[0].decode(),
        administrator.secret_access_key,
    ):
        assert secret not in logged
    for code in (right, wrong):
        assert not re.search(rf"(?<!\d){code}(?!\d)", logged)


def test_every_decision_leaves_one_record_that_the_edges_line_can_be_joined_to(
    gatehouse: Gatehouse, user: User
) -> None:
    log_in(gatehouse, user.name, user.code())
    log_in(gatehouse, user.name, user.wrong_codes(1)[0])
    decided = once(lambda: records(gatehouse, user.name), 2)
    answered = once(lambda: edge_lines(gatehouse, user.name), 2)
    assert sorted(record["outcome"] for record in decided) == ["accept", "reject"]
    assert {(record["login_id"], record["outcome"]) for record in decided} == {
        (line["login_id"], line["outcome"]) for line in answered
    }
    assert {record["reason"] for record in decided if record["outcome"] == "reject"} == {"wrong_code"}


def test_a_name_with_control_characters_cannot_forge_a_log_line(gatehouse: Gatehouse) -> None:
    mark = secrets.token_hex(8)
    forged = f'{mark}\n{{"event":"login","outcome":"accept"}}\x1b[31m'
    assert log_in(gatehouse, forged, pyotp.TOTP(pyotp.random_base32()).now()) == "Access-Reject"
    for line in everything_logged(gatehouse).splitlines():
        if mark in line and line.startswith("{"):
            json.loads(line)
            assert "\x1b" not in line
