"""gatehouse directory …: connecting an AWS directory to the edges, and looking what came of it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import typer

from gatehouse import directory_steps
from gatehouse.commands.directory_options import (
    DIRECTORY_SECRET,
    Again,
    DirectoryId,
    EdgeLog,
    EdgeLogGroup,
    Edges,
    LeaveGroup,
    Minutes,
    Port,
    Protocol,
    SecretFile,
    Source,
    StackName,
    WaitMinutes,
    WithoutProof,
)
from gatehouse.directories.directory import Directory, Status
from gatehouse.directories.plan import Call, Plan, Wanted, plan_for
from gatehouse.directories.radius_settings import command_to_return_to
from gatehouse.directories.secret_comparison import compare
from gatehouse.directory_case import Case, EvidencePlaces, find_case
from gatehouse.directory_report import directory_document, exit_status, show_directory, tell_way_back
from gatehouse.directory_steps import CLOCKS_APART_SECONDS, connection, explained, proofs, stop_at_problems
from gatehouse.errors import REFUSED
from gatehouse.findings import Finding, as_documents, problem, problems_of, show_findings, warning
from gatehouse.following import following
from gatehouse.options import AsJson, Local, Url, Yes
from gatehouse.output import show, show_json
from gatehouse.prompts import confirm
from gatehouse.secret_sources import need_secret, read_secret

app: Final = typer.Typer(
    help="Connect AWS directories (Managed Microsoft AD, AD Connector) to the edges. RADIUS is never disabled.",
    rich_markup_mode=None,
)
_OUTAGE: Final = "While a directory takes new settings over (minutes), nobody can log in through it."


@app.command(
    epilog="""\b
Examples:
  gatehouse directory plan d-1234567890
  GATEHOUSE_DIRECTORY_SECRET=... gatehouse directory plan d-1234567890 --edge 10.0.1.20 --edge 10.0.2.20

\b
Exit status: 0 it can be connected, 1 something is in the way.
"""
)
def plan(
    directory: DirectoryId,
    *,
    edge: Edges = None,
    port: Port = None,
    protocol: Protocol = None,
    secret_from_file: SecretFile = None,
    source: Source = None,
    stack: StackName = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> int:
    """Show what connecting would change and what is in the way. Nothing is changed."""
    case = find_case(directory, url, local=local, stack=stack)
    secret = read_secret(DIRECTORY_SECRET, secret_from_file)
    made = _planned(case, Wanted(edges=case.edges(edge or ()), port=case.port(port), protocol=protocol, secret=secret))
    proven = _proven(case, made, secret, source)
    closed = connection(case, 0).to_open(made)
    if as_json:
        show_json(_document(made, closed, [*made.findings, *proven]))
    else:
        _show_plan(made, closed)
        show_findings([*made.findings, *proven])
    return 0 if made.is_possible and not problems_of(proven) else REFUSED


@app.command(
    epilog="""\b
Examples:
  gatehouse directory connect d-1234567890
  GATEHOUSE_DIRECTORY_SECRET=... gatehouse directory connect d-1234567890 --edge 10.0.1.20 --edge 10.0.2.20 --yes

\b
Exit status: 0 it is connected, 1 something is in the way or the directory says Failed, 2 nothing is known.
"""
)
def connect(
    directory: DirectoryId,
    *,
    edge: Edges = None,
    port: Port = None,
    protocol: Protocol = None,
    secret_from_file: SecretFile = None,
    source: Source = None,
    without_proof: WithoutProof = False,
    leave_security_group: LeaveGroup = False,
    again: Again = False,
    yes: Yes = False,
    wait_minutes: WaitMinutes = 30,
    edge_log_group: EdgeLogGroup = None,
    edge_log: EdgeLog = None,
    stack: StackName = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> int:
    """Prove that the edges answer, open the directory's security group, enable or update RADIUS, wait, explain."""
    case = find_case(directory, url, local=local, stack=stack)
    secret = need_secret(DIRECTORY_SECRET, secret_from_file, "Shared secret of directory and RADIUS client")
    wanted = Wanted(edges=case.edges(edge or ()), port=case.port(port), protocol=protocol, secret=secret, again=again)
    made = _planned(case, wanted)
    proven = _proven(case, made, secret, source)
    joining = connection(case, wait_minutes * 60)
    closed = [] if leave_security_group else joining.to_open(made)
    if not as_json:
        _show_plan(made, closed)
        show_findings([*made.findings, *proven])
    stop_at_problems(made.findings)
    if not without_proof:
        stop_at_problems(proven, ", or go on by --without-proof")
    if not yes and (made.call is not Call.NOTHING or closed):
        confirm(_question(made))
    began = directory_steps.PATIENCE.now() - CLOCKS_APART_SECONDS
    joining.open(made, closed)
    after = joining.settle(made, secret)
    places = EvidencePlaces(edge_log_group=edge_log_group, edge_log=edge_log)
    found = explained(case, after, places, began) if made.call is not Call.NOTHING else []
    if as_json:
        show_json({**_document(made, closed, [*made.findings, *proven, *found]), "status": after.status})
    else:
        show_findings(found)
        _tell_end(made, after, following("directory", "status", directory, stack=stack, enrollment_url=url))
    return exit_status(after)


