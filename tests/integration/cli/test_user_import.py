"""gatehouse user import, against the real function on loopback."""

import csv
import json
import stat
from pathlib import Path

import pytest

from tests.functions.enrollment.world import World
from tests.integration.cli.conftest import Run, error_of

USERS = "username,upn,display_name\nalice,alice@corp.example.test,Alice Example\nCORP\\bob,,\n"


def users_file(folder: Path, text: str | bytes = USERS) -> str:
    file = folder / "users.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return "users.csv"


@pytest.mark.usefixtures("url")
def test_every_line_is_told_and_a_second_import_changes_nothing(run: Run, tmp_path: Path) -> None:
    file = users_file(tmp_path)
    first = run("user", "import", file)
    assert first.exit_code == 0
    assert first.stdout == "users.csv:2: alice created\nusers.csv:3: CORP\\bob created\n2 created\n"
    second = run("user", "import", file)
    assert second.stdout.endswith("2 exists already\n")
    shown = json.loads(run("user", "show", "alice@corp.example.test", "--json").stdout)
    assert shown["display_name"] == "Alice Example"


@pytest.mark.usefixtures("url")
def test_a_dry_run_creates_nobody(world: World, run: Run, tmp_path: Path) -> None:
    run("user", "add", "alice", "--no-enroll")
    result = run("user", "import", users_file(tmp_path), "--dry-run", "--codes", "codes.csv")
    assert result.stdout.splitlines() == [
        "users.csv:2: alice exists already",
        "users.csv:3: CORP\\bob would be created",
        "1 would be created, 1 exists already",
    ]
    assert len(world.store.state.profiles) == 1
    assert not (tmp_path / "codes.csv").exists()


@pytest.mark.usefixtures("url")
def test_a_dry_run_refuses_what_the_import_would_refuse(run: Run, tmp_path: Path) -> None:
    file = users_file(tmp_path, "username,upn\nal*ice,\nOTHER\\x,\ncarol,carol\nbob,\n")
    dry = run("user", "import", file, "--dry-run")
    assert dry.exit_code == 1
    assert dry.stdout.splitlines()[-2:] == ["users.csv:5: bob would be created", "1 would be created, 3 refused"]
    assert dry.stdout.splitlines()[:3] == run("user", "import", file).stdout.splitlines()[:3]


@pytest.mark.usefixtures("url")
def test_codes_go_to_a_new_file_for_its_owner_only_and_work(world: World, run: Run, tmp_path: Path) -> None:
    result = run("user", "import", users_file(tmp_path), "--codes", "codes.csv")
    file = tmp_path / "codes.csv"
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert [row["username"] for row in rows] == ["alice", "CORP\\bob"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not any(row["enrollment_code"] in result.output for row in rows)
    for row in rows:
        assert world.ask("POST", "/v1/enrollment/sessions", {"code": row["enrollment_code"]}).status == 201
    again = run("user", "import", "users.csv", "--codes", "codes.csv")
    assert (again.exit_code, "exists already; name a new file" in again.stderr) == (2, True)


@pytest.mark.usefixtures("url")
def test_a_refused_line_does_not_stop_the_others(run: Run, tmp_path: Path) -> None:
    result = run("user", "import", users_file(tmp_path, "username\nal*ice\nOTHER\\x\nbob\n"), "--json")
    assert result.exit_code == 1
    assert [(one["line"], one["result"]) for one in json.loads(result.stdout)["users"]] == [
        (2, "refused"),
        (3, "refused"),
        (4, "created"),
    ]
    assert "no account name" in json.loads(result.stdout)["users"][0]["reason"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name,upn\nalice,\n", "users.csv:1: the first line must name the columns"),
        ("", "users.csv:1: the first line must name the columns"),
        ("username,password\nalice,x\n", "users.csv:1: there is no column 'password'"),
        ("username,username\nalice,x\n", "users.csv:1: a column stands twice"),
        ("username,upn\nalice\n", "users.csv:2: 1 columns instead of 2"),
        ("username\nalice\n\nALICE\n", "users.csv:4: the same username stands in line 2"),
        ('username,display_name\nalice,"Alice\nExample"\n ,x\n', "users.csv:4: username is empty"),
        (b"username\nm\xfcller\n", "users.csv is not UTF-8"),
    ],
)
@pytest.mark.usefixtures("url")
def test_a_broken_file_creates_nobody_and_tells_the_line(
    world: World, run: Run, tmp_path: Path, text: str | bytes, expected: str
) -> None:
    result = run("user", "import", users_file(tmp_path, text))
    assert result.exit_code in {1, 2}
    assert expected in result.stderr
    assert not world.store.state.profiles


@pytest.mark.usefixtures("url")
def test_what_spreadsheets_write_is_read(run: Run, tmp_path: Path) -> None:
    octets = '\ufeffUsername;Display Name\r\nmüller;"Müller; Max"\r\n'.encode()
    assert run("user", "import", users_file(tmp_path, octets)).exit_code == 0
    assert json.loads(run("user", "show", "müller", "--json").stdout)["display_name"] == "Müller; Max"


@pytest.mark.usefixtures("url")
def test_a_cell_that_a_spreadsheet_would_compute_is_made_plain(run: Run, tmp_path: Path) -> None:
    run("user", "import", users_file(tmp_path, "username\n-cmd\n"), "--codes", "codes.csv")
    rows = list(csv.DictReader((tmp_path / "codes.csv").read_text().splitlines()))
    assert [row["username"] for row in rows] == ["'-cmd"]


def test_an_api_that_is_away_ends_the_import_at_its_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEHOUSE_ENROLLMENT_URL", "http://127.0.0.1:9")
    result = run("user", "import", users_file(tmp_path), "--json")
    assert result.exit_code == 2
    assert error_of(result)["message"].startswith("stopped at line 2: ")
