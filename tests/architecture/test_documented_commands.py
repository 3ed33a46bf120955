"""Whoever copies a command from a document gets a command that exists, with options that it takes."""

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from gatehouse.app import app

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "bench/README.md"]
# In backticks, or on an indented line, after a prompt, variables and the folder of the virtual environment.
START = r"(?:`|^ {2,}(?:[$] )?)(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?"
GATEHOUSE = re.compile(START + r"gatehouse ([^`\n]+)", re.MULTILINE)
MODULE = re.compile(START + r"python[\d.]* -m ([\w.]+)", re.MULTILINE)
ENDS = ("#", "|", ">")  # a comment of the document, or the shell's


def command_lines(document: Path) -> Iterator[list[str]]:
    for line in GATEHOUSE.findall(document.read_text()):
        words = shlex.split(line, comments=True)
        yield words[: next((at for at, word in enumerate(words) if word.startswith(ENDS)), len(words))]


def complaint(words: list[str]) -> str | None:
    """What is wrong with a command line, looked up in the command itself."""
    command = typer.main.get_command(app)
    words = words.copy()
    while (commands := getattr(command, "commands", None)) and words:  # a group
        names = words.pop(0).split("|")  # "show|apply" names two
        if missing := [name for name in names if name not in commands]:
            return f"there is no command {missing[0]!r}"
        command = commands[names[0]]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    unknown = [word for word in words if word.startswith("-") and word.partition("=")[0] not in known]
    return f"there is no option {unknown[0]!r}" if unknown else None


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_name_only_commands_of_gatehouse_that_exist(document: Path) -> None:
    wrong = {" ".join(words): error for words in command_lines(document) if (error := complaint(words))}
    assert wrong == {}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_name_only_modules_that_can_be_started(document: Path) -> None:
    for name in MODULE.findall(document.read_text()):
        found = importlib.util.find_spec(name)
        assert found, name
        if found.submodule_search_locations:
            assert importlib.util.find_spec(f"{name}.__main__"), name


def test_the_documents_do_name_commands() -> None:
    assert sum(len(list(command_lines(document))) for document in DOCUMENTS) > 10
    assert {name for document in DOCUMENTS for name in MODULE.findall(document.read_text())} >= {"bench.logins"}


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("user add alice --upn a@b", None),
        ("user ad alice", "there is no command 'ad'"),
        ("login alice --hosts h", "there is no option '--hosts'"),
    ],
)
def test_a_wrong_command_is_noticed(line: str, error: str | None) -> None:
    assert complaint(line.split()) == error
