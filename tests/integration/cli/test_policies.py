"""Policies, directories and upstreams in files, and gatehouse policy test, against the real function."""

import json
import ssl
from pathlib import Path
from typing import Any

import pytest

from mfa.contract.directory import DirectoryResult
from tests.functions.enrollment.world import World
from tests.integration.cli.conftest import Run, error_of

DOCS = Path(__file__).parents[3] / "docs"
CA = (DOCS / "examples" / "corp-ca.pem").read_text()
STAFF = "S-1-5-21-1-2-3-1104"
pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("url")]
FILE = f"""\
realms:
  - name: corp
    netbios_domains: [CORP]
    directory:
      base_dn: DC=corp,DC=example,DC=test
      domain_controllers: [{{host: dc1.corp.example.test}}]
      ca_certificates_from_file: ca.pem
      service_account: corp
clients:
  - name: vpn
    networks: [192.0.2.0/24]
    secret: a shared secret canary
    timeout_seconds: 10
    retries: 2
    mode: password_and_factor
policies:
  - name: evenings
    clients: [vpn]
    groups: [{STAFF}]
    times: [{{days: [mon, fri], from: 18:00, to: 02:00, timezone: Europe/Berlin}}]
    action: deny
  - name: staff
    groups: [{STAFF}]
    action: allow
  - name: rest
    action: forward
    upstream: nps
exemptions:
  - name: phones
    users: [bob]
    owner: Ada
    reason: the phones arrive next week
    until: {{until}}
upstreams:
  - name: nps
    servers: [10.0.3.10]
    secret_from_env: NPS_SECRET
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, world: World) -> Path:
    """Files are checked by this machine's clock, and the world's stands in 2023: both must agree here."""
    monkeypatch.setenv("NPS_SECRET", "an upstream secret canary")
    monkeypatch.setattr("time.time", world.clock.now)
    (tmp_path / "ca.pem").write_text(CA)
    path = tmp_path / "clients.yaml"
    path.write_text(FILE.replace("{until}", "2023-12-01"))
    return path


@pytest.fixture
def applied(run: Run, file: Path, world: World) -> Path:
    result = run("clients", "apply", str(file), "--yes")
    assert result.exit_code == 0, result.output
    world.directory.add("alice", groups=[STAFF])
    world.directory.add("bob")
    return file


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def line_of(file: Path, text: str) -> int:
    return next(number for number, line in enumerate(file.read_text().splitlines(), 1) if text in line)


def test_a_good_file_is_said_to_be_good(run: Run, file: Path) -> None:
    result = run("clients", "validate", str(file))
    assert result.stdout == "No mistakes; 1 client, 3 policies, 1 exemption, 1 upstream.\n", result.output
    counted = json.loads(run("clients", "validate", str(file), "--json").stdout)
    assert (counted["policies"], counted["exemptions"], counted["upstreams"]) == (3, 1, 1)


def test_every_mistake_is_told_with_its_line(run: Run, file: Path) -> None:
    change(file, "action: allow", "action: admit")
    change(file, "until: 2023-12-01", "until: 2023-11-13")
    change(file, "DC=corp,DC=example,DC=test", "corp.example.test")
    change(file, "Europe/Berlin", "Europe/Berlim")
    change(file, "upstream: nps", "upstream: npx")
    result = run("clients", "validate", str(file))
    assert result.exit_code == 2
    assert [line.partition(": ")[0] for line in result.stderr.splitlines()[:-1]] == [
        f"{file}:{line_of(file, text)}"
        for text in ("base_dn", "Europe/Berlim", "action: admit", "upstream: npx", "until: 2023")
    ]
    assert "this exemption has ended: remove it, or give it a new end" in result.stderr


def test_applied_policies_are_shown_without_secrets_and_can_be_applied_again(
    run: Run, applied: Path, world: World, tmp_path: Path
) -> None:
    result = run("clients", "show")
    assert "canary" not in result.output
    assert "    ca_certificates: |\n      -----BEGIN CERTIFICATE-----\n" in result.stdout
    shown = tmp_path / "shown.yaml"
    shown.write_text(result.stdout)
    assert run("clients", "validate", str(shown)).exit_code == 0
    assert run("clients", "diff", str(shown)).stdout == "Nothing changes.\n"
    assert world.store.state.revisions[2].upstreams[0].secret == b"an upstream secret canary"


def test_what_has_ended_is_left_out_of_what_is_shown_and_named(
    run: Run, applied: Path, world: World, tmp_path: Path
) -> None:
    document = json.loads(run("clients", "show", "--json").stdout)
    permission = {"action": "allow", "owner": "Ada", "reason": "roll-out", "until": "2023-11-20"}
    document["clients"][0]["unenrolled"] = permission
    sent = {"expected_revision": document.pop("revision"), **document}
    assert world.admin("PUT", "/v1/admin/configuration", sent).status == 200
    world.clock.advance(30 * 86_400)
    result = run("clients", "show")
    assert result.stdout.splitlines()[1:3] == [
        "# vpn: letting users without a factor in ended (2023-11-20); they are denied.",
        "# The exemption phones ended (2023-12-01) and is left out.",
    ]
    shown = tmp_path / "shown.yaml"
    shown.write_text(result.stdout)
    assert run("clients", "validate", str(shown)).exit_code == 0


def test_the_secret_of_an_upstream_may_be_elsewhere_and_is_kept(
    run: Run, applied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NPS_SECRET")
    noted = run("clients", "validate", str(applied))
    place = f"{applied}:{line_of(applied, 'secret_from_env')}"
    assert noted.stdout.startswith(f"{place}: the environment variable NPS_SECRET is not set; it was not checked")
    needed = run("clients", "apply", str(applied), "--yes")
    assert (needed.exit_code, needed.stderr.startswith(place)) == (2, True)
    change(applied, "    secret_from_env: NPS_SECRET\n", "")
    assert run("clients", "diff", str(applied)).stdout == "Nothing changes.\n"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"no certificate", "in PEM (-----BEGIN CERTIFICATE-----)"),
        (CA.replace("CERTIFICATE", "RSA PRIVATE KEY").encode(), "a private key here"),
        (b"-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----\n", "TLS library cannot read these"),
        (b"\xff\xfe\x00", "does not hold a text in UTF-8"),
        (None, "ca.pem cannot be read: No such file or directory"),
    ],
)
def test_certificates_that_are_none_are_told_at_their_line(
    run: Run, file: Path, content: bytes | None, text: str
) -> None:
    path = file.with_name("ca.pem")
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    result = run("clients", "validate", str(file))
    first = result.stderr.splitlines()[0]
    assert first.startswith(f"{file}:7: "), result.output
    assert text in first
    assert result.stderr.endswith("gatehouse: one mistake; nothing was changed\n")


def test_certificates_as_windows_exports_them_are_taken(run: Run, file: Path) -> None:
    file.with_name("ca.pem").write_bytes(ssl.PEM_cert_to_DER_cert(CA))
    assert run("clients", "validate", str(file)).exit_code == 0


def test_reply_attributes_of_a_policy_must_be_in_the_dictionary(run: Run, file: Path) -> None:
    change(file, "action: allow", "action: allow\n    reply_attributes: {Clas: staff}")
    result = run("clients", "validate", str(file))
    place = f"{file}:{line_of(file, 'reply_attributes')}"
    assert result.stderr.startswith(f"{place}: Clas is not in the RADIUS dictionary of the edge")


# ---- gatehouse policy test


def lines(run: Run, *arguments: str) -> dict[str, str]:
    result = run("policy", "test", *arguments)
    assert result.exit_code == 0, result.output
    return {line[:12].strip(): line[12:].strip() for line in result.stdout.splitlines()}


def test_the_policy_that_would_decide_is_told_with_why(run: Run, applied: Path) -> None:
    result = run("policy", "test", "CORP\\alice", "--client", "vpn", "--from", "192.0.2.7")
    assert result.stdout.splitlines() == [
        "Client      vpn (password_and_factor), revision 2",
        "Time        2023-11-14 22:13:20 UTC",
        "User        alice of realm corp: not known here",
        "Directory   the directory says: found, account alice",
        f"Group       {STAFF}",
        "Policy 1    evenings (deny): no, it is Tuesday 23:13 in Europe/Berlin, which is none of its times",
        "Policy 2    staff (allow): yes, everything that it says matches <- decides",
        "Policy 3    rest (forward): yes, everything that it says matches, but one before it decides",
        "Exemption   phones: no, alice is none of its users",
        "Unenrolled  deny",
        (
            "Outcome     rejected: nobody of that name is enrolled here, and the client denies such users"
            " (by policy staff)"
        ),
    ]


@pytest.mark.parametrize("moment", ["2023-11-17T18:30:00+01:00", "2023-11-17T17:30:00Z", "2023-11-18T00:30+00:00"])
def test_another_time_may_be_asked_about(run: Run, applied: Path, moment: str) -> None:
    told = lines(run, "alice", "--client", "vpn", "--from", "192.0.2.7", "--at", moment)
    assert told["Outcome"] == "rejected: the policy denies it (by policy evenings)"


@pytest.mark.parametrize("moment", ["soon", "2023-02-31T12:00:00+01:00", "2023-11-17T18:30", "18:30"])
def test_a_time_that_is_none_is_refused(run: Run, applied: Path, moment: str) -> None:
    result = run("policy", "test", "alice", "--client", "vpn", "--from", "192.0.2.7", "--at", moment)
    assert (result.exit_code, f"{moment} is no time such as" in result.stderr) == (2, True)


@pytest.mark.parametrize("option", ["--from", "--caller"])
def test_an_address_that_is_none_is_refused_by_the_options_name(run: Run, option: str) -> None:
    places = {"--from": "192.0.2.7", "--caller": "203.0.113.9", option: "vpn.example.com"}
    result = run("policy", "test", "alice", "--client", "vpn", *(part for pair in places.items() for part in pair))
    assert (result.exit_code, f"{option} must be an IP address such as" in result.stderr) == (2, True)


def test_an_unavailable_directory_is_said_clearly(run: Run, applied: Path, world: World) -> None:
    world.directory.result = DirectoryResult.UNAVAILABLE
    told = lines(run, "alice", "--client", "vpn", "--from", "192.0.2.7")
    assert told["Directory"].startswith("the directory is unavailable")
    assert told["Policy 2"].startswith("staff (allow): unknown, it needs the user's groups")
    assert told["Outcome"].startswith("rejected: the directory is unavailable")


def test_notes_and_names_that_nobody_can_have_are_told(run: Run, applied: Path) -> None:
    told = lines(run, "OTHER\\alice", "--client", "vpn", "--from", "198.51.100.7", "--caller", "203.0.113.9")
    assert told["User"] == "a name that nobody can have"
    assert told["Outcome"] == "rejected: nobody can have that name at this client"


def test_the_report_comes_as_json_where_asked(run: Run, applied: Path) -> None:
    result = run("policy", "test", "bob", "--client", "vpn", "--from", "192.0.2.7", "--json")
    report: Any = json.loads(result.stdout)
    assert (report["outcome"]["outcome"], report["outcome"]["upstream"]) == ("forward", "nps")
    error = error_of(run("policy", "test", "bob", "--client", "nobody", "--from", "192.0.2.7", "--json"))
    assert error["code"] == "unknown-client"


def test_one_more_client_can_be_added_at_the_end_of_what_is_shown(run: Run, applied: Path, tmp_path: Path) -> None:
    more = tmp_path / "more.yaml"
    client = "name: wifi, networks: [198.51.100.0/24], timeout_seconds: 5, retries: 1, secret: another secret canary"
    more.write_text(run("clients", "show").stdout + f"- {{{client}}}\n")
    assert run("clients", "diff", str(more)).stdout == "client wifi: added\n"


def test_lists_that_are_empty_are_not_shown(run: Run, file: Path, world: World) -> None:
    text = file.read_text()
    file.write_text(text[: text.index("policies:")])
    assert run("clients", "apply", str(file), "--yes").exit_code == 0
    shown = run("clients", "show").stdout
    assert not any(name in shown for name in ("policies", "exemptions", "upstreams:"))
