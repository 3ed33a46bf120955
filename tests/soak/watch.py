"""Whether a process stays as it is: its memory over time, its open files, and what is left in its tables at the end."""

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HERTZ: Final = 100  # of /proc/PID/stat on every Linux that matters
SHORTEST_MINUTES: Final = 5.0
FLAT_SHARE: Final = 0.05  # memory may drift by this much over the time that is looked at


@dataclass(frozen=True, slots=True)
class Sample:
    at: float
    kilobytes: int
    files: int
    cpu_seconds: float


def sample(pid: int) -> Sample:
    status = Path(f"/proc/{pid}/status").read_text()
    resident = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
    assert resident is not None
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    cpu_seconds = (int(after_name[11]) + int(after_name[12])) / HERTZ
    return Sample(time.monotonic(), int(resident[1]), len(list(Path(f"/proc/{pid}/fd").iterdir())), cpu_seconds)


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Least squares: how much the second grows for one of the first. 0 where nothing can be said."""
    if len(points) < 2:
        return 0.0
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


@dataclass(frozen=True, slots=True)
class Drift:
    """``kilobytes_per_minute`` by the fitted line, ``share`` how much it rose in all."""

    minutes: float
    kilobytes_per_minute: float
    share: float

    @property
    def flat(self) -> bool:
        """Too short a time says nothing, so nothing is held against it."""
        return self.minutes < SHORTEST_MINUTES or self.share < FLAT_SHARE

    def __str__(self) -> str:
        return f"{self.kilobytes_per_minute:+.1f} KB/min over {self.minutes:.1f} min ({self.share:+.2%})"


def drift(samples: Sequence[Sample], *, after: float) -> Drift:
    """Of memory, from ``after`` on: until then caches and allocator take what they need."""
    kept = [(one.at, float(one.kilobytes)) for one in samples if one.at >= after]
    if len(kept) < 2:
        return Drift(0.0, 0.0, 0.0)
    per_second, seconds = slope(kept), kept[-1][0] - kept[0][0]
    begins_at = sum(y for _, y in kept) / len(kept) - per_second * seconds / 2
    return Drift(seconds / 60, per_second * 60, per_second * seconds / begins_at)


async def metrics(port: int) -> dict[str, float]:
    """The edge's own numbers, by name and labels as they are written."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    text = (await reader.read()).decode()
    writer.close()
    found = re.findall(r"^gatehouse_edge_(\S+) (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in found}


def total(numbers: dict[str, float], name: str) -> float:
    return sum(value for key, value in numbers.items() if key.partition("{")[0] == name)
