"""Codes by message through RADIUS on the deployed stack; the messages are read back from the emulator."""

import re
import time
from typing import Any

import pytest

from local.credentials import AwsCredentials
from local.up import Gatehouse
from mfa.domain.throttle import GATE_STEP
from tests.e2e import radclient
from tests.e2e.conftest import MakeUsers, User
from tests.e2e.logs import everything_logged, once, records
from tests.e2e.packets import AccessRequest, ask, open_client
from tests.e2e.signed import call
from tests.e2e.sms import Mailbox, with_phone

pytestmark = [pytest.mark.e2e, pytest.mark.radclient]

OTHER_CLIENT = "127.0.8.1"  # of the demonstration's client "demo-patient"


@pytest.fixture
def mailbox(gatehouse: Gatehouse, user: User, enrollment_api: str, administrator: AwsCredentials) -> Mailbox:
    return with_phone(gatehouse, enrollment_api, administrator, user.name)


def log_in(gatehouse: Gatehouse, name: str, text: str, edge: int = 0) -> str:
    reply = radclient.log_in(gatehouse.edges[edge], radclient.Login(name, text))
    assert reply is not None
    return reply.code


def decided(gatehouse: Gatehouse, user: User, count: int) -> list[str]:
    """The reasons of so many logins, in their order."""
    found = once(lambda: records(gatehouse, user.name), count)
    return [str(record["reason"]) for record in sorted(found, key=lambda record: record["timestamp"])]


def test_a_code_is_sent_typed_at_the_next_try_and_used_up(gatehouse: Gatehouse, user: User, mailbox: Mailbox) -> None:
    assert log_in(gatehouse, user.name, "sms") == "Access-Reject"
    message = mailbox.messages()[-1]
    assert re.fullmatch(r"\d{6} is your Gatehouse( demo)? code for demo\. .*", message["Message"])
    attributes = message["MessageAttributes"]
    assert "Transactional" in str(attributes["AWS.SNS.SMS.SMSType"])
    code = mailbox.codes()[-1]
    wrong = f"{(int(code) + 1) % 10**6:06}"
    assert [log_in(gatehouse, user.name, text, edge=1) for text in (wrong, code, code)] == [
        "Access-Reject",
        "Access-Accept",
        "Access-Reject",
    ]
    assert decided(gatehouse, user, 4) == ["sms_sent", "wrong_code", "none", "code_used"]
    assert user.tries() == 0


def test_one_packet_at_both_edges_is_one_message(gatehouse: Gatehouse, user: User, mailbox: Mailbox) -> None:
    request = AccessRequest.of(user.name, "sms")
    before = len(mailbox.messages())
    with open_client() as client:
        assert [ask(client, edge, request) for edge in gatehouse.edges] == ["Access-Reject"] * len(gatehouse.edges)
    assert len(mailbox.messages()) == before + 1


def test_the_code_of_another_user_is_worth_nothing(
    gatehouse: Gatehouse, user: User, mailbox: Mailbox, make_users: MakeUsers
) -> None:
    log_in(gatehouse, user.name, "sms")
    (other,) = make_users(1)
    assert log_in(gatehouse, other.name, mailbox.codes()[-1]) == "Access-Reject"
    assert log_in(gatehouse, user.name, mailbox.codes()[-1]) == "Access-Accept"


def test_a_code_counts_where_it_was_asked_for_until_a_newer_one_and_under_chap_as_well(
    gatehouse: Gatehouse, user: User, mailbox: Mailbox
) -> None:
    def types(text: str, **how: Any) -> str:
        reply = radclient.log_in(gatehouse.edges[0], radclient.Login(user.name, text, **how))
        assert reply is not None
        return reply.code

    assert types("sms", chap=True) == "Access-Reject"
    older = mailbox.codes()[-1]
    assert types(older, source=OTHER_CLIENT) == "Access-Reject"
    assert types("sms", chap=True, caller="198.51.100.7") == "Access-Reject"  # from elsewhere: no retry
    newer = mailbox.codes()[-1]
    assert newer != older
    assert [types(code, chap=True) for code in (older, newer, newer)] == [
        "Access-Reject",
        "Access-Accept",
        "Access-Reject",
    ]
    reasons = decided(gatehouse, user, 6)
    assert reasons == ["sms_sent", "code_of_another_client", "sms_sent", "wrong_code", "none", "code_used"]


