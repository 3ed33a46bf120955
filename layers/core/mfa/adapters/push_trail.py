"""What happens to prompts, for operators: one JSON line each, and a count by event (embedded metric format).

No line tells an endpoint, a token or a key. That a login was decided stands in the audit trail, not here.
"""

from contextlib import suppress

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from mfa.push_ports import PushNote


class LoggedPushTrail:
    """It never raises: a log that cannot be written must not decide logins."""

    def __init__(self, *, service_name: str, level: str, metrics_namespace: str) -> None:
        self._service_name = service_name
        self._namespace = metrics_namespace
        self._logger = Logger(service=f"{service_name}-push", level=level)

    def noted(self, note: PushNote) -> None:
        self._logger.info(
            "push",
            extra={
                "event": note.event.value,
                "login_id": note.login_id,
                "device_id": note.device_id,
                "detail": note.detail,
                "milliseconds": note.milliseconds,
            },
        )
        metrics = EphemeralMetrics(namespace=self._namespace, service=self._service_name)
        metrics.add_dimension("event", note.event.value)
        metrics.add_metric("PushEvents", MetricUnit.Count, 1)
        with suppress(OSError, ValueError):  # standard output is closed or full
            metrics.flush_metrics()
