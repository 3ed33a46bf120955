"""The audit trail: one JSON line per decision, and metrics beside it (CloudWatch's embedded metric format).

Every line but those of accounting is numbered (``emitter``, ``number``): the receipts that are made of them show which
never arrived (mfa.domain.receipts).

The line is pure ASCII: a name with look-alikes, control characters or another writing direction cannot paint over
the log of whoever reads it. Metrics are labelled with outcome, reason and the kind of what was typed only: names as
labels would make one paid metric per user. The canary's logins are measured as its own.
"""

import json
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from mfa.domain.canary import is_canary
from mfa.domain.receipts import MARK, RecordKind
from mfa.ports import LoginRecord

if TYPE_CHECKING:  # a login's cold start does not need it
    from mfa.domain.accounting import AccountingRecord

_SCHEMA: Final = 1  # of the lines; a change that breaks a reader counts it up


class LoggedAudit:
    """It never raises: a log that cannot be written must not decide logins."""

    def __init__(self, *, service_name: str, metrics_namespace: str) -> None:
        self._service_name = service_name
        self._namespace = metrics_namespace
        self._numbers = count(1)
        # Always INFO: a quieter function still leaves its records. A dot in the name instead of the hyphen would make
        # it the child of a function's own logger, which would print each line once more.
        self._logger = Logger(
            service=service_name, logger_name=f"{service_name}-audit", level="INFO", json_serializer=_one_line
        )

    @cached_property
    def _emitter(self) -> str:
        """Made with the first record: what is random must not be part of a function's snapshot."""
        return secrets.token_hex(8)

    def _marked(self, kind: RecordKind) -> dict[str, object]:
        return {
            "schema": _SCHEMA,
            MARK: kind.value,
            "emitter": self._emitter,
            "number": next(self._numbers),
            "at_ms": time.time_ns() // 1_000_000,
        }

    def login_decided(self, record: LoginRecord) -> None:
        reason = record.reason.value if record.reason else "none"
        self._logger.info(
            "login decided",
            extra={
                **self._marked(RecordKind.LOGIN),
                "login_id": record.login_id,
                "client": record.client,
                "source_ip": record.source_ip,
                "username": record.username,
                "user_id": record.user_id,
                "outcome": record.outcome,
                "reason": reason,
                "factor_id": record.factor_id,
                "replayed": record.replayed,
                "config_revision": record.config_revision,
                "nas": dict(record.nas),
                "duration_ms": record.duration_ms,
                "fault": record.fault,
                "trace_id": record.trace_id,
                "protocol": record.protocol,
                "rule": record.rule,
                "exemption": record.exemption,
                "upstream": record.upstream,
                "directory": record.directory,
                "prompt": record.prompt,
                "message_id": record.message_id,
                "typed": record.typed,
                "locks": record.locks,
                "calling_station": record.nas.get("Calling-Station-Id"),
            },
        )
        self._measure_login(record, reason)

    def _measure_login(self, record: LoginRecord, reason: str) -> None:
        if is_canary(record.client, record.username):
            self._measure({"outcome": record.outcome}, CanaryLogins=(1, MetricUnit.Count))
            return
        values = {"Logins": (1.0, MetricUnit.Count), "LoginTime": (float(record.duration_ms), MetricUnit.Milliseconds)}
        if record.locks:
            values["Lockouts"] = (1.0, MetricUnit.Count)
        metrics = self._metrics({"outcome": record.outcome, "reason": reason}, values)
        metrics.add_dimensions(outcome=record.outcome)  # of all functions together: for alarms, which cannot search
        metrics.add_dimensions(typed=record.typed or ("unread" if record.prompt is None else "prompt"))
        self._flush(metrics)

    def subscriber_changed(self, event: str, user_id: str, details: Mapping[str, str], actor: str) -> None:
        self._logger.info(
            "subscriber changed",
            extra={
                **self._marked(RecordKind.CHANGE),
                "event": event,
                "user_id": user_id,
                "details": dict(details),
                "actor": actor,
            },
        )
        self._measure({"event": event}, SubscriberChanges=(1, MetricUnit.Count))

    def accounting_kept(self, record: "AccountingRecord") -> None:
        event = record.event
        self._logger.info(
            "accounting kept",
            extra={
                "schema": _SCHEMA,
                "client": event.client,
                "source_ip": event.source_ip,
                "nas": event.nas,
                "session_id": event.session_id,
                "status": event.status,
                "username": event.username,
                "event_time": event.event_time,
                "exact_time": event.exact_time,
                "session_time": event.session_time,
                "input_octets": event.input_octets,
                "output_octets": event.output_octets,
            },
        )
        self._measure({"status": str(event.status)}, AccountingRecords=(1, MetricUnit.Count))

    def configuration_changed(self, event: str, subject: str, details: Mapping[str, str], actor: str) -> None:
        self._logger.info(
            "configuration changed",
            extra={
                **self._marked(RecordKind.CONFIGURATION),
                "event": event,
                "subject": subject,
                "details": dict(details),
                "actor": actor,
            },
        )
        self._measure({"event": event}, ConfigurationChanges=(1, MetricUnit.Count))

    def _measure(self, labels: Mapping[str, str], **values: tuple[float, MetricUnit]) -> None:
        self._flush(self._metrics(labels, values))

    def _metrics(self, labels: Mapping[str, str], values: Mapping[str, tuple[float, MetricUnit]]) -> EphemeralMetrics:
        metrics = EphemeralMetrics(namespace=self._namespace, service=self._service_name)
        for name, label in labels.items():
            metrics.add_dimension(name, label)
        for name, (value, unit) in values.items():
            metrics.add_metric(name, unit, value)
        return metrics

    def _flush(self, metrics: EphemeralMetrics) -> None:
        with suppress(OSError, ValueError):  # standard output is closed or full
            metrics.flush_metrics()


def _one_line(line: Mapping[str, object]) -> str:
    return json.dumps(line, default=str, separators=(",", ":"))
