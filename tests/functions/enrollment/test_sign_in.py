"""Signing in to the portal: a complete MFA by the books of every login, and what its session may do."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from mfa.domain.reasons import RejectReason
from mfa.domain.sent_codes import SentCode, client_key, code_context
from mfa.errors import UnavailableError
from tests.fakes.clock import FakeClock
from tests.fakes.mode_world import CORP, PASSWORD
from tests.fakes.phone import Phone
from tests.fakes.races import all_at_once
from tests.functions.enrollment.authenticator import code_of, other_code
from tests.functions.enrollment.world import ADMIN, PORTAL, Answer, World

SIGN_IN, CURRENT = "/v1/enrollment/sign-in", "/v1/enrollment/sessions/current"
AGAIN = f"{CURRENT}/re-authentication"
FACTORS, DEVICES, RECOVERY = "/v1/enrollment/factors", "/v1/enrollment/devices", "/v1/enrollment/recovery-codes"
PHONES, TESTS = "/v1/enrollment/phones", "/v1/enrollment/code-tests"
MINUTE = 60


@dataclass
class Alice:
    """She has an account, an authenticator and ten recovery codes."""

    world: World
    uri: str = ""
    recovery: list[str] = field(default_factory=list)
    factor_id: str = ""

    def __post_init__(self) -> None:
        self.world.directory.add("alice", PASSWORD)
        self.world.add_user("alice")
        token = self.world.open_session("alice")
        started = self.world.start_factor(token)
        self.uri, self.factor_id = started["otpauth_uri"], started["factor_id"]
        assert self.world.confirm(token, self.factor_id, self.code()).status == 200
        self.recovery = self.world.ask("POST", RECOVERY, token=token).json["codes"]
        self.world.clock.advance(60)

    def code(self) -> str:
        return code_of(self.uri, self.world.clock.now())

    def wrong(self) -> str:
        return other_code(self.code())

    def sign_in(self, code: str | None = None, password: str | None = PASSWORD, **more: Any) -> Answer:
        message = {"username": "alice", "password": password, "code": self.code() if code is None else code}
        asked = {name: more.pop(name) for name in ("headers", "cookies", "source_ip") if name in more}
        return self.world.ask("POST", SIGN_IN, {**message, **more}, **asked)

    def signed_in(self) -> str:
        answered = self.sign_in()
        assert answered.status == 201, answered
        self.world.clock.advance(30)  # the next code is another one
        return str(answered.json["token"])

    @property
    def reason(self) -> RejectReason | None:
        return self.world.audit.logins[-1].reason

    @property
    def tries(self) -> int:
        lock = self.world.admin("GET", "/v1/admin/users/alice").json["lock"]
        return int(lock["failed_tries"])


@pytest.fixture
def alice() -> Alice:
    return Alice(World(realms=(CORP,)))


@pytest.fixture
def without_directory() -> Alice:
    return Alice(World())


def told(answer: Answer) -> tuple[int, str, Mapping[str, str]]:
    return answer.status, answer.body, answer.headers


# ---- who gets in


def test_password_and_code_open_a_session_that_may_change(alice: Alice) -> None:
    answered = alice.sign_in()
    now = int(alice.world.clock.now())
    assert answered.status == 201
    told = answered.json
    assert told == {
        "token": told["token"],
        "binding": told["token"],
        "kind": "signed_in",
        "display_name": "alice",
        "expires_at": now + 10 * MINUTE,
        "ends_at": now + 60 * MINUTE,
        "changes_until": now + 5 * MINUTE,
    }
    assert alice.world.ask("GET", FACTORS, token=told["token"]).status == 200
    assert alice.world.audit.logins[-1].client == "portal"
    assert alice.world.audit.changes[-1].event == "portal_signed_in"


def test_a_recovery_code_does_as_well_and_is_used_up(alice: Alice) -> None:
    code = alice.recovery[0]
    answered = alice.sign_in(code)
    assert (answered.status, answered.json["kind"]) == (201, "signed_in")
    events = [change.event for change in alice.world.audit.changes]
    assert events[-2:] == ["recovery_code_used", "portal_signed_in"]
    assert alice.sign_in(code).status == 401
    assert alice.reason is RejectReason.CODE_USED


def test_a_bypass_code_opens_no_portal_and_is_not_used_up(alice: Alice) -> None:
    made = alice.world.admin("POST", "/v1/admin/users/alice/bypass-codes", {"reason": "lost phone"}).json
    answered = alice.sign_in(made["code"])
    assert (answered.status, answered.code) == (401, "sign-in-refused")
    assert alice.reason is RejectReason.FACTOR_NOT_OFFERED
    (listed,) = alice.world.admin("GET", "/v1/admin/users/alice/bypass-codes").json["bypass_codes"]
    assert (listed["left"], alice.tries) == (1, 0)


def test_a_code_by_message_opens_no_portal_and_is_not_used_up(alice: Alice) -> None:
    """Whatever client it was asked for: also one that is named like the portal."""
    store, (user_id,) = alice.world.store, alice.world.store.state.factors
    token = alice.world.open_session("alice")
    phone_id = alice.world.ask("POST", PHONES, {"number": "+49 1512 3456789"}, token=token).json["phone_id"]
    confirmed = alice.world.ask(
        "POST", f"{PHONES}/{phone_id}/confirmation", {"code": alice.world.sender.code}, token=token
    )
    assert confirmed.status == 200
    throttle = store.state.factors[user_id].throttle
    code = SentCode(
        code_id="a-login",
        phone_id=phone_id,
        client_key=client_key("portal"),
        code=alice.world.vault.seal(alice.wrong().encode(), code_context(user_id, "a-login")),
        expires_at=alice.world.clock.now() + 600,
        tries=throttle.tries,
        successes=throttle.successes,
    )
    store.sms.hold(user_id, code, ())
    answered = alice.sign_in(alice.wrong())
    assert (answered.status, alice.reason) == (401, RejectReason.WRONG_CODE)
    assert store.state.factors[user_id].messages == (code,)


@pytest.mark.parametrize("username", ["ALICE", r"CORP\alice", "  alice "])
def test_every_spelling_is_the_same_user(alice: Alice, username: str) -> None:
    assert alice.sign_in(username=username).status == 201


REFUSED: dict[str, Callable[[Alice], Answer]] = {
    "wrong code": lambda alice: alice.sign_in(alice.wrong()),
    "wrong password": lambda alice: alice.sign_in(password="wrong"),
    "unknown user": lambda alice: alice.sign_in(username="nobody"),
    "no user can have that name": lambda alice: alice.sign_in(username="a|b"),
    "another realm": lambda alice: alice.sign_in(username="alice@elsewhere.example.test"),
    "no password": lambda alice: alice.sign_in(password=None),
    "an empty password": lambda alice: alice.sign_in(password=""),
    "digits for a password": lambda alice: alice.sign_in(password="123456"),
    "a word for a code": lambda alice: alice.sign_in("push 47"),
    "nonsense for a code": lambda alice: alice.sign_in("nonsense"),
    "a wrong recovery code": lambda alice: alice.sign_in("ABCD-EFGH-JKMN"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_c17_whoever_is_refused_gets_the_same_answer_after_the_same_time(alice: Alice, case: str) -> None:
    alice.sign_in(alice.wrong())
    expected = told(alice.sign_in(alice.wrong()))
    before = alice.world.clock.now()
    answered = REFUSED[case](alice)
    assert told(answered) == expected
    assert answered.code == "sign-in-refused"
    assert alice.world.clock.now() - before == pytest.approx(1.0)
    assert alice.world.audit.logins[-1].outcome == "reject"


@pytest.mark.parametrize("field_name", ["username", "code"])
def test_g3_half_a_sign_in_opens_nothing(alice: Alice, field_name: str) -> None:
    message = {"username": "alice", "password": PASSWORD, "code": alice.code()}
    assert alice.world.ask("POST", SIGN_IN, {**message, field_name: ""}).status == 400
    del message[field_name]
    assert alice.world.ask("POST", SIGN_IN, message).status == 400


def test_a_disabled_user_is_refused_and_an_open_session_dies(alice: Alice) -> None:
    token = alice.signed_in()
    alice.world.admin("PUT", "/v1/admin/users/alice/state", {"state": "disabled"})
    assert alice.sign_in().status == 401
    assert alice.world.ask("GET", FACTORS, token=token).status == 401


def test_c6_the_portal_has_the_same_counter_and_lock_as_radius(alice: Alice) -> None:
    for _ in range(10):
        assert alice.sign_in(alice.wrong()).status == 401
    assert alice.tries == 10
    assert alice.sign_in().status == 401
    assert alice.reason is RejectReason.LOCKED
    alice.world.clock.advance(MINUTE)
    assert alice.sign_in().status == 201
    assert alice.tries == 0


def test_a_code_that_was_used_here_is_used(alice: Alice) -> None:
    code = alice.code()
    assert alice.sign_in(code).status == 201
    assert alice.sign_in(code).status == 401
    assert alice.reason is RejectReason.CODE_USED


def test_a_wrong_code_sends_no_password_and_a_wrong_password_one(alice: Alice) -> None:
    alice.sign_in(alice.wrong())
    assert alice.world.directory.binds == []
    alice.sign_in(password="wrong")
    assert len(alice.world.directory.binds) == 1


def test_where_there_is_no_directory_the_code_alone_opens_a_session_that_only_looks(without_directory: Alice) -> None:
    alice = without_directory
    answered = alice.sign_in(password=None)
    assert (answered.status, answered.json["kind"], answered.json["changes_until"]) == (201, "look", None)
    token = answered.json["token"]
    assert alice.world.ask("GET", FACTORS, token=token).status == 200
    for method, path, message in CHANGES(alice):
        refused = alice.world.ask(method, path, message, token=token)
        assert (refused.status, refused.code) == (403, "changes-not-allowed"), path
    assert alice.world.ask("DELETE", CURRENT, token=token).status == 204


def test_a_fault_is_a_fault_and_recorded(alice: Alice) -> None:
    alice.world.store.faults.before["logins.reserve"] = 1
    answered = alice.sign_in()
    assert (answered.status, answered.code) == (503, "unavailable")
    assert alice.reason is RejectReason.UNAVAILABLE
    alice.world.store.faults.before["requests.count"] = 1
    assert alice.sign_in().status == 503
    assert all(isinstance(fault, UnavailableError) for fault in alice.world.faults)


def test_without_a_configuration_nobody_can_sign_in() -> None:
    world = World(realms=())
    answered = world.ask("POST", SIGN_IN, {"username": "alice", "code": "123456"})
    assert (answered.status, answered.code) == (409, "realm-missing")


def test_twenty_parallel_sign_ins_by_one_recovery_code_open_one_session(rounds: int) -> None:
    for _ in range(max(1, rounds // 4)):
        alice = Alice(World(realms=(CORP,)))
        alice.world.pause.clock = FakeClock()  # those who are refused wait beside the winner, not before it
        code = alice.recovery[0]
        answers = all_at_once([lambda code=code, alice=alice: alice.sign_in(code)] * 20)  # type: ignore[misc]
        assert [answer.status for answer in answers].count(201) == 1
        assert {answer.status for answer in answers} == {201, 401}
        assert len([one for one in alice.world.store.state.sessions.values() if one.kind == "signed_in"]) == 1


# ---- limits


def test_g15_an_address_has_so_many_tries_and_is_told_when_it_has_more(alice: Alice) -> None:
    answers = [alice.sign_in("nonsense", username=f"user-{number}", source_ip="192.0.2.9") for number in range(5)]
    assert {answer.status for answer in answers} == {401}
    alice.world.store.state.requests.update(dict.fromkeys(alice.world.store.state.requests, 120))
    refused = alice.sign_in(username="somebody", source_ip="192.0.2.9")
    assert (refused.status, refused.code) == (429, "too-many-requests")
    wait = int(refused.headers["retry-after"])
    assert 1 <= wait <= 300
    assert alice.sign_in(source_ip="192.0.2.10").status == 201
    alice.world.clock.advance(wait)
    assert alice.sign_in(source_ip="192.0.2.9").status == 201


def test_g15_120_tries_of_one_network_and_not_one_more(alice: Alice) -> None:
    alice.world.clock.advance(300 - alice.world.clock.now() % 300)
    addresses = [f"2001:db8:1:2::{number:x}" for number in range(121)]  # who has one of them has all
    statuses = [alice.sign_in("x", username=f"user-{one[-4:]}", source_ip=one).status for one in addresses]
    assert statuses == [401] * 120 + [429]
    assert alice.sign_in(source_ip="2001:db8:1:3::1").status == 201


def tried(alice: Alice, username: str, addresses: Iterable[str]) -> list[int]:
    """The statuses of a stranger's tries, the first of them at the beginning of a window."""
    alice.world.clock.advance(300 - alice.world.clock.now() % 300)
    return [alice.sign_in("nonsense", username=username, source_ip=address).status for address in addresses]


