"""What reached the edges and the function that decides, as their logs in CloudWatch tell."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gatehouse.aws.session import Aws, AwsError
from gatehouse.directories.arrivals import Arrival, decided, from_edge

_MAX_PAGES: Final = 20
_ANY_EDGE_LINE: Final = '?"discarded" ?"login"'
_DECISIONS: Final = '"login decided"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a log group tells. ``has_lines``: whether anything was written there, also what is no arrival."""

    arrivals: Sequence[Arrival]
    has_lines: bool


@dataclass(frozen=True, slots=True)
class LoginLogs:
    aws: Aws

    def decisions(self, group: str, since: float) -> Reading | None:
        """Logins that were decided since then (Unix seconds), by any client. None if there is no such log group."""
        return self._read(group, since, _DECISIONS, decided)

    def edge(self, group: str, since: float) -> Reading | None:
        """What edges wrote of packets: logins, and packets that got no answer. None if there is no such log group."""
        return self._read(group, since, _ANY_EDGE_LINE, from_edge)

    def _read(self, group: str, since: float, pattern: str, read: Any) -> Reading | None:  # noqa: ANN401 -- two readers of one form
        try:
            lines = list(self._lines(group, since, pattern))
        except AwsError as error:
            if error.aws_code == "ResourceNotFoundException":
                return None
            raise
        arrivals = [arrival for line in lines if (arrival := read(line)) is not None]
        return Reading(arrivals=arrivals, has_lines=bool(lines))

    def _lines(self, group: str, since: float, pattern: str) -> Iterator[Mapping[str, Any]]:
        service, more = self.aws.service("logs"), dict[str, str]()
        for _ in range(_MAX_PAGES):
            page = service.ask(
                "filter_log_events", logGroupName=group, startTime=int(since * 1000), filterPattern=pattern, **more
            )
            for event in page["events"]:
                yield from _objects(event["message"], event["timestamp"] / 1000)
            if not page.get("nextToken"):
                return
            more = {"nextToken": page["nextToken"]}


def _objects(message: str, at: float) -> Iterator[Mapping[str, Any]]:
    try:
        line = json.loads(message)
    except ValueError:
        return
    if isinstance(line, dict):
        yield {**line, "at": at}
