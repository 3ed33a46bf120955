"""What the log and the metrics say of messages: an alarm is counted under one name, whichever function it came from."""

import json

import pytest

from mfa.adapters.sms.trail import LoggedSmsTrail
from mfa.domain.sms_caps import Channel
from mfa.sms_ports import SmsEvent, SmsNote


def counted(told: str) -> list[str]:
    lines = [json.loads(line) for line in told.splitlines()]
    return [line["service"] for line in lines if "SmsEvents" in line]


@pytest.mark.parametrize(
    ("event", "services"),
    [
        (SmsEvent.DAY_SPENT, ["test-trail", "sms"]),
        (SmsEvent.DAY_NEARLY_SPENT, ["test-trail", "sms"]),
        (SmsEvent.TAKEN, ["test-trail"]),
    ],
)
def test_alarms_are_counted_for_all_functions_together(
    event: SmsEvent, services: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    LoggedSmsTrail(Channel.MESSAGE, service_name="test-trail", metrics_namespace="Test").noted(
        SmsNote(event=event, login_id=None, user_id="user-1", number="…89")
    )
    assert counted("\n".join(line for line in capsys.readouterr().out.splitlines() if '"_aws"' in line)) == services
