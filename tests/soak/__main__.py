"""``python -m tests.soak``: one edge under a mixed load for many minutes, with a check of every reply."""

import argparse
import asyncio
import sys

from tests.soak.run import Soak


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0, help="default 20")
    parser.add_argument("--rate", type=float, default=100.0, help="exchanges a second; default 100")
    parser.add_argument("--seed", type=int, default=1, help="of what is sent and when; default 1")
    given = parser.parse_args()
    with asyncio.Runner() as runner:
        return 0 if runner.run(Soak(given.minutes * 60, given.rate, given.seed).run()) else 1


if __name__ == "__main__":
    sys.exit(main())
