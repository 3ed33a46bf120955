"""Credentials: from the environment, or by a child process and its document."""

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from radius_edge.credentials import source
from radius_edge.credentials.source import CredentialsError, CredentialsKeeper, read_document, static_credentials
from radius_edge.gateway.signing import AwsCredentials
from radius_edge.logs import LogLines


def test_static_credentials_need_both_halves() -> None:
    both = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret"}
    assert static_credentials(both) == AwsCredentials(access_key_id="AKID", secret_access_key="secret")
    assert static_credentials({**both, "AWS_SESSION_TOKEN": "token"}) == AwsCredentials(
        access_key_id="AKID", secret_access_key="secret", session_token="token"
    )
    for missing in both:
        assert static_credentials({name: value for name, value in both.items() if name != missing}) is None


def test_a_document_is_read() -> None:
    document = {
        "Version": 1,
        "AccessKeyId": "AKID",
        "SecretAccessKey": "secret",
        "SessionToken": "token",
        "Expiration": "2026-01-01T00:00:00Z",
    }
    assert read_document(json.dumps(document).encode()) == AwsCredentials(
        access_key_id="AKID", secret_access_key="secret", session_token="token", expires_at=1_767_225_600.0
    )


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"[]",
        b"{}",
        b'{"Version":2}',
        b'{"Version":1,"AccessKeyId":"a"}',
        b'{"Version":1,"AccessKeyId":"a","SecretAccessKey":"canary","Expiration":"soon"}',
    ],
)
def test_another_document_is_refused_and_not_repeated(octets: bytes) -> None:
    with pytest.raises(CredentialsError) as caught:
        read_document(octets)
    assert "canary" not in str(caught.value)


def test_the_child_finds_what_botocore_finds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    file.write_text("[default]\naws_access_key_id = AKIDFILE\naws_secret_access_key = secret\naws_session_token = t\n")
    _only_this_file(monkeypatch, file)
    found = asyncio.run(source.credentials_of_child())
    assert found == AwsCredentials(access_key_id="AKIDFILE", secret_access_key="secret", session_token="t")


def test_a_child_that_finds_nothing_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _only_this_file(monkeypatch, tmp_path / "missing")
    with pytest.raises(CredentialsError, match="no AWS credentials"):
        asyncio.run(source.credentials_of_child())


def test_a_child_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "hang"
    program.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(60)\n")
    program.chmod(0o755)
    monkeypatch.setattr(source.sys, "executable", str(program))
    monkeypatch.setattr(source, "CHILD_SECONDS", 0.3)
    with pytest.raises(CredentialsError, match="too long"):
        asyncio.run(source.credentials_of_child())


def test_fresh_credentials_come_before_the_old_ones_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ends = datetime.now(UTC) + timedelta(seconds=3600)
    keeper, used = _keeper(tmp_path)
    keeper._take(AwsCredentials(access_key_id="AKID", secret_access_key="s", expires_at=ends.timestamp()))
    assert [found.access_key_id for found in used if found] == ["AKID"]
    assert 3200 < keeper._seconds_until_refresh() <= 3300


def test_old_credentials_are_kept_while_they_last_and_not_longer(tmp_path: Path) -> None:
    keeper, used = _keeper(tmp_path)
    now = datetime.now(UTC).timestamp()
    keeper._take(AwsCredentials(access_key_id="AKID", secret_access_key="s", expires_at=now + 60))
    assert keeper._keep_while_valid()
    keeper._take(AwsCredentials(access_key_id="AKID", secret_access_key="s", expires_at=now - 1))
    assert not keeper._keep_while_valid()
    assert used[-1] is None


def _keeper(folder: Path) -> tuple[CredentialsKeeper, list[AwsCredentials | None]]:
    used: list[AwsCredentials | None] = []
    with (folder / "log").open("wb") as log:
        return CredentialsKeeper(used.append, LogLines(log.fileno(), lambda seconds, call: None)), used


def _only_this_file(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file.with_name("no-config")))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        monkeypatch.delenv(name, raising=False)
