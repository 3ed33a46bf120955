"""Phone numbers of the tests, and what the emulator was asked to send to them."""

import secrets
from dataclasses import dataclass
from typing import Any

from local.credentials import AwsCredentials
from local.up import Gatehouse
from tests.e2e.signed import call


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The messages with codes to one number, oldest first. Notices of what was changed come beside them at any time."""

    gatehouse: Gatehouse
    number: str

    def messages(self) -> list[dict[str, Any]]:
        answer = call("GET", f"{self.gatehouse.emulator.url}/_ministack/sns/sms-messages")
        assert answer.status == 200, answer.body
        found: list[dict[str, Any]] = answer.json()["sms_messages"].get(self.number, [])
        return [message for message in found if _begins_with_a_code(message)]

    def codes(self) -> list[str]:
        return [str(message["Message"])[:6] for message in self.messages()]


def _begins_with_a_code(message: dict[str, Any]) -> bool:
    return str(message["Message"])[:6].isdigit()


def new_number() -> str:
    """A mobile number of Germany that no other test has."""
    return f"+49151{secrets.randbelow(10**8):08}"


def with_phone(gatehouse: Gatehouse, api: str, administrator: AwsCredentials, name: str) -> Mailbox:
    """A number of that user, proven by the code that was sent."""
    mailbox = Mailbox(gatehouse, new_number())
    issued = call("POST", f"{api}/v1/admin/users/{name}/enrollment-codes", by=administrator, json_body={})
    opened = call("POST", f"{api}/v1/enrollment/sessions", json_body={"code": issued.json()["code"]})
    bearer = {"Authorization": f"Bearer {opened.json()['token']}"}
    phones = f"{api}/v1/enrollment/phones"
    added = call("POST", phones, json_body={"number": mailbox.number}, headers=bearer)
    assert added.status == 201, added.body
    (code,) = mailbox.codes()
    path = f"{phones}/{added.json()['phone_id']}/confirmation"
    confirmed = call("POST", path, json_body={"code": code}, headers=bearer)
    assert confirmed.status == 200, confirmed.body
    return mailbox
