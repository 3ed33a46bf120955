"""What becomes of notices, for operators: one JSON line each, and a count (embedded metric format). No line tells an
address, a number or an endpoint's path."""

from contextlib import suppress

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from mfa.notice_ports import NoticeNote


class LoggedNoticeTrail:
    """It never raises."""

    def __init__(self, *, service_name: str, metrics_namespace: str) -> None:
        self._service_name = service_name
        self._namespace = metrics_namespace
        self._logger = Logger(service=f"{service_name}-notices", level="INFO")

    def noted(self, note: NoticeNote) -> None:
        told = self._logger.info if note.was_taken else self._logger.warning
        told(
            "notice",
            extra={
                "event": note.notice.event,
                "notice_id": note.notice.notice_id,
                "user_id": note.notice.user_id,
                "channel": note.channel.value,
                "taken": note.was_taken,
                "detail": note.detail,
            },
        )
        metrics = EphemeralMetrics(namespace=self._namespace, service=self._service_name)
        metrics.add_dimension("channel", note.channel.value)
        metrics.add_dimension("taken", "yes" if note.was_taken else "no")
        metrics.add_metric("Notices", MetricUnit.Count, 1)
        with suppress(OSError, ValueError):  # standard output is closed or full
            metrics.flush_metrics()
