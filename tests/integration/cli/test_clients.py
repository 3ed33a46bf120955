"""gatehouse clients … against the real function: files checked whole, compared, applied, shown and applied again."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from mfa.domain.client_profile import ClientProfile
from tests.functions.enrollment.world import World
from tests.integration.cli.conftest import Run, error_of

SECRET = "a shared secret canary"
pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("url")]
FILE = f"""\
version: 1
realms:
  - name: corp
    netbios_domains: [CORP]
    upn_suffixes: [corp.example.test]
clients:
  - name: vpn
    networks: [192.0.2.0/24]
    secret: {SECRET}
    timeout_seconds: 10
    retries: 2
    reply_attributes:
      Filter-Id: staff
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "clients.yaml"
    path.write_text(FILE)
    return path


@pytest.fixture
def applied(run: Run, file: Path) -> Path:
    assert run("clients", "apply", str(file), "--yes").exit_code == 0
    return file


def in_force(world: World) -> Any:
    assert world.store.state.current is not None
    return world.store.state.revisions[world.store.state.current.revision]


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_a_good_file_is_said_to_be_good(run: Run, file: Path) -> None:
    result = run("clients", "validate", str(file))
    assert (result.exit_code, result.stdout) == (0, "No mistakes; 1 client.\n")
    assert json.loads(run("clients", "validate", str(file), "--json").stdout)["clients"] == 1


def test_every_mistake_is_told_with_its_line_and_nothing_is_applied(run: Run, file: Path, world: World) -> None:
    change(file, "retries: 2", "retries: 99")
    change(file, "Filter-Id", "Filter-Idd")
    change(file, SECRET, "short canary")
    for command in (["validate"], ["diff"], ["apply", "--yes"]):
        result = run("clients", *command, str(file))
        assert result.exit_code == 2
        assert result.stderr.splitlines() == [
            f"{file}:9: a shared secret must have 16 to 512 octets",
            f"{file}:11: retries must be a whole number from 0 to 10",
            f"{file}:13: Filter-Idd is not in the RADIUS dictionary of the edge; check its spelling",
            "gatehouse: 3 mistakes; nothing was changed",
        ]
    assert in_force(world).revision == 1


def test_mistakes_come_as_json_where_asked(run: Run, file: Path) -> None:
    change(file, "retries: 2", "retries: 99")
    error = error_of(run("clients", "validate", str(file), "--json"))
    assert error["code"] == "invalid-configuration"
    (finding,) = error["findings"]
    assert (finding["path"], finding["file"], finding["line"]) == ("/clients/0/retries", str(file), 11)


def test_a_mistake_that_only_the_server_can_see_has_its_line_too(run: Run, file: Path) -> None:
    """Whether a client without a secret exists, only the server knows."""
    change(file, f"    secret: {SECRET}\n", "")
    assert run("clients", "validate", str(file)).exit_code == 0
    result = run("clients", "apply", str(file), "--yes")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[0] == (
        f"{file}:7: secret is missing: only a client that exists already can keep its secret"
    )


def test_a_difference_is_shown_without_secrets_and_changes_nothing(run: Run, applied: Path, world: World) -> None:
    change(applied, "timeout_seconds: 10", "timeout_seconds: 20")
    change(applied, SECRET, "another secret canary")
    result = run("clients", "diff", str(applied))
    assert result.stdout.splitlines() == [
        "client vpn: timeout_seconds: 10 -> 20",
        "client vpn: shared secret changes",
    ]
    assert "canary" not in result.output
    assert in_force(world).revision == 2
    document = json.loads(run("clients", "diff", str(applied), "--json").stdout)
    assert (document["revision_in_force"], len(document["changes"])) == (2, 2)


def test_applying_shows_the_changes_and_asks(run: Run, file: Path, world: World) -> None:
    refused = run("clients", "apply", str(file), typed="n\n")
    assert refused.exit_code == 2
    assert "nothing was changed" in refused.stderr
    assert in_force(world).revision == 1
    assert run("clients", "apply", str(file), typed="").exit_code == 2
    result = run("clients", "apply", str(file), typed="y\n")
    assert result.stdout == ("client vpn: added\nRevision 2 is in force. Edges work by it within a minute.\n")
    assert in_force(world).clients[0].edge.secrets == (SECRET.encode(),)


def test_applying_the_same_again_changes_nothing(run: Run, applied: Path, world: World) -> None:
    result = run("clients", "apply", str(applied))
    assert (result.exit_code, result.stdout) == (0, "Nothing changes; revision 2 stays in force.\n")
    assert in_force(world).revision == 2
    assert json.loads(run("clients", "apply", str(applied), "--json").stdout)["applied"] is False


def test_with_json_the_result_is_one_document(run: Run, file: Path) -> None:
    result = json.loads(run("clients", "apply", str(file), "--yes", "--json").stdout)
    assert (result["applied"], result["revision"], result["changes"][0]["text"]) == (True, 2, "client vpn: added")


