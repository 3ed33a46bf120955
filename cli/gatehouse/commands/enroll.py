"""gatehouse enroll CODE: exchange an enrolment code, show the key as a QR code, confirm it with a first code."""

import json
import sys
from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from gatehouse.deployment import find_target
from gatehouse.enrollment_api import EnrollmentApi
from gatehouse.errors import CommandError
from gatehouse.options import AsJson, Local, Url
from gatehouse.output import printable, show_json
from gatehouse.prompts import ask
from gatehouse.qr_codes import draw

EPILOG: Final = """\b
Examples:
  gatehouse enroll 7K3M-Q0XZ-9TBD-4HWE
  gatehouse enroll 7K3M-Q0XZ-9TBD-4HWE --name "Alice's phone" --algorithm SHA256

\b
For scripts: with --json the key is the first line of standard error, as JSON; the
code is read from standard input, and the confirmed factor is the result.
"""


def enroll(
    enrollment_code: Annotated[str, typer.Argument(metavar="CODE", help="The enrolment code from your administrator.")],
    *,
    code: Annotated[
        str | None, typer.Option(help="The authenticator's code, instead of being asked for it.", metavar="DIGITS")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What to call this authenticator.")] = None,
    algorithm: Annotated[
        str | None, typer.Option(help="SHA1 (default, understood by every app), SHA256, SHA512.")
    ] = None,
    digits: Annotated[int | None, typer.Option(help="6 (default) or 8.")] = None,
    period: Annotated[int | None, typer.Option(help="Seconds for which a code is shown: 30 (default) or 60.")] = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Enrol an authenticator app with an enrolment code. No AWS credentials are needed."""
    api = EnrollmentApi(find_target(url, local=local))
    wanted = {"name": name, "algorithm": algorithm, "digits": digits, "period": period}
    session = api.open_session(enrollment_code)
    try:
        started = api.start_factor(session["token"], _given(wanted))
        _show_key(session, started, as_json)
        confirmed = _confirm(api, session["token"], started["factor_id"], code, as_json)
    finally:
        _end(api, session["token"])
    if as_json:
        show_json(confirmed)
    else:
        print(
            f"Done: {printable(confirmed['name'])} is active. The code you typed is used up; log in with the next one."
        )


def _given(wanted: Mapping[str, object]) -> dict[str, object]:
    return {"type": "totp", **{name: value for name, value in wanted.items() if value is not None}}


def _show_key(session: Mapping[str, Any], started: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        shown = {name: started[name] for name in ("factor_id", "key", "otpauth_uri")}
        print(json.dumps(shown), file=sys.stderr, flush=True)
        return
    print(f"Enrolling {printable(session['display_name'])}. Scan this with an authenticator app:\n")
    draw(started["otpauth_uri"])
    print(f"\nOr type this key: {printable(started['key'])}")


def _confirm(api: EnrollmentApi, token: str, factor_id: str, code: str | None, as_json: bool) -> dict[str, Any]:
    """Ask until a code is right, nobody answers, or the server says that it is enough."""
    while True:
        typed = ask("Code that the app shows now") if code is None else code
        try:
            return api.confirm_factor(token, factor_id, "".join(typed.split()))
        except CommandError as error:
            if code is not None or as_json or error.code not in {"wrong-code", "not-a-code"}:
                raise
            print(printable(error.text), file=sys.stderr)


def _end(api: EnrollmentApi, token: str) -> None:
    """The session ends by itself soon: a failure here must not hide what happened before."""
    try:
        api.end_session(token)
    except CommandError:
        return
