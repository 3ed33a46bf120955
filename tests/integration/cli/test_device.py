"""gatehouse device …, against the real functions on loopback: the command is a phone that they cannot tell from one."""

import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gatehouse.device_keys import KeyFile
from mfa.domain.factors import SubscriberState
from mfa.domain.login_transactions import TransactionState
from mfa.domain.push import PushApproval
from mfa.domain.reasons import RejectReason
from tests.fakes.push_sender import KNOWN_SERVICE
from tests.functions.devices.world import LIFE_SECONDS
from tests.integration.cli.conftest import Run, error_of, named_in
from tests.integration.cli.device_world import WholeApi
from tests.integration.cli.enrollment_server import KEY_ID, REGION, SECRET_KEY, serving

APPROVED = (TransactionState.APPROVED, None)
ONCE = ("--once", "--seconds", "20")


@pytest.fixture
def world() -> WholeApi:
    made = WholeApi()
    made.add_user("alice", display_name="Alice Example")
    return made


@pytest.fixture
def url(world: WholeApi, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with serving(world) as served:
        monkeypatch.setenv("GATEHOUSE_ENROLLMENT_URL", served)
        yield served


@pytest.fixture
def phone(world: WholeApi, url: str, run: Run) -> Path:
    """The key file of a paired device."""
    result = run("device", "pair", world.issue_code(), "--key-file", "phone.json")
    assert (result.exit_code, result.stderr) == (0, ""), result.stderr
    return Path("phone.json")


def simulate(run: Run, *arguments: str, typed: str | None = None) -> Any:
    return run("device", "simulate", "--key-file", "phone.json", *arguments, typed=typed)


# ---- pairing


def test_pairing_keeps_a_key_that_only_its_owner_may_read(world: WholeApi, phone: Path, url: str) -> None:
    assert stat.S_IMODE(phone.stat().st_mode) == 0o600
    kept = KeyFile.load(phone)
    assert (kept.url, [kept.device_id]) == (url, world.device_ids())
    assert world.store.push_devices.read(kept.device_id).public_key == kept.key.public  # type: ignore[union-attr]
    assert not world.store.state.sessions, "the session has ended"


def test_pairing_says_who_is_paired_and_how_it_is_called(world: WholeApi, url: str, run: Run) -> None:
    paired = run("device", "pair", world.issue_code(), "--name", "Test phone", "--key-file", "the phone.json")
    assert "Test phone is paired for Alice Example" in paired.stdout
    world.ask_phone(number="47")
    simulated = run(*named_in(paired, "device simulate"), "--approve", "--number", "47", *ONCE)
    assert simulated.exit_code == 0, simulated.output


def test_no_output_holds_a_private_key(world: WholeApi, url: str, run: Run) -> None:
    result = run("device", "pair", world.issue_code(), "--key-file", "phone.json", "--json")
    assert "PRIVATE" not in result.output
    assert repr(KeyFile.load(Path("phone.json"))).count("key=") == 0
    paired = json.loads(result.stdout)
    assert (paired["device"]["position"], paired["key_file"]) == (1, "phone.json")


def test_a_key_file_is_never_written_over_and_no_code_is_used_up_for_it(world: WholeApi, phone: Path, run: Run) -> None:
    before, code = phone.read_text(), world.issue_code()
    refused = run("device", "pair", code, "--key-file", "phone.json", "--json")
    assert (refused.exit_code, error_of(refused)["code"]) == (2, "key-file")
    assert phone.read_text() == before
    assert run("device", "pair", code, "--key-file", "second.json").exit_code == 0


def test_a_folder_that_is_not_there_is_told_before_the_code_is_used(world: WholeApi, url: str, run: Run) -> None:
    code = world.issue_code()
    assert run("device", "pair", code, "--key-file", "none/phone.json").exit_code == 2
    assert run("device", "pair", code, "--key-file", "phone.json").exit_code == 0


def test_without_a_key_file_it_lies_in_the_settings_folder(
    world: WholeApi, url: str, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert run("device", "pair", world.issue_code()).exit_code == 0
    assert KeyFile.load(tmp_path / ".config/gatehouse/device.json").device_id in world.device_ids()


def test_a_wrong_code_pairs_nothing(world: WholeApi, url: str, run: Run) -> None:
    refused = run("device", "pair", "0000-0000-0000-0000", "--key-file", "phone.json", "--json")
    assert (refused.exit_code, error_of(refused)["code"]) == (1, "enrollment-code-refused")
    assert not Path("phone.json").exists()
    assert world.device_ids() == []


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"version": 2}',
        '{"version": 1, "url": "http://127.0.0.1", "device_id": "a", "private_key": "no key"}',
        '{"version": 1, "url": "http://127.0.0.1", "device_id": "a", "private_key": 5}',
    ],
)
def test_a_file_that_is_no_key_file_is_told(run: Run, content: str) -> None:
    Path("phone.json").write_text(content)
    refused = simulate(run, "--approve", "--json")
    assert (refused.exit_code, error_of(refused)["code"]) == (2, "key-file")


