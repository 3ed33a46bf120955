"""The metrics of several processes as one text for Prometheus. Pure."""

from collections.abc import Iterable
from typing import Final

# Where a sum would say nothing: a fleet is as ready as its least ready process, and as old as its oldest news.
_LEAST: Final = frozenset({"gatehouse_edge_ready", "gatehouse_edge_receive_buffer_octets"})
_MOST: Final = frozenset(
    (
        "gatehouse_edge_configuration_age_seconds",
        "gatehouse_edge_backend_breaker_open",
        "gatehouse_edge_backend_outage",
        "gatehouse_edge_clock_offset_seconds",
    )
)


def sum_expositions(texts: Iterable[str]) -> str:
    """Comments are kept once, where they stood first; samples of the same name and labels become one."""
    lines: dict[str, float | None] = {}
    for text in texts:
        for line in text.splitlines():
            if line.startswith("#"):
                lines.setdefault(line, None)
            elif line:
                _add(lines, line)
    return "".join(f"{key}\n" if value is None else f"{key} {value:.15g}\n" for key, value in lines.items())


def _add(lines: dict[str, float | None], line: str) -> None:
    key, _, text = line.rpartition(" ")
    value, before = float(text), lines.get(key)
    if before is None:
        lines[key] = value
    elif key in _LEAST:
        lines[key] = min(before, value)
    elif key in _MOST:
        lines[key] = max(before, value)
    else:
        lines[key] = before + value
