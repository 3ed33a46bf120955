"""gatehouse enroll CODE: exchange an enrolment code, show the key as a QR code, confirm it with a first code, and make
recovery codes."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from gatehouse.enrollment_api import EnrollmentApi
from gatehouse.enrollment_checks import FACTOR_NAME_OCTETS, check_choice, check_code, check_name
from gatehouse.enrollment_session import session
from gatehouse.errors import CommandError
from gatehouse.options import AsJson, EnrollmentCode, Local, Url
from gatehouse.output import printable, show_json
from gatehouse.prompts import ask, can_ask
from gatehouse.qr_codes import draw
from gatehouse.recovery_files import RecoveryFile

EPILOG: Final = """\b
Examples:
  gatehouse enroll 7K3M-Q0XZ-9TBD-4HWE
  gatehouse enroll 7K3M-Q0XZ-9TBD-4HWE --name "Alice's phone" --algorithm SHA256
  gatehouse enroll 7K3M-Q0XZ-9TBD-4HWE --save recovery-codes.txt

\b
For scripts: with --json the key is the first line of standard error, as JSON; the
code is read from standard input, and the confirmed factor is the result. An error
that comes after the enrolment code was redeemed has "enrollment_code": "spent".
"""
_DEFAULT_DIGITS: Final = 6
_CORRECTABLE: Final = frozenset({"wrong-code", "not-a-code"})


class Algorithm(StrEnum):
    SHA1 = "SHA1"
    SHA256 = "SHA256"
    SHA512 = "SHA512"


def enroll(
    enrollment_code: EnrollmentCode,
    *,
    code: Annotated[
        str | None, typer.Option(help="The authenticator's code, instead of being asked for it.", metavar="DIGITS")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What to call this authenticator.")] = None,
    algorithm: Annotated[
        Algorithm | None, typer.Option(help="SHA1 (default) is understood by every app.", case_sensitive=False)
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
    check_name(name, FACTOR_NAME_OCTETS)
    check_choice("--digits", digits, (6, 8))
    check_choice("--period", period, (30, 60))
    code = None if code is None else "".join(code.split())
    if code is not None:
        check_code(code, digits or _DEFAULT_DIGITS)
    wanted = _given({"name": name, "algorithm": algorithm, "digits": digits, "period": period})
    api = EnrollmentApi.at(url, local=local)
    kept = nullcontext() if save is None or recovery_codes is False else RecoveryFile(save)
    with kept as file, session(api, enrollment_code) as opened:
        confirmed = _enrolled(api, opened, wanted, code, as_json)
        if not as_json:
            _tell_done(confirmed)
        with _active(confirmed):
            codes = _recovery_codes(api, opened["token"], recovery_codes, file, as_json)
    if as_json:
        show_json(confirmed if codes is None else {**confirmed, "recovery_codes": codes})


def _tell_done(confirmed: Mapping[str, Any]) -> None:
    print(f"Done: {printable(confirmed['name'])} is active. The code you typed is used up; log in with the next one.")


@contextmanager
def _active(confirmed: Mapping[str, Any]) -> Iterator[None]:
    """What fails from here on does not undo the factor: whoever reads the error must hear of both."""
    try:
        yield
    except CommandError as error:
        text = f"{error.text}; {confirmed['name']} is active all the same, only recovery codes were not made"
        raise CommandError(error.code, text, error.status, error.findings, {"factor": confirmed}) from None


def _recovery_codes(
    api: EnrollmentApi, token: str, wanted: bool | None, file: RecoveryFile | None, as_json: bool
) -> list[str] | None:
    """The codes for the JSON document; None if nobody wants any, or they are in a file."""
    if wanted is False or (wanted is None and file is None and not _is_asked_for(as_json)):
        return None
    if file is not None:
        _save_codes(api, token, file, as_json)
        return None
    codes = [str(code) for code in api.renew_recovery_codes(token)["codes"]]
    if not as_json:
        print("\nRecovery codes. Each works once, in place of a code; keep them where your phone is not:\n")
        print("\n".join(f"  {printable(code)}" for code in codes))
        print("\nThey are not shown again.")
    return codes


def _is_asked_for(as_json: bool) -> bool:
    if not can_ask(as_json=as_json):
        return False
    return ask("Make ten recovery codes for the day that you lose it? [Y/n]").lower() in {"", "y", "yes"}


def _save_codes(api: EnrollmentApi, token: str, file: RecoveryFile, as_json: bool) -> None:
    file.write([str(code) for code in api.renew_recovery_codes(token)["codes"]])
    if not as_json:
        print(f"Ten recovery codes are in {file.name}. Each works once, in place of a code.")


def _given(wanted: Mapping[str, object]) -> dict[str, object]:
    return {"type": "totp", **{name: value for name, value in wanted.items() if value is not None}}


def _enrolled(
    api: EnrollmentApi, opened: Mapping[str, Any], wanted: Mapping[str, object], code: str | None, as_json: bool
) -> dict[str, Any]:
    """The confirmed factor. After too many wrong codes there is a new key, where somebody can scan it."""
    while True:
        started = api.start_factor(opened["token"], wanted)
        _show_key(opened, started, as_json)
        try:
            return _confirm(api, opened["token"], started["factor_id"], code, as_json)
        except CommandError as error:
            if error.code != "tries-used-up" or not can_ask(as_json=as_json):
                raise
            print(f"{printable(error.text)}\n", file=sys.stderr)


def _show_key(opened: Mapping[str, Any], started: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        shown = {name: started[name] for name in ("factor_id", "key", "otpauth_uri")}
        print(json.dumps(shown), file=sys.stderr, flush=True)
        return
    print(f"Enrolling {printable(opened['display_name'])}. Scan this with an authenticator app:\n")
    draw(started["otpauth_uri"])
    print(f"\nOr type this key: {printable(started['key'])}")


def _confirm(api: EnrollmentApi, token: str, factor_id: str, code: str | None, as_json: bool) -> dict[str, Any]:
    """Ask until a code is right, nobody answers, or the server says that it is enough. A code that was given in
    advance is tried first."""
    while True:
        typed = ask("Code that the app shows now") if code is None else code
        try:
            return api.confirm_factor(token, factor_id, "".join(typed.split()))
        except CommandError as error:
            may_ask = not as_json and (code is None or can_ask(as_json=as_json))
            if not may_ask or error.code not in _CORRECTABLE:
                raise
            print(printable(error.text), file=sys.stderr)
        code = None