@app.command(
    epilog="""\b
Examples:
  gatehouse directory status d-1234567890
  gatehouse directory status d-1234567890 --minutes 240 --edge-log edge.log

\b
Exit status: 0 connected and nothing is wrong, 1 something is.
"""
)
def status(
    directory: DirectoryId,
    *,
    minutes: Minutes = 60,
    edge_log_group: EdgeLogGroup = None,
    edge_log: EdgeLog = None,
    stack: StackName = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> int:
    """Show a directory's RADIUS settings, whether the configuration fits them, and what of it reached the edges."""
    case = find_case(directory, url, local=local, stack=stack)
    findings = [*_standing(case)]
    if case.directory.radius is not None:
        places = EvidencePlaces(edge_log_group=edge_log_group, edge_log=edge_log)
        findings += explained(case, case.directory, places, directory_steps.PATIENCE.now() - minutes * 60)
    if as_json:
        show_json({**directory_document(case.directory), "findings": as_documents(findings)})
    else:
        show_directory(case.directory)
        show_findings(findings)
    connected = case.directory.status is Status.COMPLETED
    return 0 if connected and not problems_of(findings) else REFUSED


def _planned(case: Case, wanted: Wanted) -> Plan:
    """The plan; with the secret compared, where one was given."""
    made = plan_for(case.directory, case.clients, wanted)
    if wanted.secret is None:
        text = "the shared secret was not given, so it was not compared with the configuration"
        note = warning("secret", text, f"set {DIRECTORY_SECRET} or give --secret-from-file")
        return replace(made, findings=(*made.findings, note))
    if any(one.check == "secret" for one in problems_of(made.findings)):
        return made
    compared = compare(case.deployment.api, case.shown, made.clients, wanted.secret)
    return replace(made, findings=(*made.findings, *compared))


def _standing(case: Case) -> Sequence[Finding]:
    """How what the directory has fits the configuration."""
    settings = case.directory.radius
    if settings is None:
        text, advice = "RADIUS is not enabled: nobody is asked for a second factor", "gatehouse directory connect"
        return [problem("radius", text, advice)]
    made = plan_for(
        case.directory, case.clients, Wanted(edges=settings.servers, port=settings.port, protocol=settings.protocol)
    )
    differing = [
        problem(
            "settings",
            f"directory and configuration differ in {change}",
            "change the client and apply, or `gatehouse directory connect`",
        )
        for change in made.changes
    ]
    return [*made.findings, *differing]


def _proven(case: Case, made: Plan, secret: str | None, source: str | None) -> list[Finding]:
    if made.settings is None:
        return []
    secrets = {} if secret is None else {client["name"]: secret for client in made.clients}
    return proofs(case, made.settings.servers, made.settings.port, secrets, source)


def _question(made: Plan) -> str:
    directory_id = made.directory.id
    if made.call is Call.ENABLE:
        return f"From then on everybody who logs in through {directory_id} needs a second factor. Enable RADIUS?"
    if made.call is Call.UPDATE:
        return f"{_OUTAGE} Update {directory_id} now?"
    return f"Open the security group of {directory_id}?"


def _show_plan(made: Plan, closed: Sequence[str]) -> None:
    show_directory(made.directory)
    rows = [("Would call", made.call.value), *[("Changes", change) for change in made.changes]]
    if made.settings is not None and made.directory.radius is None:
        rows += _setting_rows(made)
    rows += [("Would open", f"{made.directory.security_group}: UDP to {address}") for address in closed]
    show(rows)
    if made.call is Call.UPDATE:
        print(f"Note: {_OUTAGE}")
        tell_way_back(made.directory)


def _setting_rows(made: Plan) -> list[tuple[str, str]]:
    settings = made.settings
    if settings is None:
        return []
    return [
        ("With servers", ", ".join(settings.servers)),
        ("With", f"port {settings.port}, {settings.timeout} s, {settings.retries} retries, {settings.protocol}"),
    ]


def _tell_end(made: Plan, after: Directory, look: str) -> None:
    match after.status:
        case Status.COMPLETED if made.call is Call.NOTHING:
            print(f"{after.id} has these settings already. Its secret cannot be read: try a login.")
        case Status.COMPLETED:
            print(f"{after.id} is connected. Now try a login, and look at `{look}`.")
        case Status.FAILED:
            print(f"{after.id} says Failed.")
            tell_way_back(made.directory)
        case _:
            print(f"{after.id} has not finished yet; look again: `{look}`")


def _document(made: Plan, closed: Sequence[str], findings: Sequence[Finding]) -> dict[str, Any]:
    former = made.directory.radius
    return {
        **directory_document(made.directory),
        "call": made.call,
        "changes": list(made.changes),
        "opens": list(closed),
        "findings": as_documents(findings),
        "way_back": None if former is None else command_to_return_to(made.directory.id, former),
    }
