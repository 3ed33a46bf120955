"""gatehouse user invite: send enrolment codes to one user or to the users of a file, and tell what became of each.

Whoever is invited or enrolled already is left alone, so the same file is sent again after a fault until all are in.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from gatehouse.enrollment_api import EnrollmentApi, Json
from gatehouse.errors import REFUSED, CommandError
from gatehouse.options import AsJson, DryRun, Local, Realm, Url, ValidMinutes
from gatehouse.output import printable, show_json
from gatehouse.user_files import UserRow, read_users

EPILOG: Final = """\b
The first line of the file names its columns: username, and email (for mail; else the address of
the user's profile is taken) or number (for messages, such as +49 151 23456789).

\b
The same file can be sent again at any time: whoever is invited, or has set up a factor, is left alone.

\b
Examples:
  gatehouse user invite --file users.csv --by mail --dry-run
  gatehouse user invite --file users.csv --by mail
  gatehouse user invite alice --by sms --to '+49 151 23456789'
"""
_PROGRESS_EVERY: Final = 25
_PAUSES: Final = (1.0, 2.0, 4.0, 8.0, 15.0)  # seconds before another try, where a service does not answer or throttles
_LATER: Final = "unavailable"

type Pause = Callable[[float], None]


class By(StrEnum):
    MAIL = "mail"
    SMS = "sms"


class Fate(StrEnum):
    INVITED = "invited"
    WOULD_INVITE = "would be invited"
    BEFORE = "is invited already"
    ENROLLED = "is enrolled already"
    LATER = "not now"
    REFUSED = "refused"


_FATES: Final[Mapping[str, Fate]] = {
    "invited-before": Fate.BEFORE,
    "enrolled-before": Fate.ENROLLED,
    "too-many-messages": Fate.LATER,
}
# What is true of the deployment is true of every line.
_STOPS: Final = frozenset({"mail-off", "portal-missing", "realm-missing", "refused", "administrators-only"})


@dataclass(frozen=True, slots=True)
class Invited:
    """What became of one user. ``to`` is masked; ``link`` holds the code, and is there only if it was asked for."""

    line: int
    username: str
    fate: Fate
    text: str | None = None
    to: str | None = None
    link: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inviting:
    api: EnrollmentApi
    by: By
    realm: str | None
    valid_minutes: int | None
    again: bool
    dry_run: bool
    with_links: bool
    pause: Pause = time.sleep

    def one(self, row: UserRow) -> Invited:
        """Raises CommandError for what no other line could help either."""
        try:
            sent = self._patiently(row)
        except CommandError as error:
            if error.code in _STOPS or error.status != REFUSED:
                text = f"stopped at line {row.line}: {error.text}. Send the file again: who is invited is left alone"
                raise CommandError(error.code, text, error.status) from None
            fate = _FATES.get(error.code, Fate.REFUSED)
            told = error.text if fate in {Fate.LATER, Fate.REFUSED} else None
            return Invited(row.line, row.username, fate, text=told)
        fate = Fate.WOULD_INVITE if self.dry_run else Fate.INVITED
        return Invited(row.line, row.username, fate, to=sent["to"], link=sent.get("link"))

    def _patiently(self, row: UserRow) -> Json:
        for seconds in _PAUSES:
            try:
                return self.api.invite(row.username, self.realm, self._wanted(row))
            except CommandError as error:
                if error.code != _LATER:
                    raise
            self.pause(seconds)
        return self.api.invite(row.username, self.realm, self._wanted(row))

    def _wanted(self, row: UserRow) -> dict[str, object]:
        wanted = {
            "to": row.email if self.by is By.MAIL else row.number,
            "valid_minutes": self.valid_minutes,
        }
        flags = {"again": self.again, "dry_run": self.dry_run, "show_link": self.with_links}
        return {"by": self.by.value, **{name: value for name, value in wanted.items() if value is not None}, **flags}


def invite(
    name: Annotated[str | None, typer.Argument(metavar="[USER]", help="One user.", show_default=False)] = None,
    *,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="The users, as CSV in UTF-8.", show_default=False)
    ] = None,
    by: Annotated[By, typer.Option("--by", help="How the codes are sent.")],
    to: Annotated[
        str | None, typer.Option("--to", help="Address or number of the one user.", show_default=False)
    ] = None,
    valid_minutes: ValidMinutes = None,
    again: Annotated[bool, typer.Option("--again", help="Also whoever is invited or enrolled already.")] = False,
    dry_run: DryRun = False,
    print_links: Annotated[bool, typer.Option("--print", help="Also print the links. Each is a secret.")] = False,
    realm: Realm = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Send enrolment codes by mail or message, to one user or to all of a file."""
    rows = _rows(name, file, to)
    work = Inviting(
        api=EnrollmentApi.at(url, local=local),
        by=by,
        realm=realm,
        valid_minutes=valid_minutes,
        again=again,
        dry_run=dry_run,
        with_links=print_links and not dry_run,
    )
    done = [_told(work.one(row), file, as_json=as_json) for row in _counted(rows)]
    _conclude(done, as_json=as_json)


def _rows(name: str | None, file: Path | None, to: str | None) -> Sequence[UserRow]:
    if (name is None) == (file is None):
        raise CommandError("bad-usage", "name one user, or a file of users with --file")
    if file is not None:
        if to is not None:
            raise CommandError("bad-usage", "--to is for one user; a file has a column for it")
        return read_users(file, otherwise="nobody was invited")
    return [UserRow(1, name or "", email=to, number=to)]


def _counted(rows: Sequence[UserRow]) -> Iterator[UserRow]:
    for count, row in enumerate(rows, start=1):
        yield row
        if count % _PROGRESS_EVERY == 0:
            print(f"{count} of {len(rows)} lines", file=sys.stderr)


def _told(one: Invited, file: Path | None, *, as_json: bool) -> Invited:
    if not as_json:
        place = "" if file is None else f"{file}:{one.line}: "
        more = f": {one.text}" if one.text else f" at {one.to}" if one.to else ""
        print(printable(f"{place}{one.username} {one.fate.value}{more}"), flush=True)
        if one.link is not None:
            print(printable(f"  {one.link}"), flush=True)
    return one


def _conclude(done: Sequence[Invited], *, as_json: bool) -> None:
    counts = Counter(one.fate for one in done)
    if as_json:
        show_json({"users": [_shown(one) for one in done]})
    else:
        print(", ".join(f"{counts[fate]} {fate.value}" for fate in Fate if counts[fate]) or "the file names nobody")
        if counts[Fate.LATER]:
            print("Messages have reached a limit: send the same file again later.", file=sys.stderr)
    if counts[Fate.REFUSED] or counts[Fate.LATER]:
        raise typer.Exit(REFUSED)


def _shown(one: Invited) -> dict[str, object]:
    told: dict[str, object] = {
        "line": one.line,
        "username": one.username,
        "result": one.fate.value,
        "to": one.to,
        "reason": one.text,
    }
    return told if one.link is None else {**told, "link": one.link}