@pytest.mark.parametrize("username", ["alice", "nobody"])
def test_g15_about_one_user_there_are_20_tries_from_one_address_whether_there_is_one_or_not(
    alice: Alice, username: str
) -> None:
    assert tried(alice, username, ["192.0.2.9"] * 21) == [401] * 20 + [429]
    refused = alice.sign_in("nonsense", username=username.upper(), source_ip="192.0.2.9")
    assert (refused.status, 1 <= int(refused.headers["retry-after"]) <= 300) == (429, True)
    assert alice.sign_in(username="bob", source_ip="192.0.2.9").status == 401
    assert alice.sign_in(source_ip="192.0.2.10").status == 201


@pytest.mark.parametrize("username", ["alice", "nobody"])
def test_g15_about_one_user_there_are_100_tries_from_anywhere_whether_there_is_one_or_not(
    alice: Alice, username: str
) -> None:
    assert tried(alice, username, [f"192.0.2.{number}" for number in range(101)]) == [401] * 100 + [429]
    refused = alice.sign_in("nonsense", username=username.upper(), source_ip="192.0.2.200")
    assert (refused.status, 1 <= int(refused.headers["retry-after"]) <= 300) == (429, True)
    assert alice.sign_in(username="bob", source_ip="192.0.2.200").status == 401


