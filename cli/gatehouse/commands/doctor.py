"""gatehouse doctor …: what would keep a part of Gatehouse from working, and what to do about it."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from gatehouse.deployment import find_target
from gatehouse.enrollment_api import EnrollmentApi
from gatehouse.errors import REFUSED
from gatehouse.options import AsJson, Local, Url
from gatehouse.output import printable, show_json

app: Final = typer.Typer(
    help="Look for what would keep a part from working. Nothing is changed, and no message is sent.",
    rich_markup_mode=None,
)
_MARKS: Final[Mapping[str, str]] = {"ok": "ok     ", "warning": "warning", "problem": "PROBLEM"}


@app.callback()
def _group() -> None:
    """A group of its own, though it has one command."""


@app.command(
    epilog="""\b
Examples:
  gatehouse doctor sms
  gatehouse doctor sms --number "+49 151 23456789"

\b
Exit status: 0 no problem was found, 1 there is one.
"""
)
def sms(
    *,
    number: Annotated[
        str | None, typer.Option(help="A phone number to look up in the provider's opt-out list.", metavar="NUMBER")
    ] = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> int:
    """Would codes by message arrive? Countries, sandbox, spend limit, sender and caps; whether a number opted out."""
    report = EnrollmentApi(find_target(url, local=local)).check_sms(number)
    if as_json:
        show_json(report)
    else:
        for finding in report["findings"]:
            _show(finding)
    return 0 if report["ready"] else REFUSED


def _show(finding: Mapping[str, Any]) -> None:
    print(f"{_MARKS.get(finding['grade'], '?')}  {printable(finding['text'])}")
    if finding["advice"]:
        print(f"         -> {printable(finding['advice'])}")
