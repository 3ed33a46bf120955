"""The whole way of a user: created, given a code, enrolled, and what may never happen on that way."""

from tests.functions.enrollment.authenticator import code_of, other_code
from tests.functions.enrollment.world import ADMIN, World, real_event


def test_a_user_enrols_and_the_factor_becomes_active(world: World, token: str) -> None:
    started = world.start_factor(token, name="Alice's phone")
    confirmed = world.confirm(token, started["factor_id"], code_of(started["otpauth_uri"], world.clock.now()))
    assert (confirmed.status, confirmed.json["state"]) == (200, "active")
    listed = world.ask("GET", "/v1/enrollment/factors", token=token).json["factors"]
    assert [(one["factor_id"], one["state"], one["name"]) for one in listed] == [
        (started["factor_id"], "active", "Alice's phone")
    ]


def test_every_change_names_its_actor_in_the_audit_trail(world: World, token: str) -> None:
    started = world.start_factor(token)
    world.confirm(token, started["factor_id"], code_of(started["otpauth_uri"], world.clock.now()))
    world.ask("DELETE", f"/v1/enrollment/factors/{started['factor_id']}", token=token)
    world.ask("DELETE", "/v1/enrollment/sessions/current", token=token)
    world.admin("PUT", "/v1/admin/users/alice/state", {"state": "disabled"})
    world.admin("PUT", "/v1/admin/users/alice/state", {"state": "active"})
    world.admin("POST", "/v1/admin/users/alice/unlock")
    world.admin("DELETE", "/v1/admin/users/alice")
    assert [(change.event, change.actor) for change in world.audit.changes] == [
        ("subscriber_created", ADMIN),
        ("enrollment_code_issued", ADMIN),
        ("enrollment_code_redeemed", "subscriber"),
        ("factor_started", "subscriber"),
        ("factor_activated", "subscriber"),
        ("factor_removed", "subscriber"),
        ("enrollment_session_ended", "subscriber"),
        ("subscriber_disabled", ADMIN),
        ("subscriber_enabled", ADMIN),
        ("subscriber_unlocked", ADMIN),
        ("subscriber_removed", ADMIN),
    ]


def test_the_confirming_code_is_used_up(world: World, token: str) -> None:
    """THREATS C3: the stored step is the one that the code belongs to, so no login takes it again."""
    started = world.start_factor(token)
    now = world.clock.now()
    world.confirm(token, started["factor_id"], code_of(started["otpauth_uri"], now))
    (factor,) = next(iter(world.store.state.factors.values())).factors.values()
    assert factor.last_accepted_time_step == int(now) // 30


def test_a_code_of_the_neighbouring_step_confirms_and_that_step_is_used_up(world: World, token: str) -> None:
    started = world.start_factor(token)
    now = world.clock.now()
    assert world.confirm(token, started["factor_id"], code_of(started["otpauth_uri"], now - 30)).status == 200
    (factor,) = next(iter(world.store.state.factors.values())).factors.values()
    assert factor.last_accepted_time_step == int(now) // 30 - 1


def test_a_code_two_steps_off_does_not_confirm(world: World, token: str) -> None:
    started = world.start_factor(token)
    refused = world.confirm(token, started["factor_id"], code_of(started["otpauth_uri"], world.clock.now() - 60))
    assert (refused.status, refused.code) == (422, "wrong-code")


def test_a_wrong_code_leaves_the_factor_pending_and_says_how_many_tries_are_left(world: World, token: str) -> None:
    started = world.start_factor(token)
    right = code_of(started["otpauth_uri"], world.clock.now())
    refused = world.confirm(token, started["factor_id"], other_code(right))
    assert (refused.status, refused.code) == (422, "wrong-code")
    assert "4 tries are left" in refused.json["detail"]
    assert world.confirm(token, started["factor_id"], right).status == 200


def test_after_five_wrong_codes_the_right_one_is_refused_and_a_new_start_works(world: World, token: str) -> None:
    started = world.start_factor(token)
    right = code_of(started["otpauth_uri"], world.clock.now())
    assert [world.confirm(token, started["factor_id"], other_code(right)).status for _ in range(5)] == [422] * 5
    refused = world.confirm(token, started["factor_id"], right)
    assert (refused.status, refused.code) == (409, "tries-used-up")
    again = world.start_factor(token)
    right = code_of(again["otpauth_uri"], world.clock.now())
    assert world.confirm(token, again["factor_id"], right).status == 200


