"""gatehouse phone … and gatehouse doctor sms, against the real functions on loopback."""

import json
from collections.abc import Iterator

import pytest

from mfa.domain.sms_caps import CALLS_OFF
from mfa.sms_ports import SmsAccount
from tests.functions.enrollment.test_phones import spoken
from tests.functions.enrollment.world import World
from tests.integration.cli.conftest import Run, Terminal, error_of
from tests.integration.cli.enrollment_server import serving

NUMBER = "+49 1512 3456789"


@pytest.fixture
def world() -> World:
    made = World()
    made.add_user("alice", display_name="Alice Example")
    return made


@pytest.fixture
def url(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with serving(world) as served:
        monkeypatch.setenv("GATEHOUSE_ENROLLMENT_URL", served)
        yield served


@pytest.fixture
def phone(world: World) -> str:
    """The id of a number that alice has proven."""
    token = world.open_session()
    added = world.ask("POST", "/v1/enrollment/phones", {"number": NUMBER}, token=token).json["phone_id"]
    path = f"/v1/enrollment/phones/{added}/confirmation"
    assert world.ask("POST", path, {"code": world.sender.code}, token=token).status == 200
    return str(added)


def test_a_user_adds_a_number_and_proves_it(world: World, url: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return "000000" if len(asked) == 1 else f" {world.sender.code[:3]} {world.sender.code[3:]}"

    monkeypatch.setattr("gatehouse.commands.phone.ask", answer)
    result = run("phone", "add", world.issue_code(), NUMBER, "--name", "Mine")
    assert result.exit_code == 0, result.stderr
    assert "A code was sent to …89." in result.stdout
    assert "the code does not match: only the one that came last counts, by message or call; 4 tries" in result.stdout
    assert "Mine (…89) gets codes. Type sms where you log in." in result.stdout
    assert "1512" not in result.output
    assert not world.store.state.sessions, "the session has ended"


def test_a_number_that_is_refused_is_told_with_the_reason(world: World, url: str, run: Run) -> None:
    result = run("phone", "add", world.issue_code(), "+49 30 901820", "--json")
    assert error_of(result)["code"] == "line-type-refused"


@pytest.mark.parametrize("wrong", ["12345", "0151 23456789", "+49 1512 34567890123456", "+49 151 FLOWERS"])
def test_what_is_no_number_costs_no_enrolment_code(world: World, url: str, run: Run, wrong: str) -> None:
    enrollment_code = world.issue_code()
    refused = run("phone", "add", enrollment_code, wrong, "--json")
    assert error_of(refused)["code"] == "not-a-number"
    long_name = run("phone", "add", enrollment_code, NUMBER, "--name", "x" * 33, "--json")
    assert error_of(long_name)["code"] == "label-refused"
    done = run("phone", "add", enrollment_code, NUMBER, typed=Terminal(lambda: world.sender.code))
    assert done.exit_code == 0, done.stderr


def test_a_script_hears_that_the_enrolment_code_is_used_up(world: World, url: str, run: Run) -> None:
    enrollment_code = world.issue_code()
    refused = error_of(run("phone", "add", enrollment_code, "+49 30 901820", "--json"))
    assert (refused["code"], refused["enrollment_code"]) == ("line-type-refused", "spent")
    assert "ask your administrator for a new one" in refused["message"]
    again = error_of(run("phone", "add", enrollment_code, NUMBER, "--json"))
    assert again["code"] == "enrollment-code-refused"
    assert "enrollment_code" not in again


def test_who_sits_at_a_terminal_is_asked_for_another_number(world: World, url: str, run: Run) -> None:
    typed = Terminal("+33 6 12 34 56 78", NUMBER, lambda: world.sender.code)
    result = run("phone", "add", world.issue_code(), "+49 30 901820", typed=typed)
    assert result.exit_code == 0, result.stderr
    assert "one of a mobile phone" in result.stderr
    assert "sends no messages to numbers of that country" in result.stderr
    assert "gets codes. Type sms where you log in." in result.stdout


def test_who_typed_wrong_codes_until_the_code_was_void_gets_another_one(world: World, url: str, run: Run) -> None:
    wrong = [lambda: f"{(int(world.sender.code) + 1) % 10**6:06}"] * 6
    result = run("phone", "add", world.issue_code(), NUMBER, typed=Terminal(*wrong, "", lambda: world.sender.code))
    assert result.exit_code == 0, result.stderr
    assert len(world.sender.sent) == 2


def test_who_waits_for_room_may_try_the_same_number_again(world: World, url: str, run: Run) -> None:
    token = world.open_session()
    while world.ask("POST", "/v1/enrollment/phones", {"number": NUMBER}, token=token).status == 201:
        pass
    result = run("phone", "add", world.issue_code(), NUMBER, typed=Terminal("", "", ""))
    assert result.stderr.count("there were too many; try again later") == 4
    assert "the enrolment code is used up now" in result.stderr.splitlines()[-1]


def test_a_user_has_the_code_spoken(world: World, url: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatehouse.commands.phone.ask", lambda _: spoken(world))
    result = run("phone", "add", world.issue_code(), "+49 30 901820", "--name", "Desk", "--by", "call")
    assert result.exit_code == 0, result.stderr
    assert "…20 is being called. Press 1, and listen for the code." in result.stdout
    assert "Desk (…20) is called. Type phone where you log in." in result.stdout
    assert "is called, since" in run("phone", "list", "alice").stdout
    assert world.sender.sent == []


def test_where_no_calls_are_deployed_the_command_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(call_policy=CALLS_OFF)
    world.add_user("alice", display_name="Alice Example")
    with serving(world) as served:
        monkeypatch.setenv("GATEHOUSE_ENROLLMENT_URL", served)
        result = run("phone", "add", world.issue_code(), NUMBER, "--by", "call", "--json")
        assert error_of(result)["code"] == "calls-not-deployed"
        typed = Terminal("", lambda: world.sender.code)
        messaged = run("phone", "add", world.issue_code(), NUMBER, "--by", "call", typed=typed)
    assert "gets codes. Type sms where you log in." in messaged.stdout


def test_numbers_are_listed_and_removed_by_place_or_id(world: World, url: str, phone: str, run: Run) -> None:
    listed = json.loads(run("phone", "list", "alice", "--json").stdout)["phones"]
    assert [(one["phone_id"], one["number"]) for one in listed] == [(phone, "…89")]
    assert f"Phone …89, DE ({phone}), gets messages, since" in run("phone", "list", "alice").stdout
    assert error_of(run("phone", "remove", "alice", "2", "--yes", "--json"))["code"] == "not-found"
    assert run("phone", "remove", "alice", "1", "--yes").stdout == "Phone (…89) is removed.\n"
    assert run("phone", "list", "alice").stdout == "No phone number gets codes or calls.\n"


def test_the_doctor_tells_what_to_do_and_whether_anything_is(world: World, url: str, run: Run) -> None:
    world.provider.account = SmsAccount(region="eu-central-1", is_in_sandbox=True, monthly_limit=1.0)
    result = run("doctor", "sms")
    assert result.exit_code == 1
    assert "PROBLEM  this account is in the SMS sandbox" in result.stdout
    assert "-> ask AWS to move the account out of the SMS sandbox" in result.stdout
    world.provider.account = SmsAccount(region="eu-central-1", is_in_sandbox=False, is_opted_out=False)
    result = run("doctor", "sms", "--number", NUMBER, "--json")
    assert result.exit_code == 0
    found = {one["check"]: one["grade"] for one in json.loads(result.stdout)["findings"]}
    assert (found["sandbox"], found["opt_out"], found["caps"]) == ("ok", "ok", "ok")
    assert "1512" not in result.stdout
