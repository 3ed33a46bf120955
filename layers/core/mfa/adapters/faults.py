"""Recording a fault of ours: what it is and where it happened, never what the request said.

The text of a foreign error may quote its input (a code, a token), so only our own errors are quoted.
"""

import traceback
from collections.abc import Callable, Mapping
from typing import Protocol

from aws_lambda_powertools import Logger

from mfa.errors import GatehouseError

type FaultReport = Callable[[BaseException], None]


class Log(Protocol):
    def error(self, message: str, /, *, extra: Mapping[str, object]) -> None: ...


def logged_faults(*, service_name: str, level: str) -> FaultReport:
    """A service name of its own: Powertools keeps one logger per service, and the plain one is the audit trail's."""
    return fault_report(Logger(service=f"{service_name}-faults", level=level))


def fault_report(log: Log) -> FaultReport:
    def report(error: BaseException) -> None:
        log.error(
            "request failed",
            extra={
                "error": type(error).__name__,
                "text": str(error) if isinstance(error, GatehouseError) else None,
                "where": _where(error),
            },
        )

    return report


def _where(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
