"""The canary as an administrator sets it up, through a real edge and the deployed stack. The stack of these tests hosts
no edge, so its canary is made here, of the same parts; udp_probe gets an address of its own to send from."""

import io
import json
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import udp_probe.app
from local import aws
from local.credentials import ROOT_USER, AwsCredentials
from local.up import Gatehouse
from mfa.adapters.canary.carrier import LambdaCarrier
from mfa.adapters.canary.secrets import StoredCanarySecrets
from mfa.adapters.system import SystemClock, SystemRandom
from mfa.domain.canary import CANARY_CLIENT
from mfa.services.canary import CanaryService
from tests.e2e.logs import function_logs, once, records
from tests.e2e.test_clients import RELOAD_SECONDS
from tests.e2e.test_command import Command
from tests.fakes.canary import RecordingCanaryLog

pytestmark = pytest.mark.e2e
SOURCE = "127.78.0.1"
CLIENT = {
    "name": CANARY_CLIENT,
    "realm": CANARY_CLIENT,
    "networks": [f"{SOURCE}/32"],
    "secret_from_env": "CANARY_SECRET",
    "factors": ["code"],
    "timeout_seconds": 10,
    "retries": 0,
}


def with_canary(original: str) -> str:
    """Rules and exemptions, which would have to say of which realm their users are, are left out for the time."""
    document = yaml.safe_load(original)
    document["realms"].append({"name": CANARY_CLIENT})
    document["clients"].append(CLIENT)
    return yaml.safe_dump({name: document[name] for name in ("version", "realms", "clients")})


class ProbeHere:
    """A client of Lambda's ``invoke`` that runs udp_probe in this process."""

    def __init__(self, gatehouse: Gatehouse) -> None:
        self._run = udp_probe.app.create_app([(edge.host, edge.auth_port) for edge in gatehouse.edges], SOURCE)

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 -- AWS's names
        assert FunctionName == "udp-probe"
        return {"Payload": io.BytesIO(json.dumps(self._run(json.loads(Payload), None)).encode())}


@pytest.fixture(scope="module")
def command(gatehouse: Gatehouse, administrator: AwsCredentials) -> Command:
    return Command(gatehouse, administrator)


@pytest.fixture
def stored(gatehouse: Gatehouse, command: Command, tmp_path: Path) -> Iterator[str]:
    """The canary's client in the configuration, its user, and the secret that the template would make."""
    with command.start("clients", "show") as process:
        original = process.communicate(timeout=60)[0]
    name, manager = f"canary-{secrets.token_hex(4)}", aws.client("secretsmanager", gatehouse.emulator.url)
    manager.create_secret(Name=name, SecretString="{}")
    kept, changed = tmp_path / "original.yaml", tmp_path / "changed.yaml"
    kept.write_text(original)
    changed.write_text(with_canary(original))
    command.environment["CANARY_SECRET"] = secrets.token_hex(16)
    status, told = command("clients", "apply", str(changed), "--yes")
    assert status == 0, told
    yield name
    assert command("clients", "apply", str(kept), "--yes")[0] == 0


def test_the_canary_logs_in_as_a_user_who_can_reach_nothing_and_counts_nowhere(
    gatehouse: Gatehouse, command: Command, stored: str
) -> None:
    # Of the administrator's own right, not of the stack's policy: the policy names the stack's secret.
    command.environment |= {
        "AWS_ACCESS_KEY_ID": ROOT_USER.access_key_id,
        "AWS_SECRET_ACCESS_KEY": ROOT_USER.secret_access_key,
    }
    status, told = command("canary", "setup", "--secret", stored)
    assert status == 0, told
    manager, log = aws.client("secretsmanager", gatehouse.emulator.url), RecordingCanaryLog()
    canary = CanaryService(
        secrets=StoredCanarySecrets(make_client=lambda _name, _config: manager, secret=stored),
        carrier=LambdaCarrier(make_client=lambda _name, _config: ProbeHere(gatehouse), function="udp-probe"),
        clock=SystemClock(),
        random=SystemRandom(),
        log=log,
    )
    give_up = time.monotonic() + RELOAD_SECONDS + 30
    while (report := canary.sing()).fault is not None and time.monotonic() < give_up:
        time.sleep(1)
    assert report.fault is None
    assert "rejected" in str(canary.sing().fault), "the same code once more is none"

    decided = once(lambda: records(gatehouse, "canary"), 2)
    assert {(one["client"], one["outcome"]) for one in decided} == {
        (CANARY_CLIENT, "accept"),
        (CANARY_CLIENT, "reject"),
    }
    counted = [json.loads(line) for line in function_logs(gatehouse) if '"CanaryLogins"' in line]
    assert counted
    assert not any("Logins" in one for one in counted)
