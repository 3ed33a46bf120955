"""docs/threats.md names tests; a row is worth nothing if its test is not there.

In a row's last column a path is below tests/ (a plain file name: below tests/integration/edge/); a name in
backticks is how tests of the file before it begin.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
DEFAULT_FOLDER = TESTS / "integration/edge"
ROW = re.compile(r"^\| *(?P<ids>[A-Z0-9, ]*) *\|.*\| *(?P<tests>[^|]*?) *\|$")
TOKEN = re.compile(r"(?P<path>[\w/]+\.py)|`(?P<name>test_\w+)`")
REQUIRED = [
    *(f"A{number}" for number in range(1, 27)),
    *(f"B{number}" for number in range(1, 17)),
    *(f"D{number}" for number in range(1, 15)),
    *(f"C{number}" for number in (13, 14, 15, 17)),
    *(f"E{number}" for number in (*range(1, 13), 13, 14, *range(16, 24))),
    "G6",
    "G9",
    *(f"F{number}" for number in range(1, 8)),
    "C2",
    "C11",
    "C12",
    *(f"G{number}" for number in (1, 2, 3, 4, 5, *range(10, 16))),
    "G17",
    "G18",
    "X1",
    "X2",
]


@dataclass(frozen=True)
class Row:
    line: int
    ids: tuple[str, ...]
    tests: tuple[tuple[Path, tuple[str, ...]], ...]  # how tests of a file begin, by file

    def __str__(self) -> str:
        return f"line {self.line}: {' '.join(self.ids)}"


def rows() -> Iterator[Row]:
    for number, line in enumerate((ROOT / "docs/threats.md").read_text().splitlines(), start=1):
        if found := ROW.match(line):
            yield Row(number, tuple(re.findall(r"\w+", found["ids"])), tuple(named_in(found["tests"])))


def named_in(cell: str) -> Iterator[tuple[Path, tuple[str, ...]]]:
    file, names = None, list[str]()
    for token in TOKEN.finditer(cell):
        if token["name"]:
            names.append(token["name"])
            continue
        if file is not None:
            yield file, tuple(names)
        file, names = (TESTS if "/" in token["path"] else DEFAULT_FOLDER) / token["path"], []
    if file is not None:
        yield file, tuple(names)


ROWS = list(rows())


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_row_names_tests_that_are_there(row: Row) -> None:
    assert row.tests
    for file, names in row.tests:
        assert file.is_file(), file
        text = file.read_text()
        assert [name for name in names if not re.search(rf"^def {name}", text, re.MULTILINE)] == [], file


def test_every_threat_that_is_to_be_held_off_by_now_has_a_row() -> None:
    known = {name for row in ROWS for name in row.ids}
    assert [name for name in REQUIRED if name not in known] == []
