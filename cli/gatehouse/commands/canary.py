"""gatehouse canary setup: give the canary a user and what it logs in with."""

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import pyotp
import typer
from botocore.exceptions import BotoCoreError, ClientError

from gatehouse.aws.session import patient_session
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
_TRIAL_STAGE: Final = "GATEHOUSE-TRIAL"  # of a version that nobody reads: the canary reads AWSCURRENT


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
    place = _Place(stored_in, _secrets_manager(target))
    place.try_to_write()
    seed = _enrolled(EnrollmentApi(target))
    place.write({"shared_secret": shared_secret, "totp_secret": seed})
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


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the canary reads what it logs in with: a secret's name, and Secrets Manager."""

    name: str
    manager: Any

    def try_to_write(self) -> None:
        """Who may not write must hear of it while the former user is still there. Only writing shows it: the right on
        the key has no call of its own. Raises CommandError."""
        try:
            self._put({}, VersionStages=[_TRIAL_STAGE])
        except CommandError as error:
            raise CommandError(error.code, f"nothing was changed: {error.text}") from None

    def write(self, content: Mapping[str, str]) -> None:
        self._put(content)

    def _put(self, content: Mapping[str, str], **more: object) -> None:
        try:
            self.manager.put_secret_value(SecretId=self.name, SecretString=json.dumps(content), **more)
        except ClientError as error:
            raise CommandError("not-stored", self._refused(str(error.response.get("Error", {}).get("Code")))) from None
        except BotoCoreError as error:
            raise CommandError("not-stored", f"Secrets Manager cannot be asked: {error}") from None

    def _refused(self, code: str) -> str:
        if code == "ResourceNotFoundException":
            return f"there is no secret {self.name} in this account and region; give the output CanarySecretName"
        return (
            f"the secret {self.name} cannot be written ({code}); it takes secretsmanager:PutSecretValue on it, and "
            "kms:GenerateDataKey and kms:Decrypt on the stack's KeyArn"
        )


def _secrets_manager(target: Target) -> Any:  # noqa: ANN401 -- botocore makes its clients' methods at run time
    found = target.credentials()
    endpoint = None if target.ready is None else str(target.ready["aws_endpoint_url"])
    return patient_session().create_client(
        "secretsmanager",
        target.region(),
        endpoint_url=endpoint,
        aws_access_key_id=found.access_key,
        aws_secret_access_key=found.secret_key,
        aws_session_token=found.token,
    )
