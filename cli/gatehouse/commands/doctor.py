"""gatehouse doctor …: what would keep a part of Gatehouse from working, and what to do about it."""

from typing import Annotated, Final

import typer

from gatehouse.checks.check import run_all
from gatehouse.commands.directory_options import StackName
from gatehouse.directory_case import find_deployment
from gatehouse.enrollment_api import EnrollmentApi
from gatehouse.errors import REFUSED
from gatehouse.findings import Finding, Grade, as_documents, problems_of, show_findings
from gatehouse.options import AsJson, Local, Url
from gatehouse.output import show_json

_LIMIT_SECONDS: Final = 20.0
app: Final = typer.Typer(
    help="Look for what would keep a part from working. Nothing is changed, and no message is sent.",
    rich_markup_mode=None,
)


@app.callback(
    invoke_without_command=True,
    epilog="""\b
Examples:
  gatehouse doctor
  gatehouse doctor --stack mfa --json
  gatehouse doctor sms

\b
Exit status: 0 no problem was found (warnings may be), 1 there is one.
""",
)
def everything(
    context: typer.Context,
    *,
    time_limit: Annotated[float, typer.Option(help="Seconds that a check may take.", min=1, max=120)] = _LIMIT_SECONDS,
    stack: StackName = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> int:
    """Check credentials, clock, stack, API, configuration, table, key, Step Functions, messages, phone calls, edges,
    directories and certificates; or, by a command's name, one of them closer."""
    if context.invoked_subcommand is not None:
        return 0
    from gatehouse.checks.rounds import all_checks, worst_first  # noqa: PLC0415 -- only here

    findings = worst_first(run_all(all_checks(find_deployment(url, local=local, stack=stack)), time_limit))
    found = problems_of(findings)
    if as_json:
        show_json({"healthy": not found, "findings": as_documents(findings)})
    else:
        show_findings(findings)
    return REFUSED if found else 0


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
    report = EnrollmentApi.at(url, local=local).check_sms(number)
    if as_json:
        show_json(report)
    else:
        show_findings([Finding(**{**one, "grade": Grade(one["grade"])}) for one in report["findings"]])
    return 0 if report["ready"] else REFUSED