def test_g15_one_address_uses_up_20_of_the_tries_about_a_user_however_often_it_is_refused(alice: Alice) -> None:
    assert tried(alice, "alice", ["192.0.2.9"] * 110)[20:] == [429] * 90
    assert alice.sign_in(source_ip="192.0.2.10").status == 201


def test_g15_no_stranger_keeps_a_user_from_signing_in_again(alice: Alice) -> None:
    """Who has the name has used up all tries about it; who shares her address has used up those of the address."""
    token = alice.signed_in()
    assert tried(alice, "alice", [f"192.0.2.{number}" for number in range(101)])[-1] == 429
    for number in range(121):
        last = alice.sign_in("nonsense", username=f"user-{number}", source_ip="198.51.100.1")
    assert last.status == 429
    message = {"password": PASSWORD, "code": alice.code()}
    assert alice.world.ask("POST", AGAIN, message, token=token, source_ip="198.51.100.1").status == 201


def test_g15_a_user_signs_in_again_so_often_from_wherever(alice: Alice) -> None:
    token, message = alice.signed_in(), {"password": PASSWORD, "code": "nonsense"}
    alice.world.clock.advance(300 - alice.world.clock.now() % 300)
    addresses = [f"192.0.2.{number}" for number in range(21)]
    statuses = [alice.world.ask("POST", AGAIN, message, token=token, source_ip=one).status for one in addresses]
    assert statuses == [401] * 20 + [429]
    alice.world.clock.advance(300)
    message = {"password": PASSWORD, "code": alice.code()}
    assert alice.world.ask("POST", AGAIN, message, token=token).status == 201


