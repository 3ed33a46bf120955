"""Shared secrets that an administrator sends turn up in no log, answer or item of the table (THREATS F6)."""

import json
from typing import Any

import pytest

from mfa.adapters.audit import LoggedAudit
from tests.fakes.aws import AwsInProcess, raw_items
from tests.functions.enrollment.world import ADMIN
from tests.integration.enrollment.conftest import on_aws

pytestmark = pytest.mark.integration
PATH = "/v1/admin/configuration"
SECRETS = ("current-secret-canary", "former-secret-canary")


def document(expected: int, **changes: object) -> dict[str, Any]:
    client = {
        "name": "gate",
        "networks": ["203.0.113.0/24"],
        "secret": SECRETS[0],
        "previous_secret": SECRETS[1],
        "timeout_seconds": 5,
        "retries": 1,
    }
    return {"expected_revision": expected, "realms": [{"name": "corp"}], "clients": [client | changes]}


def test_planted_secrets_stay_inside(aws: AwsInProcess, capfd: pytest.CaptureFixture[str]) -> None:
    deployment = on_aws(aws).enrollment
    deployment.audit = LoggedAudit(service_name="test-configuration", metrics_namespace="Gatehouse")
    deployment.services = deployment._services()
    deployment.__post_init__()
    requests = [
        document(1),
        document(1, retries=3),  # a conflict
        document(2, retries=99, realm="other", name="a b"),
        document(2, secret=SECRETS[1], previous_secret=SECRETS[0]),
        document(3, secret=[SECRETS[0]]),
        {**document(3), "dry_run": SECRETS[0]},
    ]
    answers = [deployment.ask("PUT", PATH, request, actor=ADMIN) for request in requests]
    assert [answer.status for answer in answers] == [200, 409, 422, 200, 422, 400]
    answers.append(deployment.admin("GET", PATH))
    output = capfd.readouterr()
    lines = [json.loads(line) for line in output.out.splitlines()]
    assert [line["event"] for line in lines if "subject" in line] == ["configuration_applied"] * 2
    everything = output.out + output.err + repr(answers) + repr(deployment.faults) + repr(raw_items())
    for secret in SECRETS:
        assert secret not in everything
    assert len(deployment.store.configurations.load(3).clients[0].edge.secrets) == 2
