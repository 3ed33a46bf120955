"""What a login uses, as benchmarks count it (bench/push_cost.py, bench/login_units.py; a test holds them equal).

Calls to DynamoDB are counted on the real services, transitions in the state machine's definition, and how often edges
ask about a push in a simulation. Time of functions and octets of logs are assumed, as in bench/push_cost.py.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

MEMORY_GIGABYTES: Final = 1.0
MILLISECONDS: Final[Mapping[str, float]] = {"logins": 50, "polls": 12, "send_push": 140, "devices": 25, "web": 2}
LOG_OCTETS: Final[Mapping[str, float]] = {
    "logins": 1500, "polls": 300, "send_push": 1200, "devices": 1200, "web": 300, "edge": 400,
}  # fmt: skip
TRANSITIONS: Final = 2
DEVICE_CALLS: Final = 4  # an app looks three times until its owner has decided
FILE_CALLS: Final = 3  # page, settings and worker, when the app opens
POLLS_ALONE: Final = 9  # questions about a push that nothing else waits beside
# Pushes a second at one edge, and questions for each: all that wait at the same moment are asked about at once.
POLLS_BY_RATE: Final = ((0.0, 9.0), (0.1, 8.5), (0.3, 6.9), (1.0, 3.7), (2.0, 2.0), (5.0, 0.8), (10.0, 0.4))


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginUnits:
    """Of one login. ``invocations`` by function; ``edge_lines`` are lines of an edge's log."""

    edge_calls: float = 1
    http_calls: float = 0
    transitions: float = 0
    reads: float = 0
    writes: float = 0
    messages: float = 0
    edge_lines: float = 1
    invocations: Mapping[str, float] = MappingProxyType({"logins": 1})


CODE: Final = LoginUnits(reads=1, writes=2)
# The login that asks for the message, and the one with its code.
MESSAGE: Final = LoginUnits(
    edge_calls=2, reads=3, writes=10, messages=1, edge_lines=2, invocations=MappingProxyType({"logins": 2})
)


def push(polls: float) -> LoginUnits:
    """An approved one. Reads: to ask, to send, eight times how it stands, three looks, the decision, to be told."""
    return LoginUnits(
        edge_calls=1 + polls,
        http_calls=DEVICE_CALLS + FILE_CALLS,
        transitions=TRANSITIONS,
        reads=2 + 3 + 8 * 1 + 3 * 5 + 4 + 1,
        writes=4 + 2 + 7 + 2,
        invocations=MappingProxyType(
            {"logins": 1, "polls": polls, "send_push": 1, "devices": DEVICE_CALLS, "web": FILE_CALLS}
        ),
    )


def polls_at(rate: float) -> float:
    """Questions for each push at so many a second at one edge: as many as at the next slower rate of the table."""
    slower = bisect_right([known for known, _ in POLLS_BY_RATE], rate) - 1
    return POLLS_BY_RATE[max(0, slower)][1]
