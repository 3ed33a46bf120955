"""What the policy would say to a login, told over the API: every rule with its reason, and the outcome in words."""

import copy
from dataclasses import replace
from typing import Any

import pytest

from mfa.contract.directory import DirectoryResult
from tests.functions.enrollment.authenticator import code_of
from tests.functions.enrollment.world import Answer, World
from tests.unit.domain.test_policy_document import CA, DIRECTORY, ENDING, STATEMENT

PATH = "/v1/admin/policy-tests"
STAFF, ADMINS = "S-1-5-21-1-2-3-1104", "S-1-5-21-1-2-3-512"
MONDAY_22_10 = 1_763_413_800  # 2025-11-17 in Berlin
SECRET = "a shared secret canary"
DOCUMENT: dict[str, Any] = {
    "realms": [
        {
            "name": "corp",
            "netbios_domains": ["CORP"],
            "upn_suffixes": ["corp.example.test"],
            "directory": DIRECTORY,
        },
        {"name": "lab", "netbios_domains": ["LAB"]},
    ],
    "clients": [
        {"name": "vpn", "networks": ["192.0.2.0/24"], "mode": "password_and_factor", "realm": "corp"},
        {"name": "wifi", "networks": ["198.51.100.0/24"], "realm": "lab"},
        {"name": "desk", "networks": ["203.0.113.0/24"], "mode": "password_then_factor", "realm": "corp"},
    ],
    "policies": [
        {"name": "mallory", "clients": ["vpn"], "users": ["corp\\mallory"], "action": "deny"},
        {"name": "office", "clients": ["vpn"], "source_networks": ["192.0.2.64/26"], "action": "allow"},
        {
            "name": "nights",
            "clients": ["vpn"],
            "times": [{"days": ["mon"], "from": "22:00", "to": "23:00", "timezone": "Europe/Berlin"}],
            "action": "deny",
        },
        {"name": "travel", "clients": ["vpn"], "caller_networks": ["203.0.113.0/24"], "action": "deny"},
        {"name": "staff", "clients": ["vpn"], "groups": [STAFF], "factors": ["code"], "action": "allow"},
        {"name": "old", "clients": ["vpn"], "groups": [ADMINS], "action": "forward", "upstream": "nps"},
    ],
    "upstreams": [{"name": "nps", "servers": ["10.0.3.10"], "secret": SECRET}],
}


def document(**changes: object) -> dict[str, Any]:
    built = copy.deepcopy(DOCUMENT)
    for client in built["clients"]:
        client.update(secret=SECRET, timeout_seconds=10, retries=2)
    return built | changes


def apply(world: World, changed: dict[str, Any]) -> None:
    revision = world.admin("GET", "/v1/admin/configuration").json["revision"]
    applied = world.admin("PUT", "/v1/admin/configuration", {"expected_revision": revision, **changed})
    assert applied.status == 200, applied.body


@pytest.fixture
def world(world: World) -> World:
    apply(world, document())
    world.directory.add("alice", upn="alice@corp.example.test", groups=[STAFF])
    world.directory.add("mallory", groups=[STAFF])
    enrol(world, "alice")
    return world


def enrol(world: World, name: str, realm: str = "corp") -> None:
    created = world.admin("POST", "/v1/admin/users", {"username": name, "realm": realm})
    assert created.status == 201, created.body
    code = world.admin("POST", f"/v1/admin/users/{name}/enrollment-codes?realm={realm}").json["code"]
    token = world.ask("POST", "/v1/enrollment/sessions", {"code": code}).json["token"]
    started = world.start_factor(token)
    typed = code_of(started["otpauth_uri"], world.clock.now())
    path = f"/v1/enrollment/factors/{started['factor_id']}/confirmation"
    assert world.ask("POST", path, {"code": typed}, token=token).status == 200


def ask(world: World, user: str = "alice", client: str = "vpn", source: str = "192.0.2.7", **more: object) -> Answer:
    return world.admin("POST", PATH, {"user": user, "client": client, "source_ip": source, **more})


