"""``python -m tests.soak``: one edge under a mixed load for many minutes, with a check of every reply."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from tests.soak.report import csv
from tests.soak.run import Soak


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0, help="default 20")
    parser.add_argument("--rate", type=float, default=100.0, help="exchanges a second; default 100")
    parser.add_argument("--seed", type=int, default=1, help="of what is sent and when; default 1")
    parser.add_argument("--samples", type=Path, help="write memory, open files and CPU over time to this CSV file")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whatever ends this ends the edge as well
    soak = Soak(given.minutes * 60, given.rate, given.seed)
    with asyncio.Runner() as runner:
        right = runner.run(soak.run())
    if given.samples is not None:
        given.samples.write_text(csv(soak.samples))
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
