"""What the sealer did, for operators: one JSON line with the newest seal, and metrics (embedded metric format).

The line is a second place that knows the seals: whoever cuts the newest ones off the table must find this log, too.
"""

from contextlib import suppress

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from mfa.services.sealing import SealReport


class LoggedSeals:
    """It never raises."""

    def __init__(self, *, service_name: str, metrics_namespace: str) -> None:
        self._service_name = service_name
        self._namespace = metrics_namespace
        self._logger = Logger(service=f"{service_name}-seals", level="INFO")

    def sealed(self, report: SealReport) -> None:
        newest = report.newest
        self._logger.info(
            "sealed",
            extra={
                "minutes": report.sealed,
                "entries": report.entries,
                "late": report.late,
                "never_arrived": report.holes,
                "behind": report.behind,
                "newest_minute": None if newest is None else newest.minute,
                "newest_seal": None if newest is None else newest.mac,
            },
        )
        metrics = EphemeralMetrics(namespace=self._namespace, service=self._service_name)
        for name, value in (
            ("MinutesSealed", report.sealed),
            ("EntriesSealed", report.entries),
            ("LateReceipts", report.late),
            ("RecordsMissing", report.holes),
            ("MinutesBehind", report.behind),
        ):
            metrics.add_metric(name, MetricUnit.Count, value)
        with suppress(OSError, ValueError):  # standard output is closed or full
            metrics.flush_metrics()
