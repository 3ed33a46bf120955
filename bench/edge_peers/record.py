"""What stays of a run: every sample, the versions and the machine, as JSON; and two lines of it below the table."""

import dataclasses
import json
import os
import platform
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench.edge_peers.measure import HeldSample, LoadSample
from bench.edge_peers.packages import program
from bench.edge_peers.rounds import Rounds, Sample

_VERSIONS: Final = {"FreeRADIUS": ("freeradius", "-v"), "nginx": ("nginx", "-v"), "openssl": ("openssl", "version")}


def write_record(path: Path, rounds: Rounds) -> Path:
    record = {
        "version": 1,
        "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": machine(),
        "size": dataclasses.asdict(rounds.size),
        "samples": {
            case: {server: [dataclasses.asdict(sample) for sample in taken] for server, taken in servers.items()}
            for case, servers in rounds.samples.items()
        },
        "failures": rounds.failures,
        "table": [dataclasses.asdict(row) for row in rounds.rows],
    }
    path.write_text(json.dumps(record, indent=1) + "\n")
    return path


def footnote(rounds: Rounds) -> str:
    here = machine()
    elsewhere = [_used_elsewhere(sample) for sample in _all_samples(rounds)]
    shares = f"at most {max(elsewhere):.0%} of it" if elsewhere else "nothing"
    return (
        f"{here['cpus']} × {here['processor']}, Linux {here['kernel']}, Python {here['python']}, "
        f"{here['FreeRADIUS']}, {here['nginx']}. {time.strftime('%Y-%m-%d')}, {rounds.size.rounds} rounds: the median, "
        "in brackets lowest and highest. Generator, backend and server share this machine; "
        f"other programs took {shares}."
    )


def machine() -> dict[str, str | int]:
    return {
        "cpus": os.cpu_count() or 1,
        "processor": _processor(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        **{name: _version(command) for name, command in _VERSIONS.items()},
    }


def _used_elsewhere(sample: Sample) -> float:
    return sample.used.elsewhere if isinstance(sample, LoadSample | HeldSample) else sample.elsewhere


def _all_samples(rounds: Rounds) -> Iterator[Sample]:
    for servers in rounds.samples.values():
        for taken in servers.values():
            yield from taken


def _processor() -> str:
    found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _version(command: tuple[str, ...]) -> str:
    done = subprocess.run([program(command[0]), *command[1:]], capture_output=True, text=True, check=False)
    first = (done.stdout or done.stderr).splitlines()[0]
    return first.removeprefix("radiusd: ").partition(",")[0].removeprefix("nginx version: ")
