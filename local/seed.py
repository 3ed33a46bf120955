"""Demo data for a fresh stack, and users for tests."""

import dataclasses
import json
import subprocess
from collections.abc import Sequence

from local.credentials import ROOT_USER, aws_environment
from local.demo_world import TRIAL_USER, USERS, DemoUser
from local.deploy import Stack
from local.errors import LocalError
from local.layout import PYTHON, ROOT


def demonstration(endpoint_url: str, stack: Stack) -> None:
    _seed(endpoint_url, stack, [*USERS, TRIAL_USER], configuration=True)


def users(endpoint_url: str, stack: Stack, wanted: Sequence[DemoUser]) -> None:
    _seed(endpoint_url, stack, wanted, configuration=False)


def _seed(endpoint_url: str, stack: Stack, wanted: Sequence[DemoUser], *, configuration: bool) -> None:
    document = {"configuration": configuration, "users": [dataclasses.asdict(user) for user in wanted]}
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
