"""gatehouse token …: the inventory of hardware tokens. Who has which, give, take back, bring back, claim."""

import sys
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

import typer

from gatehouse.enrollment_api import EnrollmentApi
from gatehouse.enrollment_checks import check_serial, check_token_codes, is_code
from gatehouse.enrollment_session import session
from gatehouse.errors import CommandError
from gatehouse.following import following
from gatehouse.options import AsJson, EnrollmentCode, Local, Realm, Url, UserName
from gatehouse.output import moment, printable, show, show_json
from gatehouse.prompts import ask, can_ask

app: Final = typer.Typer(
    help="Import hardware tokens, and say who has which. Requests are signed with your AWS credentials.",
    rich_markup_mode=None,
)

_CORRECTABLE: Final = frozenset({"token-refused", "bad-serial", "not-a-code", "token-changed", "unavailable"})

Serial = Annotated[str, typer.Argument(metavar="SERIAL", help="The serial number that is printed on the token.")]


@app.command(
    "list",
    epilog="""\b
Examples:
  gatehouse token list --free
  gatehouse token list --user alice --json
""",
)
def list_tokens(
    *,
    free: Annotated[bool, typer.Option("--free", help="Only tokens that nobody has.")] = False,
    user: Annotated[str | None, typer.Option("--user", metavar="NAME", help="Only tokens of that user.")] = None,
    realm: Realm = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """List the tokens with their users. Seeds cannot be shown by anybody."""
    api = EnrollmentApi.at(url, local=local)
    user_id = None if user is None else api.show_user(user, realm)["user_id"]
    found = [one for one in _every(api) if _is_wanted(one, free=free, user_id=user_id)]
    unfinished = api.token_imports()["imports"]
    if as_json:
        show_json({"tokens": found, "unfinished_imports": unfinished})
        return
    for one in found:
        print(printable(f"{one['serial']:<16}  {_kind(one):<34}  {_whose(one)}"))
    print("1 token" if len(found) == 1 else f"{len(found)} tokens")
    for one in unfinished:
        text = f"An import is not finished: {one['stored']} of {one['total']} tokens since {moment(one['started_at'])}."
        abandon = following("token", "abandon", one["import_id"], enrollment_url=url, local=local)
        print(f"{text} Import its file again, or: {abandon}")


@app.command(
    epilog="""\b
Example:
  gatehouse token assign 60012345 alice
"""
)
def assign(
    serial: Serial,
    name: UserName,
    *,
    realm: Realm = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Give a token to a user, who can log in with it at once."""
    _print(EnrollmentApi.at(url, local=local).assign_token(serial, name, realm), as_json)


@app.command(
    epilog="""\b
Example:
  gatehouse token unassign 60012345
"""
)
def unassign(serial: Serial, *, url: Url = None, local: Local = False, as_json: AsJson = False) -> None:
    """Take a token back. Its codes open nothing until somebody gets it, and those that were used never again."""
    _print(EnrollmentApi.at(url, local=local).take_token_back(serial), as_json)


@app.command(
    epilog="""\b
Example:
  gatehouse token resync 60012345 755224 287082
"""
)
def resync(
    serial: Serial,
    codes: Annotated[
        list[str], typer.Argument(metavar="CODE CODE", help="Two codes in a row, as the token shows them now.")
    ],
    *,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Bring a token back that was pressed too often, or whose clock is off by some minutes."""
    if len(codes) != 2:
        raise CommandError("bad-usage", "give two codes: press twice, and type both in their order")
    _print(EnrollmentApi.at(url, local=local).resync_token(serial, codes), as_json)


@app.command(
    epilog="""\b
Examples:
  gatehouse token claim 7K3M-Q0XZ-9TBD-4HWE 60012345
  gatehouse token claim 7K3M-Q0XZ-9TBD-4HWE 60012345 --code 755224 --code 287082

\b
For scripts: an error that comes after the enrolment code was redeemed has
"enrollment_code": "spent".
"""
)
def claim(
    enrollment_code: EnrollmentCode,
    serial: Serial,
    *,
    code: Annotated[
        list[str] | None,
        typer.Option(metavar="DIGITS", help="What the token shows, instead of being asked; twice for two in a row."),
    ] = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Enrol a hardware token that you hold, with an enrolment code. No AWS credentials are needed."""
    check_serial(serial)
    codes = ["".join(one.split()) for one in code] if code else _asked_codes(as_json=as_json)
    check_token_codes(codes)
    api = EnrollmentApi.at(url, local=local)
    with session(api, enrollment_code) as opened:
        factor = _claimed(api, opened["token"], serial, codes, as_json=as_json)
    if as_json:
        show_json(factor)
    else:
        print(f"Done: {printable(factor['name'])} is active. The code you typed is used up; log in with the next one.")


def _asked_codes(*, as_json: bool) -> list[str]:
    """As they are typed: one, or two in a row on one line."""
    while True:
        words = ask("Code that the token shows now").split()
        codes = words if len(words) == 2 and all(is_code(word) for word in words) else ["".join(words)]
        try:
            check_token_codes(codes)
        except CommandError as error:
            if not can_ask(as_json=as_json):
                raise
            print(printable(error.text), file=sys.stderr)
        else:
            return codes


def _claimed(api: EnrollmentApi, token: str, serial: str, codes: list[str], *, as_json: bool) -> dict[str, Any]:
    """Ask again, in the same session, where the server takes neither the number nor the codes and somebody is there."""
    while True:
        try:
            return api.claim_token(token, serial, codes)
        except CommandError as error:
            if error.code not in _CORRECTABLE or not can_ask(as_json=as_json):
                raise
            print(printable(error.text), file=sys.stderr)
        serial = ask(f"Serial number, or Enter for {printable(serial)}") or serial
        codes = _asked_codes(as_json=as_json)


@app.command(
    epilog="""\b
Example:
  gatehouse token abandon 1c4mV8Yw0bJ3kqLZ7hXeTg
"""
)
def abandon(
    import_id: Annotated[str, typer.Argument(metavar="IMPORT", help="As `gatehouse token list` tells it.")],
    *,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Remove what an import that was not finished has stored."""
    EnrollmentApi.at(url, local=local).abandon_token_import(import_id)
    if as_json:
        show_json({"abandoned": import_id})
    else:
        print(f"{printable(import_id)} is abandoned.")


def _every(api: EnrollmentApi) -> Iterator[Mapping[str, Any]]:
    after: str | None = None
    while True:
        page = api.tokens(after)
        yield from page["tokens"]
        after = page["next"]
        if after is None:
            return


def _is_wanted(one: Mapping[str, Any], *, free: bool, user_id: str | None) -> bool:
    owner = one["owner"]
    if free and owner is not None:
        return False
    return user_id is None or (owner is not None and owner["user_id"] == user_id)


def _print(one: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(one)
        return
    owner = one["owner"] or {}
    show(
        [
            ("Token", one["serial"]),
            ("Kind", _kind(one)),
            ("User", _whose(one)),
            *[("Last used", moment(owner["last_used_at"])) for _ in [0] if owner],
        ]
    )


def _kind(one: Mapping[str, Any]) -> str:
    often = f"every {one['period']} s" if one["type"] == "totp" else "at each press"
    return f"{one['type'].upper()}, {one['algorithm']}, {one['digits']} digits {often}"


def _whose(one: Mapping[str, Any]) -> str:
    owner = one["owner"]
    if owner is None:
        return "nobody"
    return str(owner["username"]) if owner["username"] is not None else "a user who is gone; unassign it"
