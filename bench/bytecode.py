"""What bytecode saves a cold start: ``python -m bench.bytecode``.

Imports ``logins.handler`` from what ``sam build`` made, in fresh processes that may not write bytecode, as on Lambda;
once as it is and once without the .pyc files. Both take turns; the ratio is the figure to compare between machines.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.logins import ENVIRONMENT, MEASURED, OURS
from local.build import TEMPLATE, build

RUNS = int(os.environ.get("RUNS", "9"))
FOLDERS = ("LoginsFunction", "DependenciesLayer/python", "CoreLayer/python")  # Lambda's order: the task, then /opt


def main() -> None:
    build()
    built = TEMPLATE.parent
    with tempfile.TemporaryDirectory() as scratch:
        bare = Path(shutil.copytree(built, f"{scratch}/build", ignore=shutil.ignore_patterns("__pycache__")))
        taken = [(cold_milliseconds(built), cold_milliseconds(bare)) for _ in range(RUNS)]
    ours, without = (statistics.median(one) for one in zip(*taken, strict=True))
    ratio = statistics.median(one[1] / one[0] for one in taken)
    load = os.getloadavg()[0]
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {load:.1f}, medians of {RUNS}\n")
    print("| cold: logins.handler from the built layers, CPU | figure |")
    print("|---|---|")
    print(f"| with bytecode, as built | {ours:.0f} ms |")
    print(f"| without | {without:.0f} ms |")
    print(f"| without / with | {ratio:.1f} |")


def cold_milliseconds(built: Path) -> float:
    """CPU of a process that sees only the built folders and the standard library."""
    path = ":".join(str(built / folder) for folder in FOLDERS)
    environment = {**os.environ, **ENVIRONMENT, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-S", "-c", MEASURED.format(OURS)]
    return float(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    main()
