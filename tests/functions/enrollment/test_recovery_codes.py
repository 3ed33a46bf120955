"""Recovery codes by their user, bypass codes by an administrator: shown once, counted, void when they should be."""

import pytest

from mfa.domain.recovery import MAX_BYPASS_CODES
from tests.fakes.races import all_at_once
from tests.functions.enrollment.world import ADMIN, World

RECOVERY, BYPASS = "/v1/enrollment/recovery-codes", "/v1/admin/users/alice/bypass-codes"
DAY = 24 * 3600
REASON = {"reason": "lost the phone"}


def test_ten_codes_are_made_and_never_shown_again(world: World, token: str) -> None:
    assert world.ask("GET", RECOVERY, token=token).json == {"left": 0, "made_at": None}
    made = world.ask("POST", RECOVERY, token=token)
    now = int(world.clock.now())
    assert (made.status, len(set(made.json["codes"])), made.json["made_at"]) == (201, 10, now)
    shown = world.ask("GET", RECOVERY, token=token)
    assert shown.json == {"left": 10, "made_at": now}
    texts = [shown.body, repr(world.store.state), repr(world.audit), world.admin("GET", "/v1/admin/users/alice").body]
    assert not any(code in text for code in made.json["codes"] for text in texts)


def test_a_new_set_takes_the_place_of_the_old_one(world: World, token: str) -> None:
    first, second = (world.ask("POST", RECOVERY, token=token).json["codes"] for _ in range(2))
    assert not set(first) & set(second)
    assert world.ask("GET", RECOVERY, token=token).json["left"] == 10


def test_g11_two_renewals_at_the_same_moment_leave_one_whole_set(rounds: int) -> None:
    for _ in range(rounds):
        world = World()
        world.add_user("alice")
        token = world.open_session("alice")
        answers = all_at_once([lambda world=world, token=token: world.ask("POST", RECOVERY, token=token)] * 4)  # type: ignore[misc]
        assert {answer.status for answer in answers} <= {201, 409}
        assert 201 in {answer.status for answer in answers}
        assert world.ask("GET", RECOVERY, token=token).json["left"] == 10


def test_a_bypass_code_has_uses_an_end_and_a_reason_and_is_shown_once(world: World, token: str) -> None:
    made = world.admin("POST", BYPASS, {"uses": 3, "valid_seconds": 7200, **REASON})
    now = int(world.clock.now())
    assert made.status == 201
    shown = {
        "bypass_id": made.json["bypass_id"],
        "uses": 3,
        "left": 3,
        "expires_at": now + 7200,
        "reason": "lost the phone",
        "created_at": now,
        "created_by": ADMIN,
    }
    assert made.json == {**shown, "code": made.json["code"]}
    listed = world.admin("GET", BYPASS)
    assert listed.json == {"bypass_codes": [shown]}
    assert made.json["code"] not in listed.body + repr(world.store.state) + repr(world.audit)
    assert world.audit.changes[-1].event == "bypass_code_made"
    assert world.audit.changes[-1].actor == ADMIN
    assert world.audit.changes[-1].details["reason"] == "lost the phone"
    assert token


def test_by_default_a_bypass_code_has_one_use_and_a_day(world: World, token: str) -> None:
    made = world.admin("POST", BYPASS, REASON).json
    assert (made["uses"], made["expires_at"]) == (1, int(world.clock.now()) + DAY)
    assert token


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"reason": ""},
        {"reason": "  "},
        {"reason": "x" * 201},
        {"reason": "a\u202eb"},
        {"uses": 0, **REASON},
        {"uses": 11, **REASON},
        {"uses": "1", **REASON},
        {"valid_seconds": 0, **REASON},
        {"valid_seconds": 30 * DAY + 1, **REASON},
        {"user_id": "x", **REASON},
        {"code": "ABCD-EFGH-JKMN", **REASON},
    ],
    ids=str,
)
def test_what_is_out_of_bounds_makes_no_code(world: World, token: str, message: dict[str, object]) -> None:
    assert world.admin("POST", BYPASS, message).status == 400
    assert world.admin("GET", BYPASS).json == {"bypass_codes": []}
    assert token


