"""``python -m bench.edge_peers [--quick]``: measure, print one markdown table, keep every sample as JSON.

Exit 0: measured (whether or not a goal was missed: the table says so) · 1: something could not be measured ·
2: packages are missing, their names are printed.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.edge_peers.cases import CASES, FULL, QUICK, Size
from bench.edge_peers.packages import missing_packages
from bench.edge_peers.peers.backend import running_backend
from bench.edge_peers.processes import ended_by_signals, raise_open_files_limit
from bench.edge_peers.record import footnote, machine_facts, write_record
from bench.edge_peers.rounds import Rounds
from bench.edge_peers.rows import markdown
from bench.edge_peers.workplace import ROOT, Workplace

RESULTS: Final = ROOT / ".local/bench"


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    missing = missing_packages()
    if missing:
        print(f"missing: apt-get install {' '.join(sorted(missing))}", file=sys.stderr)
        return 2
    raise_open_files_limit()
    with ended_by_signals(), tempfile.TemporaryDirectory(prefix="gatehouse-bench-") as folder:
        Path(folder).chmod(0o755)  # nginx' worker may be another user
        return _measure(Workplace(Path(folder), options.edge_python), options)


def _measure(workplace: Workplace, options: argparse.Namespace) -> int:
    size: Size = options.size
    with running_backend(workplace) as backend:
        rounds = Rounds(workplace, backend.pid, size, lambda text: print(text, file=sys.stderr, flush=True))
        for case in CASES:
            if not options.case or case.name in options.case:
                rounds.measure(case)
    machine = machine_facts(workplace.edge_python)
    print(markdown(rounds.rows), footnote(rounds, machine), sep="\n\n")
    RESULTS.mkdir(parents=True, exist_ok=True)
    name = "edge-peers-quick.json" if size is QUICK else "edge-peers.json"
    print(f"every sample: {write_record(RESULTS / name, rounds, machine).relative_to(ROOT)}", file=sys.stderr)
    return 1 if rounds.failed else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.edge_peers", description=__doc__)
    parser.add_argument(
        "--quick", dest="size", action="store_const", const=QUICK, default=FULL,
        help="about two minutes, less to hold; without it about a quarter of an hour",
    )  # fmt: skip
    parser.add_argument(
        "--case", action="append", choices=[case.name for case in CASES], help="only this one; may be repeated"
    )
    parser.add_argument(
        "--edge-python", type=Path, default=Path(sys.executable), metavar="PATH",
        help="run the edge with this interpreter, such as the image's; default: the one of this command",
    )  # fmt: skip
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