def test_text_that_cannot_be_a_code_costs_no_try(world: World, token: str) -> None:
    started = world.start_factor(token)
    for text in ("１２３４５６", "12345", "1234567", "12345678", "push", "+12345", "12 3456", "-12345"):
        refused = world.confirm(token, started["factor_id"], text)
        assert (refused.status, refused.code) == (400, "not-a-code"), text
    assert not world.store.state.confirmations


def test_starting_again_replaces_the_pending_factor(world: World, token: str) -> None:
    first = world.start_factor(token)
    second = world.start_factor(token)
    late = world.confirm(token, first["factor_id"], code_of(first["otpauth_uri"], world.clock.now()))
    assert (late.status, late.code) == (404, "not-found")
    assert world.confirm(token, second["factor_id"], code_of(second["otpauth_uri"], world.clock.now())).status == 200
    assert len(world.ask("GET", "/v1/enrollment/factors", token=token).json["factors"]) == 1


def test_a_factor_is_confirmed_once(world: World, token: str) -> None:
    started = world.start_factor(token)
    world.confirm(token, started["factor_id"], code_of(started["otpauth_uri"], world.clock.now()))
    world.clock.advance(60)
    again = world.confirm(token, started["factor_id"], code_of(started["otpauth_uri"], world.clock.now()))
    assert (again.status, again.code) == (409, "factor-not-pending")


def test_a_user_has_at_most_eight_factors(world: World, token: str) -> None:
    for _ in range(8):
        started = world.start_factor(token)
        world.confirm(token, started["factor_id"], code_of(started["otpauth_uri"], world.clock.now()))
    refused = world.ask("POST", "/v1/enrollment/factors", {"type": "totp"}, token=token)
    assert (refused.status, refused.code) == (409, "factor-limit")


def test_all_parameters_reach_the_authenticator(world: World, token: str) -> None:
    for algorithm, characters in (("SHA1", 32), ("SHA256", 52), ("SHA512", 103)):
        started = world.start_factor(token, algorithm=algorithm, digits=8, period=60)
        assert len(started["key"].replace(" ", "")) == characters
        right = code_of(started["otpauth_uri"], world.clock.now())
        confirmed = world.confirm(token, started["factor_id"], right)
        assert (len(right), confirmed.status) == (8, 200)
        assert (confirmed.json["algorithm"], confirmed.json["digits"], confirmed.json["period"]) == (algorithm, 8, 60)


def test_the_seed_can_be_read_nowhere_but_in_the_answer_that_starts_the_factor(world: World, token: str) -> None:
    """THREATS G11, F6: neither while the factor is pending nor later, by the user or an administrator."""
    started = world.start_factor(token)
    key = started["key"].replace(" ", "")

    def everything_shown() -> str:
        return (
            world.ask("GET", "/v1/enrollment/factors", token=token).body
            + world.admin("GET", "/v1/admin/users/alice").body
            + world.ask("GET", f"/v1/enrollment/factors/{started['factor_id']}", token=token).body
            + repr(world.audit.changes)
            + repr(world.store.state)
            + repr(world.services.sessions.authenticate(token))
        )

    pending = everything_shown()
    confirmed = world.confirm(token, started["factor_id"], code_of(started["otpauth_uri"], world.clock.now()))
    shown = pending + confirmed.body + everything_shown()
    assert key not in shown
    assert key not in shown.replace(" ", "")
    assert "otpauth" not in shown
    assert "svg" not in shown


def test_codes_and_tokens_are_stored_as_digests_only(world: World) -> None:
    world.add_user("alice")
    code = world.issue_code()
    stored = world.store.state.codes
    token = world.ask("POST", "/v1/enrollment/sessions", {"code": code}).json["token"]
    written = repr(stored) + repr(world.store.state) + repr(world.audit.changes)
    assert code not in written
    assert code.replace("-", "") not in written
    assert token not in written


def test_a_code_works_once(world: World) -> None:
    world.add_user("alice")
    code = world.issue_code()
    assert world.ask("POST", "/v1/enrollment/sessions", {"code": code}).status == 201
    again = world.ask("POST", "/v1/enrollment/sessions", {"code": code})
    assert (again.status, again.code) == (404, "enrollment-code-refused")


