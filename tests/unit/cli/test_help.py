"""The help of every command: what a terminal shows, to the letter. And the version."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from gatehouse.app import app


def all_commands() -> Iterator[tuple[str, ...]]:
    yield ()
    yield from _below(get_command(app), ())


def _below(command: object, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(command, TyperGroup):
        for name, one in command.commands.items():
            yield (*path, name)
            yield from _below(one, (*path, name))


def help_of(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("path", list(all_commands()), ids=" ".join)
def test_examples_stand_on_lines_of_their_own(path: tuple[str, ...]) -> None:
    lines = help_of(*path, "--help").splitlines()
    assert not [line for line in lines if "\b" in line or line.split()[:1] == ["\\b"]]
    assert not [line for line in lines if line.lstrip().startswith("Examples:") and line.strip() != "Examples:"]


@pytest.mark.parametrize("path", list(all_commands()), ids=" ".join)
def test_the_short_option_shows_the_same_help(path: tuple[str, ...]) -> None:
    assert help_of(*path, "-h") == help_of(*path, "--help")


def test_the_version_is_that_of_the_package() -> None:
    written = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]["version"]
    assert help_of("--version") == f"gatehouse {written}\n"
