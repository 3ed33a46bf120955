"""The composed function, as a process of its own: what it needs to start, what it loads, and what it logs."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = {"TABLE_NAME": "table", "KMS_KEY_ID": "key", "DEPLOYMENT": "stack", "POWERTOOLS_SERVICE_NAME": "send_push"}
TOO_HEAVY = {
    "aws_lambda_powertools.event_handler", "boto3", "http_ece", "pywebpush", "requests", "aiohttp", "webauthn", "ldap3",
    "mfa.adapters.dynamodb.subscriber_store", "mfa.services.enrollment_factors",
}  # fmt: skip


def start(code: str, settings: Mapping[str, str] = SETTINGS) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **settings, "PYTHONPATH": f"{ROOT}/layers/core:{ROOT}/functions"}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_nothing_heavy_is_loaded() -> None:
    done = start("import sys, send_push.handler; print(*sys.modules)")
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert "mfa.services.push_dispatch" in loaded
    assert loaded & TOO_HEAVY == set()


def test_no_connection_is_opened_at_the_start() -> None:
    code = (
        "import socket\n"
        "def refuse(*a, **k): raise SystemExit('a connection was opened')\n"
        "socket.socket.connect = refuse\n"
        "import send_push.handler"
    )
    done = start(code)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.parametrize("missing", ["TABLE_NAME", "KMS_KEY_ID", "DEPLOYMENT"])
def test_a_missing_setting_is_named_at_the_start(missing: str) -> None:
    done = start("import send_push.handler", {**SETTINGS, missing: ""})
    assert done.returncode != 0
    assert f"the environment variable {missing} is not set" in done.stderr


def test_a_note_of_the_trail_is_one_line_and_one_count() -> None:
    code = (
        "import send_push.handler as handler\n"
        "from mfa.push_ports import PushEvent, PushNote\n"
        "note = PushNote(event=PushEvent.TAKEN, login_id='L', device_id='D', detail='it was', milliseconds=7)\n"
        "handler._composition.push.trail.noted(note)"
    )
    line, count = (json.loads(text) for text in start(code, {**SETTINGS, "LOG_LEVEL": "INFO"}).stdout.splitlines())
    told = {"event": "taken", "login_id": "L", "device_id": "D", "detail": "it was", "milliseconds": 7}
    assert told.items() <= line.items()
    assert (line["message"], line["service"]) == ("push", "send_push-push")
    assert (count["event"], count["PushEvents"]) == ("taken", [1.0])
    assert "login_id" not in count, "a metric has no label of which there are many"


def test_a_quiet_function_still_counts() -> None:
    code = (
        "import send_push.handler as handler\n"
        "from mfa.push_ports import PushEvent, PushNote\n"
        "handler._composition.push.trail.noted(PushNote(event=PushEvent.NOT_WOKEN, login_id='L'))"
    )
    (count,) = (json.loads(text) for text in start(code, {**SETTINGS, "LOG_LEVEL": "ERROR"}).stdout.splitlines())
    assert count["event"] == "not_woken"
