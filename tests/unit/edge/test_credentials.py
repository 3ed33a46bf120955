"""Credentials: from the environment, or by a child process and its document."""

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Callable
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
    assert keeper._seconds_until_refresh() == source.LONGEST_SLEEP_SECONDS
    keeper._now = lambda: ends.timestamp() - 600
    assert 200 < keeper._seconds_until_refresh() <= 300


def test_old_credentials_are_kept_while_they_last_and_not_longer(tmp_path: Path) -> None:
    keeper, used = _keeper(tmp_path)
    now = datetime.now(UTC).timestamp()
    keeper._take(AwsCredentials(access_key_id="AKID", secret_access_key="s", expires_at=now + 60))
    assert keeper._keep_while_valid()
    keeper._take(AwsCredentials(access_key_id="AKID", secret_access_key="s", expires_at=now - 1))
    assert not keeper._keep_while_valid()
    assert used[-1] is None


def test_a_clock_that_is_hours_behind_does_not_let_credentials_end(tmp_path: Path) -> None:
    keeper, _ = _keeper(tmp_path)
    real = datetime.now(UTC).timestamp()
    keeper._now = lambda: real - 3 * 3600
    keeper._take(AwsCredentials(access_key_id="AKID", secret_access_key="s", expires_at=real + 6 * 3600))
    assert keeper._seconds_until_refresh() <= 900


@pytest.mark.parametrize("error", [BlockingIOError(11, "no more processes"), RuntimeError("canary")])
def test_an_error_that_nobody_thought_of_does_not_end_the_keeper(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception
) -> None:
    found = AwsCredentials(access_key_id="AKID", secret_access_key="s")
    results: list[Exception | AwsCredentials] = [error, error, found]

    async def child() -> AwsCredentials:
        result = results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    monkeypatch.setattr(source, "credentials_of_child", child)
    monkeypatch.setattr(source, "RETRY_SECONDS", 0.01)
    keeper, used = _keeper(tmp_path)
    broken: list[tuple[str, Exception]] = []
    keeper._broken = lambda place, error: broken.append((place, error))
    asyncio.run(_run_until(keeper, lambda: bool(used)))
    assert used == [found]
    assert broken == [("credentials", error)] * 2


def test_a_refusal_wakes_the_keeper_but_not_too_often(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    looks: list[float] = []

    async def child() -> AwsCredentials:
        looks.append(time.monotonic())
        keeper.refused()  # as if every answer were a refusal
        return AwsCredentials(access_key_id=f"AKID{len(looks)}", secret_access_key="s")

    monkeypatch.setattr(source, "credentials_of_child", child)
    monkeypatch.setattr(source, "AFTER_REFUSAL_SECONDS", 0.05)
    keeper, used = _keeper(tmp_path)
    asyncio.run(_run_until(keeper, lambda: len(used) == 3))
    assert all(later - earlier >= 0.045 for earlier, later in itertools.pairwise(looks))


async def _run_until(keeper: CredentialsKeeper, condition: Callable[[], bool]) -> None:
    task = asyncio.create_task(keeper.run())
    async with asyncio.timeout(5):
        while not condition():
            assert not task.done()
            await asyncio.sleep(0.005)
    task.cancel()


def _keeper(folder: Path) -> tuple[CredentialsKeeper, list[AwsCredentials | None]]:
    used: list[AwsCredentials | None] = []
    with (folder / "log").open("wb") as log:
        return CredentialsKeeper(used.append, LogLines(log.fileno(), lambda seconds, call: None), _unbroken), used


def _unbroken(place: str, error: Exception) -> None:
    raise AssertionError(place) from error


def _only_this_file(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file.with_name("no-config")))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        monkeypatch.delenv(name, raising=False)