def test_the_longest_and_the_most_is_taken(world: World, token: str) -> None:
    assert world.admin("POST", BYPASS, {"uses": 10, "valid_seconds": 30 * DAY, **REASON}).status == 201
    assert token


def test_there_are_so_many_at_once_and_those_that_are_over_do_not_count(world: World, token: str) -> None:
    for _ in range(MAX_BYPASS_CODES):
        assert world.admin("POST", BYPASS, {"valid_seconds": 60, **REASON}).status == 201
    refused = world.admin("POST", BYPASS, REASON)
    assert (refused.status, refused.code) == (409, "bypass-limit")
    world.clock.advance(60)
    assert world.admin("GET", BYPASS).json == {"bypass_codes": []}
    assert world.admin("POST", BYPASS, REASON).status == 201
    (stored,) = world.store.state.recovery.values()
    assert len(stored.bypasses) == 1
    assert token


def test_a_revoked_code_is_gone(world: World, token: str) -> None:
    bypass_id = world.admin("POST", BYPASS, REASON).json["bypass_id"]
    assert world.admin("DELETE", f"{BYPASS}/{bypass_id}").status == 204
    assert world.admin("GET", BYPASS).json == {"bypass_codes": []}
    assert world.admin("DELETE", f"{BYPASS}/{bypass_id}").status == 404
    assert world.audit.changes[-1].event == "bypass_code_revoked"
    assert token


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_g4_g14_bypass_codes_are_an_administrators_business(world: World, token: str, method: str) -> None:
    path = f"{BYPASS}/x" if method == "DELETE" else BYPASS
    message = REASON if method == "POST" else None
    assert world.ask(method, path, message, token=token).status == 403
    assert world.ask(method, path, message).status == 403
    assert world.admin(method, path.replace("alice", "nobody"), message).status == 404


def test_g4_a_bypass_code_of_another_user_is_not_there(world: World, token: str) -> None:
    world.add_user("bob")
    bypass_id = world.admin("POST", BYPASS, REASON).json["bypass_id"]
    assert world.admin("DELETE", f"/v1/admin/users/bob/bypass-codes/{bypass_id}").status == 404
    assert len(world.admin("GET", BYPASS).json["bypass_codes"]) == 1
    assert token


def test_g4_recovery_codes_are_of_the_sessions_user_only(world: World, token: str) -> None:
    world.add_user("bob")
    world.ask("POST", RECOVERY, token=token)
    bob = world.open_session("bob")
    assert world.ask("GET", RECOVERY, token=bob).json["left"] == 0
    assert world.ask("POST", RECOVERY, {"user_id": "alice"}, token=bob).status == 400


def test_a_disabled_user_gets_no_bypass_code_and_loses_one(world: World, token: str) -> None:
    bypass_id = world.admin("POST", BYPASS, REASON).json["bypass_id"]
    world.admin("PUT", "/v1/admin/users/alice/state", {"state": "disabled"})
    refused = world.admin("POST", BYPASS, REASON)
    assert (refused.status, refused.code) == (409, "codes-changed")
    assert world.admin("DELETE", f"{BYPASS}/{bypass_id}").status == 204
    assert token


def test_faults_are_503_and_change_nothing(world: World, token: str) -> None:
    for name, method, path in [
        ("recovery.read", "GET", RECOVERY),
        ("recovery.renew", "POST", RECOVERY),
    ]:
        world.store.faults.before[name] = 1
        assert world.ask(method, path, token=token).status == 503
    world.store.faults.before["recovery.add_bypass"] = 1
    assert world.admin("POST", BYPASS, REASON).status == 503
    assert world.store.state.recovery == {}
