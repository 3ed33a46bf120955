"""gatehouse user import FILE: create many users, and tell line by line what became of each."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from gatehouse.commands.user import first_code
from gatehouse.enrollment_api import EnrollmentApi
from gatehouse.errors import REFUSED, CommandError
from gatehouse.options import AsJson, DryRun, Local, Realm, Url, ValidMinutes
from gatehouse.output import moment, printable, show_json
from gatehouse.user_files import CodesFile, UserRow, read_users

EPILOG: Final = """\b
The first line of the file names its columns: username, and perhaps upn, display_name and email.

\b
  username,upn,display_name
  alice,alice@corp.example.test,Alice Example

\b
Users who exist already are left as they are, so a file can be imported again after a fault.

\b
Examples:
  gatehouse user import users.csv --dry-run
  gatehouse user import users.csv --codes codes.csv
"""
_PROGRESS_EVERY: Final = 25
_EXISTS: Final = "name-taken"


class Fate(StrEnum):
    CREATED = "created"
    WOULD_CREATE = "would be created"
    EXISTS = "exists already"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one line. ``text`` says why, where it was refused."""

    line: int
    username: str
    fate: Fate
    text: str | None = None
    code: str | None = field(default=None, repr=False)
    valid_until: int | None = None


@dataclass(frozen=True, slots=True)
class _Import:
    api: EnrollmentApi
    realm: str | None
    valid_minutes: int | None
    with_codes: bool
    dry_run: bool

    def one(self, row: UserRow) -> Imported:
        try:
            return self._looked_up(row) if self.dry_run else self._created(row)
        except CommandError as error:
            if error.code == _EXISTS:
                return Imported(row.line, row.username, Fate.EXISTS)
            if error.status != REFUSED:  # no line of the file can help that
                text = f"stopped at line {row.line}: {error.text}. What is told above is done: import the file again"
                raise CommandError(error.code, text, error.status) from None
            return Imported(row.line, row.username, Fate.REFUSED, error.text)

    def _looked_up(self, row: UserRow) -> Imported:
        self.api.check_new_user(self._user(row))
        return Imported(row.line, row.username, Fate.WOULD_CREATE)

    def _created(self, row: UserRow) -> Imported:
        self.api.create_user(self._user(row))
        if not self.with_codes:
            return Imported(row.line, row.username, Fate.CREATED)
        issued = first_code(self.api, row.username, self.realm, self.valid_minutes)
        return Imported(row.line, row.username, Fate.CREATED, code=issued["code"], valid_until=issued["expires_at"])

    def _user(self, row: UserRow) -> dict[str, str | None]:
        names = {"username": row.username, "upn": row.upn, "display_name": row.display_name}
        return {**names, "realm": self.realm, "email": row.email}


def import_users(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The users, as CSV in UTF-8.", show_default=False)],
    *,
    codes: Annotated[
        Path | None,
        typer.Option("--codes", metavar="FILE", help="Issue enrolment codes, and write them to this new file."),
    ] = None,
    valid_minutes: ValidMinutes = None,
    dry_run: DryRun = False,
    realm: Realm = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Create the users of a CSV file. Each line is told; users who exist are left as they are."""
    rows = read_users(file, otherwise="nobody was created")
    work = _Import(EnrollmentApi.at(url, local=local), realm, valid_minutes, codes is not None, dry_run)
    with ExitStack() as ending:
        kept = None if codes is None or dry_run else CodesFile(codes)
        if kept is not None:
            ending.callback(kept.close)
        done = [_told(work.one(row), file, kept, as_json=as_json) for row in _counted(rows)]
    _conclude(done, as_json=as_json)


def _counted(rows: Sequence[UserRow]) -> Iterator[UserRow]:
    for count, row in enumerate(rows, start=1):
        yield row
        if count % _PROGRESS_EVERY == 0:
            print(f"{count} of {len(rows)} lines", file=sys.stderr)


def _told(one: Imported, file: Path, codes: CodesFile | None, *, as_json: bool) -> Imported:
    if codes is not None and one.code is not None:
        codes.add(one.username, one.code, moment(one.valid_until))
    if not as_json:
        text = "" if one.text is None else f": {one.text}"
        print(printable(f"{file}:{one.line}: {one.username} {one.fate.value}{text}"))
    return one


def _conclude(done: Sequence[Imported], *, as_json: bool) -> None:
    """Codes are in their file only: standard output ends in logs and scrollbacks."""
    if as_json:
        show_json({"users": [_shown(one) for one in done]})
    else:
        counts = Counter(one.fate for one in done)
        print(", ".join(f"{counts[fate]} {fate.value}" for fate in Fate if counts[fate]) or "the file names nobody")
    if any(one.fate is Fate.REFUSED for one in done):
        raise typer.Exit(REFUSED)


def _shown(one: Imported) -> dict[str, object]:
    return {"line": one.line, "username": one.username, "result": one.fate.value, "reason": one.text}
