"""Whether a process stays as it is: its memory over time, its open files, and what is left in its tables at the end."""

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HERTZ: Final = 100  # of /proc/PID/stat on every Linux that matters
SHORTEST_MINUTES: Final = 5.0
FLAT_SHARE: Final = 0.05  # what is in use may drift by this much over the time that is looked at
MOST_KILOBYTES: Final = 48 * 1024  # resident: what is in use, and what the allocator keeps after bursts


@dataclass(frozen=True, slots=True)
class Sample:
    """``kilobytes`` are resident, ``blocks`` the pieces of memory that Python objects hold."""

    at: float
    kilobytes: int
    files: int
    cpu_seconds: float
    blocks: int = 0


def sample(pid: int, numbers: Mapping[str, float]) -> Sample:
    """``numbers`` are the edge's own."""
    status = Path(f"/proc/{pid}/status").read_text()
    resident = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
    assert resident is not None
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    cpu_seconds = (int(after_name[11]) + int(after_name[12])) / HERTZ
    return Sample(
        at=time.monotonic(),
        kilobytes=int(resident[1]),
        files=len(list(Path(f"/proc/{pid}/fd").iterdir())),
        cpu_seconds=cpu_seconds,
        blocks=int(numbers["memory_blocks_in_use"]),
    )


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
    """Of what is in use. ``per_minute`` by the fitted line, ``share`` how much it rose in all."""

    minutes: float
    per_minute: float
    share: float

    @property
    def flat(self) -> bool:
        """Too short a time says nothing, so nothing is held against it."""
        return self.minutes < SHORTEST_MINUTES or self.share < FLAT_SHARE

    def __str__(self) -> str:
        return f"{self.per_minute:+.0f} blocks/min over {self.minutes:.1f} min ({self.share:+.2%})"


def drift(samples: Sequence[Sample], *, after: float) -> Drift:
    """From ``after`` on: until then caches take what they need. Blocks, because resident memory also holds what the
    allocator keeps after a burst of connections, which comes back as little as a leak would."""
    kept = [(one.at, float(one.blocks)) for one in samples if one.at >= after]
    if len(kept) < 2:
        return Drift(0.0, 0.0, 0.0)
    per_second, seconds = slope(kept), kept[-1][0] - kept[0][0]
    begins_at = max(1.0, sum(y for _, y in kept) / len(kept) - per_second * seconds / 2)
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
