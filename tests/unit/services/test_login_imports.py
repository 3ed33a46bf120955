"""What a deployment without a directory loads to decide logins: a cold start pays for every module."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = {
    "TABLE_NAME": "t", "KMS_KEY_ID": "k", "DEPLOYMENT": "d", "AWS_REGION": "eu-central-1", "SEND_NOTICE_FUNCTION": "n",
}  # fmt: skip
SCRIPT = f"""
import sys
from mfa.bootstrap import Composition
from mfa.settings import Settings
Composition(Settings.from_mapping({SETTINGS!r})).edge_api.logins
print("\\n".join(sys.modules))
"""


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    environment = {"PYTHONPATH": str(ROOT / "layers/core"), "AWS_DEFAULT_REGION": "eu-central-1"}
    finished = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert finished.returncode == 0, finished.stderr
    return set(finished.stdout.split())


@pytest.mark.parametrize(
    "module",
    [
        "ldap3",
        "zoneinfo",
        "mfa.contract.directory",
        "mfa.domain.policy_evaluation",
        "mfa.services.challenges",
        "mfa.services.login_passage",
        "mfa.services.login_passwords",
        "mfa.services.password_check",
        "mfa.recovery_ports",
        "mfa.domain.recovery",
        "mfa.services.login_recovery",
        "mfa.adapters.dynamodb.recovery_store",
        "mfa.adapters.directory.lambda_directory",
        "mfa.adapters.dynamodb.challenge_store",
        "mfa.adapters.dynamodb.password_try_store",
        "mfa.sms_ports",
        "mfa.services.login_messages",
        "mfa.services.messages",
        "mfa.adapters.dynamodb.sms_store",
        "mfa.adapters.sms.sns",
        "mfa.domain.sms_ledger",
        "phonenumbers",
        "mfa.notice_ports",
        "mfa.services.notice_words",
        "mfa.adapters.notices.invocation",
        "mfa.bootstrap.push",
        "mfa.bootstrap.messages",
    ],
)
def test_a_login_service_starts_without_what_directories_policies_messages_and_notices_need(
    loaded: set[str], module: str
) -> None:
    assert module not in loaded


def test_the_list_is_of_modules_that_a_start_could_load(loaded: set[str]) -> None:
    assert "mfa.services.login_course" in loaded
