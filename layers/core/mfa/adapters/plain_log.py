"""Log lines as JSON, for a function that must not load the AWS SDK: Powertools' Logger brings botocore with it.

One line per question, made of the answer alone.
"""

import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, TextIO

from mfa.contract.directory import DirectoryAnswer, DirectoryResult

_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
_FAULTS: Final = frozenset((DirectoryResult.UNAVAILABLE, DirectoryResult.SERVICE_ACCOUNT_REFUSED))


class DirectoryLog:
    """It never raises: a log that cannot be written must not decide logins."""

    def __init__(self, *, service_name: str, level: str, stream: TextIO | None = None) -> None:
        self._service_name = service_name
        self._least = _LEVELS.index(level)
        self._stream = stream

    def answered(self, answer: DirectoryAnswer) -> None:
        level = "ERROR" if answer.result in _FAULTS else "INFO"
        if _LEVELS.index(level) < self._least:
            return
        self._write(
            {
                "level": level,
                "message": "directory asked",
                "service": self._service_name,
                "result": answer.result.value,
                "controller": answer.controller,
                "object_guid": answer.account.object_guid if answer.account else None,
                "was_sent": answer.was_sent,
                "detail": answer.detail,
                "milliseconds": answer.milliseconds,
            }
        )

    def _write(self, line: Mapping[str, object]) -> None:
        with suppress(OSError, ValueError):  # standard output is closed or full
            print(json.dumps(line, separators=(",", ":")), file=self._stream or sys.stdout, flush=True)
