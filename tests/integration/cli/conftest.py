"""The command in process, the enrolment API on loopback. No test sees the developer's own AWS settings."""

import json
import shlex
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import pytest
from typer.testing import CliRunner, Result

from gatehouse.app import app
from tests.functions.enrollment.world import World
from tests.integration.cli.enrollment_server import KEY_ID, REGION, SECRET_KEY, serving

type Run = Callable[..., Result]


class Terminal:
    """Somebody who answers. What is typed is decided when it is asked for: a code may have come meanwhile."""

    def __init__(self, *answers: str | Callable[[], str]) -> None:
        self.unasked = list(answers)

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        if not self.unasked:
            return ""
        answer = self.unasked.pop(0)
        return f"{answer if isinstance(answer, str) else answer()}\n"


@dataclass
class SystemWithTerminal:
    """``sys``, as far as whoever asks looks at it."""

    stdin: Terminal

    @property
    def stderr(self) -> TextIO:
        return sys.stderr


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
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    def invoke(*arguments: str, typed: str | Terminal | None = None) -> Result:
        with monkeypatch.context() as patched:
            if isinstance(typed, Terminal):
                patched.setattr("gatehouse.prompts.sys", SystemWithTerminal(typed))
            result = CliRunner().invoke(app, arguments, input=typed if isinstance(typed, str) else None)
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
