"""gatehouse directory rotate-secret …: a new shared secret, with two valid ones on our side in between.

The directory knows one secret only, and takes no logins while it changes. But whatever it sends before, during and
after the change is right at the edges, so no login is lost to the secret.
"""

import sys
from collections.abc import Mapping
from typing import Annotated, Final

import typer

from gatehouse import directory_steps
from gatehouse.commands.directory_options import (
    DIRECTORY_SECRET,
    NEW_SECRET,
    DirectoryId,
    EdgeLog,
    EdgeLogGroup,
    NewSecretFile,
    SecretFile,
    Source,
    StackName,
    WaitMinutes,
    WithoutProof,
)
from gatehouse.directories.clients import Client
from gatehouse.directories.directory import Directory, Status
from gatehouse.directories.radius_settings import RadiusSettings, secret_beyond_limits
from gatehouse.directories.secret_comparison import compare, document_with, holds
from gatehouse.directory_case import Case, EvidencePlaces, find_case
from gatehouse.directory_report import directory_document, exit_status, tell_way_back
from gatehouse.directory_steps import CLOCKS_APART_SECONDS, connection, explained, proofs, stop_at_problems
from gatehouse.errors import CommandError
from gatehouse.findings import Finding, as_documents, problem, show_findings
from gatehouse.following import following
from gatehouse.options import AsJson, Local, Url, Yes
from gatehouse.output import show_json
from gatehouse.prompts import confirm
from gatehouse.secret_sources import need_secret

EDGES_KNOW_SECONDS: Final = 90  # they fetch every 30 to 60 s
EPILOG: Final = """\b
Examples, in a maintenance window, and the second when logins have worked for a while:
  gatehouse directory rotate-secret d-1234567890 --secret-from-file old.txt --new-secret-from-file new.txt
  gatehouse directory rotate-secret d-1234567890 --new-secret-from-file new.txt --finish

\b
Exit status: 0 done, 1 something is in the way or the directory says Failed, 2 nothing is known.
"""
Finish = Annotated[
    bool, typer.Option("--finish", help="Only drop the old secret on our side; the directory is not touched.")
]


def rotate_secret(
    directory: DirectoryId,
    *,
    secret_from_file: SecretFile = None,
    new_secret_from_file: NewSecretFile = None,
    finish: Finish = False,
    source: Source = None,
    without_proof: WithoutProof = False,
    yes: Yes = False,
    wait_minutes: WaitMinutes = 30,
    edge_log_group: EdgeLogGroup = None,
    edge_log: EdgeLog = None,
    stack: StackName = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> int:
    """Give a directory a new shared secret: both are valid at the edges until --finish drops the old one."""
    case = find_case(directory, url, local=local, stack=stack)
    settings, clients = _settled_settings(case), case.clients.of(case.directory.controllers)
    new = need_secret(NEW_SECRET, new_secret_from_file, "New shared secret")
    if finish:
        return _finish(case, clients, new, yes=yes, as_json=as_json)
    old = need_secret(DIRECTORY_SECRET, secret_from_file, "Shared secret that is in use")
    stop_at_problems(_of_new(new, old))
    both = {"secret": new, "previous_secret": old}
    is_given = holds(case.deployment.api, case.shown, clients, both)  # by a run that stopped half-way
    if not is_given:
        stop_at_problems(list(compare(case.deployment.api, case.shown, clients, old)))
    if not yes:
        confirm(
            "While the directory takes the new secret over (minutes), nobody can log in through it. "
            f"Change the secret of {case.directory.id} now?"
        )
    if not is_given:
        _give_clients(case, clients, both)
    _wait_for_edges()
    if not without_proof:
        secrets = {client["name"]: new for client in clients}
        _stop_half_way(proofs(case, settings.servers, settings.port, secrets, source))
    began = directory_steps.PATIENCE.now() - CLOCKS_APART_SECONDS
    case.deployment.directories.update(case.directory.id, settings, new)
    after = connection(case, wait_minutes * 60).settled(case.directory.id)
    places = EvidencePlaces(edge_log_group=edge_log_group, edge_log=edge_log)
    found = explained(case, after, places, began)
    if as_json:
        show_json({**directory_document(after), "findings": as_documents(found)})
        return exit_status(after)
    show_findings(found)
    given = {"new_secret_from_file": new_secret_from_file, "stack": stack, "enrollment_url": url}
    _tell(case.directory, after, following("directory", "rotate-secret", directory, "--finish", **given))
    return exit_status(after)


def _settled_settings(case: Case) -> RadiusSettings:
    """Raises CommandError unless the directory is connected and quiet."""
    if case.directory.radius is None or case.directory.status is not Status.COMPLETED:
        status = case.directory.status or "not enabled"
        text = f"RADIUS of {case.directory.id} is {status}; a secret is changed only where it says Completed"
        raise CommandError("not-possible", text)
    uncovered = [one for one in case.directory.controllers if case.clients.at(one) is None]
    if uncovered:
        text = f"{', '.join(uncovered)} belong to no RADIUS client; see gatehouse directory status"
        raise CommandError("not-possible", text)
    return case.directory.radius


def _of_new(new: str, old: str) -> list[Finding]:
    found = [problem("secret", sentence) for sentence in secret_beyond_limits(new)]
    return [*found, problem("secret", "the new secret is the old one")] if new == old else found


def _give_clients(case: Case, clients: list[Client], secrets: Mapping[str, str]) -> None:
    document = document_with(case.shown, {client["name"]: secrets for client in clients})
    case.deployment.api.apply_configuration(document, int(case.shown["revision"]), dry_run=False)


def _wait_for_edges() -> None:
    print(f"Both secrets are valid; {EDGES_KNOW_SECONDS} s until every edge knows.", file=sys.stderr, flush=True)
    directory_steps.PATIENCE.sleep(EDGES_KNOW_SECONDS)


def _stop_half_way(found: list[Finding]) -> None:
    """Both secrets stay valid, which harms nobody; the directory has the old one still."""
    try:
        stop_at_problems(found)
    except CommandError as error:
        text = (
            f"the directory was not touched, and both secrets are valid at the edges: {error.text}; run the same "
            "command again, or go on by --without-proof"
        )
        raise CommandError(error.code, text, error.status) from None


def _finish(case: Case, clients: list[Client], new: str, *, yes: bool, as_json: bool) -> int:
    stop_at_problems(list(compare(case.deployment.api, case.shown, clients, new)))
    if not yes:
        confirm("From then on packets with the old secret are worth nothing. Drop it?")
    _give_clients(case, clients, {"secret": new})
    names = [client["name"] for client in clients]
    if as_json:
        show_json({"directory": case.directory.id, "clients": names, "previous_secret": None})
    else:
        print(f"The old secret of {', '.join(names)} is worth nothing within a minute.")
    return 0


def _tell(before: Directory, after: Directory, finish: str) -> None:
    if after.status is Status.COMPLETED:
        print(f"{after.id} has the new secret; the old one is still valid at the edges. Put the new one wherever the")
        print("clients file takes it from. When logins have worked for a while:")
        print(f"  {finish}")
    else:
        print(f"{after.id} says {after.status or 'nothing'}. Both secrets are valid at the edges.")
        tell_way_back(before)