def test_somebody_elses_change_is_not_overwritten(
    run: Run, applied: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes between the comparison and the yes."""
    configurations, calls = world.store.configurations, 0
    original = configurations.apply

    def late(configuration: Any, now: int) -> None:
        nonlocal calls
        calls += 1
        monkeypatch.setattr(configurations, "apply", original)
        original(configuration.__class__(revision=3, realms=configuration.realms, clients=()), now)
        original(configuration, now)

    monkeypatch.setattr(configurations, "apply", late)
    change(applied, "retries: 2", "retries: 3")
    result = run("clients", "apply", str(applied), "--yes")
    assert (result.exit_code, calls) == (1, 1)
    assert in_force(world).clients == ()


def test_what_is_shown_can_be_applied_again(run: Run, applied: Path, world: World, tmp_path: Path) -> None:
    shown = tmp_path / "shown.yaml"
    result = run("clients", "show")
    assert "canary" not in result.output
    assert result.stdout.startswith("# Revision 2. Shared secrets are not shown")
    shown.write_text(result.stdout)
    assert run("clients", "validate", str(shown)).exit_code == 0
    assert run("clients", "diff", str(shown)).stdout == "Nothing changes.\n"
    document = json.loads(run("clients", "show", "--json").stdout)
    assert document["clients"][0] == yaml.safe_load(result.stdout)["clients"][0]


def test_before_the_first_configuration_there_is_nothing_to_show(run: Run, world: World) -> None:
    world.store.state.current = None
    assert run("clients", "show").stdout == "# No configuration has been applied yet.\n"


def test_an_ended_waiver_is_left_out_of_what_is_shown_and_named(
    run: Run, file: Path, world: World, tmp_path: Path
) -> None:
    waiver = {"owner": "Ada", "reason": "an old device", "until": "2023-11-20"}  # the world's clock is in 2023
    switch = "dangerously_allow_chap_without_message_authenticator"
    document = yaml.safe_load(file.read_text())
    document["clients"][0]["waivers"] = {switch: waiver}
    assert world.admin("PUT", "/v1/admin/configuration", {"expected_revision": 1, **document}).status == 200
    result = run("clients", "show")
    assert f"# vpn: the waiver {switch} ended (2023-11-20) and is left out." in result.stdout
    shown = tmp_path / "shown.yaml"
    shown.write_text(result.stdout)
    assert run("clients", "validate", str(shown)).exit_code == 0


# ---- secrets


def test_secrets_may_be_in_the_environment_or_in_another_file(
    run: Run, file: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file.parent / "former.txt").write_text("the former secret canary\n")
    reference = "secret_from_env: VPN_SECRET\n    previous_secret_from_file: former.txt"
    change(file, f"secret: {SECRET}", reference)
    monkeypatch.setenv("VPN_SECRET", SECRET)
    assert run("clients", "apply", str(file), "--yes").exit_code == 0
    assert in_force(world).clients[0].edge.secrets == (SECRET.encode(), b"the former secret canary")


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("secret_from_env: NOT_THERE", "the environment variable NOT_THERE is not set"),
        ("secret_from_file: not-there", "not-there cannot be read: No such file or directory"),
        ("secret_from_file: /", "/ cannot be read: Is a directory"),
    ],
)
def test_a_secret_that_is_not_there_is_noted_by_validate_and_needed_by_apply(
    run: Run, file: Path, reference: str, text: str
) -> None:
    change(file, f"secret: {SECRET}", f"{reference}\n    previous_secret: the former secret canary")
    noted = run("clients", "validate", str(file))
    assert (noted.exit_code, noted.stdout.splitlines()[0]) == (0, f"{file}:9: {text}; it was not checked")
    needed = run("clients", "apply", str(file), "--yes")
    assert (needed.exit_code, needed.stderr.splitlines()[0]) == (2, f"{file}:9: {text}")


def test_a_bad_secret_from_elsewhere_is_told_where_it_is_referred_to(
    run: Run, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(file, f"secret: {SECRET}", "secret_from_env: VPN_SECRET")
    monkeypatch.setenv("VPN_SECRET", "short canary")
    result = run("clients", "validate", str(file))
    assert result.stderr.splitlines()[0] == f"{file}:9: a shared secret must have 16 to 512 octets"


@pytest.mark.parametrize("reference", ["secret_from_env: 7", "secret_from_env:", "secret_from_file: [x]"])
def test_a_reference_must_be_a_name(run: Run, file: Path, reference: str) -> None:
    change(file, f"secret: {SECRET}", reference)
    result = run("clients", "validate", str(file))
    assert result.exit_code == 2
    assert f"{file}:9: {reference.partition(':')[0]} must name where the secret is" in result.stderr


def test_only_one_way_to_give_a_secret_is_taken(run: Run, file: Path) -> None:
    change(file, f"secret: {SECRET}", f"secret: {SECRET}\n    secret_from_env: HOME")
    result = run("clients", "validate", str(file))
    assert f"{file}:10: give only one of secret and secret_from_env" in result.stderr


def test_a_secret_is_rotated_in_two_steps(run: Run, applied: Path, world: World) -> None:
    change(applied, f"secret: {SECRET}", f"secret: the next secret canary\n    previous_secret: {SECRET}")
    first = run("clients", "apply", str(applied), "--yes").stdout
    assert "client vpn: previous shared secret: none -> the current one" in first
    assert in_force(world).clients[0].edge.secrets == (b"the next secret canary", SECRET.encode())
    change(applied, f"    previous_secret: {SECRET}\n", "")
    second = run("clients", "apply", str(applied), "--yes").stdout
    assert "client vpn: previous shared secret: set -> none" in second
    assert in_force(world).clients[0].edge.secrets == (b"the next secret canary",)


# ---- several files


def test_several_files_are_one_document(run: Run, file: Path, world: World, tmp_path: Path) -> None:
    more = tmp_path / "more.yaml"
    client = "name: wifi, networks: [198.51.100.0/24], timeout_seconds: 5, retries: 1"
    more.write_text(f"# more\nclients:\n  - {{{client}, secret: {SECRET} 2}}\n")
    assert run("clients", "apply", str(file), str(more), "--yes").exit_code == 0
    assert [one.edge.name for one in in_force(world).clients] == ["vpn", "wifi"]
    change(more, "retries: 1", "retries: 99")
    change(file, "retries: 2", "retries: 98")
    result = run("clients", "validate", str(file), str(more))
    assert [line.partition(": ")[0] for line in result.stderr.splitlines()[:2]] == [f"{file}:11", f"{more}:3"]


def test_a_file_that_cannot_be_read_is_told_with_the_others(run: Run, file: Path) -> None:
    bad = file.with_name("bad.yaml")
    bad.write_text("a: [\n")
    result = run("clients", "validate", str(file), str(bad), str(file.with_name("none.yaml")))
    assert result.exit_code == 2
    assert [line.partition(": ")[0] for line in result.stderr.splitlines()[:2]] == [
        f"{bad}:2",
        f"{file.with_name('none.yaml')}:1",
    ]


@pytest.mark.parametrize("text", ["- a\n", "7\n", "x\n"])
def test_a_file_that_is_no_mapping_is_told(run: Run, file: Path, text: str) -> None:
    file.write_text(text)
    result = run("clients", "validate", str(file))
    assert f"{file}:1: the file must be a mapping with realms, clients" in result.stderr


# ---- what was learned


def test_the_profile_of_a_client_is_shown(run: Run, applied: Path, world: World) -> None:
    world.store.observations.pin("vpn", "192.0.2.7", 5)
    traits = {"protocol:pap": 1_700_000_000}
    world.store.observations.learn(ClientProfile(client="vpn", version=1, traits=traits))
    result = run("clients", "profile", "vpn")
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["Client", "vpn"],
        ["Pinned", "192.0.2.7"],
        ["Since", "2023-11-14", "22:13:20", "UTC", "protocol:pap"],
    ]
    assert json.loads(run("clients", "profile", "vpn", "--json").stdout)["pins"] == ["192.0.2.7"]
    assert run("clients", "profile", "nobody").exit_code == 1


def test_pins_are_lifted_one_by_one_or_all(run: Run, world: World) -> None:
    for address in ("192.0.2.7", "2001:db8::7", "192.0.2.8"):
        world.store.observations.pin("vpn", address, 0)
    assert run("clients", "unpin", "vpn", "2001:db8::7").exit_code == 0
    assert world.store.observations.pins("vpn") == {"192.0.2.7", "192.0.2.8"}
    assert run("clients", "unpin", "vpn", typed="n\n").exit_code == 2
    assert run("clients", "unpin", "vpn", "--yes", "--json").exit_code == 0
    assert world.store.observations.pins("vpn") == frozenset()
    assert run("clients", "unpin", "vpn", "--yes").exit_code == 1


def test_no_secret_is_printed_by_any_command(run: Run, file: Path) -> None:
    change(file, "retries: 2", "retries: 2\n    previous_secret: the former secret canary")
    outputs = [
        run("clients", *command.split(), str(file)).output
        for command in ("validate", "validate --json", "diff", "diff --json", "apply --yes", "apply --yes --json")
    ]
    outputs += [run("clients", *command.split()).output for command in ("show", "show --json")]
    change(file, "the former secret canary", "canary")
    outputs += [run("clients", "apply", str(file), "--json").output]
    assert all(outputs)
    assert not any("canary" in output for output in outputs)