def test_unknown_used_expired_and_malformed_codes_get_the_same_answer(world: World) -> None:
    """THREATS G13: nothing tells a stranger which codes exist."""
    world.add_user("alice")
    world.add_user("bob")
    used, expired, disabled = world.issue_code("alice"), world.issue_code("alice"), world.issue_code("bob")
    world.ask("POST", "/v1/enrollment/sessions", {"code": used})
    world.admin("PUT", "/v1/admin/users/bob/state", {"state": "disabled"})
    refused = [world.ask("POST", "/v1/enrollment/sessions", {"code": disabled})]
    world.clock.advance(24 * 3600)
    codes = (used, expired, "7K3M-Q0XZ-9TBD-4HWE", "short", "ı" * 16, "U" * 16)
    refused += [world.ask("POST", "/v1/enrollment/sessions", {"code": code}) for code in codes]
    assert {(one.status, one.body) for one in refused} == {(404, refused[0].body)}


def test_a_code_opens_only_the_account_it_was_made_for(world: World) -> None:
    world.add_user("alice")
    bob = world.add_user("bob")
    opened = world.ask("POST", "/v1/enrollment/sessions", {"code": world.issue_code("bob")}).json
    assert world.services.sessions.authenticate(opened["token"]).user_id == bob["user_id"]


def test_a_code_is_read_as_people_write_it(world: World) -> None:
    world.add_user("alice")
    for _ in range(8):
        code = world.issue_code()
        written = " " + code.replace("-", " ").lower().replace("0", "o").replace("1", "l") + " "
        assert world.ask("POST", "/v1/enrollment/sessions", {"code": written}).status == 201


def test_a_code_is_valid_for_the_minutes_that_were_asked_for(world: World) -> None:
    world.add_user("alice")
    issued = world.admin("POST", "/v1/admin/users/alice/enrollment-codes", {"valid_minutes": 5}).json
    assert issued["expires_at"] == world.clock.now() + 300
    world.clock.advance(299)
    assert world.ask("POST", "/v1/enrollment/sessions", {"code": issued["code"]}).status == 201


def test_a_session_ends_after_fifteen_minutes(world: World, token: str) -> None:
    world.clock.advance(15 * 60 - 1)
    assert world.ask("GET", "/v1/enrollment/factors", token=token).status == 200
    world.clock.advance(1)
    assert world.ask("GET", "/v1/enrollment/factors", token=token).status == 401


def test_a_session_that_was_ended_is_dead(world: World, token: str) -> None:
    """THREATS G2."""
    assert world.ask("DELETE", "/v1/enrollment/sessions/current", token=token).status == 204
    refused = world.ask("GET", "/v1/enrollment/factors", token=token)
    assert (refused.status, refused.code) == (401, "session-refused")


def test_a_session_dies_with_its_user_and_sleeps_while_the_user_is_disabled(world: World, token: str) -> None:
    world.admin("PUT", "/v1/admin/users/alice/state", {"state": "disabled"})
    assert world.ask("POST", "/v1/enrollment/factors", {"type": "totp"}, token=token).status == 401
    world.admin("PUT", "/v1/admin/users/alice/state", {"state": "active"})
    assert world.ask("GET", "/v1/enrollment/factors", token=token).status == 200
    world.admin("DELETE", "/v1/admin/users/alice")
    assert world.ask("GET", "/v1/enrollment/factors", token=token).status == 401


def test_anothers_factor_is_as_unknown_as_one_that_does_not_exist(world: World, token: str) -> None:
    """THREATS G4."""
    world.add_user("bob")
    stranger = world.open_session("bob")
    started = world.start_factor(token)
    code = code_of(started["otpauth_uri"], world.clock.now())
    theirs = world.confirm(stranger, started["factor_id"], code)
    nobodys = world.confirm(stranger, "AAAAAAAAAAAAAAAA", code)
    assert (theirs.status, theirs.body) == (404, nobodys.body)
    removal = world.ask("DELETE", f"/v1/enrollment/factors/{started['factor_id']}", token=stranger)
    assert removal.status == 404
    assert world.confirm(token, started["factor_id"], code).status == 200


def test_real_events_are_understood(world: World) -> None:
    created = world.send(real_event("admin_create_user.json"))
    assert (created.status, created.json["username"], created.json["display_name"]) == (201, "alice", "Alice Example")
    assert world.audit.changes[0].actor == ADMIN
    redeemed = world.send(real_event("redeem_code.json"))
    assert (redeemed.status, redeemed.code) == (404, "enrollment-code-refused")
