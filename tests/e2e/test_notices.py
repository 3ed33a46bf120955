"""A change and an invitation on the deployed stack: what the emulator was asked to mail, and what is listed."""

import json
from typing import Any

import pytest

from local.credentials import AwsCredentials
from local.up import Gatehouse
from tests.e2e.conftest import User
from tests.e2e.logs import everything_logged, function_logs, once
from tests.e2e.signed import call

pytestmark = pytest.mark.e2e


def mails(gatehouse: Gatehouse, address: str) -> list[dict[str, Any]]:
    answer = call("GET", f"{gatehouse.emulator.url}/_ministack/ses/messages")
    assert answer.status == 200, answer.body
    return [one for sent in answer.json()["messages"].values() for one in sent if address in one["To"]]


def test_a_user_is_invited_by_mail_and_told_of_what_follows(
    gatehouse: Gatehouse, user: User, enrollment_api: str, administrator: AwsCredentials
) -> None:
    address, admin = f"{user.name}@example.test", f"{enrollment_api}/v1/admin/users/{user.name}"
    assert call("PUT", f"{admin}/email", by=administrator, json_body={"email": address}).status == 200
    invited = call("POST", f"{admin}/invitations", by=administrator, json_body={"by": "mail", "again": True})
    assert invited.status == 201, invited.body
    (mail,) = once(lambda: mails(gatehouse, address), 1)
    (link,) = [word for word in mail["BodyText"].split() if "#" in word]
    opened = call("POST", f"{enrollment_api}/v1/enrollment/sessions", json_body={"code": link.partition("#enroll=")[2]})
    assert opened.status == 201, opened.body
    bearer = {"Authorization": f"Bearer {opened.json()['token']}"}
    assert call("POST", f"{enrollment_api}/v1/enrollment/recovery-codes", headers=bearer).status == 201

    subjects = [one["Subject"] for one in once(lambda: mails(gatehouse, address), 3)[1:]]
    assert sorted(subject.partition(": ")[2] for subject in subjects) == [
        "An enrolment code of yours was used",
        "New recovery codes were made, the old ones are void",
    ]
    listed = call("GET", f"{enrollment_api}/v1/enrollment/notices", headers=bearer).json()["notices"]
    assert {notice["event"] for notice in listed} == {
        "subscriber_email_changed",
        "enrollment_code_redeemed",
        "recovery_codes_made",
    }
    assert link.partition("#enroll=")[2] not in everything_logged(gatehouse)
    lines = [json.loads(line) for line in function_logs(gatehouse) if '"notice_id"' in line]
    assert ("none", "the user has no other channel") in {(line["channel"], line["detail"]) for line in lines}
    assert address not in str(lines)
