"""What reached the edges and the function that decides, as their logs in CloudWatch tell.

FilterLogEvents looks at a part of the group a page, oldest first: pages without any event are usual, and the next may
have some. So only a page without a token is the end.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gatehouse.aws.session import Aws, AwsError
from gatehouse.directories.arrivals import Arrival, decided, from_edge

LIMIT_SECONDS: Final = 30.0  # for a group
_ANY_EDGE_LINE: Final = '?"discarded" ?"login"'
_DECISIONS: Final = '"login decided"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a log group tells. ``has_lines``: whether anything was written there, also what is no arrival. ``complete``:
    whether it was read to its end; if not, the newest is missing."""

    arrivals: Sequence[Arrival]
    has_lines: bool
    complete: bool


@dataclass(frozen=True, slots=True)
class LoginLogs:
    """``now`` in seconds of any clock."""

    aws: Aws
    now: Callable[[], float]

    def decisions(self, group: str, since: float) -> Reading | None:
        """Logins that were decided since then (Unix seconds), by any client. None if there is no such log group."""
        return self._read(group, since, _DECISIONS, decided)

    def edge(self, group: str, since: float) -> Reading | None:
        """What edges wrote of packets: logins, and packets that got no answer. None if there is no such log group."""
        return self._read(group, since, _ANY_EDGE_LINE, from_edge)

    def _read(self, group: str, since: float, pattern: str, read: Any) -> Reading | None:  # noqa: ANN401 -- two readers of one form
        try:
            found = self._pages(group, since, pattern)
        except AwsError as error:
            if error.aws_code == "ResourceNotFoundException":
                return None
            raise
        arrivals = [arrival for line in found.lines if (arrival := read(line)) is not None]
        return Reading(arrivals=arrivals, has_lines=bool(found.lines), complete=found.complete)

    def _pages(self, group: str, since: float, pattern: str) -> "_Lines":
        asked: dict[str, object] = {"logGroupName": group, "startTime": int(since * 1000), "filterPattern": pattern}
        service, found, ends = self.aws.service("logs"), _Lines(), self.now() + LIMIT_SECONDS
        while not found.complete:
            page = service.ask("filter_log_events", **asked)
            found.add(page)
            if self.now() >= ends:
                break
            asked["nextToken"] = page.get("nextToken")
        return found


@dataclass(slots=True)
class _Lines:
    lines: list[Mapping[str, Any]] = field(default_factory=list)
    complete: bool = False

    def add(self, page: Mapping[str, Any]) -> None:
        for event in page["events"]:
            self.lines += _objects(event["message"], event["timestamp"] / 1000)
        self.complete = not page.get("nextToken")


def _objects(message: str, at: float) -> Iterator[Mapping[str, Any]]:
    try:
        line = json.loads(message)
    except ValueError:
        return
    if isinstance(line, dict):
        yield {**line, "at": at}
