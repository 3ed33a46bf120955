"""gatehouse user …, against the real function on loopback."""

import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from gatehouse.aws import session
from mfa.domain.factors import Throttle
from mfa.domain.user_names import Realm
from tests.functions.enrollment.world import CORP, World
from tests.integration.cli.conftest import Run, error_of, named_in
from tests.integration.cli.enrollment_server import KEY_ID, REGION, SECRET_KEY, serving


@pytest.mark.usefixtures("url")
def test_adding_a_user_prints_an_enrolment_code_that_works(world: World, run: Run) -> None:
    result = run("user", "add", "CORP\\Alice", "--upn", "alice@corp.example.test", "--display-name", "Alice Example")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Alice Example" in result.stdout
    assert "alice, alice@corp.example.test" in result.stdout
    _, code, *_ = named_in(result, "enroll")
    assert world.ask("POST", "/v1/enrollment/sessions", {"code": code}).status == 201


@pytest.mark.usefixtures("local")
def test_the_user_can_run_what_is_printed_beside_a_local_set_up(world: World, run: Run) -> None:
    command = named_in(run("user", "add", "alice", "--local"), "enroll")
    assert run(*command, "--code", "000000").stderr.startswith("gatehouse: the code does not match")


def test_the_user_can_run_what_is_printed_without_a_variable_of_the_administrators(
    url: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = run("user", "add", "alice")
    monkeypatch.delenv("GATEHOUSE_ENROLLMENT_URL")
    assert run(*named_in(added, "enroll"), "--code", "000000").stderr.startswith("gatehouse: the code does not match")


@pytest.mark.usefixtures("url")
@pytest.mark.parametrize("minutes", ["0", "10081"])
def test_a_life_that_no_code_has_creates_nobody(world: World, run: Run, minutes: str) -> None:
    refused = run("user", "add", "alice", "--valid-minutes", minutes)
    assert (refused.exit_code, "--valid-minutes" in refused.stderr) == (2, True)
    assert not world.store.state.profiles


@pytest.mark.usefixtures("url")
def test_json_is_one_document_on_standard_output(run: Run) -> None:
    added = json.loads(run("user", "add", "alice", "--json").stdout)
    assert (added["user"]["username"], len(added["enrollment_code"]["code"])) == ("alice", 19)
    assert json.loads(run("user", "show", "alice", "--json").stdout) == added["user"]
    assert json.loads(run("user", "add", "bob", "--no-enroll", "--json").stdout)["enrollment_code"] is None
    assert json.loads(run("user", "remove", "bob", "--yes", "--json").stdout) == {"removed": "bob"}


@pytest.mark.usefixtures("url")
def test_a_refusal_is_one_line_and_status_1(run: Run) -> None:
    run("user", "add", "alice")
    taken = run("user", "add", "ALICE")
    assert (taken.exit_code, taken.stdout) == (1, "")
    assert taken.stderr == "gatehouse: a user with one of these names exists already\n"
    unknown = run("user", "show", "bob", "--json")
    assert (unknown.exit_code, error_of(unknown)) == (1, {"code": "not-found", "message": "no such user"})


@pytest.mark.usefixtures("url")
def test_every_spelling_reaches_the_user_with_a_signature_that_is_right(run: Run) -> None:
    """Backslash, @, space and letters beyond ASCII have to be encoded alike in the request and in the signature."""
    run("user", "add", "Jörg Ä", "--upn", "alice@corp.example.test", "--no-enroll")
    for name in ("jörg ä", "CORP\\JÖRG Ä", "alice@corp.example.test", " jörg ä "):
        assert run("user", "show", name).exit_code == 0, name
    assert run("user", "show", "..").exit_code == 1


@pytest.mark.usefixtures("url")
def test_disabling_enabling_and_unlocking_show_the_new_state(world: World, run: Run) -> None:
    user_id = json.loads(run("user", "add", "alice", "--json").stdout)["user"]["user_id"]
    assert "disabled" in run("user", "disable", "alice").stdout
    assert "active" in run("user", "enable", "alice").stdout
    state, now = world.store.state, int(world.clock.now())
    locked = Throttle(tries=10, gate=10, last_try_at=now, successes=0)
    state.factors[user_id] = replace(state.factors[user_id], throttle=locked)
    assert "locked until 2023-11-14 22:14:20 UTC (10 failed tries" in run("user", "show", "alice").stdout
    assert "not locked (0 failed tries" in run("user", "unlock", "alice").stdout


@pytest.mark.usefixtures("url")
def test_removing_asks_first(world: World, run: Run) -> None:
    run("user", "add", "alice")
    refused = run("user", "remove", "alice", typed="n\n")
    assert (refused.exit_code, refused.stderr) == (2, "gatehouse: cancelled; nothing was changed\n")
    assert run("user", "remove", "alice", typed="").exit_code == 2
    assert world.store.state.profiles
    assert run("user", "remove", "alice", typed="y\n").exit_code == 0
    assert not world.store.state.profiles


@pytest.mark.usefixtures("url")
def test_a_further_code_has_the_life_that_was_asked_for(world: World, run: Run) -> None:
    run("user", "add", "alice")
    issued = json.loads(run("user", "code", "alice", "--valid-minutes", "5", "--json").stdout)
    assert issued["expires_at"] == world.clock.now() + 300
    assert error_of(run("user", "code", "alice", "--valid-minutes", "0", "--json"))["code"] == "usage"


@pytest.mark.usefixtures("url")
def test_a_code_that_could_not_be_issued_does_not_hide_that_the_user_exists(world: World, run: Run) -> None:
    world.store.faults.before["subscribers.add_enrollment_code"] = 1
    result = run("user", "add", "alice", "--json")
    assert result.exit_code == 2
    message = error_of(result)["message"]
    assert message.startswith("the user was created, but no enrolment code")
    assert "try again with: gatehouse user code alice --enrollment-url http" in message


def test_the_realm_is_passed_on(run: Run) -> None:
    with serving(World(realms=(CORP, Realm("partners")))) as url:
        assert run("user", "add", "bob", "--realm", "partners", "--enrollment-url", url).exit_code == 0
        assert run("user", "show", "bob", "--realm", "partners", "--enrollment-url", url).exit_code == 0
        assert run("user", "show", "bob", "--realm", "corp", "--enrollment-url", url).exit_code == 1


def test_wrong_credentials_are_refused_by_the_signature(url: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another key")
    refused = run("user", "show", "alice", "--enrollment-url", url, "--json")
    assert (refused.exit_code, error_of(refused)["code"]) == (1, "administrators-only")


@pytest.mark.usefixtures("url")
def test_without_credentials_the_error_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    refused = run("user", "show", "alice", "--json")
    assert (refused.exit_code, error_of(refused)["code"]) == (2, "no-credentials")


@pytest.mark.usefixtures("url")
def test_credentials_that_nobody_gives_are_waited_for_a_limited_time(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A role to be taken, and an STS that accepts and says nothing."""
    role = "[profile x]\nregion = eu-central-1\nrole_arn = arn:aws:iam::123456789012:role/admin\nsource_profile = y\n"
    source = f"[profile y]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET_KEY}\n"
    (tmp_path / "config").write_text(role + source)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "x")
    monkeypatch.setattr(session, "_READ_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{silent.getsockname()[1]}")
        refused = run("user", "show", "alice")
    assert refused.exit_code == 2
    assert "the AWS credentials cannot be used: Read timeout on endpoint URL" in refused.stderr


@pytest.fixture
def local(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The API is that of a local set-up, and no variable knows it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("GATEHOUSE_ENROLLMENT_URL", "https://elsewhere.example.test")
    ready = {
        "version": 1,
        "region": REGION,
        "enrollment_api_url": url,
        "aws_credentials": {"aws_access_key_id": KEY_ID, "aws_secret_access_key": SECRET_KEY},
    }
    Path(".local").mkdir()
    Path(".local/ready.json").write_text(json.dumps(ready))


@pytest.mark.usefixtures("local")
def test_local_takes_url_and_credentials_from_the_running_set_up(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("user", "add", "alice", "--local").exit_code == 0
    Path(".local").rename("elsewhere")
    monkeypatch.setenv("GATEHOUSE_LOCAL", "elsewhere")
    assert run("user", "show", "alice", "--local").exit_code == 0


@pytest.mark.parametrize("content", [None, "", "{", "[]", "{}", '{"version": 2}', '{"version": 1}'])
def test_local_without_a_running_set_up_says_how_to_start_it(run: Run, content: str | None) -> None:
    if content is not None:
        Path(".local").mkdir()
        Path(".local/ready.json").write_text(content)
    refused = run("user", "show", "alice", "--local", "--json")
    assert (refused.exit_code, error_of(refused)["code"]) == (2, "not-running")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://gatehouse.example.test", "bad-url"),
        ("http://10.0.0.1", "bad-url"),
        ("ftp://127.0.0.1", "bad-url"),
        ("https://user@host.example.test", "bad-url"),
        ("https://host.example.test/?a=1", "bad-url"),
        ("https://host.example.test:99999", "bad-url"),
        ("127.0.0.1:80", "bad-url"),
        ("http://127.0.0.1:9", "unreachable"),
        ("http://abc.execute-api.localhost:9", "unreachable"),
        ("https://127.0.0.1:9", "unreachable"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused(run: Run, url: str, code: str) -> None:
    refused = run("user", "show", "alice", "--enrollment-url", url, "--json")
    assert (refused.exit_code, error_of(refused)["code"]) == (2, code)


def test_plain_http_where_tls_was_expected_is_unreachable(url: str, run: Run) -> None:
    refused = run("user", "show", "alice", "--enrollment-url", url.replace("http:", "https:"), "--json")
    assert (refused.exit_code, error_of(refused)["code"]) == (2, "unreachable")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("user",),
        ("user", "add"),
        ("users",),
        ("user", "add", "a", "--no-such"),
        ("user", "code", "a", "--valid-minutes", "x"),
    ],
)
def test_wrong_use_is_one_line_and_status_2(run: Run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert "--help" in result.stderr


@pytest.mark.parametrize("command", [("user", "add"), ("user", "show"), ("user", "code"), ("enroll",), ("login",)])
def test_every_help_has_an_example(run: Run, command: tuple[str, ...]) -> None:
    assert f"  gatehouse {' '.join(command)} " in run(*command, "--help").stdout


def test_what_a_server_sent_cannot_move_the_cursor(run: Run, world: World) -> None:
    """THREATS F5."""
    with serving(world) as url:
        user = world.add_user("alice")
        state = world.store.state
        profile = state.profiles[user["user_id"]]
        state.profiles[user["user_id"]] = replace(profile, display_name="\x1b[2Jevil\r\n\u202e")
        shown = run("user", "show", "alice", "--enrollment-url", url).stdout
    assert "\\x1b[2Jevil\\r\\n\\u202e" in shown
    assert "\x1b" not in shown
