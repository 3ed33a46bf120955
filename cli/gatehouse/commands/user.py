"""gatehouse user …: create, show, remove, unlock, disable and enable users, and issue enrolment codes."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from gatehouse.commands.device import described
from gatehouse.deployment import Target, options_of
from gatehouse.enrollment_api import EnrollmentApi
from gatehouse.errors import CommandError
from gatehouse.following import following
from gatehouse.options import AsJson, Local, Realm, Url, UserName, ValidMinutes, Yes
from gatehouse.output import moment, printable, show, show_json
from gatehouse.pairing_links import CodeLinks, code_links
from gatehouse.prompts import confirm
from gatehouse.qr_codes import draw

app: Final = typer.Typer(
    help="Create, show and remove users, and issue enrolment codes. Requests are signed with your AWS credentials.",
    rich_markup_mode=None,
)


@app.command(
    epilog="""\b
Examples:
  gatehouse user add alice --display-name "Alice Example"
  gatehouse user add 'CORP\\alice' --upn alice@corp.example.test --no-enroll
"""
)
def add(
    name: UserName,
    *,
    upn: Annotated[str | None, typer.Option(help="A second name of the form name@domain.")] = None,
    display_name: Annotated[
        str | None, typer.Option(help="The name that people read (default: the user name).")
    ] = None,
    email: Annotated[str | None, typer.Option(help="Where notices of changes are mailed.")] = None,
    enroll: Annotated[bool, typer.Option("--enroll/--no-enroll", help="Also issue an enrolment code.")] = True,
    valid_minutes: ValidMinutes = None,
    realm: Realm = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Create a user and, unless told otherwise, an enrolment code."""
    api = EnrollmentApi.at(url, local=local)
    user = api.create_user({"username": name, "upn": upn, "display_name": display_name, "email": email, "realm": realm})
    issued = first_code(api, name, realm, valid_minutes) if enroll else None
    links = CodeLinks() if issued is None else code_links(api.target, issued["code"])
    if as_json:
        show_json({"user": user, "enrollment_code": issued, **_as_json(links)})
        return
    _show_user(user)
    if issued is not None:
        _show_code(issued, links, api.target)


@app.command(
    "show",
    epilog="""\b
Example:
  gatehouse user show alice --json
""",
)
def show_user(
    name: UserName, *, realm: Realm = None, url: Url = None, local: Local = False, as_json: AsJson = False
) -> None:
    """Show a user: names, state, lock and factors. Keys cannot be shown by anybody."""
    _print(EnrollmentApi.at(url, local=local).show_user(name, realm), as_json)


