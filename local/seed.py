"""Demo data for a fresh stack, and users for tests."""

import json
import subprocess
from collections.abc import Mapping, Sequence

from local import aws
from local.credentials import ROOT_USER, aws_environment
from local.demo_world import TRIAL_USER, USERS, DemoUser
from local.deploy import Stack
from local.directory_clients import DIRECTORY_USERS, SERVICE_ACCOUNT_SECRET
from local.directory_world import SERVICE_ACCOUNT
from local.errors import LocalError
from local.layout import PYTHON, ROOT
from mfa.contract.directory import DirectoryAddress


def demonstration(endpoint_url: str, stack: Stack) -> None:
    configuration: dict[str, object] = {"directory": None}
    _seed(endpoint_url, stack, {"configuration": configuration, "users": _documents([*USERS, TRIAL_USER])})


def with_directory(endpoint_url: str, stack: Stack, directory: DirectoryAddress, group_sids: Mapping[str, str]) -> None:
    """The demonstration with a RADIUS client in each mode, and with the users who have an account in the directory."""
    configuration = {"directory": directory.to_message(), "group_sids": dict(group_sids)}
    _seed(endpoint_url, stack, {"configuration": configuration, "users": _documents(DIRECTORY_USERS)})


def users(endpoint_url: str, stack: Stack, wanted: Sequence[DemoUser]) -> None:
    _seed(endpoint_url, stack, {"configuration": None, "users": _documents(wanted)})


def service_account(endpoint_url: str, stack: Stack) -> None:
    """Where the functions look for it."""
    credentials = {"username": SERVICE_ACCOUNT.user_principal_name, "password": SERVICE_ACCOUNT.password}
    aws.client("secretsmanager", endpoint_url).create_secret(
        Name=f"{stack.name}/directory/{SERVICE_ACCOUNT_SECRET}", SecretString=json.dumps(credentials)
    )


def _documents(wanted: Sequence[DemoUser]) -> list[dict[str, str | None]]:
    return [{"username": user.username, "upn": user.upn, "totp_secret": user.totp_secret} for user in wanted]


def _seed(endpoint_url: str, stack: Stack, document: Mapping[str, object]) -> None:
    done = subprocess.run(
        [PYTHON, "-m", "local.seeding"],
        cwd=ROOT,
        env=_environment(endpoint_url, stack),
        input=json.dumps(document),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise LocalError(f"the demo users could not be written:\n{done.stderr}")


def _environment(endpoint_url: str, stack: Stack) -> dict[str, str]:
    """What the template gives the functions, plus the way to the emulator."""
    return aws_environment(endpoint_url, ROOT_USER) | {
        "PYTHONPATH": f"{ROOT / 'layers/core'}:{ROOT}",
        "TABLE_NAME": stack.table,
        "KMS_KEY_ID": stack.key_arn,
        "DEPLOYMENT": stack.name,
    }
