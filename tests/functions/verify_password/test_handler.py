"""The composed function, as a process of its own: what it loads, and what it writes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mfa.contract.directory import DirectoryAnswer, DirectoryResult

ROOT = Path(__file__).resolve().parents[3]
SECRETS = ("correct horse battery", "service secret")
# It sees passwords and stands in the customer's network: what it does not load, nobody can misuse there.
NOT_TO_BE_LOADED = {
    "boto3", "botocore", "pynamodb", "aws_lambda_powertools", "cryptography", "urllib3", "asyncio", "zoneinfo",
    "mfa.bootstrap", "mfa.settings", "mfa.ports", "mfa.services", "mfa.adapters.vault", "mfa.adapters.dynamodb",
}  # fmt: skip


def run(code: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **settings, "PYTHONPATH": f"{ROOT}/layers/core:{ROOT}/functions"}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_it_loads_no_aws_sdk_and_nothing_of_logins() -> None:
    done = run("import sys, verify_password.handler; print(*sys.modules)")
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert "ldap3" in loaded
    assert loaded & NOT_TO_BE_LOADED == set()


def test_it_needs_no_setting_and_opens_no_connection_at_its_start() -> None:
    code = (
        "import socket\n"
        "def refuse(*a, **k): raise SystemExit('a connection was opened')\n"
        "socket.socket.connect = refuse\n"
        "import verify_password.handler"
    )
    done = run(code)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_a_log_level_that_does_not_exist_is_named_at_the_start() -> None:
    done = run("import verify_password.handler", LOG_LEVEL="LOUD")
    assert done.returncode != 0
    assert "LOG_LEVEL" in done.stderr


QUESTION = """{
    "version": 1, "operation": "verify_password", "name_kind": "sam", "name": "alice", "deadline_ms": 400,
    "directory": {"base_dn": "DC=corp,DC=test", "ca_certificates": "no PEM",
                  "controllers": [{"host": "dc1.corp.test", "address": "127.0.0.1", "port": 9}]},
    "service_account": {"username": "svc@corp.test", "password": "c2VydmljZSBzZWNyZXQ"},
    "password": "Y29ycmVjdCBob3JzZSBiYXR0ZXJ5"
}"""


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING", "ERROR"])
def test_its_log_is_one_line_made_of_the_answer_at_every_level(level: str) -> None:
    code = (
        "import json, verify_password.handler as handler\n"
        f"print('ANSWER', json.dumps(handler.lambda_handler(json.loads('''{QUESTION}'''), None)))"
    )
    done = run(code, LOG_LEVEL=level, POWERTOOLS_SERVICE_NAME="verify_password")
    assert (done.returncode, done.stderr) == (0, "")
    line, answered = done.stdout.splitlines()
    answer = DirectoryAnswer.from_json(answered.removeprefix("ANSWER "))
    assert answer.result is DirectoryResult.UNAVAILABLE
    assert json.loads(line) == {
        "level": "ERROR",
        "message": "directory asked",
        "service": "verify_password",
        "result": "unavailable",
        "controller": None,
        "object_guid": None,
        "was_sent": False,
        "detail": answer.detail,
        "milliseconds": answer.milliseconds,
    }
    for secret in (*SECRETS, "c2VydmljZSBzZWNyZXQ", "Y29ycmVjdCBob3JzZSBiYXR0ZXJ5", "svc@corp.test", "alice"):
        assert secret not in done.stdout


def test_a_log_that_cannot_be_written_changes_no_answer() -> None:
    code = (
        "import json, os, sys, verify_password.handler as handler\n"
        "os.close(1)\n"
        f"answer = handler.lambda_handler(json.loads('''{QUESTION}'''), None)\n"
        "sys.stderr.write(answer['result'])\n"
        "sys.stderr.flush(); os._exit(0)"
    )
    done = run(code)
    assert done.stderr == "unavailable"
