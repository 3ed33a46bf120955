"""A phone number from the enrolment API to a login: in memory, and on the real adapters."""

import pytest

from mfa.domain.reasons import RejectReason
from tests.integration.enrollment.conftest import Company

pytestmark = pytest.mark.integration
PATH = "/v1/enrollment/phones"


def add(company: Company, token: str, number: str) -> str:
    world = company.enrollment
    added = world.ask("POST", PATH, {"number": number}, token=token)
    assert added.status == 201, added
    phone_id = str(added.json["phone_id"])
    assert company.logins.login("sms").reason is RejectReason.NO_PHONE, "a number that waits gets nothing"
    confirmed = world.ask("POST", f"{PATH}/{phone_id}/confirmation", {"code": world.sender.code}, token=token)
    assert confirmed.status == 200, confirmed
    return phone_id


def test_a_number_that_was_proven_gets_codes_until_it_is_removed(company: Company) -> None:
    world, logins = company.enrollment, company.logins
    world.add_user("alice")
    token = world.open_session("alice")
    phone_id = add(company, token, "+49 1512 3456789")
    assert logins.login("sms").reason is RejectReason.SMS_SENT
    assert logins.sender.sent[-1].number == "+4915123456789"
    assert logins.login(world.sender.code).outcome == "reject", "the code that proved the number opens nothing"
    assert logins.login(logins.sender.code).outcome == "accept"
    assert world.ask("DELETE", f"{PATH}/{phone_id}", token=token).status == 204
    assert logins.login("sms").reason is RejectReason.NO_PHONE
    assert len(logins.sender.sent) == 1


def test_the_order_of_the_numbers_is_that_of_the_words(company: Company) -> None:
    world, logins = company.enrollment, company.logins
    world.add_user("alice")
    token = world.open_session("alice")
    for number in ("+4915123456781", "+4915123456782"):
        added = world.ask("POST", PATH, {"number": number}, token=token).json["phone_id"]
        path = f"{PATH}/{added}/confirmation"
        assert world.ask("POST", path, {"code": world.sender.code}, token=token).status == 200
    assert world.ask("PATCH", f"{PATH}/{added}", {"position": 1}, token=token).status == 200
    assert logins.login("sms2").reason is RejectReason.SMS_SENT
    assert logins.sender.sent[-1].number == "+4915123456781"