def test_g15_codes_are_redeemed_so_often_from_one_address(alice: Alice) -> None:
    world = alice.world
    world.clock.advance(300 - world.clock.now() % 300)
    path, message = "/v1/enrollment/sessions", {"code": "0000-0000-0000-0000"}
    statuses = [world.ask("POST", path, message, source_ip="192.0.2.7").status for _ in range(121)]
    assert statuses == [404] * 120 + [429]
    assert world.ask("POST", path, {"code": world.issue_code()}, source_ip="192.0.2.8").status == 201


# ---- the session


def test_a_session_lives_while_it_is_used_and_ten_minutes_longer(alice: Alice) -> None:
    token = alice.signed_in()
    for _ in range(5):
        alice.world.clock.advance(10 * MINUTE - 31)
        assert alice.world.ask("GET", FACTORS, token=token).status == 200
    alice.world.clock.advance(10 * MINUTE)
    assert alice.world.ask("GET", FACTORS, token=token).status == 401


def test_a_session_ends_after_an_hour_however_it_is_used(alice: Alice) -> None:
    token = alice.signed_in()
    for _ in range(11):
        alice.world.clock.advance(5 * MINUTE)
        assert alice.world.ask("GET", FACTORS, token=token).status == 200
    alice.world.clock.advance(5 * MINUTE)
    assert alice.world.ask("GET", FACTORS, token=token).status == 401


def test_a_session_is_not_written_at_every_request(alice: Alice) -> None:
    token = alice.signed_in()
    alice.world.ask("GET", FACTORS, token=token)
    alice.world.store.calls.clear()
    alice.world.ask("GET", FACTORS, token=token)
    assert "subscribers.keep_session_open" not in alice.world.store.calls


def test_a_session_that_a_code_opened_lives_as_it_did(alice: Alice) -> None:
    token = alice.world.open_session("alice")
    shown = alice.world.ask("GET", CURRENT, token=token).json
    assert (shown["kind"], shown["expires_at"], shown["changes_until"]) == (
        "code", shown["ends_at"], shown["ends_at"],
    )  # fmt: skip
    alice.world.clock.advance(15 * MINUTE - 1)
    assert alice.world.ask("POST", FACTORS, {"type": "totp"}, token=token).status == 201
    alice.world.clock.advance(1)
    assert alice.world.ask("GET", FACTORS, token=token).status == 401


def test_g2_a_session_is_dead_after_logout(alice: Alice) -> None:
    token = alice.signed_in()
    assert alice.world.ask("DELETE", CURRENT, token=token).status == 204
    assert alice.world.ask("GET", FACTORS, token=token).status == 401