def test_a_code_is_rejected_once_its_time_is_over_and_for_no_other_reason(
    gatehouse: Gatehouse, user: User, mailbox: Mailbox
) -> None:
    log_in(gatehouse, user.name, "sms")
    ((code_id, stored),) = user.stored()["messages"]["M"].items()
    user.store("messages", code_id, "end", number=time.time() - 1)
    assert log_in(gatehouse, user.name, mailbox.codes()[-1]) == "Access-Reject"
    assert decided(gatehouse, user, 2) == ["sms_sent", "code_expired"]
    assert user.tries() == 1
    user.store("messages", code_id, "end", number=float(stored["M"]["end"]["N"]))
    assert log_in(gatehouse, user.name, mailbox.codes()[-1]) == "Access-Accept"
    assert decided(gatehouse, user, 3)[2:] == ["none"]


def test_c5_wrong_codes_lock_the_user_out_of_all_factors_and_nothing_is_sent(
    gatehouse: Gatehouse, user: User, mailbox: Mailbox
) -> None:
    def asks(caller: str) -> None:
        login = radclient.Login(user.name, "sms", caller=caller)
        assert radclient.log_in(gatehouse.edges[0], login) is not None

    asks("198.51.100.7")
    guesses = [code for code in user.wrong_codes(GATE_STEP + 2) if code not in mailbox.codes()][:GATE_STEP]
    first, last = guesses[:-4], guesses[-4:]  # at most five at one code, which would be void after them
    assert {log_in(gatehouse, user.name, guess) for guess in first} == {"Access-Reject"}
    asks("198.51.100.8")  # from elsewhere: no retry
    assert {log_in(gatehouse, user.name, guess) for guess in last} == {"Access-Reject"}
    codes = mailbox.codes()
    assert {log_in(gatehouse, user.name, text) for text in (codes[-1], user.code(), "sms")} == {"Access-Reject"}
    assert mailbox.codes() == codes
    wrong_first, wrong_last = (["wrong_code"] * len(part) for part in (first, last))
    assert decided(gatehouse, user, 15) == ["sms_sent", *wrong_first, "sms_sent", *wrong_last, *["locked"] * 3]
    assert user.tries() == GATE_STEP, "a locked attempt writes nothing"
    user.end_lock()
    assert log_in(gatehouse, user.name, codes[-1]) == "Access-Accept"


def test_who_has_no_phone_gets_the_same_answer_and_nobody_a_message(
    gatehouse: Gatehouse, make_users: MakeUsers
) -> None:
    (user,) = make_users(1)
    assert log_in(gatehouse, user.name, "sms") == "Access-Reject"
    assert decided(gatehouse, user, 1) == ["no_phone"]


def test_no_log_holds_a_code_that_was_sent_or_a_whole_number(
    gatehouse: Gatehouse, user: User, mailbox: Mailbox
) -> None:
    log_in(gatehouse, user.name, "sms")
    log_in(gatehouse, user.name, mailbox.codes()[-1])
    assert once(lambda: records(gatehouse, user.name), 2)
    logged = everything_logged(gatehouse)
    assert mailbox.number.removeprefix("+") not in logged
    assert mailbox.number[3:] not in logged
    for code in mailbox.codes():
        assert not re.search(rf"(?<!\d){code}(?!\d)", logged)


def test_the_doctor_looks_at_the_deployed_account(enrollment_api: str, administrator: AwsCredentials) -> None:
    checked = call("POST", f"{enrollment_api}/v1/admin/sms-checks", by=administrator, json_body={})
    assert checked.status == 200, checked.body
    found = {finding["check"]: finding["grade"] for finding in checked.json()["findings"]}
    assert (found["countries"], found["region"], found["caps"]) == ("ok", "ok", "ok")
