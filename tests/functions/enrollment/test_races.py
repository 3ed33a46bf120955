"""Requests at the same moment: THREATS G11, G13, C4."""

from collections import Counter
from collections.abc import Callable

from tests.fakes.races import all_at_once
from tests.functions.enrollment.authenticator import code_of, other_code
from tests.functions.enrollment.world import Answer, World


def test_of_many_confirmations_one_makes_one_factor(rounds: int) -> None:
    for _ in range(rounds):
        world, token = _world_with_session()
        started = world.start_factor(token)
        code = code_of(started["otpauth_uri"], world.clock.now())
        answers = all_at_once([_confirming(world, token, started["factor_id"], code)] * 4)
        assert Counter(one.status for one in answers) == {200: 1, 409: 3}
        assert len(world.ask("GET", "/v1/enrollment/factors", token=token).json["factors"]) == 1
        assert Counter(change.event for change in world.audit.changes)["factor_activated"] == 1


def test_twenty_wrong_codes_at_once_get_five_checks(rounds: int) -> None:
    for _ in range(rounds):
        world, token = _world_with_session()
        started = world.start_factor(token)
        wrong = other_code(code_of(started["otpauth_uri"], world.clock.now()))
        answers = all_at_once([_confirming(world, token, started["factor_id"], wrong)] * 20)
        assert Counter(one.code for one in answers) == {"wrong-code": 5, "tries-used-up": 15}


def test_of_many_who_redeem_one_code_one_gets_a_session(rounds: int) -> None:
    for _ in range(rounds):
        world = World()
        world.add_user("alice")
        answers = all_at_once([_redeeming(world, world.issue_code())] * 4)
        assert Counter(one.status for one in answers) == {201: 1, 404: 3}
        assert len(world.store.state.sessions) == 1


def test_of_many_who_create_one_name_one_succeeds(rounds: int) -> None:
    for _ in range(rounds):
        world = World()
        spellings = ("alice", "ALICE", "CORP\\alice", "alice.")
        answers = all_at_once([_creating(world, name) for name in spellings])
        assert Counter(one.status for one in answers) == {201: 1, 409: 3}
        assert len(world.store.state.profiles) == 1


def test_factors_started_at_once_leave_one_that_can_be_confirmed(rounds: int) -> None:
    for _ in range(rounds):
        world, token = _world_with_session()
        answers = all_at_once([_starting(world, token)] * 4)
        assert {one.status for one in answers} <= {201, 409}
        shown = [one.json for one in answers if one.status == 201]
        (listed,) = world.ask("GET", "/v1/enrollment/factors", token=token).json["factors"]
        (last,) = [one for one in shown if one["factor_id"] == listed["factor_id"]]
        assert world.confirm(token, last["factor_id"], code_of(last["otpauth_uri"], world.clock.now())).status == 200


def _world_with_session() -> tuple[World, str]:
    world = World()
    world.add_user("alice")
    return world, world.open_session("alice")


def _confirming(world: World, token: str, factor_id: str, code: str) -> Callable[[], Answer]:
    return lambda: world.confirm(token, factor_id, code)


def _redeeming(world: World, code: str) -> Callable[[], Answer]:
    return lambda: world.ask("POST", "/v1/enrollment/sessions", {"code": code})


def _creating(world: World, name: str) -> Callable[[], Answer]:
    return lambda: world.admin("POST", "/v1/admin/users", {"username": name})


def _starting(world: World, token: str) -> Callable[[], Answer]:
    return lambda: world.ask("POST", "/v1/enrollment/factors", {"type": "totp"}, token=token)
