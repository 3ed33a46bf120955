"""gatehouse policy …: what the policy would say to a login, without one."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Annotated, Any, Final

import typer

from gatehouse.enrollment_api import EnrollmentApi
from gatehouse.errors import CommandError
from gatehouse.options import AsJson, Local, Url, UserName
from gatehouse.output import moment, printable, show, show_json
from mfa.domain.document_endings import moment_of

app: Final = typer.Typer(
    help="Ask what the policy would say to a login. Requests are signed with your AWS credentials.",
    rich_markup_mode=None,
)

_MARKS: Final[Mapping[bool | None, str]] = {True: "yes", False: "no", None: "unknown"}
_LOCAL_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?[+-][0-9]{2}:[0-9]{2}")


@app.callback()
def _group() -> None:
    """A group of its own, though it has one command."""


@app.command(
    "test",
    epilog="""\b
Examples:
  gatehouse policy test alice --client vpn --from 192.0.2.10
  gatehouse policy test 'CORP\\bob' --client vpn --from 192.0.2.10 --caller 203.0.113.9 --at 2026-01-31T22:00:00+01:00
""",
)
def tell(
    user: UserName,
    *,
    client: Annotated[str, typer.Option("--client", help="The RADIUS client.", metavar="CLIENT")],
    source: Annotated[str, typer.Option("--from", help="The address its packet comes from.", metavar="IP")],
    caller: Annotated[
        str | None,
        typer.Option("--caller", help="The address of the person's device (Calling-Station-Id).", metavar="IP"),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", help="Another time than now: 2026-01-31T21:00:00Z, or with +01:00.", metavar="TIME"),
    ] = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Tell which policy would decide a login, and why. No password is checked and nothing is written."""
    api = EnrollmentApi.at(url, local=local)
    places = {"source_ip": _address(source, "--from"), "caller_ip": _address(caller, "--caller")}
    question = {"user": user, "client": client, **places, "at": _seconds(at)}
    report = api.test_policy({name: value for name, value in question.items() if value is not None})
    if as_json:
        show_json(report)
    else:
        show(list(_rows(report)))


def _address(text: str | None, option: str) -> str | None:
    try:
        return None if text is None else str(ip_address(text))
    except ValueError:
        raise CommandError("bad-address", f"{option} must be an IP address such as 192.0.2.10, not {text}") from None


def _seconds(at: str | None) -> int | None:
    if at is None:
        return None
    found = datetime.fromisoformat(at) if _LOCAL_MOMENT.fullmatch(at) and _is_moment(at) else moment_of(at)
    if found is None:
        raise CommandError(
            "bad-time", f"{at} is no time such as 2026-01-31T21:00:00Z, 2026-01-31T22:00:00+01:00 or 2026-01-31"
        )
    return int(found.astimezone(UTC).timestamp())


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _rows(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "Client", f"{report['client']} ({report['mode']}), revision {report['revision']}"
    yield "Time", moment(report["at"])
    yield "User", _user(report)
    yield from _directory(report["directory"])
    for place, rule in enumerate(report["policies"], 1):
        here = " <- decides" if rule["decides"] else ""
        yield f"Policy {place}", f"{rule['name']} ({rule['action']}): {_MARKS[rule['matches']]}, {rule['text']}{here}"
    for exemption in report["exemptions"]:
        yield "Exemption", f"{exemption['name']}: {_MARKS[exemption['matches']]}, {exemption['text']}"
    yield "Unenrolled", str(report["unenrolled"])
    for note in report["notes"]:
        yield "Note", str(note)
    yield "Outcome", _outcome(report["outcome"])


def _user(report: Mapping[str, Any]) -> str:
    if report["name"] is None:
        return "a name that nobody can have"
    user = report["user"]
    name = f"{report['name']} of realm {report['realm']}"
    if not user["known"]:
        return f"{name}: not known here"
    factors = ", ".join(user["factors"]) or "none"
    return f"{name}: {user['state']}, factors: {factors}"


def _directory(directory: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
    if directory is None:
        yield "Directory", "the user's realm has none"
        return
    account = f", account {directory['sam_account_name']}" if directory["sam_account_name"] else ""
    yield "Directory", f"{directory['text']}{account}"
    for sid in directory["groups"]:
        yield "Group", printable(sid)


def _outcome(outcome: Mapping[str, Any]) -> str:
    said = [f"{name} {outcome[name]}" for name in ("policy", "exemption") if outcome[name]]
    by = f" (by {', '.join(said)})" if said else ""
    return f"{outcome['text']}{by}"
