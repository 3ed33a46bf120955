"""gatehouse trace: what happened to a user, in sentences."""

import re
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from gatehouse.enrollment_api import EnrollmentApi, Json
from gatehouse.errors import CommandError
from gatehouse.options import AsJson, Local, Realm, Url, UserName
from gatehouse.output import printable, show_json

EPILOG: Final = """\b
Examples:
  gatehouse trace alice
  gatehouse trace 'CORP\\alice' --since 3d
"""
_SPAN: Final = re.compile(r"([1-9][0-9]{0,4})([mhd])")
_SECONDS: Final = {"m": 60, "h": 3600, "d": 86400}


def trace(
    name: UserName,
    *,
    since: Annotated[
        str, typer.Option(help="How far back: minutes, hours or days, such as 30m, 2h or 7d.", metavar="SPAN")
    ] = "2h",
    realm: Realm = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Tell in sentences what a user's logins came to, and what was changed of the user. Times are UTC."""
    found = _found(EnrollmentApi.at(url, local=local), name, realm, span_seconds(since))
    if as_json:
        show_json(found)
        return
    for line in found["lines"]:
        print(f"{_time(line['at_ms'])} {printable(line['sentence'])}")
    if found["is_cut"]:
        print(f"There was more before: these are the last {len(found['lines'])}.")
    if not found["lines"]:
        print(f"Nothing happened to {printable(name)} in the last {since}. The newest takes some seconds to be here.")


def _found(api: EnrollmentApi, name: str, realm: str | None, seconds: int) -> Json:
    try:
        return api.trace(name, realm, seconds)
    except CommandError as error:
        if error.code != "not-found":
            raise
        where = "the story of one who was removed is in the log alone; see docs/guides/watching.md, One user's story"
        raise CommandError(error.code, f"{error.text}: {where}", error.status) from None


def span_seconds(text: str) -> int:
    """Raises CommandError."""
    match = _SPAN.fullmatch(text)
    if match is None:
        raise CommandError("bad-span", f"{text} is no span of time; write 30m, 2h or 7d")
    return int(match[1]) * _SECONDS[match[2]]


def _time(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}"
