"""Changes are told, and people see what they were told (THREATS C12, G12); the mail address that notices go to."""

from dataclasses import replace

import pytest

from mfa.domain.notices import KEPT_SECONDS, Notice
from tests.fakes.phone import Phone
from tests.functions.enrollment.authenticator import code_of
from tests.functions.enrollment.world import World

DEVICES = "/v1/enrollment/devices"
NOTICES = "/v1/enrollment/notices"


def told(world: World) -> list[str]:
    return [notice.event for notice in world.notifier.notices]


def pair(world: World, token: str) -> str:
    answered = world.ask("POST", DEVICES, Phone().pairing(token, "Phone"), token=token)
    assert answered.status == 201, answered
    return str(answered.json["device_id"])


def test_pairing_a_device_is_told_with_the_device_that_must_not_be_asked(world: World) -> None:
    world.add_user()
    device = pair(world, world.open_session())
    assert told(world) == ["enrollment_code_redeemed", "device_paired"]
    notice = world.notifier.notices[-1]
    assert (notice.subject, notice.at, notice.is_by_administrator) == (device, int(world.clock.now()), False)


def test_every_change_of_factors_is_told_once(world: World) -> None:
    world.add_user()
    token = world.open_session()
    started = world.start_factor(token)
    world.confirm(token, started["factor_id"], code_of(started["otpauth_uri"], world.clock.now()))
    world.ask("DELETE", f"/v1/enrollment/factors/{started['factor_id']}", token=token)
    device = pair(world, token)
    world.ask("DELETE", f"{DEVICES}/{device}", token=token)
    world.ask("POST", "/v1/enrollment/recovery-codes", token=token)
    phones = "/v1/enrollment/phones"
    phone = world.ask("POST", phones, {"number": "+49 1512 3456789"}, token=token).json["phone_id"]
    world.ask("POST", f"{phones}/{phone}/confirmation", {"code": world.sender.code}, token=token)
    world.ask("DELETE", f"{phones}/{phone}", token=token)
    assert told(world) == [
        "enrollment_code_redeemed",
        "factor_activated",
        "factor_removed",
        "device_paired",
        "device_removed",
        "recovery_codes_made",
        "phone_confirmed",
        "phone_removed",
    ]


def test_what_changes_nothing_is_not_told(world: World) -> None:
    world.add_user()
    token = world.open_session()
    started = world.start_factor(token)
    world.confirm(token, started["factor_id"], "000000")
    world.issue_code()
    assert told(world) == ["enrollment_code_redeemed"]


def test_what_an_administrator_does_is_told_as_such(world: World) -> None:
    world.add_user()
    world.admin("POST", "/v1/admin/users/alice/bypass-codes", {"reason": "lost phone"})
    (notice,) = world.notifier.notices
    assert (notice.event, notice.is_by_administrator) == ("bypass_code_made", True)


def test_a_person_sees_her_own_notices_newest_first_and_nobody_elses(world: World) -> None:
    alice, bob = world.add_user("alice")["user_id"], world.add_user("bob")["user_id"]
    now = int(world.clock.now())
    old = Notice(notice_id="n-0", user_id=alice, event="device_removed", at=now - KEPT_SECONDS - 1)
    first = replace(old, notice_id="n-1", at=now - 60)
    second = replace(old, notice_id="n-2", event="phone_confirmed", at=now, subject="p-1", is_by_administrator=True)
    for notice in (old, first, second, replace(first, notice_id="n-3", user_id=bob)):
        world.store.notices.add(notice)
    answered = world.ask("GET", NOTICES, token=world.open_session())
    assert answered.json["notices"] == [
        {
            "notice_id": "n-2",
            "event": "phone_confirmed",
            "text": "A phone number was added",
            "at": now,
            "subject": "p-1",
            "by_administrator": True,
        },
        {
            "notice_id": "n-1",
            "event": "device_removed",
            "text": "A device was removed",
            "at": now - 60,
            "subject": None,
            "by_administrator": False,
        },
    ]


def test_notices_take_a_session(world: World) -> None:
    assert world.ask("GET", NOTICES).code == "session-needed"


def test_an_address_is_set_shown_and_taken_away_and_never_told_by_mail(world: World) -> None:
    assert world.add_user(email="alice@example.test")["email"] == "alice@example.test"
    changed = world.admin("PUT", "/v1/admin/users/alice/email", {"email": "ada@example.test"})
    assert changed.json["email"] == "ada@example.test"
    assert [(notice.event, notice.subject) for notice in world.notifier.notices] == [
        ("subscriber_email_changed", "mail")
    ]
    assert world.admin("PUT", "/v1/admin/users/alice/email", {"email": None}).json["email"] is None


@pytest.mark.parametrize(
    "address",
    [
        "alice",
        "alice@",
        "@example.test",
        "a@b",
        "a b@example.test",
        "a@example.test\nBcc: x@y.test",
        "ä@example.test",
        "a@example.test,b@example.test",
        "<a@example.test>",
        f"{'a' * 65}@example.test",
        "a@-example.test",
    ],
)
def test_what_is_not_one_address_is_refused(world: World, address: str) -> None:
    world.add_user()
    refused = world.admin("PUT", "/v1/admin/users/alice/email", {"email": address})
    assert (refused.status, refused.code) == (400, "address-refused")
    assert world.admin("PUT", "/v1/admin/users/alice/email", {}).status == 400