def test_a_missing_key_file_says_how_to_get_one(run: Run) -> None:
    refused = simulate(run, "--approve")
    assert refused.exit_code == 2
    assert "gatehouse device pair" in refused.stderr


# ---- prompts


def test_a_prompt_is_shown_and_approved_with_the_number_that_was_typed(world: WholeApi, phone: Path, run: Run) -> None:
    login_id = world.ask_phone(number="47")
    result = simulate(run, "--approve", "--number", "47", *ONCE)
    assert (result.exit_code, result.stderr) == (0, "")
    for shown in ("Alice Example waits for prompts", "CORP\\alice", "vpn", "203.0.113.9", "the number", "Approved."):
        assert shown in result.stdout
    assert world.decided(login_id) == APPROVED
    shown = [line for line in result.stdout.splitlines() if not line.startswith(("At ", "Until "))]  # these hold times
    assert "47" not in "\n".join(shown), "the prompt never shows the number"


@pytest.mark.parametrize(
    ("arguments", "status", "reason", "text"),
    [
        (("--deny",), 0, RejectReason.DENIED, "Denied."),
        (("--report",), 0, RejectReason.REPORTED, "reported as not yours"),
        (("--approve", "--number", "48"), 1, RejectReason.WRONG_NUMBER, "the number was not the one"),
    ],
)
def test_every_other_decision_denies(
    world: WholeApi, phone: Path, run: Run, arguments: tuple[str, ...], status: int, reason: RejectReason, text: str
) -> None:
    login_id = world.ask_phone(number="47")
    result = simulate(run, *arguments, *ONCE)
    assert result.exit_code == status
    assert text in result.stdout
    assert world.decided(login_id) == (TransactionState.DENIED, reason)


def test_a_prompt_without_a_number_takes_a_tap(world: WholeApi, phone: Path, run: Run) -> None:
    login_id = world.ask_phone(number=None, approval=PushApproval.TAP)
    result = simulate(run, "--approve", *ONCE)
    assert (result.exit_code, "a tap" in result.stdout) == (0, True)
    assert world.decided(login_id) == APPROVED


def test_a_person_is_asked_what_to_do_and_which_number(world: WholeApi, phone: Path, run: Run) -> None:
    login_id = world.ask_phone(number="47")
    assert simulate(run, *ONCE, typed="what\na\n47\n").exit_code == 0
    assert world.decided(login_id) == APPROVED


def test_a_person_may_deny_without_a_number(world: WholeApi, phone: Path, run: Run) -> None:
    login_id = world.ask_phone(number="47")
    assert simulate(run, "--ask", *ONCE, typed="d\n").exit_code == 0
    assert world.decided(login_id) == (TransactionState.DENIED, RejectReason.DENIED)


def test_an_answer_that_never_comes_decides_nothing(world: WholeApi, phone: Path, run: Run) -> None:
    login_id = world.ask_phone()
    result = simulate(run, *ONCE, "--json", typed="")
    assert result.exit_code == 2
    assert json.loads(result.stderr.splitlines()[-1])["error"]["code"] == "cancelled"
    assert world.decided(login_id) == (TransactionState.PENDING, None)


