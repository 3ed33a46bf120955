"""gatehouse token …, against the real function on loopback."""

import base64
import json
from pathlib import Path

import pytest

from mfa.domain.factors import HotpParameters
from mfa.domain.otp import code_at
from mfa.errors import UnavailableError
from tests.functions.enrollment.world import World
from tests.integration.cli.conftest import Run, Terminal, error_of

pytestmark = pytest.mark.usefixtures("url")
RFC = Path(__file__).parents[2] / "vectors" / "rfc6030"
SEED = b"12345678901234567890"
TOKENS = f"serial,type,seed_hex,counter,username\nT-1,hotp,{SEED.hex()},3,\nT-2,totp,{SEED.hex()},,\n"
SPELLINGS = (SEED.decode(), SEED.hex(), base64.b64encode(SEED).decode().rstrip("="), base64.b32encode(SEED).decode())


def write(folder: Path, text: str | bytes = TOKENS, name: str = "tokens.csv") -> str:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


def code(counter: int) -> str:
    return code_at(counter, SEED, HotpParameters())


def test_every_line_is_told_and_a_second_import_changes_nothing(world: World, run: Run, tmp_path: Path) -> None:
    file = write(tmp_path)
    first = run("token", "import", file)
    assert first.stdout == "tokens.csv:2: T-1 imported\ntokens.csv:3: T-2 imported\n2 imported\n"
    assert first.stderr == "2 of 2 tokens looked at\n2 of 2 tokens stored\n"
    before = dict(world.store.state.tokens)
    second = run("token", "import", file)
    assert (second.exit_code, second.stdout.splitlines()[-1]) == (0, "2 exists already")
    assert world.store.state.tokens == before
    assert world.store.state.tokens["T-1"].last_moving_factor == 2
    for result in (first, second):
        assert not any(spelling in result.output for spelling in SPELLINGS)


def test_a_dry_run_imports_nothing(world: World, run: Run, tmp_path: Path) -> None:
    result = run("token", "import", write(tmp_path), "--dry-run", "--json")
    assert [one["result"] for one in json.loads(result.stdout)["tokens"]] == ["would be imported"] * 2
    assert not world.store.state.tokens
    assert not world.store.state.token_imports


def test_a_file_with_one_wrong_line_imports_nothing(world: World, run: Run, tmp_path: Path) -> None:
    text = TOKENS + f"T-3,hotp,{SEED.hex()}zz,0,\nT-1,hotp,{SEED.hex()},0,\n"
    result = run("token", "import", write(tmp_path, text))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        "tokens.csv:4: seed_hex is not hexadecimal",
        "tokens.csv:5: the same serial number stands in line 2",
        "gatehouse: 2 mistakes in the file; nothing was imported",
    ]
    assert not world.store.state.token_imports
    assert not any(spelling in result.output for spelling in SPELLINGS)


def test_a_line_that_the_server_refuses_stops_the_file(world: World, run: Run, tmp_path: Path) -> None:
    run("token", "import", write(tmp_path))
    text = f"serial,seed_hex\nT-9,{SEED.hex()}\nt-1,{b'another seed altogether'.hex()}\n"
    result = run("token", "import", write(tmp_path, text, "more.csv"))
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "more.csv:2: T-9 would be imported",
        "more.csv:3: t-1 refused: another token with this serial number is in the inventory already",
        "1 would be imported, 1 refused; nothing was imported",
    ]
    assert "T-9" not in world.store.state.tokens


