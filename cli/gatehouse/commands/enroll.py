"""gatehouse enroll CODE: exchange an enrolment code, show the key as a QR code, confirm it with a first code, and make
recovery codes."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from gatehouse.enrollment_api import EnrollmentApi
from gatehouse.errors import CommandError
from gatehouse.options import AsJson, EnrollmentCode, Local, Url
from gatehouse.output import printable, show_json
from gatehouse.prompts import ask
from gatehouse.qr_codes import draw
from gatehouse.recovery_files import RecoveryFile

EPILOG: Final = """\b
Examples:
  gatehouse enroll 7K3M-Q0XZ-9TBD-4HWE
  gatehouse enroll 7K3M-Q0XZ-9TBD-4HWE --name "Alice's phone" --algorithm SHA256
  gatehouse enroll 7K3M-Q0XZ-9TBD-4HWE --save recovery-codes.txt

\b
For scripts: with --json the key is the first line of standard error, as JSON; the
code is read from standard input, and the confirmed factor is the result.
"""


def enroll(
    enrollment_code: EnrollmentCode,
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
    recovery_codes: Annotated[
        bool | None,
        typer.Option(
            "--recovery-codes/--no-recovery-codes",
            help="Make ten recovery codes as well; those from before are void then. Asked, if somebody can answer.",
        ),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(help="Write recovery codes to this new file, which only you may read, and do not show them."),
    ] = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Enrol an authenticator app with an enrolment code. No AWS credentials are needed."""
    api = EnrollmentApi.at(url, local=local)
    wanted = {"name": name, "algorithm": algorithm, "digits": digits, "period": period}
    session = api.open_session(enrollment_code)
    try:
        started = api.start_factor(session["token"], _given(wanted))
        _show_key(session, started, as_json)
        confirmed = _confirm(api, session["token"], started["factor_id"], code, as_json)
        if not as_json:
            _tell_done(confirmed)
        codes = _recovery_codes(api, session["token"], recovery_codes, save, as_json)
    finally:
        _end(api, session["token"])
    if as_json:
        show_json(confirmed if codes is None else {**confirmed, "recovery_codes": codes})


def _tell_done(confirmed: Mapping[str, Any]) -> None:
    print(f"Done: {printable(confirmed['name'])} is active. The code you typed is used up; log in with the next one.")


def _recovery_codes(
    api: EnrollmentApi, token: str, wanted: bool | None, save: Path | None, as_json: bool
) -> list[str] | None:
    """The codes for the JSON document; None if nobody wants any, or they are in a file."""
    if wanted is False or (wanted is None and save is None and not _is_asked_for(as_json)):
        return None
    if save is not None:
        _save_codes(api, token, save, as_json)
        return None
    codes = [str(code) for code in api.renew_recovery_codes(token)["codes"]]
    if not as_json:
        print("\nRecovery codes. Each works once, in place of a code; keep them where your phone is not:\n")
        print("\n".join(f"  {printable(code)}" for code in codes))
        print("\nThey are not shown again.")
    return codes


def _is_asked_for(as_json: bool) -> bool:
    if as_json or not sys.stdin.isatty():
        return False
    return ask("Make ten recovery codes for the day that you lose it? [Y/n]").lower() in {"", "y", "yes"}


def _save_codes(api: EnrollmentApi, token: str, save: Path, as_json: bool) -> None:
    file = RecoveryFile(save)
    try:
        codes = api.renew_recovery_codes(token)["codes"]
    except CommandError:
        file.discard()
        raise
    file.write([str(code) for code in codes])
    if not as_json:
        print(f"Ten recovery codes are in {save}. Each works once, in place of a code.")


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
