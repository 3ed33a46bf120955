"""Every function that is composed starts, and loads no more subjects of the composition than its work needs."""

from collections.abc import Mapping
from typing import Final

import pytest

from tests.functions.send_push.test_handler import start

SETTINGS: Final = {
    "TABLE_NAME": "table",
    "KMS_KEY_ID": "key",
    "DEPLOYMENT": "stack",
    "PORTAL_ORIGIN": "https://mfa.example.com",
    "SEND_NOTICE_FUNCTION": "send-notice",
    "EVENT_BUS": "bus",
    "CANARY_SECRET": "secret",
    "UDP_PROBE_FUNCTION": "udp-probe",
}
SUBJECTS: Final[Mapping[str, set[str]]] = {
    "logins": {"edge_api"},
    "polls": {"edge_api"},
    "accounting": {"edge_api"},
    "send_push": {"push"},
    "phone_call": {"calls", "push"},
    "devices": {"devices"},
    "send_notice": {"notices", "messages"},
    "receipts": {"receipts"},
    "sealer": {"receipts"},
    "canary": {"canary"},
    "enrollment": {
        "administration", "enrollment", "devices", "notices", "receipts", "push", "messages", "calls",
    },
}  # fmt: skip
ALL_SHARE: Final = {"foundation", "stores"}


@pytest.mark.parametrize("function", SUBJECTS)
def test_a_function_loads_the_subjects_that_its_work_needs(function: str) -> None:
    done = start(f"import sys, {function}.handler; print(*sys.modules)", SETTINGS)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    package = "mfa.bootstrap."
    assert {name.removeprefix(package) for name in loaded if name.startswith(package)} == SUBJECTS[function] | ALL_SHARE
    assert ("mfa.services.login" in loaded) == (function == "logins")
