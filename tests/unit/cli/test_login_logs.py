"""Logs are read to their end, or it is known that they were not."""

import json
from typing import Any

import pytest

from gatehouse.aws.login_logs import LIMIT_SECONDS, LoginLogs, Reading
from gatehouse.aws.session import Aws, Service

LINE = {"message": "login decided", "source_ip": "10.0.1.10", "outcome": "reject", "reason": "probe_name"}


class SlowLogs:
    """Pages of which only the last has an event, each after ``seconds``."""

    def __init__(self, pages: int, seconds: float = 0.0) -> None:
        self.pages, self.seconds, self.time = pages, seconds, 0.0
        self.tokens: list[str | None] = []

    def now(self) -> float:
        return self.time

    def filter_log_events(self, **asked: Any) -> dict[str, Any]:
        self.time += self.seconds
        self.tokens.append(asked.get("nextToken"))
        if len(self.tokens) < self.pages:
            return {"events": [], "nextToken": str(len(self.tokens))}
        return {"events": [{"message": json.dumps(LINE), "timestamp": 5000}]}


def read(logs: SlowLogs) -> Reading:
    client: Any = logs
    found = LoginLogs(Aws(_services={"logs": Service("logs", client)}), logs.now).decisions("group", 0)
    assert found is not None
    return found


@pytest.mark.parametrize("pages", [1, 2, 100])
def test_pages_without_events_are_not_the_end(pages: int) -> None:
    logs = SlowLogs(pages)
    found = read(logs)
    assert ([one.at for one in found.arrivals], found.complete) == ([5.0], True)
    assert logs.tokens == [None, *map(str, range(1, pages))]


def test_a_log_that_does_not_end_in_time_is_cut_short() -> None:
    logs = SlowLogs(pages=100, seconds=1)
    found = read(logs)
    assert (found.arrivals, found.complete) == ([], False)
    assert len(logs.tokens) == LIMIT_SECONDS


def test_a_last_page_that_comes_late_is_the_end_all_the_same() -> None:
    assert read(SlowLogs(pages=1, seconds=2 * LIMIT_SECONDS)).complete
