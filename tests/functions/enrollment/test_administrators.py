"""What administrators may do with users, and that nobody else may."""

from dataclasses import replace

import pytest

from mfa.domain.factors import Throttle
from mfa.domain.user_names import Realm
from tests.functions.enrollment.world import ADMIN, CORP, World

ADMIN_REQUESTS = [
    ("POST", "/v1/admin/users"),
    ("GET", "/v1/admin/users/alice"),
    ("DELETE", "/v1/admin/users/alice"),
    ("POST", "/v1/admin/users/alice/enrollment-codes"),
    ("POST", "/v1/admin/users/alice/unlock"),
    ("PUT", "/v1/admin/users/alice/state"),
    ("GET", "/v1/admin/no-such-path"),
    ("OPTIONS", "/v1/admin/users"),
]


@pytest.mark.parametrize(("method", "path"), ADMIN_REQUESTS)
def test_an_admin_path_is_closed_to_requests_that_iam_did_not_verify(
    world: World, token: str, method: str, path: str
) -> None:
    """THREATS G14: a session, or a header that looks like a signature, opens no admin path."""
    body = {"username": "mallory", "state": "disabled"}
    for headers in ({}, {"authorization": f"Bearer {token}"}, {"authorization": "AWS4-HMAC-SHA256 Credential=x"}):
        refused = world.ask(method, path, body, headers=headers)
        assert (refused.status, refused.code) == (403, "administrators-only")
    assert world.admin("GET", "/v1/admin/users/alice").json["state"] == "active"


@pytest.mark.parametrize("wrong", [{"username": "al*ice"}, {"upn": "alice"}, {"email": "nowhere"}, {"realm": "none"}])
def test_a_dry_run_refuses_what_creating_would_refuse(world: World, wrong: dict[str, str]) -> None:
    wanted = {"username": "bob", **wrong}
    dry = world.admin("POST", "/v1/admin/users", {**wanted, "dry_run": True})
    real = world.admin("POST", "/v1/admin/users", wanted)
    assert 400 <= real.status < 500
    assert (dry.status, dry.body) == (real.status, real.body)


def test_a_dry_run_creates_nobody(world: World) -> None:
    wanted = {"username": "CORP\\Bob", "upn": "bob@corp.example.test", "email": "bob@example.com"}
    planned = world.admin("POST", "/v1/admin/users", {**wanted, "dry_run": True})
    assert (planned.status, planned.json) == (
        200,
        {
            "username": "bob",
            "realm": "corp",
            "names": ["bob", "bob@corp.example.test"],
            "display_name": "bob",
            "email": "bob@example.com",
        },
    )
    assert (len(world.store.state.profiles), world.audit.changes) == (0, [])
    assert world.admin("POST", "/v1/admin/users", wanted).status == 201
    taken = {"username": "robert", "upn": "bob@corp.example.test", "dry_run": True}
    assert world.admin("POST", "/v1/admin/users", taken).code == "name-taken"


def test_an_empty_iam_identity_is_none(world: World) -> None:
    assert world.ask("GET", "/v1/admin/users/alice", actor="").status == 403


def test_a_signature_opens_no_user_path(world: World) -> None:
    assert world.ask("GET", "/v1/enrollment/factors", actor=ADMIN).status == 401


def test_all_spellings_of_a_name_lead_to_one_user(world: World) -> None:
    """THREATS F1."""
    user = world.add_user("Alice", upn="Alice@Corp.Example.Test")
    assert user["names"] == ["alice", "alice@corp.example.test"]
    for spelling in ("alice", "ALICE", "CORP%5CAlice", "alice@corp.example.test", "%20alice%20", "alice."):
        shown = world.admin("GET", f"/v1/admin/users/{spelling}")
        assert (shown.status, shown.json["user_id"]) == (200, user["user_id"]), spelling


@pytest.mark.parametrize("decoded", [True, False])
def test_a_path_is_understood_whether_or_not_the_gateway_decoded_it(decoded: bool) -> None:
    world = World(decoded_path=decoded)
    world.add_user("Jörg Ä")
    assert world.admin("GET", "/v1/admin/users/CORP%5Cj%C3%B6rg%20%C3%A4").status == 200


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "\u0430lice",  # a Cyrillic a
        "ali\u200bce",
        "ali\x00ce",
        "ali\nce",
        "a|b",
        "a:b",
        "a#b",
        "a/b",
        "a%62",
        "\u202ealice",
        "OTHER\\alice",
        "alice@elsewhere.example.test",
        "a" * 254,
        "\ud800",
        "*)(uid=*",
    ],
)
def test_a_name_that_nobody_can_have_is_refused(world: World, name: str) -> None:
    """THREATS F2, F3."""
    refused = world.admin("POST", "/v1/admin/users", {"username": name})
    assert refused.status == 400
    assert refused.code in {"name-refused", "bad-request"}
    assert not world.store.state.profiles


def test_a_name_that_nobody_can_have_belongs_to_nobody(world: World) -> None:
    world.add_user("alice")
    for path in ("%D0%B0lice", "ali%00ce", "a%7Cb", "%FF", "%25", "OTHER%5Calice", "%20"):
        assert world.admin("GET", f"/v1/admin/users/{path}").status == 404, path


