"""gatehouse clients …: the configuration of realms and RADIUS clients, as files that are checked whole."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from gatehouse.configuration_files import ConfigurationFiles, load
from gatehouse.configuration_text import configuration_text
from gatehouse.enrollment_api import EnrollmentApi
from gatehouse.errors import CommandError
from gatehouse.options import AsJson, Local, Url, Yes
from gatehouse.output import moment, printable, show, show_json
from gatehouse.prompts import confirm

app: Final = typer.Typer(
    help="Configure realms, RADIUS clients and policies from YAML files. Your AWS credentials sign the requests.",
    rich_markup_mode=None,
)

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="YAML files; together they are the whole configuration.")
]
ClientName = Annotated[str, typer.Argument(metavar="CLIENT", help="The name of a RADIUS client.")]
_COUNTED: Final[Mapping[str, tuple[str, str]]] = {
    "clients": ("client", "clients"),
    "policies": ("policy", "policies"),
    "exemptions": ("exemption", "exemptions"),
    "upstreams": ("upstream", "upstreams"),
}


@app.command(
    epilog="""\b
Example:
  gatehouse clients validate clients.yaml
"""
)
def validate(files: Files, *, as_json: AsJson = False) -> None:
    """Check files without asking anybody. Secrets that are not here are not checked."""
    read = load(files, time.time(), secrets_needed=False)
    counts = {kind: _length(read.document.get(kind)) for kind in _COUNTED}
    if as_json:
        show_json({"valid": True, **counts, "notes": [str(note) for note in read.notes]})
        return
    for note in read.notes:
        print(printable(str(note)))
    told = [f"{count} {_COUNTED[kind][count != 1]}" for kind, count in counts.items() if count or kind == "clients"]
    print(f"No mistakes; {', '.join(told)}.")


@app.command(
    epilog="""\b
Example:
  gatehouse clients diff clients.yaml
"""
)
def diff(files: Files, *, url: Url = None, local: Local = False, as_json: AsJson = False) -> None:
    """Show what applying the files would change. No secret is printed."""
    api = EnrollmentApi.at(url, local=local)
    _, planned = _plan(api, load(files, time.time(), secrets_needed=True))
    if as_json:
        show_json({"revision_in_force": planned["revision"] - 1, "changes": planned["changes"]})
    else:
        _show_changes(planned["changes"])


@app.command(
    epilog="""\b
Examples:
  gatehouse clients apply clients.yaml
  VPN_SECRET=... gatehouse clients apply realms.yaml vpn.yaml --yes --json
"""
)
def apply(files: Files, *, yes: Yes = False, url: Url = None, local: Local = False, as_json: AsJson = False) -> None:
    """Make the files the configuration: all of it, or nothing if there is one mistake."""
    api = EnrollmentApi.at(url, local=local)
    read = load(files, time.time(), secrets_needed=True)
    expected, planned = _plan(api, read)
    if not planned["changes"]:
        _tell_applied({"revision": expected, "changes": [], "applied": False}, as_json)
        return
    if not as_json:
        _show_changes(planned["changes"])
    if not yes:
        confirm(f"Apply {_count(planned['changes'])}?")
    applied = _put(api, read, expected, dry_run=False)
    _tell_applied({**applied, "applied": True}, as_json)


@app.command(
    "show",
    epilog="""\b
Example:
  gatehouse clients show > clients.yaml
""",
)
def show_configuration(*, url: Url = None, local: Local = False, as_json: AsJson = False) -> None:
    """Print the configuration in force as YAML that can be applied again. Shared secrets are not in it."""
    shown = EnrollmentApi.at(url, local=local).configuration()
    if as_json:
        show_json(shown)
    else:
        print(configuration_text(shown, time.time()), end="")


@app.command(
    epilog="""\b
Example:
  gatehouse clients profile vpn
"""
)
def profile(name: ClientName, *, url: Url = None, local: Local = False, as_json: AsJson = False) -> None:
    """Show how a client speaks, as its logins taught it, and which of its addresses are pinned."""
    learned = EnrollmentApi.at(url, local=local).client_profile(name)
    if as_json:
        show_json(learned)
        return
    show(
        [
            ("Client", learned["name"]),
            *[("Pinned", address) for address in learned["pins"] or ["none"]],
            *[("Since " + moment(one["first_seen"]), one["trait"]) for one in learned["traits"]],
        ]
    )


@app.command(
    epilog="""\b
Examples:
  gatehouse clients unpin vpn 192.0.2.7
  gatehouse clients unpin vpn --yes
"""
)
def unpin(
    name: ClientName,
    address: Annotated[str | None, typer.Argument(help="One address; all of the client's if omitted.")] = None,
    *,
    yes: Yes = False,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Let a source send without Message-Authenticator again, until it proves one the next time."""
    api = EnrollmentApi.at(url, local=local)
    if address is None and not yes:
        confirm(f"Lift all pins of {name}?")
    api.unpin_client(name, address)
    if as_json:
        show_json({"client": name, "unpinned": address or "all"})
    else:
        print(f"{address or 'Every source'} of {name} is unpinned; edges know within two minutes.")


def _length(members: object) -> int:
    return len(members) if isinstance(members, list) else 0


def _plan(api: EnrollmentApi, files: ConfigurationFiles) -> tuple[int, dict[str, Any]]:
    """The revision in force, and what a dry run from there tells."""
    expected = int(api.configuration()["revision"])
    return expected, _put(api, files, expected, dry_run=True)


def _put(api: EnrollmentApi, files: ConfigurationFiles, expected: int, *, dry_run: bool) -> dict[str, Any]:
    try:
        return api.apply_configuration(files.document, expected, dry_run=dry_run)
    except CommandError as error:
        raise CommandError(error.code, error.text, error.status, files.found(error.findings)) from None


def _show_changes(changes: Sequence[Mapping[str, Any]]) -> None:
    for change in changes:
        print(printable(change["text"]))
    if not changes:
        print("Nothing changes.")


def _count(changes: Sequence[object]) -> str:
    return "one change" if len(changes) == 1 else f"{len(changes)} changes"


def _tell_applied(applied: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(applied)
    elif applied["applied"]:
        print(f"Revision {applied['revision']} is in force. Edges work by it within a minute.")
    else:
        print(f"Nothing changes; revision {applied['revision']} stays in force.")
