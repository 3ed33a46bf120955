"""The composed function, as a process of its own: what it needs to start, and what it must not load."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = {"TABLE_NAME": "table", "KMS_KEY_ID": "key", "DEPLOYMENT": "stack"}
# Each of these would cost more at every cold start than it is worth there (docs/performance.md).
TOO_HEAVY = [
    "aws_xray_sdk",  # what a Tracer loads; its own module comes with the package and costs nothing
    "aws_lambda_powertools.event_handler",
    "aws_lambda_powertools.utilities.parser",
    "aws_lambda_powertools.utilities.validation",
    "boto3",
    "fastjsonschema",
    "pydantic",
    "segno",
    "mfa.adapters.des",
    "ldap3",
    "mfa.adapters.directory",
    "mfa.adapters.dynamodb.challenge_store",
    "mfa.adapters.dynamodb.password_try_store",
    "mfa.adapters.dynamodb.subscriber_store",
    "mfa.adapters.dynamodb.transaction_store",
    "mfa.domain.accounting",
    "mfa.domain.login_transactions",
    "mfa.services.enrollment_factors",
    "zoneinfo",
]


def start(code: str, settings: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **settings, "PYTHONPATH": f"{ROOT}/layers/core:{ROOT}/functions"}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_nothing_heavy_is_loaded() -> None:
    done = start("import sys, logins.handler; print(*sys.modules)", SETTINGS)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert "pynamodb.models" in loaded
    assert loaded & set(TOO_HEAVY) == set()


def test_garbage_is_collected_again_when_all_is_there() -> None:
    done = start("import gc, logins.handler; print(gc.isenabled(), gc.get_freeze_count() > 10_000)", SETTINGS)
    assert done.stdout == "True True\n", done.stderr


def test_no_data_key_is_asked_for_at_the_start() -> None:
    """There is no network here at all: starting must not notice."""
    code = (
        "import socket\n"
        "def refuse(*a, **k): raise SystemExit('a connection was opened')\n"
        "socket.socket.connect = refuse\n"
        "import logins.handler"
    )
    done = start(code, SETTINGS)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.parametrize("missing", list(SETTINGS))
def test_a_missing_setting_is_named_at_the_start(missing: str) -> None:
    done = start("import logins.handler", {**SETTINGS, missing: ""})
    assert done.returncode != 0
    assert f"the environment variable {missing} is not set" in done.stderr
