"""gatehouse enroll CODE, against the real function on loopback."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mfa.domain.factors import FactorState
from tests.functions.enrollment.authenticator import code_of, other_code
from tests.functions.enrollment.world import World
from tests.integration.cli.conftest import Run, Terminal, error_of
from tests.integration.cli.enrollment_server import serving

CODE = re.compile("[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}")


ROOT = Path(__file__).parents[3]


class WatchingWorld(World):
    """It remembers the otpauth URI that a phone would have scanned, and can type for the user."""

    uri = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        real = self.app

        def watching(event: Mapping[str, Any], context: object) -> dict[str, object]:
            answered = real(event, context)
            if '"otpauth_uri"' in str(answered["body"]):
                self.uri = json.loads(str(answered["body"]))["otpauth_uri"]
            return answered

        self.app = watching

    @property
    def code(self) -> str:
        return code_of(self.uri, self.clock.now())

    def ask_factor(self) -> object:
        """The only factor of the only user, as the API shows it."""
        return self.admin("GET", "/v1/admin/users/alice").json["factors"][0]


@pytest.fixture
def world() -> WatchingWorld:
    return WatchingWorld()


@pytest.fixture
def answers(world: WatchingWorld, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the user will type at the prompt; "right" stands for the code that the app shows then."""
    planned: list[str] = []

    def answer_as_planned(_: str) -> str:
        answer = planned.pop(0)
        return world.code if answer == "right" else answer

    monkeypatch.setattr("gatehouse.commands.enroll.ask", answer_as_planned)
    return planned


@pytest.mark.usefixtures("url")
def test_a_user_scans_types_a_code_and_is_enrolled(world: WatchingWorld, run: Run, answers: list[str]) -> None:
    world.add_user("alice", display_name="Alice Example")
    answers[:] = ["right"]
    result = run("enroll", world.issue_code(), "--name", "Alice's phone")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Enrolling Alice Example" in result.stdout
    assert "Alice's phone is active" in result.stdout
    key = result.stdout.split("Or type this key: ")[1].splitlines()[0]
    assert f"secret={key.replace(' ', '')}&" in world.uri
    assert any(block in result.stdout for block in "▀▄█")
    ((factor,),) = (item.factors.values() for item in world.store.state.factors.values())
    assert (factor.state, factor.name) == (FactorState.ACTIVE, "Alice's phone")
    assert not world.store.state.sessions


@pytest.mark.usefixtures("url")
def test_a_wrong_code_may_be_corrected(world: WatchingWorld, run: Run, answers: list[str]) -> None:
    world.add_user("alice")
    answers[:] = ["000000", "abc", "right"]
    result = run("enroll", world.issue_code())
    assert result.exit_code == 0
    assert "4 tries are left" in result.stderr


@pytest.mark.usefixtures("url")
def test_the_server_ends_the_guessing(world: WatchingWorld, run: Run, answers: list[str]) -> None:
    world.add_user("alice")
    answers[:] = ["000000"] * 5 + ["right"]
    result = run("enroll", world.issue_code())
    assert (result.exit_code, answers) == (1, [])
    assert "too many wrong codes" in result.stderr


@pytest.mark.usefixtures("url")
def test_a_script_reads_the_key_and_answers_on_standard_input(world: WatchingWorld) -> None:
    world.add_user("alice")
    options = ("--algorithm", "SHA256", "--digits", "8", "--period", "60", "--json")
    command = [sys.executable, "-m", "gatehouse", "enroll", world.issue_code(), *options]
    pipe = subprocess.PIPE
    environment = os.environ | {"PYTHONPATH": str(ROOT / "cli")}
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment) as script:
        assert script.stdin is not None
        assert script.stderr is not None
        started = json.loads(script.stderr.readline())
        shown, _ = script.communicate(code_of(started["otpauth_uri"], world.clock.now()) + "\n", timeout=30)
    assert script.returncode == 0
    assert json.loads(shown) == world.ask_factor()


@pytest.mark.usefixtures("url")
def test_no_code_on_standard_input_leaves_the_factor_unconfirmed(world: WatchingWorld, run: Run) -> None:
    world.add_user("alice")
    result = run("enroll", world.issue_code(), "--json", typed="")
    assert (result.exit_code, result.stdout) == (2, "")
    assert json.loads(result.stderr.splitlines()[-1])["error"]["code"] == "cancelled"
    assert not world.store.state.sessions


@pytest.mark.usefixtures("url")
def test_a_code_given_in_advance_is_tried_once(world: WatchingWorld, run: Run) -> None:
    world.add_user("alice")
    result = run("enroll", world.issue_code(), "--code", "000 000")
    assert (result.exit_code, "the code does not match" in result.stderr) == (1, True)


@pytest.mark.usefixtures("url")
@pytest.mark.parametrize(
    "wrong",
    [
        ("--digits", "7"),
        ("--period", "45"),
        ("--algorithm", "MD5"),
        ("--code", "12345"),
        ("--code", "123456", "--digits", "8"),
        ("--name", " "),
    ],
)
def test_a_typing_mistake_costs_no_enrolment_code(world: WatchingWorld, run: Run, wrong: tuple[str, ...]) -> None:
    world.add_user("alice")
    enrollment_code = world.issue_code()
    assert run("enroll", enrollment_code, *wrong).exit_code == 2
    typed = Terminal(lambda: world.code, "no")
    assert run("enroll", enrollment_code, "--algorithm", "sha256", typed=typed).exit_code == 0


