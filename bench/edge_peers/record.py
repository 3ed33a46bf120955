"""What stays of a run: every sample, the versions and the machine, as JSON; and two lines of it below the table."""

import dataclasses
import json
import os
import platform
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from bench.edge_peers.measure import HeldSample, LoadSample
from bench.edge_peers.packages import program
from bench.edge_peers.rounds import Rounds

_VERSIONS: Final = {"FreeRADIUS": ("freeradius", "-v"), "nginx": ("nginx", "-v"), "openssl": ("openssl", "version")}


type Facts = Mapping[str, str | int]


def write_record(path: Path, rounds: Rounds, machine: Facts) -> Path:
    record = {
        "version": 1,
        "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": dict(machine),
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


def footnote(rounds: Rounds, machine: Facts) -> str:
    elsewhere = [sample.elsewhere for sample in _disturbable(rounds)]
    shares = f"at most {max(elsewhere):.0%} of it" if elsewhere else "nothing"
    return (
        f"{machine['cpus']} × {machine['processor']}, Linux {machine['kernel']}, the edge on {machine['edge']}, "
        f"{machine['FreeRADIUS']}, {machine['nginx']}. {time.strftime('%Y-%m-%d')}, {rounds.size.rounds} rounds: "
        "the median, in brackets lowest and highest. Generator, backend and server share this machine; "
        f"other programs took {shares}."
    )


def machine_facts(edge_python: Path) -> Facts:
    return {
        "cpus": os.cpu_count() or 1,
        "processor": _processor(),
        "kernel": platform.release(),
        "edge": _version((str(edge_python), "--version")),
        **{name: _version(command) for name, command in _VERSIONS.items()},
    }


def _disturbable(rounds: Rounds) -> Iterator[LoadSample | HeldSample]:
    """All but those of memory alone."""
    for servers in rounds.samples.values():
        for taken in servers.values():
            yield from (sample for sample in taken if isinstance(sample, LoadSample | HeldSample))


def _processor() -> str:
    found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _version(command: tuple[str, ...]) -> str:
    done = subprocess.run([program(command[0]), *command[1:]], capture_output=True, text=True, check=False)
    first = (done.stdout or done.stderr).splitlines()[0]
    return first.removeprefix("radiusd: ").partition(",")[0].removeprefix("nginx version: ")