def test_a_taken_name_is_a_conflict_and_changes_nothing(world: World) -> None:
    world.add_user("alice", upn="alice@corp.example.test")
    for clash in ({"username": "CORP\\ALICE"}, {"username": "bob", "upn": "alice@corp.example.test"}):
        refused = world.admin("POST", "/v1/admin/users", clash)
        assert (refused.status, refused.code) == (409, "name-taken")
    assert len(world.store.state.profiles) == 1
    assert world.admin("GET", "/v1/admin/users/bob").status == 404


def test_a_upn_must_be_a_upn(world: World) -> None:
    refused = world.admin("POST", "/v1/admin/users", {"username": "alice", "upn": "bob"})
    assert (refused.status, refused.code) == (400, "name-refused")


@pytest.mark.parametrize("label", ["", "  ", "a\nb", "a\u202eb", "x" * 65, "ä" * 33, "\ud800"])
def test_a_display_name_is_one_visible_line(world: World, label: str) -> None:
    refused = world.admin("POST", "/v1/admin/users", {"username": "alice", "display_name": label})
    assert refused.status == 400


def test_the_user_id_is_random_and_told(world: World) -> None:
    ids = {world.add_user(name)["user_id"] for name in ("alice", "bob", "carol")}
    assert {len(user_id) for user_id in ids} == {22}
    assert len(ids) == 3


def test_the_lock_is_shown_in_words(world: World) -> None:
    user_id = world.add_user("alice")["user_id"]
    assert world.admin("GET", "/v1/admin/users/alice").json["lock"] == {
        "locked": False,
        "locked_until": None,
        "failed_tries": 0,
        "text": "not locked",
    }
    now = int(world.clock.now())
    _set_throttle(world, user_id, Throttle(tries=10, gate=10, last_try_at=now - 10, successes=0))
    assert world.admin("GET", "/v1/admin/users/alice").json["lock"] == {
        "locked": True,
        "locked_until": now + 50,
        "failed_tries": 10,
        "text": "locked until 2023-11-14 22:14:10 UTC",
    }
    _set_throttle(world, user_id, Throttle(tries=100, gate=110, last_try_at=now, successes=0))
    assert world.admin("GET", "/v1/admin/users/alice").json["lock"]["text"] == "locked until an administrator unlocks"


def test_unlocking_opens_even_the_hard_lock(world: World) -> None:
    user_id = world.add_user("alice")["user_id"]
    _set_throttle(world, user_id, Throttle(tries=100, gate=110, last_try_at=0, successes=3))
    unlocked = world.admin("POST", "/v1/admin/users/alice/unlock")
    assert (unlocked.status, unlocked.json["lock"]["locked"], unlocked.json["lock"]["failed_tries"]) == (200, False, 0)


def test_a_removed_user_is_gone_and_the_name_is_free_for_another(world: World) -> None:
    first = world.add_user("alice")
    assert world.admin("DELETE", "/v1/admin/users/alice").status == 204
    assert world.admin("GET", "/v1/admin/users/alice").status == 404
    assert world.admin("DELETE", "/v1/admin/users/alice").status == 404
    assert world.add_user("alice")["user_id"] != first["user_id"]


def test_state_is_active_or_disabled(world: World) -> None:
    world.add_user("alice")
    assert world.admin("PUT", "/v1/admin/users/alice/state", {"state": "disabled"}).json["state"] == "disabled"
    for state in ("locked", "", None, 1, "ACTIVE"):
        refused = world.admin("PUT", "/v1/admin/users/alice/state", {"state": state})
        assert (refused.status, refused.code) == (400, "bad-request")


@pytest.mark.parametrize("minutes", [0, -1, 10081, 1.5, "60", True, 10**30])
def test_a_code_is_valid_for_at_most_a_week(world: World, minutes: object) -> None:
    world.add_user("alice")
    refused = world.admin("POST", "/v1/admin/users/alice/enrollment-codes", {"valid_minutes": minutes})
    assert (refused.status, refused.code) == (400, "bad-request")


def test_with_several_realms_one_must_be_named() -> None:
    world = World(realms=(CORP, Realm("partners")))
    refused = world.admin("POST", "/v1/admin/users", {"username": "alice"})
    assert (refused.status, refused.code) == (400, "realm-unknown")
    one = world.add_user("alice", realm="corp")
    other = world.add_user("alice", realm="partners")
    assert one["user_id"] != other["user_id"]
    assert world.admin("GET", "/v1/admin/users/alice?realm=partners").json["user_id"] == other["user_id"]
    assert world.admin("DELETE", "/v1/admin/users/alice?realm=partners").status == 204
    assert world.admin("GET", "/v1/admin/users/alice?realm=corp").status == 200


def test_without_a_configuration_the_answer_says_what_is_missing() -> None:
    refused = World(realms=()).admin("POST", "/v1/admin/users", {"username": "alice"})
    assert (refused.status, refused.code) == (409, "realm-missing")


def _set_throttle(world: World, user_id: str, throttle: Throttle) -> None:
    state = world.store.state
    state.factors[user_id] = replace(state.factors[user_id], throttle=throttle)
