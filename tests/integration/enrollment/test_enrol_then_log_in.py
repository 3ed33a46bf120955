"""From an administrator's first request to a user's login, on the fakes and on DynamoDB alike."""

from collections import Counter
from functools import partial

import pytest

from mfa.domain.reasons import RejectReason
from tests.fakes.races import all_at_once
from tests.functions.enrollment.authenticator import code_of
from tests.integration.enrollment.conftest import Company

pytestmark = pytest.mark.integration


def enrol(company: Company, username: str = "alice", **factor: object) -> str:
    """The otpauth URI that the user's phone keeps."""
    world = company.enrollment
    token = world.open_session(username)
    started = world.start_factor(token, **factor)
    confirmed = world.confirm(token, started["factor_id"], code_of(started["otpauth_uri"], world.clock.now()))
    assert confirmed.status == 200, confirmed
    return str(started["otpauth_uri"])


def test_the_code_that_confirmed_is_refused_at_login_and_the_next_one_is_accepted(company: Company) -> None:
    """THREATS C3."""
    company.enrollment.add_user("alice")
    uri, now = enrol(company), company.logins.clock.now()
    used = company.logins.login(code_of(uri, now))
    assert (used.outcome, used.reason) == ("reject", RejectReason.CODE_USED)
    company.logins.clock.advance(30)
    assert company.logins.login(code_of(uri, now + 30)).outcome == "accept"


@pytest.mark.parametrize(("algorithm", "digits", "period"), [("SHA1", 6, 30), ("SHA256", 8, 60), ("SHA512", 6, 60)])
def test_what_an_app_computes_from_the_uri_is_what_a_login_takes(
    company: Company, algorithm: str, digits: int, period: int
) -> None:
    company.enrollment.add_user("alice", upn="alice@corp.example.test")
    uri = enrol(company, algorithm=algorithm, digits=digits, period=period)
    for username in ("CORP\\Alice", "alice@corp.example.test"):
        company.logins.clock.advance(period)
        assert company.logins.login(code_of(uri, company.logins.clock.now()), username=username).outcome == "accept"


def test_a_pending_factor_opens_nothing(company: Company) -> None:
    world = company.enrollment
    world.add_user("alice")
    started = world.start_factor(world.open_session())
    tried = company.logins.login(code_of(started["otpauth_uri"], world.clock.now()))
    assert (tried.outcome, tried.reason) == ("reject", RejectReason.NOT_ENROLLED)


def test_a_removed_factor_and_a_disabled_user_open_nothing(company: Company) -> None:
    world, clock = company.enrollment, company.logins.clock
    world.add_user("alice")
    uri = enrol(company)
    clock.advance(30)
    world.admin("PUT", "/v1/admin/users/alice/state", {"state": "disabled"})
    assert company.logins.login(code_of(uri, clock.now())).reason == RejectReason.DISABLED
    world.admin("PUT", "/v1/admin/users/alice/state", {"state": "active"})
    token = world.open_session()
    (factor,) = world.ask("GET", "/v1/enrollment/factors", token=token).json["factors"]
    assert world.ask("DELETE", f"/v1/enrollment/factors/{factor['factor_id']}", token=token).status == 204
    assert company.logins.login(code_of(uri, clock.now())).reason == RejectReason.NOT_ENROLLED


def test_a_locked_user_is_shown_as_locked_and_unlocking_lets_the_next_code_in(company: Company) -> None:
    world, clock = company.enrollment, company.logins.clock
    world.add_user("alice")
    uri = enrol(company)
    clock.advance(60)
    for _ in range(10):
        company.logins.login("000000")
    shown = world.admin("GET", "/v1/admin/users/alice").json["lock"]
    assert (shown["locked"], shown["locked_until"], shown["failed_tries"]) == (True, clock.now() + 60, 10)
    assert company.logins.login(code_of(uri, clock.now())).reason == RejectReason.LOCKED
    assert world.admin("POST", "/v1/admin/users/alice/unlock").json["lock"]["text"] == "not locked"
    assert company.logins.login(code_of(uri, clock.now())).outcome == "accept"