def test_g2_every_sign_in_has_a_new_token_and_takes_none_that_was_planted(alice: Alice) -> None:
    planted = "A" * 43
    first = alice.sign_in(cookies=[f"__Host-gatehouse={planted}"], headers={"sec-fetch-site": "same-origin"})
    alice.world.clock.advance(30)
    second = alice.sign_in()
    assert len({planted, first.json["token"], second.json["token"]}) == 3
    assert alice.world.ask("GET", FACTORS, token=planted).status == 401


def test_g2_signing_in_again_ends_the_old_token(alice: Alice) -> None:
    token = alice.signed_in()
    again = alice.world.ask("POST", AGAIN, {"password": PASSWORD, "code": alice.code()}, token=token)
    assert again.status == 201
    assert alice.world.ask("GET", FACTORS, token=token).status == 401
    assert alice.world.ask("GET", FACTORS, token=again.json["token"]).status == 200


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9."])
def test_g1_no_other_token_opens_anything(alice: Alice, token: str) -> None:
    for method, path, message in CHANGES(alice):
        assert alice.world.ask(method, path, message, token=token).status == 401
        assert alice.world.ask(method, path, message).status == 401
    for path in (FACTORS, DEVICES, RECOVERY, CURRENT):
        assert alice.world.ask("GET", path, token=token).status == 401


def test_tokens_are_stored_as_digests_only(alice: Alice) -> None:
    token = alice.signed_in()
    assert token not in repr(alice.world.store.state)
    assert token not in repr(alice.world.audit)


# ---- changes


def CHANGES(alice: Alice) -> list[tuple[str, str, object]]:  # noqa: N802 -- a table, but for the ids in it
    """All that changes a user's factors."""
    return [
        ("POST", FACTORS, {"type": "totp"}),
        ("POST", f"{FACTORS}/{alice.factor_id}/confirmation", {"code": "123456"}),
        ("PATCH", f"{FACTORS}/{alice.factor_id}", {"name": "x"}),
        ("DELETE", f"{FACTORS}/{alice.factor_id}", None),
        ("POST", DEVICES, Phone().pairing("x", "Phone")),
        ("PATCH", f"{DEVICES}/some-device", {"name": "x"}),
        ("DELETE", f"{DEVICES}/some-device", None),
        ("POST", f"{DEVICES}/some-device/passkey/options", None),
        ("POST", f"{DEVICES}/some-device/passkey", {"credential": {}}),
        ("POST", "/v1/enrollment/push/unmute", None),
        ("POST", RECOVERY, None),
        ("POST", "/v1/enrollment/tokens", {"serial": "T-1", "codes": ["123456"]}),
        ("POST", PHONES, {"number": "+49 1512 3456789"}),
        ("POST", f"{PHONES}/some-phone/confirmation", {"code": "123456"}),
        ("PATCH", f"{PHONES}/some-phone", {"name": "x"}),
        ("DELETE", f"{PHONES}/some-phone", None),
    ]


def test_g12_every_route_that_changes_a_factor_is_in_the_table_of_this_test(alice: Alice) -> None:
    from enrollment.app import route_table  # noqa: PLC0415 -- the one test that needs it

    no_factor = {("POST", "/v1/enrollment/sessions"), ("DELETE", CURRENT), ("POST", SIGN_IN), ("POST", AGAIN)}
    no_factor |= {("POST", TESTS)}
    routes = {
        (route.method, route.template)
        for route in route_table(alice.world.services)
        if route.template.startswith("/v1/enrollment/") and route.method != "GET"
    }
    known = {
        (
            method,
            path.replace(alice.factor_id, "{factor_id}")
            .replace("some-device", "{device_id}")
            .replace("some-phone", "{phone_id}"),
        )
        for method, path, _ in CHANGES(alice)
    }
    assert routes - no_factor == known


def test_g12_factors_are_changed_within_five_minutes_of_a_sign_in_only(alice: Alice) -> None:
    token = alice.signed_in()
    alice.world.clock.advance(5 * MINUTE - 31)
    assert alice.world.ask("POST", FACTORS, {"type": "totp"}, token=token).status == 201
    alice.world.clock.advance(1)
    for method, path, message in CHANGES(alice):
        refused = alice.world.ask(method, path, message, token=token)
        assert (refused.status, refused.code) == (403, "sign-in-again"), path
    assert alice.world.ask("GET", FACTORS, token=token).status == 200
    again = alice.world.ask("POST", AGAIN, {"password": PASSWORD, "code": alice.code()}, token=token)
    assert alice.world.ask("POST", RECOVERY, token=again.json["token"]).status == 201


