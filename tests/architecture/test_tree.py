"""What must never stand in any file, and that the documents tell the truth about the commands."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Written in pieces, so that this file does not find itself.
FORBIDDEN = {
    "the host of a package registry": re.compile(r"(?:pypi|pythonhosted|test\.pypi)" + r"\.org|registry\.npm" + "js"),
    "a path of somebody's machine": re.compile(r"(?<![\w.~-])/(?:home|Users|root|work" + r")/\w"),
    "an AWS access key": re.compile(r"\b(?:AKIA|ASIA)" + r"(?!\w*EXAMPLE)[A-Z0-9]{16}\b"),
    "a private key": re.compile("-----BEGIN [A-Z ]*" + "PRIVATE KEY-----"),
    "an account id in an ARN": re.compile(
        r"arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:" + r"(?!000000000000|123456789012)\d{12}:"
    ),
}


def tracked_files() -> list[Path]:
    command = ["git", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in tracked_files()
        for match in [FORBIDDEN[what].search(path.read_text(errors="replace"))]
        if match
    ]
    assert found == []


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize(
    "document", sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("docs/**/*.md")), ids=lambda p: str(p.relative_to(ROOT))
)
def test_documents_name_only_make_targets_that_exist(document: Path) -> None:
    """A command stands in backticks or starts an indented line; "make sure" in running text is no command."""
    named = re.findall(r"(?:`|^ {2,}(?:[$] )?)(?:[A-Z_]+=\S+ )*make ([a-z-]+)", document.read_text(), re.MULTILINE)
    assert set(named) <= make_targets()


def test_the_make_help_lists_every_target_that_is_meant_for_people() -> None:
    text = (ROOT / "Makefile").read_text()
    described = set(re.findall(r"^([a-z][a-z-]*):.*## ", text, re.MULTILINE))
    assert described == make_targets()


@pytest.mark.parametrize("folder", ["layers/core/mfa", "functions", "edge/radius_edge", "cli/gatehouse", "local"])
def test_every_module_says_what_it_is(folder: str) -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in (ROOT / folder).rglob("*.py")
        if path.stat().st_size and not path.read_text().startswith('"""')
    ]
    assert silent == []
