"""gatehouse user sync: keep users like the members of groups of the directory."""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final

import typer

from gatehouse.enrollment_api import EnrollmentApi
from gatehouse.errors import REFUSED, CommandError
from gatehouse.options import AsJson, Local, Realm, Url, Yes
from gatehouse.output import printable, show_json
from gatehouse.prompts import confirm

EPILOG: Final = """\b
Groups are named by their SID (PowerShell: (Get-ADGroup MFA-Users).SID.Value). Members of nested groups count.
Name all groups every time: who is in none of them is disabled, and keeps the factors.

\b
Examples:
  gatehouse user sync --group S-1-5-21-1004336348-1177238915-682003330-1105 --dry-run
  gatehouse user sync --group S-1-5-21-…-1105 --group S-1-5-21-…-1106 --yes
"""
_STEPS_AT_ONCE: Final = 25
_ALWAYS_ALLOWED: Final = 10
_ALLOWED_SHARE: Final = 0.1
_WORDS: Final = {
    "create": "to add",
    "rename": "to rename",
    "return": "to enable",
    "leave": "to disable",
}

type Change = Mapping[str, Any]


def sync_users(
    *,
    group: Annotated[list[str], typer.Option("--group", metavar="SID", help="A group; may be given several times.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    yes: Yes = False,
    disable_at_most: Annotated[
        int | None,
        typer.Option(
            help="Refuse if more users would be disabled than this (default: 10, or a tenth of the members).", min=0
        ),
    ] = None,
    realm: Realm = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Create, rename, enable and disable users until they are the members of the groups."""
    api = EnrollmentApi.at(url, local=local)
    plan = api.plan_sync(realm, group)
    changes: list[Change] = plan["changes"]
    if not as_json:
        _show_plan(plan)
    if dry_run or not changes:
        if as_json:
            show_json({"dry_run": dry_run, **plan, "refused": []})
        return
    _check_losses(plan, disable_at_most)
    if not yes:
        confirm(f"Make {_counted(len(changes), 'change')}?")
    refused = _apply(api, realm, changes)
    _conclude(plan, refused, as_json=as_json)


def _show_plan(plan: Mapping[str, Any]) -> None:
    for change in plan["changes"]:
        before = f" (was {change['was']})" if change["was"] and change["was"] != change["sam_account_name"] else ""
        print(printable(f"{_WORDS[change['step']]:<10}  {change['sam_account_name']}{before}"))
    counts = Counter(change["step"] for change in plan["changes"])
    told = ", ".join(f"{counts[step]} {words}" for step, words in _WORDS.items() if counts[step])
    print(f"{_counted(plan['members'], 'member')}; {told or 'nothing to change'}")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _check_losses(plan: Mapping[str, Any], allowed: int | None) -> None:
    """A wrong group, or one that somebody emptied, must not lock a company out."""
    leaving = sum(change["step"] == "leave" for change in plan["changes"])
    most = max(_ALWAYS_ALLOWED, int(plan["members"] * _ALLOWED_SHARE)) if allowed is None else allowed
    if leaving > most:
        text = (
            f"{leaving} users would be disabled, more than {most}; nothing was changed. If the groups are right, "
            f"repeat the command with --disable-at-most {leaving}"
        )
        raise CommandError("many-would-be-disabled", text, REFUSED)


def _apply(api: EnrollmentApi, realm: str | None, changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Those whose step was refused, each with why. A new name may be another's old one, so what is refused is tried
    again for as long as that helps somebody."""
    left = list(changes)
    while True:
        refused = _pass(api, realm, left)
        again = [change for change in left if _key(change) in refused]
        if not again or len(again) == len(left):
            break
        left = again
    return [
        {"step": one["step"], "sam_account_name": one["sam_account_name"], "reason": refused[_key(one)]}
        for one in again
    ]


def _key(change: Change) -> tuple[str, str]:
    return change["object_guid"], change["step"]


def _pass(api: EnrollmentApi, realm: str | None, changes: Sequence[Change]) -> dict[tuple[str, str], str]:
    refused: dict[tuple[str, str], str] = {}
    for done, batch in _batches(changes):
        for result in api.apply_sync(realm, batch)["results"]:
            if result["refused"] is not None:
                refused[result["object_guid"], result["step"]] = result["refused"]
        print(f"{done} of {_counted(len(changes), 'change')}", file=sys.stderr)
    return refused


def _batches(changes: Sequence[Change]) -> Iterator[tuple[int, Sequence[Change]]]:
    for start in range(0, len(changes), _STEPS_AT_ONCE):
        batch = changes[start : start + _STEPS_AT_ONCE]
        yield start + len(batch), batch


def _conclude(plan: Mapping[str, Any], refused: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    if as_json:
        show_json({"dry_run": False, **plan, "refused": refused})
    else:
        for one in refused:
            print(printable(f"refused: {one['sam_account_name']} ({_WORDS[one['step']]}): {one['reason']}"))
        print(f"{_counted(len(plan['changes']) - len(refused), 'change')} made, {len(refused)} refused")
    if refused:
        raise typer.Exit(REFUSED)
