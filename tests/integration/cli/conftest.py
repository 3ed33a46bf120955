"""The command in process, the enrolment API on loopback. No test sees the developer's own AWS settings."""

import json
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gatehouse.app import app
from tests.functions.enrollment.world import World
from tests.integration.cli.enrollment_server import KEY_ID, REGION, SECRET_KEY, serving

type Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (
        "AWS_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_DEFAULT_REGION",
        "GATEHOUSE_RADIUS_SECRET",
        "GATEHOUSE_LOCAL",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def url(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with serving(world) as served:
        monkeypatch.setenv("GATEHOUSE_ENROLLMENT_URL", served)
        yield served


@pytest.fixture
def run() -> Run:
    def invoke(*arguments: str, typed: str | None = None) -> Result:
        result = CliRunner().invoke(app, arguments, input=typed)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        return result

    return invoke


def named_in(result: Result, words: str) -> list[str]:
    """The arguments of the command that the output tells to run next, as a shell takes it."""
    (line,) = [line for line in result.stdout.splitlines() if f"gatehouse {words}" in line]
    return shlex.split(line[line.index("gatehouse ") :])[1:]


def error_of(result: Result) -> Any:
    """The one JSON object on standard error."""
    assert not result.stdout
    return json.loads(result.stderr)["error"]
