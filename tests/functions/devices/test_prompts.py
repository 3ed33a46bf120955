"""What a device is shown: its own prompt while it waits, to the letter as it will be signed. Looking
changes nothing."""

import pytest

from mfa.domain.login_transactions import TransactionState
from mfa.domain.push import PushApproval
from tests.fakes.phone import Phone
from tests.functions.devices.world import LIFE_SECONDS, DeviceWorld


def test_a_prompt_says_who_where_from_when_and_how_long(world: DeviceWorld, phone: Phone) -> None:
    world.clock.time = 1_700_000_000.789
    login = world.login(phone)
    shown = world.ask(phone, "GET", "/v1/device/prompts")
    assert (shown.status, shown.json["now"]) == (200, 1_700_000_000_789)
    (prompt,) = shown.json["prompts"]
    assert prompt == {
        "id": login.login_id,
        "nonce": world.stored(login).prompt.nonce,  # type: ignore[union-attr] # it has one
        "user": "CORP\\alice",
        "client": "vpn",
        "address": "203.0.113.9",
        "time": 1_700_000_000,
        "expires_at": 1_700_000_000_789 + LIFE_SECONDS * 1000,
        "number": True,
        "passkey": False,
    }
    assert world.prompt(phone, login) == {**prompt, "state": "pending"}


def test_nothing_waits_before_the_first_login_and_after_the_last_has_ended(world: DeviceWorld, phone: Phone) -> None:
    def waiting() -> list[str]:
        return [one["id"] for one in world.ask(phone, "GET", "/v1/device/prompts").json["prompts"]]

    assert waiting() == []
    denied = world.login(phone)
    assert waiting() == [denied.login_id]
    world.decide(phone, denied, "deny")
    assert waiting() == []
    forgotten = world.login(phone)
    world.clock.advance(LIFE_SECONDS)
    assert waiting() == []
    assert world.prompt(phone, denied)["state"] == "denied"
    assert world.prompt(phone, forgotten)["state"] == "expired"


@pytest.mark.parametrize(
    ("approval", "number", "told"),
    [
        (PushApproval.TAP, None, (False, False)),
        (PushApproval.TAP, "47", (True, False)),
        (PushApproval.NUMBER, "47", (True, False)),
        (PushApproval.PASSKEY, None, (False, True)),
        (PushApproval.PASSKEY, "47", (True, True)),
    ],
)
def test_a_prompt_says_what_approving_takes(
    world: DeviceWorld, phone: Phone, approval: PushApproval, number: str | None, told: tuple[bool, bool]
) -> None:
    prompt = world.prompt(phone, world.login(phone, approval=approval, number=number))
    assert (prompt["number"], prompt["passkey"]) == told


def test_one_device_is_asked_and_the_user_s_others_are_not(world: DeviceWorld, phone: Phone) -> None:
    tablet = world.phone(name="Tablet")
    login = world.login(tablet)
    assert world.ask(phone, "GET", "/v1/device/prompts").json["prompts"] == []
    assert world.ask(phone, "GET", f"/v1/device/prompts/{login.login_id}").code == "not-found"
    assert [one["id"] for one in world.ask(tablet, "GET", "/v1/device/prompts").json["prompts"]] == [login.login_id]


def test_g4_nobody_sees_the_prompts_of_others(world: DeviceWorld, phone: Phone) -> None:
    bob = world.phone("bob")
    login = world.login(bob, username="bob")
    assert world.ask(phone, "GET", "/v1/device/prompts").json["prompts"] == []
    assert world.ask(phone, "GET", f"/v1/device/prompts/{login.login_id}").code == "not-found"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("seconds", [0, LIFE_SECONDS])
def test_d14_looking_never_changes_anything_not_even_at_the_end(
    world: DeviceWorld, phone: Phone, method: str, seconds: int
) -> None:
    """Link previews and scanners look at everything, some of them signed by nobody, and apps look again and again."""
    login = world.login(phone)
    world.clock.advance(seconds)
    state, records, calls = world.company.store.state, list(world.audit.logins), len(world.company.store.calls)
    before = repr((state.transactions, state.devices, state.factors, state.push_ledgers))
    for path in ("", "/prompts", f"/prompts/{login.login_id}", f"/prompts/{login.login_id}/decision", "/test"):
        for query in ("", "?decision=approve&number=47"):
            target = f"/v1/device{path}"
            signed = {"authorization": phone.authorization(method, target, int(world.clock.now() * 1000))}
            for headers in (signed, {}):
                assert world.send(method, target + query, b"", headers).status in {200, 401, 404, 405}
    assert repr((state.transactions, state.devices, state.factors, state.push_ledgers)) == before
    asked = {call.rpartition(".")[2] for call in world.company.store.calls[calls:]}
    assert asked <= {"read", "find", "factors", "of_user"}
    assert (world.audit.logins, world.sender.sent, world.state(login)) == (records, [], TransactionState.PENDING)


def test_a_login_that_is_gone_is_not_shown(world: DeviceWorld, phone: Phone) -> None:
    login = world.login(phone)
    world.company.store.state.transactions.clear()
    assert world.ask(phone, "GET", "/v1/device/prompts").json["prompts"] == []
    assert world.ask(phone, "GET", f"/v1/device/prompts/{login.login_id}").code == "not-found"