@app.command(
    epilog="""\b
Example:
  gatehouse user remove alice --yes
"""
)
def remove(
    name: UserName,
    *,
    yes: Yes = False,
    realm: Realm = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Remove a user with all names and factors. It cannot be undone."""
    api = EnrollmentApi.at(url, local=local)
    if not yes:
        confirm(f"Remove {name} with all factors?")
    api.remove_user(name, realm)
    if as_json:
        show_json({"removed": name})
    else:
        print(f"{name} is removed.")


@app.command(
    epilog="""\b
Example:
  gatehouse user unlock alice
"""
)
def unlock(name: UserName, realm: Realm = None, url: Url = None, local: Local = False, as_json: AsJson = False) -> None:
    """Forget the failed tries of a user, so that codes work again at once."""
    _print(EnrollmentApi.at(url, local=local).unlock_user(name, realm), as_json)


@app.command(
    epilog="""\b
Example:
  gatehouse user disable alice
"""
)
def disable(
    name: UserName, *, realm: Realm = None, url: Url = None, local: Local = False, as_json: AsJson = False
) -> None:
    """Reject every login of a user from now on; the factors are kept."""
    _print(EnrollmentApi.at(url, local=local).set_state(name, realm, "disabled"), as_json)


@app.command(
    epilog="""\b
Example:
  gatehouse user enable alice
"""
)
def enable(name: UserName, realm: Realm = None, url: Url = None, local: Local = False, as_json: AsJson = False) -> None:
    """Let a disabled user log in again."""
    _print(EnrollmentApi.at(url, local=local).set_state(name, realm, "active"), as_json)


@app.command(
    epilog="""\b
Example:
  gatehouse user code alice --valid-minutes 60
"""
)
def code(
    name: UserName,
    *,
    valid_minutes: ValidMinutes = None,
    realm: Realm = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Issue a new enrolment code, for a first or a further authenticator or phone."""
    api = EnrollmentApi.at(url, local=local)
    issued = api.issue_code(name, realm, valid_minutes)
    links = code_links(api.target, issued["code"])
    if as_json:
        show_json({**issued, **_as_json(links)})
    else:
        _show_code(issued, links, api.target)


@app.command(
    epilog="""\b
Examples:
  gatehouse user email alice alice@example.com
  gatehouse user email alice --none
"""
)
def email(
    name: UserName,
    address: Annotated[str | None, typer.Argument(help="Where notices are mailed.", show_default=False)] = None,
    *,
    none: Annotated[bool, typer.Option("--none", help="Mail no notices to this user any more.")] = False,
    realm: Realm = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Say where notices of changes are mailed. The user is told of it, on other channels."""
    if none == (address is not None):
        raise CommandError("bad-usage", "name one address, or say --none")
    _print(EnrollmentApi.at(url, local=local).set_email(name, realm, address), as_json)


def first_code(api: EnrollmentApi, name: str, realm: str | None, valid_minutes: int | None) -> dict[str, Any]:
    try:
        return api.issue_code(name, realm, valid_minutes)
    except CommandError as error:
        again = following("user", "code", name, realm=realm, **options_of(api.target))
        text = f"the user was created, but no enrolment code: {error.text}; try again with: {again}"
        raise CommandError(error.code, text, error.status) from None


def _print(user: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(user)
    else:
        _show_user(user)


def _show_user(user: Mapping[str, Any]) -> None:
    show(
        [
            ("User", user["username"]),
            ("Display name", user["display_name"]),
            ("Names", ", ".join(user["names"])),
            ("Realm", user["realm"]),
            *[("E-mail", address) for address in [user.get("email")] if address],
            ("State", user["state"]),
            ("Lock", f"{user['lock']['text']} ({user['lock']['failed_tries']} failed tries since the last login)"),
            ("Created", moment(user["created_at"])),
            *[("Factor", text) for text in _factors(user)],
            *[("Device", described(device)) for device in user.get("devices", [])],
            *[("Push", f"muted since {moment(at)}") for at in [user.get("push", {}).get("muted_at")] if at is not None],
        ]
    )


def _factors(user: Mapping[str, Any]) -> list[str]:
    return [_factor(one) for one in user["factors"]] or ["none yet"]


def _factor(one: Mapping[str, Any]) -> str:
    often = f"every {one['period']} s" if one["type"] == "totp" else "at each press"
    kind = f"{one['type'].upper()}, {one['algorithm']}, {one['digits']} digits {often}"
    return f"{one['name']} ({kind}), {one['state']}, last used {moment(one['last_used_at'])}"


def _as_json(links: CodeLinks) -> dict[str, str | None]:
    return {"pairing_link": links.pairing, "enrollment_link": links.enrollment}


def _show_code(issued: Mapping[str, Any], links: CodeLinks, target: Target) -> None:
    show([("Enrolment code", issued["code"]), ("Valid until", moment(issued["expires_at"]))])
    if links.pairing is not None and links.enrollment is not None:
        print("The user opens this on the phone, for push and for codes:\n")
        draw(links.pairing)
        print(f"\n{printable(links.pairing)}")
        print(f"Or this, on any device, to choose what to set up:\n{printable(links.enrollment)}")
    print(f"The user runs:  {following('enroll', issued['code'], **options_of(target))}")
