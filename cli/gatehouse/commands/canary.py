"""gatehouse canary setup: give the canary a user and what it logs in with."""

import json
import os
import time
from typing import Annotated, Any, Final

import pyotp
import typer
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from gatehouse.deployment import Target, find_target
from gatehouse.enrollment_api import EnrollmentApi
from gatehouse.errors import CommandError
from gatehouse.options import AsJson, Local, Url
from gatehouse.output import show_json
from mfa.domain.canary import CANARY_CLIENT, CANARY_USER

app: Final = typer.Typer(help="The login that is tried every minute.", rich_markup_mode=None)
EPILOG: Final = """\b
Example, after `gatehouse clients apply` with the canary's client in the file:
  CANARY_SECRET=... gatehouse canary setup
"""
SECRET_VARIABLE: Final = "CANARY_SECRET"  # noqa: S105 -- its name
_LEAST_OCTETS: Final = 16


@app.callback()
def _group() -> None:
    """A group of its own, though it has one command."""


@app.command(epilog=EPILOG)
def setup(
    *,
    stored_in: Annotated[
        str, typer.Option("--secret", metavar="NAME", help="Output CanarySecretName of the stack.")
    ] = "gatehouse/canary",
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Make the canary's user anew and store what it logs in with. The RADIUS client's shared secret is read from the
    variable CANARY_SECRET, as gatehouse clients apply read it.
    """
    shared_secret = os.environ.get(SECRET_VARIABLE, "")
    if len(shared_secret.encode()) < _LEAST_OCTETS:
        text = f"set {SECRET_VARIABLE} to the shared secret of the RADIUS client {CANARY_CLIENT}, 16 octets or more"
        raise CommandError("no-secret", text)
    target = find_target(url, local=local)
    seed = _enrolled(EnrollmentApi(target))
    _store(target, stored_in, {"shared_secret": shared_secret, "totp_secret": seed})
    if as_json:
        show_json({"secret": stored_in, "user": CANARY_USER, "realm": CANARY_CLIENT})
    else:
        print(f"Done: the canary logs in as {CANARY_USER} of the realm {CANARY_CLIENT}, with what is in {stored_in}.")


def _enrolled(api: EnrollmentApi) -> str:
    """The seed of a new user's app; one of an earlier setup is removed first."""
    try:
        api.remove_user(CANARY_USER, CANARY_CLIENT)
    except CommandError as error:
        if error.code != "not-found":
            raise
    api.create_user({"username": CANARY_USER, "realm": CANARY_CLIENT, "display_name": "Canary"})
    session = api.open_session(str(api.issue_code(CANARY_USER, CANARY_CLIENT, None)["code"]))
    started = api.start_factor(session["token"], {"type": "totp"})
    seed = "".join(str(started["key"]).split())
    # The code before this one: the canary's first login may be in this very half minute.
    api.confirm_factor(session["token"], started["factor_id"], pyotp.TOTP(seed).at(int(time.time()) - 30))
    api.end_session(session["token"])
    return seed


def _store(target: Target, secret: str, content: dict[str, str]) -> None:
    try:
        _secrets_manager(target).put_secret_value(SecretId=secret, SecretString=json.dumps(content))
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code")
        text = f"{secret} cannot be written ({code}); is it the output CanarySecretName?"
        raise CommandError("not-stored", text) from None
    except BotoCoreError as error:
        raise CommandError("not-stored", f"Secrets Manager cannot be asked: {error}") from None


def _secrets_manager(target: Target) -> Any:  # noqa: ANN401 -- botocore makes its clients' methods at run time
    found = target.credentials()
    endpoint = None if target.ready is None else str(target.ready["aws_endpoint_url"])
    return Session().create_client(
        "secretsmanager",
        target.region(),
        endpoint_url=endpoint,
        aws_access_key_id=found.access_key,
        aws_secret_access_key=found.secret_key,
        aws_session_token=found.token,
    )
