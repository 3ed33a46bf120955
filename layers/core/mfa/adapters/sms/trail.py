"""What happens to messages and calls, for operators: one JSON line each, and a count by event (embedded metric format).

No line tells a code or a whole number. An alarm is an ERROR: whoever watches nothing else watches these.
"""

import time
from contextlib import suppress
from typing import Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from mfa.domain.receipts import MARK, RecordKind
from mfa.domain.sms_caps import Channel
from mfa.sms_ports import SmsNote

_METRICS: Final = {Channel.MESSAGE: "SmsEvents", Channel.CALL: "CallEvents"}
ALL_SERVICES: Final = {Channel.MESSAGE: "sms", Channel.CALL: "calls"}  # as the alarm has it


class LoggedSmsTrail:
    """It never raises: a log that cannot be written must not decide logins."""

    def __init__(self, channel: Channel, *, service_name: str, metrics_namespace: str) -> None:
        self._channel = channel
        self._service_name = service_name
        self._namespace = metrics_namespace
        self._logger = Logger(service=f"{service_name}-{channel.value}", level="INFO")

    def noted(self, note: SmsNote) -> None:
        told = self._logger.error if note.is_alarm else self._logger.info
        told(
            self._channel.value,
            extra={
                "event": note.event.value,
                "alarm": note.is_alarm,
                "login_id": note.login_id,
                "user_id": note.user_id,
                "number": note.number,
                "client": note.client,
                "message_id": note.message_id,
                "detail": note.detail,
                **(_marked() if note.is_alarm else {}),
            },
        )
        self._count(note, self._service_name)
        if note.is_alarm:  # for the alarm it is the same whichever function has met the limit
            self._count(note, ALL_SERVICES[self._channel])

    def _count(self, note: SmsNote, service: str) -> None:
        metrics = EphemeralMetrics(namespace=self._namespace, service=service)
        metrics.add_dimension("event", note.event.value)
        metrics.add_metric(_METRICS[self._channel], MetricUnit.Count, 1)
        with suppress(OSError, ValueError):  # standard output is closed or full
            metrics.flush_metrics()


def _marked() -> dict[str, object]:
    """So that an alarm becomes an event."""
    return {MARK: RecordKind.ALARM.value, "at_ms": time.time_ns() // 1_000_000}
