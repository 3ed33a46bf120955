"""Files of users: the CSV that is imported, and the CSV of enrolment codes that comes out.

A file is read whole before anything is created, so that a broken one creates nobody. Spreadsheets of many countries
part the columns by semicolons, and mark UTF-8 with a byte order mark: both are taken.
"""

import csv
import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from gatehouse.errors import REFUSED, CommandError, Finding

COLUMNS: Final = ("username", "upn", "display_name", "email", "number")
MAX_ROWS: Final = 100_000
MAX_FILE_OCTETS: Final = 64 * 1024 * 1024
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would compute such a cell (OWASP: CSV injection)


class _Reader(Protocol):
    """What csv.reader gives; its type has no public name."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class UserRow:
    """One user; ``line`` is where the row begins in the file, counted from 1. ``number`` is for invitations alone."""

    line: int
    username: str
    upn: str | None = None
    display_name: str | None = None
    email: str | None = None
    number: str | None = field(default=None, repr=False)


def read_users(file: Path, *, otherwise: str) -> Sequence[UserRow]:
    """Raises CommandError with all that is wrong, each with its line; ``otherwise`` says what was not done then."""
    reader = _reader(file)
    names = _columns(file, reader, otherwise)
    findings: list[Finding] = []
    rows = list(_rows(reader, names, findings, str(file)))
    if len(rows) > MAX_ROWS:
        findings.append(Finding("", f"more than {MAX_ROWS} users; split the file", str(file), 1))
    if findings:
        raise CommandError("bad-file", f"{_count(findings)} in the file; {otherwise}", REFUSED, findings)
    return rows


def _rows(reader: _Reader, names: Sequence[str], findings: list[Finding], file: str) -> Iterator[UserRow]:
    first_line: dict[str, int] = {}
    begins = reader.line_num + 1
    for cells in reader:
        line, begins = begins, reader.line_num + 1
        if not any(cell.strip() for cell in cells):
            continue
        wrong = _mistake(cells, names)
        if wrong is not None:
            findings.append(Finding("", wrong, file, line))
            continue
        row = _row(line, dict(zip(names, cells, strict=True)))
        before = first_line.setdefault(row.username.casefold(), line)
        if before != line:
            findings.append(Finding("", f"the same username stands in line {before}", file, line))
        yield row


def _reader(file: Path) -> "_Reader":
    try:
        octets = file.read_bytes()
        text = octets.decode("utf-8-sig")
    except OSError as error:
        raise CommandError("no-file", f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CommandError("bad-file", f"{file} is not UTF-8; save it as CSV UTF-8") from None
    if len(octets) > MAX_FILE_OCTETS:
        raise CommandError("bad-file", f"{file} has more than {MAX_FILE_OCTETS // 2**20} MB; split it")
    heading = text.partition("\n")[0]
    delimiter = ";" if heading.count(";") > heading.count(",") else ","
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _columns(file: Path, reader: "_Reader", otherwise: str) -> list[str]:
    names = [name.strip().casefold().replace(" ", "_") for name in next(reader, [])]
    known = ", ".join(COLUMNS)
    if "username" not in names:
        text = f"the first line must name the columns, and one of them username (known: {known})"
    elif unknown := [name for name in names if name not in COLUMNS]:
        text = f"there is no column {unknown[0][:64]!r}; the columns are {known}. Remove the others"
    elif len(set(names)) != len(names):
        text = "a column stands twice"
    else:
        return names
    raise CommandError("bad-file", f"the file cannot be read; {otherwise}", REFUSED, [Finding("", text, str(file), 1)])


def _mistake(cells: Sequence[str], names: Sequence[str]) -> str | None:
    if len(cells) != len(names):
        return f"{len(cells)} columns instead of {len(names)}: put texts with the separator in quotes"
    if not cells[names.index("username")].strip():
        return "username is empty"
    return None


def _row(line: int, cells: dict[str, str]) -> UserRow:
    return UserRow(
        line=line,
        username=cells["username"].strip(),
        upn=cells.get("upn", "").strip() or None,
        display_name=cells.get("display_name", "").strip() or None,
        email=cells.get("email", "").strip() or None,
        number=cells.get("number", "").strip().removeprefix("'") or None,  # as spreadsheets mark a text
    )


def _count(findings: Sequence[Finding]) -> str:
    return "1 mistake" if len(findings) == 1 else f"{len(findings)} mistakes"


class CodesFile:
    """A new file of enrolment codes that only its owner may read. Every code is on the disk before the next user is
    created: a code is shown once, and nobody could look it up again."""

    def __init__(self, file: Path) -> None:
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise CommandError("file-exists", f"{file} exists already; name a new file for the codes") from None
        except OSError as error:
            raise CommandError("no-file", f"{file} cannot be written: {error.strerror}") from None
        self._file = os.fdopen(descriptor, "w", newline="", encoding="utf-8")
        self._writer = csv.writer(self._file)
        self.add("username", "enrollment_code", "valid_until")

    def add(self, *cells: str) -> None:
        self._writer.writerow([_plain(cell) for cell in cells])
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def _plain(cell: str) -> str:
    """A cell that a spreadsheet would compute begins with an apostrophe."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
