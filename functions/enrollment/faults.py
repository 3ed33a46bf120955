"""Recording a fault of ours: what it is and where it happened, never what the request said.

The text of a foreign error may quote its input (a code, a token), so only our own errors are quoted.
"""

import traceback
from collections.abc import Callable, Mapping
from typing import Protocol

from mfa.errors import GatehouseError


class Log(Protocol):
    def error(self, message: str, /, *, extra: Mapping[str, object]) -> None: ...


def fault_report(log: Log) -> Callable[[BaseException], None]:
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