@pytest.mark.parametrize(
    "given", [{"code": "000000"}, {"password": PASSWORD, "code": "nonsense"}, {"password": "x", "code": None}]
)
def test_g12_signing_in_again_takes_a_complete_mfa_and_a_failure_ends_nothing(
    alice: Alice, given: dict[str, Any]
) -> None:
    token = alice.signed_in()
    message = {**given, "code": given["code"] or alice.code()}
    refused = alice.world.ask("POST", AGAIN, message, token=token)
    assert (refused.status, refused.code) == (401, "sign-in-refused")
    assert alice.world.ask("GET", FACTORS, token=token).status == 200


def test_g4_signing_in_again_is_for_the_sessions_own_user(alice: Alice) -> None:
    alice.world.directory.add("bob", "his own")
    alice.world.add_user("bob")
    token = alice.world.open_session("bob")
    refused = alice.world.ask("POST", AGAIN, {"password": PASSWORD, "code": alice.code()}, token=token)
    assert refused.status == 401
    refused = alice.world.ask("POST", AGAIN, {"username": "alice", "code": alice.code()}, token=token)
    assert refused.status == 400


def test_g12_each_change_leaves_an_event_that_names_it(alice: Alice) -> None:
    token, audit = alice.signed_in(), alice.world.audit
    before = len(audit.changes)
    started = alice.world.start_factor(token)
    alice.world.confirm(token, started["factor_id"], code_of(started["otpauth_uri"], alice.world.clock.now()))
    alice.world.ask("PATCH", f"{FACTORS}/{started['factor_id']}", {"name": "Other"}, token=token)
    alice.world.ask("PATCH", f"{FACTORS}/{started['factor_id']}", {"name": "Other"}, token=token)  # no change
    alice.world.ask("DELETE", f"{FACTORS}/{started['factor_id']}", token=token)
    device = alice.world.ask("POST", DEVICES, Phone().pairing(token, "Phone"), token=token).json["device_id"]
    alice.world.ask("PATCH", f"{DEVICES}/{device}", {"name": "Other"}, token=token)
    alice.world.ask("DELETE", f"{DEVICES}/{device}", token=token)
    alice.world.ask("POST", RECOVERY, token=token)
    told = [(change.event, change.details) for change in audit.changes[before:]]
    factor = {"factor_id": started["factor_id"]}
    assert told == [
        ("factor_started", factor),
        ("factor_activated", factor),
        ("factor_renamed", factor),
        ("factor_removed", factor),
        ("device_paired", {"device_id": device, "name": "Phone"}),
        ("device_renamed", {"device_id": device, "name": "Other"}),
        ("device_removed", {"device_id": device}),
        ("recovery_codes_made", {"codes": "10"}),
    ]
    assert {change.actor for change in audit.changes[before:]} == {"subscriber"}


@pytest.mark.parametrize("extra", ["user_id", "admin", "kind", "fresh_until", "realm"])
def test_g10_nothing_can_be_assigned_that_is_not_asked_for(alice: Alice, extra: str) -> None:
    assert alice.sign_in(**{extra: True}).status == 400


# ---- trying a code


def test_a_code_can_be_tried_out_and_is_used_up_by_it(alice: Alice) -> None:
    token, code = alice.signed_in(), alice.code()
    tested = alice.world.ask("POST", TESTS, {"code": code}, token=token)
    assert (tested.status, tested.json) == (200, {"factor_id": alice.factor_id})
    (factor,) = alice.world.ask("GET", FACTORS, token=token).json["factors"]
    assert factor["last_used_at"] == int(alice.world.clock.now())
    record = alice.world.audit.logins[-1]
    assert (record.client, record.outcome, record.factor_id) == ("portal-code-test", "accept", alice.factor_id)
    refused = alice.world.ask("POST", TESTS, {"code": code}, token=token)
    assert (refused.status, refused.code) == (422, "code-refused")
    assert alice.reason is RejectReason.CODE_USED
    assert alice.sign_in(code).status == 401


def test_a_session_that_only_looks_may_try_a_code(without_directory: Alice) -> None:
    alice = without_directory
    token = alice.signed_in()
    assert alice.world.ask("POST", TESTS, {"code": alice.code()}, token=token).status == 200


def test_c6_codes_that_are_tried_out_are_tries_like_any(alice: Alice) -> None:
    token, before = alice.signed_in(), alice.world.clock.now()
    for _ in range(10):
        assert alice.world.ask("POST", TESTS, {"code": alice.wrong()}, token=token).status == 422
    assert alice.world.clock.now() - before == pytest.approx(10.0)  # each takes as long as a refused sign-in
    assert alice.tries == 10
    assert alice.world.ask("POST", TESTS, {"code": alice.code()}, token=token).status == 422
    assert alice.sign_in().status == 401
    assert alice.reason is RejectReason.LOCKED


