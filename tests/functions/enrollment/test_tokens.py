"""Hardware tokens over the API: imported whole or not at all, given, taken back, and claimed by who holds them."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from mfa.contract.fields import base64url
from mfa.domain.factors import HotpParameters, TotpParameters
from mfa.domain.otp import code_at, time_step_at
from tests.fakes.races import all_at_once
from tests.functions.enrollment.world import Answer, World

SEED = b"12345678901234567890"
OTHER_SEED = b"a seed that is another one"
HOTP = {"serial": "T-1", "type": "hotp", "seed": base64url(SEED)}
IMPORT = "/v1/admin/token-imports/one"


def code(counter: int, seed: bytes = SEED) -> str:
    return code_at(counter, seed, HotpParameters())


def stock(world: World, *tokens: dict[str, Any]) -> None:
    assert world.admin("PUT", IMPORT, {"total": len(tokens)}).status == 200
    added = world.admin("POST", f"{IMPORT}/tokens", {"tokens": list(tokens)})
    assert {one["result"] for one in added.json["results"]} == {"stored"}, added
    assert world.admin("POST", f"{IMPORT}/completion").json["state"] == "complete"


def results(answered: Answer) -> list[tuple[str, str]]:
    assert answered.status == 200, answered
    return [(one["serial"], one["result"]) for one in answered.json["results"]]


def listed(world: World) -> list[str]:
    return [one["serial"] for one in world.admin("GET", "/v1/admin/tokens").json["tokens"]]


def test_tokens_count_when_their_import_is_complete(world: World) -> None:
    other = {**HOTP, "serial": "t-2"}
    assert results(world.admin("POST", "/v1/admin/token-checks", {"tokens": [HOTP, other]})) == [
        ("T-1", "new"),
        ("T-2", "new"),
    ]
    assert world.admin("PUT", IMPORT, {"total": 2}).json["stored"] == 0
    world.admin("POST", f"{IMPORT}/tokens", {"tokens": [HOTP]})
    incomplete = world.admin("POST", f"{IMPORT}/completion")
    assert (incomplete.status, incomplete.code) == (409, "import-incomplete")
    assert listed(world) == []
    assert world.admin("GET", "/v1/admin/tokens/T-1").status == 404
    (unfinished,) = world.admin("GET", "/v1/admin/token-imports").json["imports"]
    assert (unfinished["import_id"], unfinished["stored"], unfinished["total"]) == ("one", 1, 2)
    world.admin("POST", f"{IMPORT}/tokens", {"tokens": [HOTP, other]})
    assert world.admin("POST", f"{IMPORT}/completion").json == world.admin("POST", f"{IMPORT}/completion").json
    assert listed(world) == ["T-1", "T-2"]
    assert world.admin("GET", "/v1/admin/token-imports").json == {"imports": []}
    closed = world.admin("POST", f"{IMPORT}/tokens", {"tokens": [HOTP]})
    assert (closed.status, closed.code) == (409, "import-closed")


def test_the_same_token_exists_and_another_of_its_number_is_refused(world: World) -> None:
    stock(world, HOTP)
    check = world.admin("POST", "/v1/admin/token-checks", {"tokens": [HOTP]})
    assert results(check) == [("T-1", "exists")]
    for other in ({**HOTP, "seed": base64url(OTHER_SEED)}, {**HOTP, "digits": 8}):
        assert results(world.admin("POST", "/v1/admin/token-checks", {"tokens": [other]})) == [("T-1", "refused")]


@pytest.mark.parametrize(
    ("change", "fate"),
    [
        ({"seed": base64url(b"123456789")}, "refused"),
        ({"seed": base64url(b"1234567890")}, "refused"),
        ({"seed": base64url(b"12345678901234")}, "new"),
        ({"serial": "bad\tserial"}, "refused"),
        ({"serial": "  t 1  "}, "new"),
    ],
)
def test_a_token_is_refused_with_its_reason_and_without_its_seed(
    world: World, change: dict[str, str], fate: str
) -> None:
    token = {**HOTP, **change}
    answered = world.admin("POST", "/v1/admin/token-checks", {"tokens": [token]})
    assert answered.json["results"][0]["result"] == fate
    assert token["seed"] not in answered.body
    world.admin("PUT", IMPORT, {"total": 1})
    added = world.admin("POST", f"{IMPORT}/tokens", {"tokens": [token]})
    assert added.json["results"][0]["result"] == {"new": "stored"}.get(fate, fate)


def test_a_short_seed_is_taken_when_that_is_said(world: World) -> None:
    short = {**HOTP, "seed": base64url(b"1234567890")}
    sent = {"tokens": [short], "accept_short_seeds": True}
    assert results(world.admin("POST", "/v1/admin/token-checks", sent)) == [("T-1", "new")]
    world.admin("PUT", IMPORT, {"total": 1})
    assert results(world.admin("POST", f"{IMPORT}/tokens", sent)) == [("T-1", "stored")]


@pytest.mark.parametrize(
    "change",
    [
        {"type": "ocra"},
        {"digits": 7},
        {"algorithm": "SHA256"},
        {"period": 30},
        {"counter": -1},
        {"counter": 1.5},
        {"seed": "not base64url!"},
        {"seed": ""},
        {"colour": "blue"},
        {"type": "totp", "counter": 3},
        {"type": "totp", "period": 45},
        {"type": "totp", "algorithm": "MD5"},
    ],
)
def test_what_no_token_can_be_is_a_bad_request(world: World, change: dict[str, object]) -> None:
    answered = world.admin("POST", "/v1/admin/token-checks", {"tokens": [{**HOTP, **change}]})
    assert (answered.status, answered.code) == (400, "bad-request")
    assert HOTP["seed"] not in answered.body


def test_an_import_can_be_abandoned_until_it_is_complete(world: World) -> None:
    world.admin("PUT", IMPORT, {"total": 2})
    world.admin("POST", f"{IMPORT}/tokens", {"tokens": [HOTP]})
    assert world.admin("DELETE", IMPORT).status == 204
    assert world.admin("DELETE", IMPORT).status == 404
    assert not world.store.state.tokens
    stock(world, HOTP)
    assert world.admin("DELETE", IMPORT).code == "import-closed"
    assert world.admin("POST", "/v1/admin/token-imports/none/tokens", {"tokens": [HOTP]}).status == 404
    assert world.admin("POST", "/v1/admin/token-imports/none/completion").status == 404
    assert world.admin("PUT", f"/v1/admin/token-imports/{'x' * 65}", {"total": 1}).status == 404


def test_a_token_is_given_and_taken_back(world: World) -> None:
    world.add_user("alice")
    world.add_user("bob")
    stock(world, {**HOTP, "counter": 5})
    given = world.admin("PUT", "/v1/admin/tokens/t-1/owner", {"username": "CORP\\Alice"})
    assert given.status == 200
    owner = given.json["owner"]
    assert (owner["username"], owner["realm"], owner["last_used_at"]) == ("alice", "corp", None)
    assert world.admin("PUT", "/v1/admin/tokens/T-1/owner", {"username": "alice"}).json == given.json
    assert world.admin("PUT", "/v1/admin/tokens/T-1/owner", {"username": "bob"}).code == "token-taken"
    (factor,) = world.admin("GET", "/v1/admin/users/alice").json["factors"]
    assert (factor["type"], factor["serial"], factor["period"], factor["state"]) == ("hotp", "T-1", None, "active")
    assert world.admin("DELETE", "/v1/admin/tokens/T-1/owner").json["owner"] is None
    assert world.admin("DELETE", "/v1/admin/tokens/T-1/owner").code == "token-free"
    assert world.admin("GET", "/v1/admin/users/alice").json["factors"] == []
    for username in ("nobody", "x" * 200):
        assert world.admin("PUT", "/v1/admin/tokens/T-1/owner", {"username": username}).status == 404
    assert world.admin("PUT", "/v1/admin/tokens/T-9/owner", {"username": "bob"}).status == 404
    assert [change.event for change in world.audit.changes if "token" in change.event] == [
        "token_assigned",
        "token_taken_back",
    ]


def test_a_user_who_removes_a_token_gives_it_back(world: World, token: str) -> None:
    stock(world, HOTP)
    claimed = claim(world, token, "T-1", code(3))
    assert world.ask("DELETE", f"/v1/enrollment/factors/{claimed.json['factor_id']}", token=token).status == 204
    assert world.admin("GET", "/v1/admin/tokens/T-1").json["owner"] is None
    assert claim(world, token, "T-1", code(3)).code == "token-refused"
    assert claim(world, token, "T-1", code(4)).status == 201


def test_a_token_whose_user_is_removed_is_free_again(world: World) -> None:
    world.add_user("alice")
    stock(world, HOTP)
    world.admin("PUT", "/v1/admin/tokens/T-1/owner", {"username": "alice"})
    assert world.admin("DELETE", "/v1/admin/users/alice").status == 204
    assert world.admin("GET", "/v1/admin/tokens/T-1").json["owner"] is None


def test_the_inventory_comes_in_pages(world: World) -> None:
    serials = [f"S-{number:03}" for number in range(60)]
    world.admin("PUT", IMPORT, {"total": 60})
    for start in range(0, 60, 20):
        batch = [{**HOTP, "serial": serial} for serial in serials[start : start + 20]]
        world.admin("POST", f"{IMPORT}/tokens", {"tokens": batch})
    world.admin("POST", f"{IMPORT}/completion")
    first = world.admin("GET", "/v1/admin/tokens").json
    assert (len(first["tokens"]), first["next"]) == (50, "S-049")
    second = world.admin("GET", f"/v1/admin/tokens?after={first['next']}").json
    assert [one["serial"] for one in first["tokens"] + second["tokens"]] == serials
    assert second["next"] is None
    assert world.admin("GET", "/v1/admin/tokens?after=%09").code == "bad-serial"


def test_an_administrator_resynchronises_by_two_codes(world: World) -> None:
    world.add_user("alice")
    stock(world, HOTP)
    path = "/v1/admin/tokens/T-1/resync"
    assert world.admin("POST", path, {"codes": [code(50), code(51)]}).code == "token-free"
    world.admin("PUT", "/v1/admin/tokens/T-1/owner", {"username": "alice"})
    for codes in ([code(50), code(52)], [code(51), code(50)], ["x", "é"]):
        refused = world.admin("POST", path, {"codes": codes})
        assert (refused.status, refused.code) == (422, "token-refused")
    assert world.admin("POST", path, {"codes": [code(50)]}).code == "bad-request"
    answered = world.admin("POST", path, {"codes": [code(50), code(51)]})
    assert answered.json["owner"]["last_used_at"] == int(world.clock.now())
    assert world.admin("POST", path, {"codes": [code(50), code(51)]}).code == "token-refused"
    spent = world.admin("POST", path, {"codes": [code(60), code(61)]})
    assert (spent.status, spent.code, spent.headers["retry-after"]) == (429, "tries-spent", "3600")


def claim(world: World, token: str, serial: str, *codes: str) -> Answer:
    return world.ask("POST", "/v1/enrollment/tokens", {"serial": serial, "codes": list(codes)}, token=token)


def test_who_holds_a_token_claims_it_by_its_code(world: World, token: str) -> None:
    stock(world, HOTP)
    claimed = claim(world, token, "t-1", code(2))
    assert (claimed.status, claimed.json["type"], claimed.json["state"]) == (201, "hotp", "active")
    assert world.admin("GET", "/v1/admin/tokens/T-1").json["owner"]["username"] == "alice"
    (factor,) = world.store.subscribers.factors(
        world.admin("GET", "/v1/admin/users/alice").json["user_id"]
    ).factors.values()
    assert (factor.last_moving_factor, factor.serial) == (2, "T-1")


def test_a_token_of_a_clock_is_claimed_by_its_code(world: World, token: str) -> None:
    stock(world, {"serial": "T-2", "type": "totp", "period": 60, "seed": base64url(SEED)})
    parameters = TotpParameters(period=60)
    step = time_step_at(world.clock.now(), parameters)
    assert claim(world, token, "T-2", code_at(step + 5, SEED, parameters)).code == "token-refused"
    codes = [code_at(step + offset, SEED, parameters) for offset in (5, 6)]
    assert claim(world, token, "T-2", *codes).status == 201


def test_two_codes_claim_a_token_that_was_pressed_often(world: World, token: str) -> None:
    stock(world, HOTP)
    assert claim(world, token, "T-1", code(40)).code == "token-refused"
    assert claim(world, token, "T-1", code(40), code(42)).code == "token-refused"
    assert claim(world, token, "T-1", code(40), code(41)).status == 201


def test_what_is_unknown_and_what_is_taken_look_like_a_wrong_code(world: World, token: str) -> None:
    world.add_user("bob")
    stock(world, HOTP, {**HOTP, "serial": "T-2"})
    world.admin("PUT", "/v1/admin/tokens/T-2/owner", {"username": "bob"})
    answers = [
        claim(world, token, serial, typed)
        for serial, typed in (("T-1", code(500)), ("T-2", code(0)), ("T-9", code(0)), ("T-1", "x"))
    ]
    assert {(answer.status, answer.body) for answer in answers} == {(422, answers[0].body)}
    assert Counter(change.event for change in world.audit.changes)["token_claim_refused"] == 4


def test_claims_are_rationed_per_token_and_per_user(world: World, token: str) -> None:
    stock(world, HOTP)
    for _ in range(5):
        assert claim(world, token, "T-1", code(500)).code == "token-refused"
    assert claim(world, token, "T-1", code(0)).code == "tries-spent"
    for number in range(4):
        assert claim(world, token, f"X-{number}", code(0)).code == "token-refused"
    assert claim(world, token, "X-9", code(0)).code == "tries-spent"
    world.clock.advance(3600)
    assert claim(world, world.open_session("alice"), "T-1", code(0)).status == 201


def test_no_claim_without_a_session(world: World) -> None:
    assert world.ask("POST", "/v1/enrollment/tokens", {"serial": "T-1", "codes": ["1"]}).status == 401


def test_of_many_who_claim_one_token_one_gets_it(rounds: int) -> None:
    for _ in range(rounds):
        world = World()
        names = [f"user-{number}" for number in range(4)]
        for name in names:
            world.add_user(name)
        stock(world, HOTP)
        sessions = [world.open_session(name) for name in names]
        answers = all_at_once([_claiming(world, session) for session in sessions])
        assert Counter(one.status for one in answers) == {201: 1, 422: 3}
        assert sum(len(item.factors) for item in world.store.state.factors.values()) == 1


def _claiming(world: World, session: str) -> Callable[[], Answer]:
    return lambda: claim(world, session, "T-1", code(0))


def test_no_answer_and_no_record_shows_a_seed(world: World, token: str) -> None:
    stock(world, HOTP)
    answers = [
        claim(world, token, "T-1", code(0)),
        world.admin("GET", "/v1/admin/tokens"),
        world.admin("GET", "/v1/admin/users/alice"),
        world.ask("GET", "/v1/enrollment/factors", token=token),
        world.admin("DELETE", "/v1/admin/tokens/T-1/owner"),
    ]
    told = json.dumps([one.body for one in answers]) + repr(world.audit.changes) + repr(world.audit.configuration)
    for spelling in (SEED.decode(), SEED.hex(), base64url(SEED)):
        assert spelling not in told
