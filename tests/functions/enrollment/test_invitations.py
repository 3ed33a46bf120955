"""Invitations: a new enrolment code goes to the user by mail or message, once."""

from typing import Any

import pytest

from mfa.domain.sms_caps import SmsPolicy
from mfa.notice_ports import MailResult
from mfa.sms_ports import SmsResult
from tests.functions.enrollment.authenticator import code_of
from tests.functions.enrollment.world import PORTAL, Answer, World

NUMBER = "+49 1512 3456789"


def invite(world: World, **wanted: Any) -> Answer:
    return world.admin("POST", "/v1/admin/users/alice/invitations", {"by": "mail", **wanted})


def code_in(text: str) -> str:
    link = next(word for word in text.split() if word.startswith(f"{PORTAL}/#enroll="))
    return link.partition("=")[2]


def test_a_mail_goes_to_the_users_address_with_a_code_that_works(world: World) -> None:
    world.add_user(email="alice@example.test")
    answered = invite(world)
    assert answered.status == 201
    assert answered.json["to"] == "a…@example.test"
    assert "link" not in answered.json
    (mail,) = world.mail.sent
    assert mail.address == "alice@example.test"
    assert code_in(mail.text) not in answered.body
    assert world.ask("POST", "/v1/enrollment/sessions", {"code": code_in(mail.text)}).status == 201


def test_a_message_goes_to_the_number_that_was_named_and_is_paid_once(world: World) -> None:
    world.add_user()
    answered = invite(world, by="sms", to=NUMBER)
    assert (answered.status, answered.json["to"]) == (201, "…89")
    (message,) = world.sender.sent
    assert len(message.text) <= 160
    assert world.ask("POST", "/v1/enrollment/sessions", {"code": code_in(message.text)}).status == 201


def test_who_is_invited_is_not_invited_again_unless_wanted(world: World) -> None:
    world.add_user(email="alice@example.test")
    invite(world, valid_minutes=60)
    assert invite(world).code == "invited-before"
    assert invite(world, again=True).status == 201
    world.clock.advance(86_401)
    assert invite(world).status == 201
    assert len(world.mail.sent) == 3


def test_who_has_a_factor_is_not_invited_unless_wanted(world: World) -> None:
    world.add_user(email="alice@example.test")
    token = world.open_session()
    started = world.start_factor(token)
    world.confirm(token, started["factor_id"], code_of(started["otpauth_uri"], world.clock.now()))
    assert invite(world).code == "enrolled-before"
    assert invite(world, again=True).status == 201


@pytest.mark.parametrize(
    ("result", "status", "code"),
    [
        (MailResult.THROTTLED, 503, "unavailable"),
        (MailResult.UNREACHABLE, 503, "unavailable"),
        (MailResult.REFUSED, 422, "mail-not-sent"),
        (MailResult.SENDER_REFUSED, 422, "mail-not-sent"),
    ],
)
def test_a_mail_that_was_not_taken_can_be_tried_again_at_once(
    world: World, result: MailResult, status: int, code: str
) -> None:
    world.add_user(email="alice@example.test")
    world.mail.result = result
    refused = invite(world)
    assert (refused.status, refused.code) == (status, code)
    world.faults.clear()
    world.mail.result = MailResult.TAKEN
    assert invite(world).status == 201


def test_a_mail_that_may_have_been_taken_is_not_sent_twice(world: World) -> None:
    world.add_user(email="alice@example.test")
    world.mail.result = MailResult.UNKNOWN
    assert invite(world).status == 201
    assert invite(world).code == "invited-before"


def test_messages_keep_to_country_kind_and_ration(world: World) -> None:
    world.add_user()
    assert invite(world, by="sms").code == "address-missing"
    assert invite(world, by="sms", to="+1 415 555 2671").code == "country-refused"
    assert invite(world, by="sms", to="+49 30 901820").code == "line-type-refused"
    assert invite(world, by="sms", to="no number").code == "not-a-number"
    world.sender.result = SmsResult.OPTED_OUT
    assert invite(world, by="sms", to=NUMBER).code == "message-not-sent"
    world.sender.result = SmsResult.TAKEN
    answers = [invite(world, by="sms", to=NUMBER, again=True).status for _ in range(6)]
    assert answers.count(201) < 6
    assert answers[-1] == 429
    assert len(world.sender.sent) == answers.count(201)


def test_without_an_address_nothing_is_sent(world: World) -> None:
    world.add_user()
    assert invite(world).code == "address-missing"
    assert invite(world, to="not one").code == "address-refused"
    assert not world.mail.sent


def test_a_dry_run_says_what_would_happen_and_sends_nothing(world: World) -> None:
    world.add_user(email="alice@example.test")
    planned = invite(world, dry_run=True)
    assert (planned.status, planned.json) == (200, {"by": "mail", "to": "a…@example.test"})
    assert not world.mail.sent
    assert invite(world).status == 201
    assert invite(world, dry_run=True).code == "invited-before"


def test_an_administrator_sees_the_link_only_when_asking_for_it(world: World) -> None:
    world.add_user(email="alice@example.test")
    shown = invite(world, show_link=True).json["link"]
    assert shown == f"{PORTAL}/#enroll={code_in(world.mail.sent[0].text)}"


def test_the_record_of_an_invitation_holds_neither_code_nor_whole_address(world: World) -> None:
    world.add_user(email="alice@example.test")
    invite(world)
    record = next(change for change in world.audit.changes if change.event == "subscriber_invited")
    assert record.details["to"] == "a…@example.test"
    assert code_in(world.mail.sent[0].text) not in str(world.audit.changes)


def test_a_user_is_invited_only_by_an_administrator(world: World) -> None:
    world.add_user()
    path = "/v1/admin/users/alice/invitations"
    assert world.ask("POST", path, {"by": "mail"}, token=world.open_session()).status == 403


def test_without_countries_there_are_no_messages_at_all() -> None:
    world = World(sms_policy=SmsPolicy())
    world.add_user()
    assert invite(world, by="sms", to=NUMBER).code == "country-refused"
