"""Where the enrolment API is, and with whose credentials its administrator's routes are signed.

``--enrollment-url`` wins over ``--local``, which wins over GATEHOUSE_ENROLLMENT_URL. A local set-up brings its own
credentials; everything else uses the usual chain of AWS tools (environment, profile, SSO, instance role).
"""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError

from gatehouse.aws.session import patient_session
from gatehouse.errors import CommandError

URL_VARIABLE: Final = "GATEHOUSE_ENROLLMENT_URL"
LOCAL_VARIABLE: Final = "GATEHOUSE_LOCAL"  # the folder of a local set-up; .local here unless told
_AWS_HOST: Final = re.compile(r"[a-z0-9]+\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?")


@dataclass(frozen=True, slots=True)
class Target:
    """``ready`` is the local set-up's own description, None for a deployment on AWS."""

    url: str
    ready: dict[str, Any] | None = None

    def credentials(self) -> Credentials:
        if self.ready is not None:
            return _local_credentials(self.ready)
        try:
            found = patient_session().get_credentials()
            if found is not None:
                return found
        except BotoCoreError as error:
            raise CommandError("no-credentials", f"AWS credentials cannot be read: {error}") from None
        raise CommandError(
            "no-credentials", "no AWS credentials found; set AWS_PROFILE, or log in as for any other AWS command"
        )

    def region(self) -> str:
        """Of the host name if it is AWS's own, otherwise as configured."""
        if self.ready is not None:
            return str(self.ready["region"])
        match = _AWS_HOST.fullmatch(urlsplit(self.url).hostname or "")
        if match:
            return match[1]
        configured = os.environ.get("AWS_REGION") or patient_session().get_config_variable("region")
        if not configured:
            raise CommandError("no-region", "the URL does not name an AWS region; set AWS_REGION")
        return str(configured)


def find_target(url: str | None, *, local: bool) -> Target:
    if url:
        return Target(url)
    if local:
        ready = read_ready_file()
        return Target(str(_part(ready, "enrollment_api_url")), ready)
    from_environment = os.environ.get(URL_VARIABLE)
    if from_environment:
        return Target(from_environment)
    raise CommandError("no-url", f"give --enrollment-url, set {URL_VARIABLE}, or use --local beside a running make run")


def options_of(target: Target) -> dict[str, str | bool]:
    """What names the deployment on a command line of anybody, who need not have a variable set."""
    return {"enrollment_url": target.url} if target.ready is None else {"local": True}


def read_ready_file() -> dict[str, Any]:
    try:
        ready = json.loads(_ready_file().read_text())
    except OSError:
        text = f"{_ready_file()} is not there; start the local set-up with make run, and stay in its folder"
        raise CommandError("not-running", text) from None
    except ValueError:
        raise not_as_expected("is not valid JSON") from None
    if not isinstance(ready, dict) or ready.get("version") != 1:
        raise not_as_expected("is of another version")
    return ready


def not_as_expected(what: str) -> CommandError:
    return CommandError("not-running", f"{_ready_file()} {what}; start make run again")


def _ready_file() -> Path:
    return Path(os.environ.get(LOCAL_VARIABLE, ".local")) / "ready.json"


def _part(ready: dict[str, Any], name: str) -> object:
    try:
        return ready[name]
    except KeyError:
        raise not_as_expected(f"lacks {name}") from None


def _local_credentials(ready: dict[str, Any]) -> Credentials:
    written = _part(ready, "aws_credentials")
    if not isinstance(written, dict):
        raise not_as_expected("holds no credentials")
    return Credentials(
        str(written.get("aws_access_key_id")),
        str(written.get("aws_secret_access_key")),
        written.get("aws_session_token"),
    )