@pytest.mark.parametrize(
    ("approval", "code"), [(PushApproval.NUMBER, "number-missing"), (PushApproval.PASSKEY, "passkey-needed")]
)
def test_what_this_device_cannot_give_decides_nothing_and_is_told(
    world: WholeApi, phone: Path, run: Run, approval: PushApproval, code: str
) -> None:
    login_id = world.ask_phone(number="47" if approval is PushApproval.NUMBER else None, approval=approval)
    result = simulate(run, "--approve", *ONCE, "--json")
    assert result.exit_code == 1
    (outcome,) = json.loads(result.stdout)["outcomes"]
    assert (outcome["state"], outcome["error"]["code"]) == (None, code)
    assert world.decided(login_id) == (TransactionState.PENDING, None)


def test_for_scripts_the_device_comes_first_and_the_outcome_is_one_document(
    world: WholeApi, phone: Path, run: Run
) -> None:
    login_id = world.ask_phone(number="47")
    result = simulate(run, "--approve", "--number", "47", *ONCE, "--json")
    assert json.loads(result.stderr) == {"device_id": world.device_ids()[0], "username": "alice"}
    (outcome,) = json.loads(result.stdout)["outcomes"]
    assert (outcome["prompt"]["id"], outcome["decision"], outcome["state"]) == (login_id, "approve", "approved")
    assert (outcome["reason"], outcome["error"]) == (None, None)


def test_several_prompts_are_decided_in_turn_until_the_time_is_over(world: WholeApi, phone: Path, run: Run) -> None:
    first = world.ask_phone(number=None, approval=PushApproval.TAP)
    second: list[str] = []

    def ask_again() -> None:
        while world.decided(first) != APPROVED:
            threading.Event().wait(0.05)
        second.append(world.ask_phone(number="11"))

    asking = threading.Thread(target=ask_again)
    asking.start()
    result = simulate(run, "--approve", "--number", "12", "--seconds", "2.5", "--json")
    asking.join()
    assert result.exit_code == 1, "one of two was not approved"
    outcomes = json.loads(result.stdout)["outcomes"]
    assert [(one["prompt"]["id"], one["state"]) for one in outcomes] == [(first, "approved"), (second[0], "denied")]


def test_when_no_prompt_comes_nothing_was_decided(phone: Path, run: Run) -> None:
    result = simulate(run, "--approve", "--seconds", "0.2", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stderr.splitlines()[-1])["error"] == {
        "code": "no-prompt",
        "message": "no prompt came within 0.2 s",
    }


def test_a_prompt_whose_time_is_over_is_not_shown(world: WholeApi, phone: Path, run: Run) -> None:
    world.ask_phone()
    world.clock.advance(LIFE_SECONDS + 1)
    assert simulate(run, "--approve", "--seconds", "0.2").exit_code == 2


