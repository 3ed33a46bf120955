"""Phone calls through RADIUS on the deployed stack: the contact flow of phone-calls.yaml runs in what stands for Amazon
Connect, and invokes the deployed function."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from local import aws
from local.credentials import AwsCredentials
from local.up import Gatehouse
from mfa.adapters.dynamodb import keys
from mfa.domain.sms_caps import HOUR, CapName, Channel
from tests.e2e import radclient
from tests.e2e.calls import Telephone, spoken_code, with_telephone
from tests.e2e.conftest import User
from tests.e2e.logs import everything_logged, once, reasons, records
from tests.e2e.packets import AccessRequest, ask, open_client

pytestmark = [pytest.mark.e2e, pytest.mark.radclient]

TIMEOUT = 10.0  # of the demonstration's RADIUS client
PATIENT = "127.0.8.1"  # from there comes one that waits for all retries: a call takes several functions, one by one
PATIENT_SECONDS = 40.0


@pytest.fixture
def telephone(gatehouse: Gatehouse, user: User, enrollment_api: str, administrator: AwsCredentials) -> Telephone:
    return with_telephone(gatehouse, enrollment_api, administrator, user.name)


def log_in(gatehouse: Gatehouse, name: str, text: str, source: str = "127.0.0.1") -> tuple[str, float]:
    """The answer, and after how many seconds it came."""
    begun = time.monotonic()
    login = radclient.Login(name, text, source=source)
    reply = radclient.log_in(gatehouse.edges[0], login, seconds=PATIENT_SECONDS)
    assert reply is not None
    return reply.code, time.monotonic() - begun


def decided(gatehouse: Gatehouse, user: User, count: int) -> list[tuple[str, str]]:
    """Outcome and reason of each login in their order, but for the records that one waits."""

    def look() -> list[tuple[str, str]]:
        found = sorted(records(gatehouse, user.name), key=lambda record: str(record["timestamp"]))
        return [(record["outcome"], record["reason"]) for record in found if record["outcome"] != "pending"]

    return once(look, count)


def test_the_pound_key_is_an_accept_and_a_packet_that_comes_again_at_both_edges_is_one_call(
    gatehouse: Gatehouse, user: User, telephone: Telephone
) -> None:
    telephone.answer("#")
    request = AccessRequest.of(user.name, "phone")
    with open_client(PATIENT) as first, open_client(PATIENT) as second, ThreadPoolExecutor(2) as pool:
        first.sendto(request.octets, (gatehouse.edges[0].host, gatehouse.edges[0].auth_port))
        asked = [
            pool.submit(ask, one, edge, request, PATIENT_SECONDS)
            for one, edge in zip((first, second), gatehouse.edges, strict=True)
        ]
        assert [one.result() for one in asked] == ["Access-Accept"] * len(gatehouse.edges), reasons(
            gatehouse, user.name
        )
    (call,) = telephone.calls()
    assert set(call.attributes) == {"call", "purpose", "application", "company"}
    assert (call.attributes["application"], call.attributes["company"]) == ("demo-patient", "Gatehouse")
    words = telephone.last_words()
    assert words[0].startswith("This is Gatehouse calling. Somebody is signing in to demo-patient with your name.")
    assert words[-1] == "Thank you. You are being signed in."
    assert decided(gatehouse, user, 1) == [("accept", "none")]
    assert user.tries() == 0


def test_d10_zero_and_pound_report_it_and_nobody_is_asked_any_more(
    gatehouse: Gatehouse, user: User, telephone: Telephone
) -> None:
    telephone.answer("0#")
    code, seconds = log_in(gatehouse, user.name, "phone", PATIENT)
    assert (code, seconds < 2 * TIMEOUT) == ("Access-Reject", True), "long before the end of the prompt"
    assert telephone.last_words()[-1].startswith("Thank you. Nobody was signed in")
    assert log_in(gatehouse, user.name, "phone")[0] == "Access-Reject"
    assert decided(gatehouse, user, 2) == [("reject", "reported"), ("reject", "call_muted")]
    assert len(telephone.calls()) == 1
    assert "call_reported" in everything_logged(gatehouse)


def test_who_hangs_up_or_does_not_answer_is_rejected_before_the_clients_timeout(
    gatehouse: Gatehouse, user: User, telephone: Telephone
) -> None:
    telephone.answer("x")
    code, seconds = log_in(gatehouse, user.name, "phone1")
    assert code == "Access-Reject"
    assert TIMEOUT - 1.5 < seconds < TIMEOUT
    assert decided(gatehouse, user, 1) == [("reject", "expired")]
    assert len(telephone.calls()) == 1


def test_a_number_that_connect_may_not_call_is_rejected_with_the_reason(
    gatehouse: Gatehouse, user: User, telephone: Telephone
) -> None:
    gatehouse.connect_service.refuse(telephone.number, "DestinationNotAllowedException")
    assert log_in(gatehouse, user.name, "phone")[0] == "Access-Reject"
    assert decided(gatehouse, user, 1) == [("reject", "call_failed")]
    assert telephone.calls() == []


def test_c14_over_the_cap_nobody_is_called_and_the_record_says_which(
    gatehouse: Gatehouse, user: User, enrollment_api: str, administrator: AwsCredentials
) -> None:
    telephone = with_telephone(gatehouse, enrollment_api, administrator, user.name, "+436641234567")
    spend(gatehouse, "436641")
    code, seconds = log_in(gatehouse, user.name, "phone")
    assert (code, seconds > TIMEOUT - 1.5) == ("Access-Reject", True), "held like a call that nobody answers"
    assert decided(gatehouse, user, 1) == [("reject", "call_capped")]
    (record,) = [one for one in records(gatehouse, user.name) if one["outcome"] == "reject"]
    assert record["fault"] == "prefix: 50 in 3600 s"
    assert telephone.calls() == []


def spend(gatehouse: Gatehouse, prefix: str) -> None:
    """All the calls that numbers with this prefix may get in this hour, and in the next."""
    hour = int(time.time() // HOUR) * HOUR
    for begins_at in (hour, hour + HOUR):
        pk, sk = keys.sms_counter(Channel.CALL.value, CapName.PREFIX.value, prefix, begins_at, HOUR)
        aws.client("dynamodb", gatehouse.emulator.url).put_item(
            TableName=gatehouse.stack.table, Item={"pk": {"S": pk}, "sk": {"S": sk}, "messages": {"N": "50"}}
        )


def test_who_has_no_telephone_causes_no_call_and_the_code_of_a_number_stays_out_of_the_logs(
    gatehouse: Gatehouse, user: User, enrollment_api: str, administrator: AwsCredentials
) -> None:
    assert log_in(gatehouse, user.name, "phone")[0] == "Access-Reject"
    assert decided(gatehouse, user, 1) == [("reject", "no_phone")]
    telephone = with_telephone(gatehouse, enrollment_api, administrator, user.name)
    logged = everything_logged(gatehouse)
    assert telephone.number[3:] not in logged
    said = telephone.last_words()
    assert spoken_code(said) not in logged
    assert ", ".join(spoken_code(said)) not in logged
