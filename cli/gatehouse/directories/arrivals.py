"""What reached an edge, read from the log lines of edges and of the function that decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Fate(StrEnum):
    DISCARDED = "discarded"  # by an edge, without an answer
    REJECTED_BY_EDGE = "rejected by the edge"
    REJECTED = "rejected"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """``at`` in Unix seconds. ``reason`` is the word of the log; empty with an Accept."""

    at: float
    source: str
    fate: Fate
    reason: str


def decided(line: Mapping[str, Any]) -> Arrival | None:
    """From the audit record of a login."""
    if line.get("message") != "login decided" or not isinstance(line.get("source_ip"), str):
        return None
    accepted = line.get("outcome") == "accept"
    reason = "" if accepted else str(line.get("reason", ""))
    fate = Fate.ACCEPTED if accepted else Fate.REJECTED
    return Arrival(at=float(line.get("at", 0)), source=line["source_ip"], fate=fate, reason=reason)


def from_edge(line: Mapping[str, Any]) -> Arrival | None:
    """From a line of an edge's log: a packet without an answer, or a login that the edge itself rejected. Logins that
    the backend decided have a better record there."""
    source, reason = line.get("source_ip"), line.get("reason")
    if not isinstance(source, str) or not isinstance(reason, str):
        return None
    fate = {"discarded": Fate.DISCARDED, "login": Fate.REJECTED_BY_EDGE}.get(str(line.get("event")))
    return None if fate is None else Arrival(at=float(line.get("at", 0)), source=source, fate=fate, reason=reason)