def test_a_decision_that_comes_too_late_is_told(
    world: WholeApi, phone: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.ask_phone(number="47")

    def think_too_long(_: str) -> str:
        world.clock.advance(LIFE_SECONDS + 1)
        return "d"

    monkeypatch.setattr("gatehouse.commands.device.ask", think_too_long)
    result = simulate(run, *ONCE, "--json")
    (outcome,) = json.loads(result.stdout)["outcomes"]
    assert (result.exit_code, outcome["error"]["code"]) == (1, "too-late")


@pytest.mark.parametrize("arguments", [("--approve", "--deny"), ("--ask", "--report"), ("--pair-as", "alice")])
def test_contradictions_are_wrong_use(phone: Path, run: Run, arguments: tuple[str, ...]) -> None:
    refused = simulate(run, *arguments, "--json")
    assert (refused.exit_code, error_of(refused)["code"]) == (2, "usage")


def test_a_removed_device_is_refused(world: WholeApi, phone: Path, run: Run) -> None:
    assert run("device", "remove", "alice", "1", "--yes").exit_code == 0
    refused = simulate(run, "--approve", "--json")
    assert (refused.exit_code, error_of(refused)["code"]) == (1, "device-refused")


def test_a_device_of_a_disabled_user_is_refused(world: WholeApi, phone: Path, run: Run) -> None:
    run("user", "disable", "alice")
    assert {item.state for item in world.store.state.factors.values()} == {SubscriberState.DISABLED}
    assert simulate(run, "--approve", "--json").exit_code == 1


def test_a_wrong_clock_is_told(world: WholeApi, phone: Path, run: Run) -> None:
    world.clock.advance(400)
    refused = simulate(run, "--approve", "--json")
    assert (refused.exit_code, error_of(refused)["code"]) == (1, "clock-wrong")


def test_the_command_needs_no_aws_credentials_to_be_a_device(
    world: WholeApi, phone: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "GATEHOUSE_ENROLLMENT_URL"):
        monkeypatch.delenv(name)
    world.ask_phone(number="47")
    assert simulate(run, "--approve", "--number", "47", *ONCE).exit_code == 0


# ---- a device for this once


def test_a_device_for_this_once_is_paired_used_and_removed(world: WholeApi, url: str) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = ["-m", "gatehouse", "device", "simulate", "--pair-as", "alice", "--approve", "--number", "47", *ONCE]
    with subprocess.Popen(
        [sys.executable, *command, "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
    ) as script:  # fmt: skip
        assert script.stderr is not None
        first_line = json.loads(script.stderr.readline())
        assert world.device_ids() == [first_line["device_id"]]
        login_id = world.ask_phone(number="47")
        shown, errors = script.communicate(timeout=30)
    assert (script.returncode, errors) == (0, "")
    assert [one["state"] for one in json.loads(shown)["outcomes"]] == ["approved"]
    assert world.decided(login_id) == APPROVED
    assert world.device_ids() == []


def test_it_is_removed_also_when_nothing_comes(world: WholeApi, url: str, run: Run) -> None:
    result = run("device", "simulate", "--pair-as", "alice", "--approve", "--seconds", "0.1")
    assert result.exit_code == 2
    assert world.device_ids() == []


# ---- for administrators


def test_the_list_names_devices_in_their_order(world: WholeApi, phone: Path, run: Run) -> None:
    run("device", "pair", world.issue_code(), "--name", "Second", "--key-file", "second.json")
    first, second = world.device_ids()
    lines = run("device", "list", "alice").stdout.splitlines()
    assert lines[0].startswith(f"1  Simulated phone ({first}), does not ring, last used never")
    assert lines[1].startswith(f"2  Second ({second})")
    listed = json.loads(run("device", "list", "alice", "--json").stdout)["devices"]
    assert [device["device_id"] for device in listed] == [first, second]


def test_a_user_without_devices_is_told(url: str, run: Run) -> None:
    assert run("device", "list", "alice").stdout == "No device is paired.\n"
    assert run("device", "list", "nobody").exit_code == 1


@pytest.mark.parametrize("named_by", ["place", "id"])
def test_a_device_is_removed_by_place_or_id_after_a_question(
    world: WholeApi, phone: Path, run: Run, named_by: str
) -> None:
    device = "1" if named_by == "place" else world.device_ids()[0]
    assert run("device", "remove", "alice", device, typed="n\n").exit_code == 2
    assert world.device_ids()
    assert run("device", "remove", "alice", device, typed="y\n").exit_code == 0
    assert world.device_ids() == []


def test_a_device_that_is_not_there_is_told(phone: Path, run: Run) -> None:
    refused = run("device", "remove", "alice", "2", "--yes", "--json")
    assert (refused.exit_code, error_of(refused)["code"]) == (1, "not-found")


def test_a_mute_is_shown_and_lifted(world: WholeApi, phone: Path, run: Run) -> None:
    world.ask_phone()
    simulate(run, "--report", *ONCE)
    assert "muted since 20" in run("user", "show", "alice").stdout
    assert run("device", "unmute", "alice").stdout == "alice gets prompts again.\n"
    assert "muted" not in run("user", "show", "alice").stdout


def test_showing_a_user_shows_the_devices(world: WholeApi, phone: Path, run: Run) -> None:
    shown = run("user", "show", "alice").stdout
    assert f"Simulated phone ({world.device_ids()[0]})" in shown


def test_a_devices_name_cannot_move_the_cursor(world: WholeApi, phone: Path, run: Run) -> None:
    (device_id,) = world.device_ids()
    world.store.push_devices.rename(world.store.push_devices.read(device_id).user_id, device_id, "\x1b[2Jevil")  # type: ignore[union-attr]
    for arguments in (("device", "list", "alice"), ("user", "show", "alice")):
        shown = run(*arguments).stdout
        assert "\\x1b[2Jevil" in shown
        assert "\x1b" not in shown


# ---- where a phone is rung


def test_the_api_of_a_device_rings_and_is_silent_again(world: WholeApi, phone: Path) -> None:
    """What `make run` tries: the command itself only looks for prompts."""
    from gatehouse.pairing import kept  # noqa: PLC0415 -- loads cryptography, as in the command

    device = kept(phone, None)
    keys = {"p256dh": device.show()["vapid_public_key"], "auth": "AAAAAAAAAAAAAAAAAAAAAA"}
    device.subscribe({"id": "for us alone", "endpoint": f"{KNOWN_SERVICE}a", "keys": keys})
    assert device.show()["notifications"] is True
    device.unsubscribe()
    assert device.show()["notifications"] is False


# ---- the link for the phone


LINKED = "https://mfa.example.test/#pair="


def test_a_new_user_gets_a_link_and_a_qr_code_of_it(world: WholeApi, url: str, run: Run) -> None:
    world.told = {"issuer": "Example Corp", "origin": "https://mfa.example.test"}
    shown = run("user", "add", "bob").stdout
    code = shown.split("gatehouse enroll ")[1].split()[0]
    assert f"{LINKED}{code}" in shown.splitlines()
    assert any(block in shown for block in "▀▄█")
    assert json.loads(run("user", "code", "bob", "--json").stdout)["pairing_link"].startswith(LINKED)
    added = json.loads(run("user", "add", "carol", "--json").stdout)
    assert added["pairing_link"] == LINKED + added["enrollment_code"]["code"]
    assert added["enrollment_link"] == added["pairing_link"].replace("#pair=", "#enroll=")
    assert added["enrollment_link"].replace(added["enrollment_code"]["code"], code) in shown.splitlines()
    assert json.loads(run("user", "add", "dave", "--no-enroll", "--json").stdout)["pairing_link"] is None


@pytest.mark.parametrize(
    "portal",
    [
        None,
        [],
        {},
        {"origin": None},
        {"origin": ""},
        {"origin": "http://mfa.example.test"},
        {"origin": "javascript:alert(1)"},
        {"origin": "https://mfa.example.test/path"},
        {"origin": "https://user@mfa.example.test"},
        {"origin": "https://mfa.example.test#"},
        {"origin": "https://[mfa"},
    ],
)
def test_without_a_portal_that_can_be_opened_there_is_no_link(
    world: WholeApi, url: str, run: Run, portal: object
) -> None:
    world.told = portal
    issued = json.loads(run("user", "code", "alice", "--json").stdout)
    assert (issued["pairing_link"], issued["enrollment_link"]) == (None, None)
    assert "#" not in run("user", "code", "alice").stdout


def test_beside_a_local_set_up_the_link_is_its_portals(url: str, run: Run) -> None:
    ready = {
        "version": 1,
        "region": REGION,
        "enrollment_api_url": url,
        "portal_url": "http://localhost:8400",
        "aws_credentials": {"aws_access_key_id": KEY_ID, "aws_secret_access_key": SECRET_KEY},
    }
    Path(".local").mkdir()
    Path(".local/ready.json").write_text(json.dumps(ready))
    link = json.loads(run("user", "code", "alice", "--local", "--json").stdout)["pairing_link"]
    assert link.startswith("http://localhost:8400/#pair=")


# ---- how it starts


def test_commands_that_sign_nothing_do_not_load_what_signs() -> None:
    """It is seen by our own module: in this environment botocore finds pyOpenSSL, and loads cryptography by it."""
    source = "import sys; import gatehouse.app; print('gatehouse.device_keys' in sys.modules)"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("command", ["list", "remove", "unmute", "pair", "simulate"])
def test_every_help_has_an_example(run: Run, command: str) -> None:
    assert f"  gatehouse device {command} " in run("device", command, "--help").stdout
