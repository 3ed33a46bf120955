"""gatehouse audit verify: is what is kept of every decision still what was sealed?"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer

from gatehouse.commands.trace import span_seconds
from gatehouse.enrollment_api import EnrollmentApi
from gatehouse.errors import REFUSED, CommandError
from gatehouse.options import AsJson, Local, Url
from gatehouse.output import moment, printable, show, show_json

app: Final = typer.Typer(help="The record of decisions, and whether anybody has touched it.", rich_markup_mode=None)
EPILOG: Final = """\b
Examples:
  gatehouse audit verify
  gatehouse audit verify --from 7d
  gatehouse audit verify --from 2026-11-01T00:00 --to 2026-11-02T00:00

\b
Exit status: 0 all is as it was sealed, 1 something is not, 2 nothing is known,
3 what is sealed is as it was, but the sealer is late or has stopped.
"""
SEALER_LATE: Final = 3
_NOT_SEALED: Final = "not_sealed"
_MINUTES_AT_ONCE: Final = 60
_SUMS: Final = ("seals", "entries", "strangers", "late")


@app.callback()
def _commands() -> None:
    """With one command only, typer would leave out its name."""


@app.command(epilog=EPILOG)
def verify(
    *,
    first: Annotated[
        str, typer.Option("--from", metavar="WHEN", help="A time in UTC, or how far back: 2026-11-01T00:00, 24h, 7d.")
    ] = "24h",
    last: Annotated[str, typer.Option("--to", metavar="WHEN", help="A time likewise; now, unless told.")] = "now",
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Recompute the seals over all receipts of that time, and say what is missing, changed or out of order."""
    now = int(time.time())
    begin, end = _minute(first, now), _minute(last, now)
    if begin > end:
        raise CommandError("bad-span", "--from is after --to")
    parts = list(_verified(EnrollmentApi.at(url, local=local), begin, end))
    found = _together(parts)
    if as_json:
        show_json(found)
    else:
        _print(found)
    if found["findings"]:
        raise typer.Exit(SEALER_LATE if _only_late(found) else REFUSED)


def _verified(api: EnrollmentApi, first: int, last: int) -> Iterator[dict[str, Any]]:
    """An hour at a time: the API answers no more at once."""
    for begin in range(first, last + 1, _MINUTES_AT_ONCE):
        yield api.verify_audit(begin, min(last, begin + _MINUTES_AT_ONCE - 1))


def _together(parts: list[dict[str, Any]]) -> dict[str, Any]:
    sums = {name: sum(part[name] for part in parts) for name in _SUMS}
    return {
        "first_minute": parts[0]["first_minute"],
        "last_minute": max(part["last_minute"] for part in parts),
        **sums,
        "began_at": next((part["began_at"] for part in parts if part["began_at"] is not None), None),
        "newest": next((part["newest"] for part in reversed(parts) if part["newest"] is not None), None),
        "findings": list(_found_in(parts)),
    }


def _found_in(parts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """That nothing is sealed from some minute on is true of every later part, too: it is told once."""
    found = [finding for part in parts for finding in part["findings"]]
    first = next((finding for finding in found if finding["kind"] == _NOT_SEALED), None)
    return (finding for finding in found if finding["kind"] != _NOT_SEALED or finding is first)


def _only_late(found: dict[str, Any]) -> bool:
    return all(finding["kind"] == _NOT_SEALED for finding in found["findings"])


def _print(found: dict[str, Any]) -> None:
    for finding in found["findings"]:
        print(printable(finding["words"]))
    newest = found["newest"]
    show(
        [
            ("From", _clock(found["first_minute"])),
            ("To", _clock(found["last_minute"])),
            ("Sealed", f"{found['seals']} minutes, {found['entries']} entries, {found['late']} of them late"),
            ("Only counted", f"{found['strangers']} decisions about names that nobody has"),
            *([("Chain begins", moment(found["began_at"]))] if found["began_at"] is not None else []),
            *([("Newest seal", f"{_clock(newest['minute'])}, {newest['seal']}")] if newest else []),
        ]
    )
    many = len(found["findings"])
    if many and _only_late(found):
        print("Nothing shows that what was sealed has been touched. Seals removed from the end would look the same:")
        print("see the sealer's log and docs/guides/runbook.md, sealer late; compare a newest seal kept elsewhere.")
    elif many:
        print(f"{many} finding{'' if many == 1 else 's'}: this is not what was sealed, or not all of it.")
    elif found["seals"]:
        print("All of it is as it was sealed.")
    else:
        print("Nothing of that time is sealed, and nothing should be.")


def _minute(text: str, now: int) -> int:
    if text == "now":
        return now // 60
    if text[-1:] in {"m", "h", "d"}:
        return (now - span_seconds(text)) // 60
    try:
        moment = datetime.fromisoformat(text.removesuffix("Z"))
    except ValueError:
        raise CommandError("bad-time", f"{text} is no time; write 2026-11-01T00:00, or 24h") from None
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()) // 60


def _clock(minute: int) -> str:
    return f"{datetime.fromtimestamp(minute * 60, UTC):%Y-%m-%d %H:%M} UTC"
