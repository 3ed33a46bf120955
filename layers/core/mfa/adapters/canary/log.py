"""What the canary found: one JSON line and two metrics (embedded metric format). A failure is an event, too."""

import time
from contextlib import suppress

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from mfa.canary_ports import CanaryReport
from mfa.domain.receipts import MARK, RecordKind


class LoggedCanary:
    """It never raises."""

    def __init__(self, *, service_name: str, metrics_namespace: str) -> None:
        self._service_name = service_name
        self._namespace = metrics_namespace
        self._logger = Logger(service=f"{service_name}-trail", level="INFO")

    def tried(self, report: CanaryReport) -> None:
        if report.fault is None:
            self._logger.info("canary", extra={"event": "canary_passed", "milliseconds": report.milliseconds})
        else:
            alarm = {MARK: RecordKind.ALARM.value, "at_ms": time.time_ns() // 1_000_000, "detail": report.fault}
            self._logger.error("canary", extra={"event": "canary_failed", **alarm})
        metrics = EphemeralMetrics(namespace=self._namespace, service=self._service_name)
        metrics.add_metric("CanaryFailed", MetricUnit.Count, 0 if report.fault is None else 1)
        if report.milliseconds is not None:
            metrics.add_metric("CanaryTime", MetricUnit.Milliseconds, report.milliseconds)
        with suppress(OSError, ValueError):  # standard output is closed or full
            metrics.flush_metrics()
