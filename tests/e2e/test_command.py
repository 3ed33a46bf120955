"""The admin's command against the deployed stack: from no user to a login."""

import json
import secrets
import subprocess
import sys
from typing import Any

import pyotp
import pytest

from local import callers
from local.credentials import AwsCredentials, aws_environment
from local.demo_world import CLIENT
from local.layout import ROOT
from local.up import Gatehouse
from tests.e2e.test_enrollment import previous_code

pytestmark = pytest.mark.e2e


class Command:
    """Runs ``gatehouse`` as an administrator whose rights are the stack's AdministratorPolicy."""

    def __init__(self, gatehouse: Gatehouse, credentials: AwsCredentials) -> None:
        path = ":".join(str(ROOT / folder) for folder in ("cli", "edge", "layers/core"))
        self.environment = aws_environment(gatehouse.emulator.url, credentials) | {
            "PYTHONPATH": path,
            "PATH": "/usr/bin:/bin",
            "GATEHOUSE_ENROLLMENT_URL": gatehouse.stack.enrollment_api_url(gatehouse.emulator),
            "GATEHOUSE_RADIUS_SECRET": CLIENT.edge.secrets[0].decode(),
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "gatehouse", *arguments], env=self.environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def __call__(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        with self.start(*arguments, "--json") as process:
            output, errors = process.communicate(timeout=60)
        return process.returncode, json.loads(output or errors)


@pytest.fixture(scope="module")
def command(gatehouse: Gatehouse, administrator: AwsCredentials) -> Command:
    return Command(gatehouse, administrator)


def enroll(command: Command, enrollment_code: str) -> pyotp.TOTP:
    """Read the key as a script does, and answer with a code."""
    with command.start("enroll", enrollment_code, "--json") as process:
        assert process.stdin
        assert process.stderr
        shown = json.loads(process.stderr.readline())
        totp = pyotp.TOTP(shown["key"].replace(" ", ""))
        output, errors = process.communicate(previous_code(totp) + "\n", timeout=60)
    assert process.returncode == 0, output + errors
    return totp


def test_a_user_is_added_enrols_logs_in_and_is_removed(gatehouse: Gatehouse, command: Command) -> None:
    edge, name = gatehouse.edges[0], f"c{secrets.token_hex(6)}"
    status, added = command("user", "add", name)
    assert status == 0, added
    code = next(value for key, value in flat(added).items() if key.endswith("code"))
    totp = enroll(command, code)

    where = ("--host", edge.host, "--port", str(edge.auth_port))
    status, reply = command("login", name, totp.now(), *where)
    assert status == 0, reply
    assert "Access-Accept" in json.dumps(reply)

    assert command("user", "remove", name, "--yes")[0] == 0
    status, reply = command("login", name, totp.now(), *where)
    assert status == 1
    assert "Access-Reject" in json.dumps(reply)


def test_an_edges_credentials_cannot_add_users(gatehouse: Gatehouse) -> None:
    edge = callers.edge_user(gatehouse.emulator.url, gatehouse.stack, name="curious-edge")
    status, answer = Command(gatehouse, edge)("user", "add", "mallory")
    assert status != 0
    assert "error" in answer


def flat(document: dict[str, Any]) -> dict[str, Any]:
    """The leaves of nested objects by their own names."""
    leaves: dict[str, Any] = {}
    for name, value in document.items():
        leaves |= flat(value) if isinstance(value, dict) else {name: value}
    return leaves
