"""An edge's own log in a file, for edges whose lines are not in CloudWatch."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from gatehouse.directories.arrivals import Arrival, from_edge
from gatehouse.errors import CommandError


def read_edge_log(file: Path, since: float) -> list[Arrival]:
    """What it says of packets since then (Unix seconds). Lines that are none of an edge's are passed over."""
    try:
        with file.open(encoding="utf-8", errors="replace") as lines:
            return [one for line in lines if (one := _arrival(line)) is not None and one.at >= since]
    except OSError as error:
        raise CommandError("no-log", f"{file} cannot be read: {error.strerror}") from None


def _arrival(line: str) -> Arrival | None:
    for found in _objects(line):
        return from_edge({**found, "at": _seconds(found.get("time"))})
    return None


def _objects(line: str) -> Iterator[dict[str, object]]:
    try:
        found = json.loads(line)
    except ValueError:
        return
    if isinstance(found, dict):
        yield found


def _seconds(text: object) -> float:
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return 0.0
