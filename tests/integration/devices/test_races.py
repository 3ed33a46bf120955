"""Decisions at the same moment, on the fakes and on DynamoDB alike: THREATS D7, D8, D12.

Whatever the phone was told, what is stored and what the RADIUS client gets are the same, and one record says so.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from mfa.domain.login_transactions import TransactionState
from tests.fakes.phone import Phone
from tests.fakes.races import all_at_once
from tests.functions.devices.world import LIFE_SECONDS, DeviceWorld, WaitingLogin
from tests.functions.enrollment.world import Answer

pytestmark = pytest.mark.integration

SIGN_IN_PAUSE = 120.0  # seconds; so many sign-ins of one address in a moment are refused
REQUESTS_PAUSE = 5.0  # seconds; a device that goes on asking more than four times a second is held up
RADIUS = {
    TransactionState.APPROVED: "accept",
    TransactionState.DENIED: "reject",
    TransactionState.EXPIRED: "reject",
}


def deciding(
    world: DeviceWorld, phone: Phone, login: WaitingLogin, decision: str, number: str | None = None
) -> Callable[[], Answer]:
    body = phone.decision(world.prompt(phone, login), decision, number)
    return lambda: world.ask(phone, "POST", f"/v1/device/prompts/{login.login_id}/decision", body)


def check_one_outcome(world: DeviceWorld, login: WaitingLogin, answers: list[Answer]) -> TransactionState:
    """At most one decision was taken; it is what is stored, what RADIUS gets, and what the one record says."""
    stored = world.stored(login)
    taken = [one.json for one in answers if one.status == 200]
    assert len(taken) <= 1
    assert {one.status for one in answers} <= {200, 409, 410}
    if taken:
        reason = stored.reason.value if stored.reason else None
        assert taken == [{"state": stored.state.value, "reason": reason}]
    assert world.radius(login) == world.radius(login) == RADIUS[stored.state]
    (record,) = [record for record in world.audit.logins if record.login_id == login.login_id]
    assert (record.outcome, record.reason) == (
        RADIUS[stored.state],
        stored.reason or record.reason,
    )
    return stored.state


def test_d7_of_deny_and_approve_at_once_the_first_wins(world: DeviceWorld, rounds: int) -> None:
    phone, seen = world.phone(), Counter[TransactionState]()
    for _ in range(rounds):
        login = world.login(phone)
        answers = all_at_once(
            [
                deciding(world, phone, login, "approve", "47"),
                deciding(world, phone, login, "deny"),
                deciding(world, phone, login, "approve", "46"),
                deciding(world, phone, login, "approve", "47"),
            ]
        )
        assert Counter(one.status for one in answers) == {200: 1, 409: 3}
        seen[check_one_outcome(world, login, answers)] += 1
        world.clock.advance(REQUESTS_PAUSE)
    assert seen.total() == rounds


def test_d2_of_many_guesses_at_once_one_is_looked_at(world: DeviceWorld, rounds: int) -> None:
    phone = world.phone()
    for _ in range(max(1, rounds // 2)):
        login = world.login(phone)
        guesses = [deciding(world, phone, login, "approve", str(number)) for number in range(44, 50)]
        answers = all_at_once(guesses)
        assert Counter(one.status for one in answers) == {200: 1, 409: 5}
        check_one_outcome(world, login, answers)
        world.clock.advance(REQUESTS_PAUSE)


def test_d8_at_the_moment_of_the_end_radius_gets_what_is_stored(world: DeviceWorld, rounds: int) -> None:
    """The clock moves over the end while a phone decides and two edges ask."""
    phone, seen = world.phone(), Counter[TransactionState]()
    for _ in range(rounds):
        login, end = world.login(phone), world.clock.now() + LIFE_SECONDS
        world.clock.time = end - 0.001
        deciding_now = deciding(world, phone, login, "approve", "47")

        def pass_the_end(end: float = end) -> None:
            world.clock.time = end

        def polling(login: WaitingLogin = login) -> str:
            return world.radius(login)

        actions: list[Callable[[], Any]] = [deciding_now, pass_the_end, polling, polling]
        answered, _, *polled = all_at_once(actions)
        world.clock.time = end + 1
        final = world.radius(login)
        assert set(polled) <= {"pending", final}, "an edge that was told an end was told the end"
        seen[check_one_outcome(world, login, [answered])] += 1
        assert (answered.status == 200) == (final == "accept")
    assert set(seen) <= {TransactionState.APPROVED, TransactionState.EXPIRED}


@pytest.mark.parametrize("how", ["user", "administrator", "disabled"])
def test_d12_a_removal_at_the_same_moment_comes_before_the_approval_or_after_it(
    world: DeviceWorld, rounds: int, how: str
) -> None:
    company = world.company
    for number in range(max(1, rounds // 4)):
        world.clock.advance(SIGN_IN_PAUSE)
        username = f"user{number}"
        phone = world.phone(username)
        login = world.login(phone, username=username)
        token = company.open_session(username)
        approving = deciding(world, phone, login, "approve", "47")

        def removing(phone: Phone = phone, username: str = username, token: str = token) -> Answer:
            if how == "user":
                return company.ask("DELETE", f"/v1/enrollment/devices/{phone.device_id}", token=token)
            if how == "administrator":
                return company.admin("DELETE", f"/v1/admin/users/{username}/devices/{phone.device_id}")
            return company.admin("PUT", f"/v1/admin/users/{username}/state", {"state": "disabled"})

        answered, removed = all_at_once([approving, removing])
        assert removed.status in {200, 204}
        left = TransactionState.PENDING if how == "disabled" else TransactionState.CANCELLED
        assert (answered.status, world.state(login)) in {
            (200, TransactionState.APPROVED),
            (401, left),
            (410, left),
        }
        assert world.ask(phone, "GET", "/v1/device").code == "device-refused"


def test_devices_paired_at_once_all_have_a_place_of_their_own(world: DeviceWorld, rounds: int) -> None:
    company = world.company
    for number in range(max(1, rounds // 4)):
        world.clock.advance(SIGN_IN_PAUSE)
        username = f"user{number}"
        company.add_user(username)
        token = company.open_session(username)
        bodies = [Phone().pairing(token, f"Phone {one}") for one in range(4)]

        def pairing(body: dict[str, Any], token: str = token) -> Callable[[], Answer]:
            return lambda: company.ask("POST", "/v1/enrollment/devices", body, token=token)

        answers = all_at_once([pairing(body) for body in bodies])
        assert {one.status for one in answers} <= {201, 409}
        listed = company.ask("GET", "/v1/enrollment/devices", token=token).json["devices"]
        paired = {one.json["device_id"]: one.json["position"] for one in answers if one.status == 201}
        assert {one["device_id"]: one["position"] for one in listed} == paired
        assert sorted(paired.values()) == list(range(1, len(paired) + 1))