@pytest.mark.usefixtures("url")
def test_after_too_many_wrong_codes_who_can_scan_gets_a_new_key(world: WatchingWorld, run: Run) -> None:
    world.add_user("alice")
    typed = Terminal(*[lambda: other_code(world.code)] * 5, lambda: world.code)
    result = run("enroll", world.issue_code(), "--code", "000000", "--no-recovery-codes", typed=typed)
    assert result.exit_code == 0, result.stderr
    first, second = (part.splitlines()[0] for part in result.stdout.split("Or type this key: ")[1:])
    assert first != second


@pytest.mark.usefixtures("url")
def test_a_script_hears_that_the_enrolment_code_is_used_up(world: WatchingWorld, run: Run) -> None:
    world.add_user("alice")
    for typed, code in (("000000\n", "wrong-code"), ("", "cancelled")):
        result = run("enroll", world.issue_code(), "--json", typed=typed)
        error = json.loads(result.stderr.splitlines()[-1])["error"]
        assert (error["code"], error["enrollment_code"]) == (code, "spent")
        assert "ask your administrator for a new one" in error["message"]


@pytest.mark.usefixtures("url")
def test_an_enrolment_code_works_once(world: WatchingWorld, run: Run, answers: list[str]) -> None:
    world.add_user("alice")
    code = world.issue_code()
    answers[:] = ["right"]
    run("enroll", code)
    refused = run("enroll", code, "--json")
    assert (refused.exit_code, error_of(refused)["code"]) == (1, "enrollment-code-refused")


def test_enrolling_needs_no_aws_credentials(
    world: WatchingWorld, run: Run, answers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.delenv(name)
    world.add_user("alice")
    answers[:] = ["right"]
    with serving(world) as url:
        assert run("enroll", world.issue_code(), "--enrollment-url", f"{url}/").exit_code == 0


@pytest.mark.usefixtures("url")
def test_recovery_codes_are_shown_once_where_they_are_wanted(
    world: WatchingWorld, run: Run, answers: list[str]
) -> None:
    world.add_user("alice")
    answers[:] = ["right"]
    shown = run("enroll", world.issue_code(), "--recovery-codes").stdout
    codes = [line.strip() for line in shown.splitlines() if CODE.fullmatch(line.strip())]
    assert len(set(codes)) == 10
    (held,) = world.store.state.recovery.values()
    assert len(held.unused) == 10


@pytest.mark.usefixtures("url")
def test_recovery_codes_are_saved_for_their_owners_eyes_and_not_shown(
    world: WatchingWorld, run: Run, answers: list[str], tmp_path: Path
) -> None:
    world.add_user("alice")
    answers[:] = ["right"]
    file = tmp_path / "codes.txt"
    result = run("enroll", world.issue_code(), "--save", str(file))
    codes = file.read_text().split()
    assert (result.exit_code, len(codes), file.stat().st_mode & 0o777) == (0, 10, 0o600)
    assert all(CODE.fullmatch(code) and code not in result.stdout for code in codes)


@pytest.mark.usefixtures("url")
@pytest.mark.parametrize("name", ["codes.txt", "no-such-folder/codes.txt", "."])
def test_a_file_that_cannot_be_written_costs_no_enrolment_code(
    world: WatchingWorld, run: Run, answers: list[str], tmp_path: Path, name: str
) -> None:
    world.add_user("alice")
    (tmp_path / "codes.txt").write_text("mine")
    enrollment_code = world.issue_code()
    result = run("enroll", enrollment_code, "--save", str(tmp_path / name))
    assert (result.exit_code, result.stdout) == (2, "")
    assert (tmp_path / "codes.txt").read_text() == "mine"
    assert world.store.state.recovery == {}
    answers[:] = ["right"]
    file = tmp_path / "new.txt"
    assert run("enroll", enrollment_code, "--save", str(file)).exit_code == 0
    assert len(file.read_text().split()) == 10


@pytest.mark.usefixtures("url")
def test_a_file_without_codes_is_not_left_behind(
    world: WatchingWorld, run: Run, answers: list[str], tmp_path: Path
) -> None:
    world.add_user("alice")
    answers[:] = ["right"]
    world.store.faults.before["recovery.renew"] = 1
    file = tmp_path / "codes.txt"
    failed = run("enroll", world.issue_code(), "--save", str(file), "--json")
    assert (failed.exit_code, failed.stdout, file.exists()) == (2, "", False)
    error = json.loads(failed.stderr.splitlines()[-1])["error"]
    assert (error["code"], error["enrollment_code"]) == ("unavailable", "spent")
    assert error["factor"] == world.ask_factor()
    assert "Authenticator app is active all the same" in error["message"]


@pytest.mark.usefixtures("url")
def test_who_gives_up_enrolling_leaves_no_file_behind(world: WatchingWorld, run: Run, tmp_path: Path) -> None:
    world.add_user("alice")
    file = tmp_path / "codes.txt"
    assert run("enroll", world.issue_code(), "--save", str(file), typed="").exit_code == 2
    assert not file.exists()


@pytest.mark.usefixtures("url")
@pytest.mark.parametrize(("answer", "made"), [("", True), ("y", True), ("no", False)])
def test_somebody_who_can_answer_is_asked(world: WatchingWorld, run: Run, answer: str, made: bool) -> None:
    world.add_user("alice")
    assert run("enroll", world.issue_code(), typed=Terminal(lambda: world.code, answer)).exit_code == 0
    assert bool(world.store.state.recovery) is made


def test_another_code_is_not_the_right_one() -> None:
    assert other_code("999999") != "999999"