@pytest.mark.parametrize("call", ["tokens.start_import", "tokens.put", "tokens.complete_import"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_what_is_cut_off_counts_for_nothing_and_goes_on(
    world: World, run: Run, tmp_path: Path, call: str, when: str
) -> None:
    getattr(world.store.faults, when)[call] = 1
    file = write(tmp_path)
    stopped = run("token", "import", file, "--json")
    assert (stopped.exit_code, stopped.stdout) == (2, "")
    assert "import the file again" in json.loads(stopped.stderr.splitlines()[-1])["error"]["message"]
    is_complete = (call, when) == ("tokens.complete_import", "after")
    assert len(listed(run)["tokens"]) == (2 if is_complete else 0)
    assert run("token", "import", file).exit_code == 0
    assert len(listed(run)["tokens"]) == 2
    assert listed(run)["unfinished_imports"] == []


def listed(run: Run) -> dict[str, list[object]]:
    shown: dict[str, list[object]] = json.loads(run("token", "list", "--json").stdout)
    return shown


def test_an_unfinished_import_is_told_and_can_be_abandoned(world: World, run: Run, tmp_path: Path) -> None:
    world.store.faults.before["tokens.complete_import"] = 1
    run("token", "import", write(tmp_path))
    shown = run("token", "list").stdout
    assert "An import is not finished: 2 of 2 tokens" in shown
    import_id = shown.split()[-1]
    assert run("token", "abandon", import_id).exit_code == 0
    assert not world.store.state.tokens
    assert run("token", "abandon", import_id, "--json").exit_code == 1


def test_short_seeds_need_a_switch_and_are_warned_of(world: World, run: Run, tmp_path: Path) -> None:
    file = write(tmp_path, f"serial,seed_hex\nT-1,{SEED[:10].hex()}\n")
    refused = run("token", "import", file)
    assert (refused.exit_code, "--accept-short-seeds" in refused.stderr) == (1, True)
    taken = run("token", "import", file, "--accept-short-seeds")
    assert taken.exit_code == 0
    assert "warning: 1 seed has fewer than 112 bits" in taken.stderr


def test_the_document_of_rfc_6030_with_its_key(world: World, run: Run, tmp_path: Path) -> None:
    write(tmp_path, "12345678901234567890123456789012\n", "transport.key")
    file = str(RFC / "figure6.xml")
    assert "give it with --psk-file" in run("token", "import", file).stderr
    result = run("token", "import", file, "--psk-file", "transport.key", "--json")
    (one,) = json.loads(result.stdout)["tokens"]
    assert (one["serial"], one["result"]) == ("987654321", "imported")


def test_the_document_of_rfc_6030_with_its_passphrase(world: World, run: Run, tmp_path: Path) -> None:
    write(tmp_path, "qwerty\n", "right")
    write(tmp_path, "qwertz\n", "wrong")
    file = str(RFC / "figure7.xml")
    wrong = run("token", "import", file, "--passphrase-file", "wrong")
    assert wrong.exit_code == 1
    assert "qwertz" not in wrong.output
    assert run("token", "import", file, "--passphrase-file", "right").exit_code == 0
    both = run("token", "import", file, "--passphrase-file", "right", "--psk-file", "right")
    assert both.exit_code == 2


def test_tokens_of_a_file_go_to_their_users(world: World, run: Run, tmp_path: Path) -> None:
    world.add_user("alice")
    text = f"serial,seed_hex,username\nT-1,{SEED.hex()},CORP\\alice\nT-2,{SEED.hex()},nobody\nT-3,{SEED.hex()},\n"
    result = run("token", "import", write(tmp_path, text))
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "tokens.csv:2: T-1 imported, assigned to CORP\\alice",
        "tokens.csv:3: T-2 imported: not assigned to nobody: no such user",
        "tokens.csv:4: T-3 imported",
        "3 imported",
    ]
    world.add_user("nobody")
    again = run("token", "import", "tokens.csv")
    assert (again.exit_code, again.stdout.splitlines()[1]) == (
        0,
        "tokens.csv:3: T-2 exists already, assigned to nobody",
    )


def test_a_token_is_given_shown_brought_back_and_taken_back(world: World, run: Run, tmp_path: Path) -> None:
    world.add_user("alice")
    run("token", "import", write(tmp_path))
    given = run("token", "assign", "t-1", "alice").stdout
    assert given.splitlines()[1:3] == ["Kind       HOTP, SHA1, 6 digits at each press", "User       alice"]
    assert "HOTP, SHA1, 6 digits at each press" in run("user", "show", "alice").stdout
    assert run("token", "list").stdout.splitlines() == [
        "T-1               HOTP, SHA1, 6 digits at each press  alice",
        "T-2               TOTP, SHA1, 6 digits every 30 s     nobody",
        "2 tokens",
    ]
    for options, serials in ((["--free"], ["T-2"]), (["--user", "CORP\\alice"], ["T-1"])):
        shown = json.loads(run("token", "list", *options, "--json").stdout)["tokens"]
        assert [one["serial"] for one in shown] == serials
    assert run("token", "resync", "T-1", code(60)).exit_code == 2
    assert run("token", "resync", "T-1", code(60), code(62)).exit_code == 1
    assert run("token", "resync", "T-1", code(60), code(61)).exit_code == 0
    assert run("token", "assign", "T-1", "nobody").exit_code == 1
    assert json.loads(run("token", "unassign", "T-1", "--json").stdout)["owner"] is None
    assert world.store.state.tokens["T-1"].last_moving_factor == 61


def test_a_user_claims_a_token_with_an_enrolment_code(world: World, run: Run, tmp_path: Path) -> None:
    world.add_user("alice")
    run("token", "import", write(tmp_path))
    done = run("token", "claim", world.issue_code(), "T-1", typed=f"{code(3)}\n")
    assert done.stdout == "Done: Token T-1 is active. The code you typed is used up; log in with the next one.\n"
    assert "alice" in run("token", "list").stdout
    refused = run("token", "claim", world.issue_code(), "T-1", "--code", code(4), "--json")
    assert error_of(refused)["code"] == "token-refused"


@pytest.mark.parametrize(
    ("serial", "codes"),
    [("T-1", ["12345"]), ("T-1", ["123456", "12345a"]), ("T-1", ["123456"] * 3), ("T_&", ["123456"])],
)
def test_a_claim_that_cannot_be_right_costs_no_enrolment_code(
    world: World, run: Run, tmp_path: Path, serial: str, codes: list[str]
) -> None:
    world.add_user("alice")
    run("token", "import", write(tmp_path))
    enrollment_code = world.issue_code()
    given = [word for one in codes for word in ("--code", one)]
    assert run("token", "claim", enrollment_code, serial, *given).exit_code == 2
    assert run("token", "claim", enrollment_code, "T-1", "--code", code(3)).exit_code == 0


def test_a_refused_claim_goes_on_where_somebody_can_answer(world: World, run: Run, tmp_path: Path) -> None:
    world.add_user("alice")
    run("token", "import", write(tmp_path))
    typed = Terminal("T-1", "abc", f"{code(90)} {code(91)}")
    done = run("token", "claim", world.issue_code(), "T-9", "--code", "000000", typed=typed)
    assert done.exit_code == 0, done.stderr
    assert "send both codes, in their order" in done.stderr
    assert not world.store.state.sessions


def test_a_script_whose_claim_is_refused_hears_that_the_enrolment_code_is_used_up(world: World, run: Run) -> None:
    world.add_user("alice")
    refused = error_of(run("token", "claim", world.issue_code(), "T-1", "--code", "000000", "--json"))
    assert (refused["code"], refused["enrollment_code"]) == ("token-refused", "spent")
    assert not world.store.state.sessions


def test_a_long_file_is_sent_in_parts(world: World, run: Run, tmp_path: Path) -> None:
    lines = "".join(f"S-{number:03},{SEED.hex()}\n" for number in range(60))
    result = run("token", "import", write(tmp_path, f"serial,seed_hex\n{lines}"))
    assert result.stdout.splitlines()[-1] == "60 imported"
    assert result.stderr.splitlines()[-3:] == [f"{count} of 60 tokens stored" for count in (25, 50, 60)]
    assert len(json.loads(run("token", "list", "--json").stdout)["tokens"]) == 60


def test_a_seed_that_does_not_open_is_a_fault_and_no_text(world: World, run: Run, tmp_path: Path) -> None:
    run("token", "import", write(tmp_path))
    world.vault.available = False
    result = run("token", "import", "tokens.csv")
    assert result.exit_code == 2
    assert not any(spelling in result.output for spelling in SPELLINGS)
    assert all(isinstance(fault, UnavailableError) for fault in world.faults)