def test_the_ninth_factor_is_refused_and_a_removed_one_makes_room(company: Company) -> None:
    world = company.enrollment
    world.add_user("alice")
    token = world.open_session()
    for number in range(8):
        started = world.start_factor(token, name=f"token {number}")
        world.confirm(token, started["factor_id"], code_of(started["otpauth_uri"], world.clock.now()))
    assert world.ask("POST", "/v1/enrollment/factors", {"type": "totp"}, token=token).code == "factor-limit"
    listed = world.ask("GET", "/v1/enrollment/factors", token=token).json["factors"]
    assert [one["name"] for one in listed] == [f"token {number}" for number in range(8)]
    world.ask("DELETE", f"/v1/enrollment/factors/{listed[3]['factor_id']}", token=token)
    assert world.start_factor(token)["factor_id"]


def test_replacing_a_pending_factor_gives_fresh_tries(company: Company) -> None:
    world = company.enrollment
    world.add_user("alice")
    token = world.open_session()
    first = world.start_factor(token)
    codes = [world.confirm(token, first["factor_id"], "000000").code for _ in range(6)]
    assert codes == ["wrong-code"] * 5 + ["tries-used-up"]
    second = world.start_factor(token)
    assert world.confirm(token, first["factor_id"], "000000").code == "not-found"
    assert world.confirm(token, second["factor_id"], code_of(second["otpauth_uri"], world.clock.now())).status == 200


def test_a_removed_user_leaves_nothing_that_opens_anything(company: Company) -> None:
    world = company.enrollment
    world.add_user("alice", upn="alice@corp.example.test")
    code, token = world.issue_code(), world.open_session()
    assert world.admin("DELETE", "/v1/admin/users/alice").status == 204
    assert world.ask("POST", "/v1/enrollment/sessions", {"code": code}).status == 404
    assert world.ask("GET", "/v1/enrollment/factors", token=token).status == 401
    assert world.admin("GET", "/v1/admin/users/alice@corp.example.test").status == 404
    world.add_user("alice")
    assert world.ask("POST", "/v1/enrollment/sessions", {"code": code}).status == 404
    assert world.ask("GET", "/v1/enrollment/factors", token=token).status == 401


def test_codes_and_sessions_end_on_time_whatever_cleans_up(company: Company) -> None:
    world = company.enrollment
    world.add_user("alice")
    code, token = world.issue_code(), world.open_session()
    world.clock.advance(15 * 60)
    assert world.ask("GET", "/v1/enrollment/factors", token=token).status == 401
    world.clock.advance(24 * 3600)
    assert world.ask("POST", "/v1/enrollment/sessions", {"code": code}).status == 404


def test_an_ended_session_is_dead_and_ending_it_again_is_401(company: Company) -> None:
    world = company.enrollment
    world.add_user("alice")
    token = world.open_session()
    assert world.ask("DELETE", "/v1/enrollment/sessions/current", token=token).status == 204
    assert world.ask("DELETE", "/v1/enrollment/sessions/current", token=token).status == 401


def test_races_have_one_winner(company: Company) -> None:
    """THREATS G11, G13. A transaction that DynamoDB cancels for a conflict may be answered 503: try again."""
    world = company.enrollment
    creating = partial(world.admin, "POST", "/v1/admin/users")
    created = all_at_once([partial(creating, {"username": name}) for name in ("alice", "ALICE", "CORP\\alice")])
    assert Counter(one.status for one in created)[201] == 1
    code = world.issue_code()
    redeemed = all_at_once([lambda: world.ask("POST", "/v1/enrollment/sessions", {"code": code})] * 4)
    (token,) = [one.json["token"] for one in redeemed if one.status == 201]
    started = world.start_factor(token)
    typed = code_of(started["otpauth_uri"], world.clock.now())
    confirmed = all_at_once([lambda: world.confirm(token, started["factor_id"], typed)] * 4)
    assert Counter(one.status for one in confirmed) == {200: 1, 409: 3}