def test_g15_codes_are_tried_out_so_often_by_one_user(alice: Alice) -> None:
    token = alice.world.open_session("alice")
    statuses = [alice.world.ask("POST", TESTS, {"code": alice.wrong()}, token=token).status for _ in range(21)]
    assert statuses == [422] * 20 + [429]


@pytest.mark.parametrize("code", ["push 47", "12345", "nonsense", "A2BC-DEFG-HJKM"])
def test_what_is_no_code_of_an_app_is_not_tried_out(alice: Alice, code: str) -> None:
    token = alice.signed_in()
    given = alice.recovery[0] if code == "A2BC-DEFG-HJKM" else code
    refused = alice.world.ask("POST", TESTS, {"code": given}, token=token)
    assert (refused.status, refused.code) == (400, "not-a-code")
    assert alice.world.ask("GET", RECOVERY, token=token).json["left"] == 10


def test_a_code_of_another_user_is_no_code(alice: Alice) -> None:
    alice.world.add_user("bob")
    bobs = alice.world.open_session("bob")
    assert alice.world.ask("POST", TESTS, {"code": alice.code()}, token=bobs).status == 422
    assert alice.tries == 0


# ---- names


def test_a_factor_is_renamed_by_its_user(alice: Alice) -> None:
    token, path = alice.signed_in(), f"{FACTORS}/{alice.factor_id}"
    renamed = alice.world.ask("PATCH", path, {"name": "  Old phone "}, token=token)
    assert (renamed.status, renamed.json["name"], renamed.json["state"]) == (200, "Old phone", "active")
    for name in ("", "x" * 65, "a\nb", "\u202eabc"):
        assert alice.world.ask("PATCH", path, {"name": name}, token=token).status in {400, 422}
    assert alice.world.ask("GET", FACTORS, token=token).json["factors"][0]["name"] == "Old phone"


def test_g4_somebody_elses_factor_is_not_renamed(alice: Alice) -> None:
    alice.world.add_user("bob")
    bobs = alice.world.open_session("bob")
    refused = alice.world.ask("PATCH", f"{FACTORS}/{alice.factor_id}", {"name": "x"}, token=bobs)
    assert (refused.status, refused.code) == (404, "not-found")


# ---- browsers


SAME = {"sec-fetch-site": "same-origin"}


def by_cookie(alice: Alice, headers: Mapping[str, str] = SAME) -> tuple[Answer, str]:
    answered = alice.sign_in(cookie=True, headers=headers)
    alice.world.clock.advance(30)
    cookie = answered.cookies[0] if answered.cookies else ""
    return answered, cookie.partition(";")[0]


def test_g2_a_browser_keeps_the_token_where_no_script_reads_it(alice: Alice) -> None:
    answered, cookie = by_cookie(alice)
    assert answered.status == 201
    assert "token" not in answered.json
    assert cookie.partition("=")[2] not in answered.body
    (whole,) = answered.cookies
    name, *attributes = [part.strip() for part in whole.split(";")]
    assert name.startswith("__Host-gatehouse=")
    assert set(attributes) == {"Path=/", "Max-Age=3600", "Secure", "HttpOnly", "SameSite=Strict"}
    assert alice.world.ask("GET", FACTORS, cookies=[cookie]).status == 200


@pytest.mark.parametrize("as_header", [True, False])
def test_the_cookie_opens_what_the_token_opens(alice: Alice, as_header: bool) -> None:
    _, cookie = by_cookie(alice)
    sent: dict[str, Any] = (
        {"headers": {**SAME, "cookie": f"a=b; {cookie}"}}
        if as_header
        else {"headers": SAME, "cookies": ["a=b", cookie]}
    )
    assert alice.world.ask("POST", FACTORS, {"type": "totp"}, **sent).status == 201
    ended = alice.world.ask("DELETE", CURRENT, **sent)
    assert ended.status == 204
    assert ended.cookies == ("__Host-gatehouse=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict",)
    assert alice.world.ask("GET", FACTORS, **sent).status == 401