def outcome(world: World, *question: str, **more: object) -> tuple[str, str | None, str | None]:
    told = ask(world, *question, **more).json["outcome"]
    return told["outcome"], told["reason"], told["policy"]


def test_every_policy_is_told_with_its_reason(world: World) -> None:
    report = ask(world, "CORP\\Alice").json
    assert (report["client"], report["mode"], report["revision"]) == ("vpn", "password_and_factor", 2)
    assert (report["realm"], report["name"]) == ("corp", "alice")
    assert report["user"] == {"known": True, "state": "active", "factors": ["code"]}
    assert report["directory"]["groups"] == [STAFF]
    told = [(one["name"], one["matches"], one["decides"], one["text"]) for one in report["policies"]]
    assert told == [
        ("mallory", False, False, "alice is none of its users"),
        ("office", False, False, "the packet comes from 192.0.2.7, which is in none of its source_networks"),
        ("nights", False, False, "it is Tuesday 23:13 in Europe/Berlin, which is none of its times"),
        (
            "travel",
            False,
            False,
            "it has caller_networks, and no address of the person's device is known (Calling-Station-Id)",
        ),
        ("staff", True, True, "everything that it says matches"),
        ("old", False, False, "the user is in none of its groups"),
    ]
    assert report["outcome"] == {
        "outcome": "factor",
        "text": "accepted if the password and the code beside it are right",
        "reason": None,
        "policy": "staff",
        "exemption": None,
        "upstream": None,
        "factors": ["code"],
    }


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (DirectoryResult.DISABLED, "account_disabled"),
        (DirectoryResult.LOCKED, "account_locked"),
        (DirectoryResult.PASSWORD_EXPIRED, "password_expired"),
    ],
)
def test_an_account_that_the_directory_would_refuse_is_rejected_where_it_is_asked(
    world: World, state: DirectoryResult, reason: str
) -> None:
    world.directory.accounts["corp"][0].state = state
    assert outcome(world)[:2] == ("reject", reason)


def test_a_policy_behind_the_one_that_decides_is_told_too(world: World) -> None:
    world.directory.accounts["corp"][0].groups = frozenset({STAFF, ADMINS})
    policies = {one["name"]: one for one in ask(world, source="192.0.2.70").json["policies"]}
    assert policies["office"]["decides"] is True
    assert (policies["staff"]["matches"], policies["staff"]["decides"]) == (True, False)
    assert policies["staff"]["text"] == "everything that it says matches, but one before it decides"


@pytest.mark.parametrize(
    ("user", "more", "expected"),
    [
        ("mallory", {}, ("reject", "policy_denied", "mallory")),
        ("CORP\\MALLORY", {}, ("reject", "policy_denied", "mallory")),
        ("alice", {"caller_ip": "203.0.113.9"}, ("reject", "policy_denied", "travel")),
        ("alice", {"caller_ip": "::ffff:203.0.113.9"}, ("reject", "policy_denied", "travel")),
        ("alice", {"caller_ip": "192.0.2.9"}, ("factor", None, "staff")),
        ("alice", {"at": MONDAY_22_10}, ("reject", "policy_denied", "nights")),
        ("alice", {"at": MONDAY_22_10 + 3600}, ("factor", None, "staff")),
        ("alice@corp.example.test", {}, ("reject", "unknown_user", "staff")),  # nobody enrolled that name
        ("stranger", {}, ("reject", "unknown_in_directory", "staff")),
        ("OTHER\\alice", {}, ("reject", "name_refused", None)),
        ("fakeusername", {}, ("reject", "probe_name", None)),
    ],
)
def test_the_outcome_is_that_of_a_login(
    world: World, user: str, more: dict[str, object], expected: tuple[str, str | None, str | None]
) -> None:
    assert outcome(world, user, **more) == expected


