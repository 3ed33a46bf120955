"""Metrics for CloudWatch without an agent: once a minute a log line in the embedded metric format (EMF).

CloudWatch Logs makes metrics of it. There is one dimension with one value, so copies of the edge add up and no packet
can make a new metric: names come from enums of ours. Counters are what was added since the last line.
"""

import asyncio
import json
import math
import time
from itertools import batched
from typing import Final

from radius_edge.logs import LogLines
from radius_edge.metrics import Metrics

NAMESPACE: Final = "Gatehouse"
SERVICE: Final = "edge"
EVERY_SECONDS: Final = 60.0
MOST_METRICS: Final = 100  # of one line, by the format's specification
ALWAYS: Final = frozenset(  # also when nothing happened, because alarms watch them
    (
        "logins_accept",
        "logins_reject",
        "packets_discarded",
        "packets_discarded_shed",
        "rejects",
        "backend_attempts_answered",
        "alarms",
        "internal_errors",
        "log_lines_lost",
        "kernel_drops",
    )
)


class MetricLines:
    """Writes what ``metrics`` counts to ``log``."""

    def __init__(self, metrics: Metrics, log: LogLines) -> None:
        self._metrics = metrics
        self._log = log
        self._before: dict[str, float] = {}

    async def run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            self.write()

    def write(self) -> None:
        """The minute's lines, and the rest of one before the end."""
        values = {**self._gauges(), **self._growth()}
        for some in batched(sorted(values.items()), MOST_METRICS, strict=False):
            self._log.line(_members(dict(some), int(time.time() * 1000)))

    def _gauges(self) -> dict[str, float]:
        """NaN is no JSON: a value that is not known yet is left out."""
        return {name: value for name, value in self._metrics.gauges() if not math.isnan(value)}

    def _growth(self) -> dict[str, float]:
        now = dict.fromkeys(ALWAYS, 0.0) | self._metrics.totals()
        grown = {name: value - self._before.get(name, 0.0) for name, value in now.items()}
        self._before = now
        return {name: value for name, value in grown.items() if value or name in ALWAYS}


def _members(values: dict[str, float], milliseconds: int) -> str:
    """JSON members, as LogLines wants them."""
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [["service"]],
        "Metrics": [{"Name": f"edge_{name}"} for name in values],
    }
    line = {
        "_aws": {"Timestamp": milliseconds, "CloudWatchMetrics": [directive]},
        "event": "metrics",
        "service": SERVICE,
        **{f"edge_{name}": value for name, value in values.items()},
    }
    return json.dumps(line, separators=(",", ":"))[1:-1]
