"""The composed function, as a process of its own: what it needs to start, and what it loads."""

import json

import pytest

from tests.functions.send_push.test_handler import start

SETTINGS = {"TABLE_NAME": "table", "KMS_KEY_ID": "key", "DEPLOYMENT": "stack", "POWERTOOLS_SERVICE_NAME": "phone_call"}
TOO_HEAVY = {
    "aws_lambda_powertools.event_handler", "boto3", "webauthn", "ldap3", "phonenumbers", "segno",
    "mfa.adapters.web_push.sender", "mfa.adapters.phone_calls.connect", "mfa.adapters.dynamodb.subscriber_store",
}  # fmt: skip


def test_nothing_heavy_is_loaded() -> None:
    done = start("import sys, phone_call.handler; print(*sys.modules)", SETTINGS)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert "mfa.services.call_decisions" in loaded
    assert loaded & TOO_HEAVY == set()


def test_no_connection_is_opened_at_the_start() -> None:
    code = (
        "import socket\n"
        "def refuse(*a, **k): raise SystemExit('a connection was opened')\n"
        "socket.socket.connect = refuse\n"
        "import phone_call.handler"
    )
    done = start(code, SETTINGS)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.parametrize("missing", ["TABLE_NAME", "KMS_KEY_ID", "DEPLOYMENT"])
def test_a_missing_setting_is_named_at_the_start(missing: str) -> None:
    done = start("import phone_call.handler", {**SETTINGS, missing: ""})
    assert done.returncode != 0
    assert f"the environment variable {missing} is not set" in done.stderr


def test_a_call_that_is_placed_or_refused_is_one_line_and_one_count() -> None:
    code = (
        "import phone_call.handler as handler\n"
        "from mfa.sms_ports import SmsEvent, SmsNote\n"
        "note = SmsNote(event=SmsEvent.DAY_SPENT, login_id='L', user_id='U', number='…89', client='vpn')\n"
        "handler._composition.calls.service._trail.noted(note)"
    )
    line, *counts = (json.loads(text) for text in start(code, SETTINGS).stdout.splitlines())
    assert (line["message"], line["service"], line["level"], line["alarm"]) == (
        "call",
        "phone_call-call",
        "ERROR",
        True,
    )
    assert {(count["event"], count["service"], *count["CallEvents"]) for count in counts} == {
        ("day_spent", "phone_call", 1.0),
        ("day_spent", "calls", 1.0),
    }