FOREIGN: list[dict[str, str]] = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "none"},
    {"sec-fetch-site": "cross-site", "origin": PORTAL},
    {"origin": "https://elsewhere.example.test"},
    {"origin": "null"},
    {"origin": PORTAL + ":8443"},
    {},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_g5_another_site_changes_nothing_with_a_borrowed_cookie(alice: Alice, headers: dict[str, str]) -> None:
    _, cookie = by_cookie(alice)
    before = dict(alice.world.store.state.factors), dict(alice.world.store.state.sessions)
    more = [("DELETE", CURRENT, None), ("POST", AGAIN, {"code": alice.code()}), ("POST", TESTS, {"code": alice.code()})]
    for method, path, message in [*CHANGES(alice), *more]:
        refused = alice.world.ask(method, path, message, headers=headers, cookies=[cookie])
        assert (refused.status, refused.code) == (403, "cross-site"), path
    assert (dict(alice.world.store.state.factors), dict(alice.world.store.state.sessions)) == before


@pytest.mark.parametrize("headers", FOREIGN[:-1], ids=str)
def test_g5_another_site_can_neither_sign_a_browser_in_nor_redeem_a_code(alice: Alice, headers: dict[str, str]) -> None:
    answered, _ = by_cookie(alice, headers)
    assert (answered.status, answered.code, answered.cookies) == (403, "cross-site", ())
    code = alice.world.issue_code("alice")
    assert alice.world.ask("POST", "/v1/enrollment/sessions", {"code": code}, headers=headers).status == 403
    assert alice.world.ask("POST", "/v1/enrollment/sessions", {"code": code}).status == 201


def test_g5_older_browsers_say_it_by_origin(alice: Alice) -> None:
    answered, cookie = by_cookie(alice, {"origin": PORTAL})
    assert answered.status == 201
    sent = alice.world.ask("POST", RECOVERY, headers={"origin": PORTAL}, cookies=[cookie])
    assert sent.status == 201


def test_g5_looking_changes_nothing(alice: Alice) -> None:
    _, cookie = by_cookie(alice)
    before = dict(alice.world.store.state.factors), dict(alice.world.store.state.recovery)
    for path in (FACTORS, DEVICES, RECOVERY, CURRENT):
        assert alice.world.ask("GET", path, cookies=[cookie]).status == 200
    assert (dict(alice.world.store.state.factors), dict(alice.world.store.state.recovery)) == before


def test_g2_a_code_opens_a_session_by_cookie_as_well(alice: Alice) -> None:
    answered = alice.world.ask(
        "POST", "/v1/enrollment/sessions", {"code": alice.world.issue_code(), "cookie": True}, headers=SAME
    )
    assert (answered.status, set(answered.json)) == (201, {"expires_at", "display_name"})
    (whole,) = answered.cookies
    cookie, *attributes = whole.split("; ")
    assert set(attributes) == {"Path=/", "Max-Age=900", "Secure", "HttpOnly", "SameSite=Strict"}
    assert alice.world.ask("GET", CURRENT, cookies=[cookie]).json["kind"] == "code"
    assert alice.world.ask("POST", FACTORS, {"type": "totp"}, headers=SAME, cookies=[cookie]).status == 201
    assert alice.world.ask("POST", FACTORS, {"type": "totp"}, cookies=[cookie]).status == 403


def test_two_cookies_of_that_name_are_none(alice: Alice) -> None:
    _, cookie = by_cookie(alice)
    assert alice.world.ask("GET", FACTORS, cookies=[cookie, "__Host-gatehouse=planted"]).status == 401


def test_signing_in_again_by_cookie_sets_the_new_one(alice: Alice) -> None:
    _, cookie = by_cookie(alice)
    again = alice.world.ask("POST", AGAIN, {"password": PASSWORD, "code": alice.code()}, headers=SAME, cookies=[cookie])
    assert (again.status, "token" in again.json) == (201, False)
    renewed = again.cookies[0].partition(";")[0]
    assert renewed != cookie
    assert alice.world.ask("GET", FACTORS, cookies=[cookie]).status == 401
    assert alice.world.ask("GET", FACTORS, cookies=[renewed]).status == 200


def test_a_device_is_paired_by_cookie_with_what_stands_for_the_token(alice: Alice) -> None:
    answered, cookie = by_cookie(alice)
    binding = answered.json["binding"]
    assert alice.world.ask("GET", CURRENT, cookies=[cookie]).json["binding"] == binding
    refused = alice.world.ask("POST", DEVICES, Phone().pairing("another", "Phone"), headers=SAME, cookies=[cookie])
    assert refused.status == 403
    paired = alice.world.ask("POST", DEVICES, Phone().pairing(binding, "Phone"), headers=SAME, cookies=[cookie])
    assert paired.status == 201
    assert alice.world.ask("GET", FACTORS, token=binding).status == 401  # it opens nothing


def test_administrators_are_not_asked_where_they_come_from(alice: Alice) -> None:
    answered = alice.world.ask(
        "POST", "/v1/admin/users/alice/unlock", actor=ADMIN, headers={"sec-fetch-site": "cross-site"}
    )
    assert answered.status == 200