def test_a_user_of_no_group_is_denied_where_there_are_policies(world: World) -> None:
    world.directory.add("bob")
    assert outcome(world, "bob") == ("reject", "no_policy_matches", None)
    assert outcome(world, "bob", "wifi") == ("reject", "unknown_user", None)


def test_a_login_that_would_be_forwarded_says_where_to(world: World) -> None:
    world.directory.add("root", groups=[ADMINS])
    told = ask(world, "root").json["outcome"]
    assert (told["outcome"], told["upstream"], told["policy"]) == ("forward", "nps", "old")
    assert told["text"] == "forwarded: the old server nps decides"


def test_an_unavailable_directory_is_said_clearly_and_ends_the_login_where_it_is_needed(world: World) -> None:
    world.directory.result = DirectoryResult.UNAVAILABLE
    report = ask(world).json
    assert report["directory"]["text"] == "the directory is unavailable (the test says unavailable)"
    policies = {one["name"]: one for one in report["policies"]}
    assert (policies["staff"]["matches"], policies["staff"]["decides"]) == (None, True)
    assert "it needs the user's groups, and the directory is unavailable" in policies["staff"]["text"]
    assert report["outcome"]["reason"] == "directory_unavailable"
    assert outcome(world, source="192.0.2.70") == ("factor", None, "office")


def test_a_disabled_user_is_rejected(world: World) -> None:
    world.admin("PUT", "/v1/admin/users/alice/state?realm=corp", {"state": "disabled"})
    assert outcome(world) == ("reject", "disabled", "staff")


def test_a_user_who_is_linked_to_another_account_is_rejected(world: World) -> None:
    factors = world.store.state.factors
    (user_id,) = factors
    factors[user_id] = replace(factors[user_id], object_guid=world.directory.accounts["corp"][0].object_guid)
    assert outcome(world) == ("factor", None, "staff")
    factors[user_id] = replace(factors[user_id], object_guid="another")
    assert outcome(world) == ("reject", "identity_changed", "staff")


def test_a_mode_that_needs_a_prompt_says_that_there_is_none(world: World) -> None:
    assert outcome(world, "alice", "desk", "203.0.113.7") == ("reject", "no_automatic_factor", None)


def test_factors_that_the_policy_takes_away_are_not_counted(world: World) -> None:
    changed = document()
    changed["policies"][4]["factors"] = ["push"]
    apply(world, changed)
    assert outcome(world) == ("reject", "factor_not_offered", "staff")


def test_an_exemption_skips_the_factor_and_says_until_when(world: World) -> None:
    ended = {"name": "ended", "users": ["corp\\alice"], "clients": ["vpn"], **ENDING, "until": "2023-11-15"}
    current = {"name": "current", "groups": [STAFF], "clients": ["vpn"], **ENDING}
    apply(world, document(exemptions=[ended, current]))
    world.clock.advance(3 * 86_400)
    report = ask(world).json
    assert [(one["name"], one["matches"], one["text"]) for one in report["exemptions"]] == [
        ("ended", False, "it ended: 2023-11-15"),
        ("current", True, "everything that it says matches"),
    ]
    told = report["outcome"]
    assert (told["outcome"], told["exemption"], told["policy"]) == ("no_factor", "current", "staff")
    assert told["text"] == "accepted without a second factor, if the password is right (until 2024-01-31)"


def test_what_an_exemption_without_a_statement_is_worth_is_told(world: World) -> None:
    everywhere = {"name": "everywhere", "users": ["lab\\bob", "corp\\alice"], **ENDING}
    apply(world, document(exemptions=[everywhere]))
    (told,) = ask(world, "bob", "wifi", "198.51.100.7").json["exemptions"]
    assert (told["matches"], "without a statement it does nothing" in told["text"]) == (False, True)
    apply(world, document(exemptions=[everywhere | {"statement": STATEMENT}]))
    told = ask(world, "bob", "wifi", "198.51.100.7").json["outcome"]
    assert (told["outcome"], told["exemption"]) == ("no_factor", "everywhere")
    assert "the client itself checks the password" in told["text"]


