"""What a process and its children have used: CPU time, memory, threads, as the kernel counts them.

CPU time is read from each process's CPU clock. It is the sum of what /proc/PID/task/*/schedstat shows, in nanoseconds,
but unlike those files it keeps the time of threads that have ended, and it is exact to the moment of reading.
"""

import os
import time
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")
_CPUCLOCK_SCHED: Final = 2
_MEGABYTE: Final = 1e6


def process_tree(pid: int) -> list[int]:
    """The process and its descendants."""
    found = [pid]
    for children in (_PROC / str(pid) / "task").glob("*/children"):
        for child in children.read_text().split():
            found += process_tree(int(child))
    return found


def cpu_seconds(pid: int) -> float:
    """On-CPU time of the tree since its start."""
    return sum(time.clock_gettime(_cpu_clock(member)) for member in process_tree(pid))


def pss_mb(pid: int) -> float:
    """Proportional set size: memory of the tree, shared pages divided among their users."""
    return sum(_field(member, "smaps_rollup", "Pss") for member in process_tree(pid)) * 1024 / _MEGABYTE


def peak_rss_mb(pid: int) -> float:
    """The most that was ever resident, shared pages counted whole."""
    return sum(_field(member, "status", "VmHWM") for member in process_tree(pid)) * 1024 / _MEGABYTE


def threads(pid: int) -> int:
    return sum(_field(member, "status", "Threads") for member in process_tree(pid))


def machine_cpu_seconds() -> float:
    """On-CPU time of everything that runs on this machine, interrupts included, since boot."""
    user, nice, system, _idle, _iowait, irq, softirq = map(int, (_PROC / "stat").read_text().split()[1:8])
    return (user + nice + system + irq + softirq) / _TICKS_PER_SECOND


def _cpu_clock(pid: int) -> int:
    """clock_getcpuclockid(3), which Python has for threads only: the complement of the pid above three bits of kind."""
    return ~pid << 3 | _CPUCLOCK_SCHED


def _field(pid: int, file: str, name: str) -> int:
    for line in (_PROC / str(pid) / file).read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    return 0
