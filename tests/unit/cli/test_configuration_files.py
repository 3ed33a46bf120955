"""No file makes the command stumble, and every finding has its place."""

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatehouse.configuration_files import load
from gatehouse.errors import CommandError, Finding
from mfa.domain.client_document import CLIENT_FIELDS

NOW = 1_700_000_000.0
REFERENCES = ("secret_from_env", "secret_from_file", "previous_secret_from_env", "previous_secret_from_file")
SCALARS = st.none() | st.booleans() | st.integers(-9, 99) | st.text(max_size=20)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
CLIENTS = st.dictionaries(st.sampled_from((*CLIENT_FIELDS, *REFERENCES, "other")), VALUES, max_size=8)
DOCUMENTS = st.dictionaries(st.sampled_from(("version", "realms", "clients", "other")), VALUES | st.lists(CLIENTS))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(documents=st.lists(DOCUMENTS | VALUES, min_size=1, max_size=3), needed=st.booleans())
def test_whatever_stands_in_the_files_the_findings_have_places(
    tmp_path: Path, documents: list[object], needed: bool
) -> None:
    paths = [tmp_path / f"{number}.yaml" for number in range(len(documents))]
    for path, document in zip(paths, documents, strict=True):
        path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8", errors="replace")
    try:
        load(paths, NOW, secrets_needed=needed)
    except CommandError as error:
        found = error.findings
    else:
        return
    assert found
    assert all(finding.file in {str(path) for path in paths} and finding.line for finding in found)


@pytest.mark.parametrize("pointer", ["", "/", "/clients/99/name", "/clients/x", "/no/such/thing", "x"])
def test_a_finding_of_the_server_gets_the_nearest_place(tmp_path: Path, pointer: str) -> None:
    path = tmp_path / "clients.yaml"
    path.write_text("realms:\n  - name: corp\nclients: []\n")
    files = load([path], NOW, secrets_needed=True)
    (found,) = files.found([Finding(pointer, "wrong")])
    assert (found.file, found.text) == (str(path), "wrong")
    assert found.line in {1, 3}


def test_a_secret_file_may_be_anything(tmp_path: Path) -> None:
    path, secret = tmp_path / "clients.yaml", tmp_path / "secret"
    client = "{name: vpn, networks: [192.0.2.0/24], timeout_seconds: 5, retries: 1, secret_from_file: secret}"
    path.write_text(f"realms: [{{name: corp}}]\nclients:\n  - {client}\n")
    for octets in (b"", b"\n", b"\xff" * 20, b"x" * 100_000, b"two\nlines, sixteen octets"):
        secret.write_bytes(octets)
        with pytest.raises(CommandError) as refused:
            load([path], NOW, secrets_needed=True)
        assert [finding.line for finding in refused.value.findings] == [3], octets[:30]
    secret.write_bytes(b"a shared secret in a file\r\n")
    loaded = load([path], NOW, secrets_needed=True).document["clients"]
    assert isinstance(loaded, list)
    assert loaded[0]["secret"] == "a shared secret in a file"
    assert "secret_from_file" not in loaded[0]