@pytest.mark.parametrize(
    ("unenrolled", "expected"),
    [
        ({"action": "deny"}, ("reject", "unknown_user", None)),
        ({"action": "forward", "upstream": "nps"}, ("forward", None, "unenrolled")),
        ({"action": "allow", **ENDING, "statement": STATEMENT}, ("no_factor", None, "unenrolled")),
    ],
)
def test_what_becomes_of_users_without_a_factor(
    world: World, unenrolled: dict[str, Any], expected: tuple[str, str | None, str | None]
) -> None:
    changed = document()
    changed["clients"][1]["unenrolled"] = unenrolled
    apply(world, changed)
    assert outcome(world, "bob", "wifi") == expected
    enrol(world, "bob", "lab")
    assert outcome(world, "bob", "wifi") == ("factor", None, None)


def test_an_address_that_no_edge_would_take_for_the_client_is_noted(world: World) -> None:
    (note,) = ask(world, source="198.51.100.7").json["notes"]
    assert note.startswith("an edge takes no packet of 198.51.100.7 for this client's")
    assert ask(world).json["notes"] == []


INSIDE = {"name": "inside", "networks": ["192.0.2.0/28"], "secret": SECRET, "timeout_seconds": 10, "retries": 2}


def test_an_address_that_an_edge_gives_to_a_client_with_a_narrower_network_is_noted(world: World) -> None:
    inside = INSIDE | {"realm": "corp"}
    apply(world, document(clients=[*document()["clients"], inside]))
    (note,) = ask(world, source="192.0.2.7").json["notes"]
    assert note.startswith("an edge takes a packet of 192.0.2.7 for inside's, not for this client's")
    assert ask(world, source="192.0.2.16").json["notes"] == []
    assert ask(world, client="inside", source="192.0.2.7").json["notes"] == []


def test_a_client_of_other_edges_takes_no_packet_away(world: World) -> None:
    vpn, *others = document()["clients"]
    clients = [vpn | {"edge_roles": ["edge-a"]}, *others, INSIDE | {"realm": "corp", "edge_roles": ["edge-b"]}]
    apply(world, document(clients=clients))
    assert ask(world, source="192.0.2.7").json["notes"] == []


def test_nothing_is_written_and_no_password_asked_for(world: World) -> None:
    def everything() -> dict[str, object]:
        state = {name: value for name, value in vars(world.store.state).items() if name not in {"lock", "calls"}}
        return copy.deepcopy(state | {"audit": world.audit})

    before = everything()
    ask(world)
    assert everything() == before
    assert world.directory.binds == []
    assert "canary" not in ask(world).body
    assert CA not in ask(world).body


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ({}, "bad-request"),
        ({"user": "alice", "client": "vpn"}, "bad-request"),
        ({"user": "alice", "client": "vpn", "source_ip": "here"}, "bad-request"),
        ({"user": "alice", "client": "vpn", "source_ip": "192.0.2.7", "caller_ip": "there"}, "bad-request"),
        ({"user": "alice", "client": "vpn", "source_ip": "192.0.2.7", "at": "now"}, "bad-request"),
        ({"user": "alice", "client": "vpn", "source_ip": "192.0.2.7", "at": 2**60}, "bad-request"),
        ({"user": "alice", "client": "vpn", "source_ip": "192.0.2.7", "password": "x"}, "bad-request"),
        ({"user": "alice", "client": "printer", "source_ip": "192.0.2.7"}, "unknown-client"),
    ],
)
def test_a_question_that_is_none_is_refused(world: World, question: dict[str, object], code: str) -> None:
    refused = world.admin("POST", PATH, question)
    assert (refused.status, refused.code) == (400, code)


def test_nobody_but_an_administrator_may_ask(world: World) -> None:
    question = {"user": "alice", "client": "vpn", "source_ip": "192.0.2.7"}
    assert world.ask("POST", PATH, question).code == "administrators-only"
