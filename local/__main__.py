"""``python -m local run`` and ``python -m local demo``."""

import argparse
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Final

from local import demo, run
from local.errors import LocalError
from local.layout import ROOT, RunFolder
from local.progress import complain

# A terminal that is closed ends the run as Ctrl-C does, unless it was started by nohup.
_HANGUP: Final = () if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (signal.SIGHUP,)


def main() -> int:
    arguments = _parser().parse_args()
    for number in (signal.SIGTERM, signal.SIGINT, *_HANGUP):
        signal.signal(number, _end)
    folder = RunFolder(Path(os.environ.get("GATEHOUSE_LOCAL", ROOT / ".local")))
    try:
        return int(arguments.start(folder, arguments))
    except LocalError as error:
        complain(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        return 0  # Ctrl-C or SIGTERM is how a run is meant to end


def _end(_number: int, _frame: FrameType | None) -> None:
    """From now on further signals wait: an impatient second one must not leave children behind."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, start, what in (
        ("run", _run, "start everything, log in once, stay until Ctrl-C"),
        ("demo", _demo, "start everything, log in with a right and a wrong code, stop"),
    ):
        command = commands.add_parser(name, help=what)
        command.add_argument("--edges", type=int, choices=(1, 2), default=1, help="RADIUS edges to start")
        command.set_defaults(start=start)
    commands.choices["run"].add_argument(
        "--controllers", type=int, choices=(0, 1, 2), default=0, help="domain controllers (Samba) to start"
    )
    return parser


def _run(folder: RunFolder, arguments: argparse.Namespace) -> int:
    return run.run(folder, arguments.edges, arguments.controllers)


def _demo(folder: RunFolder, arguments: argparse.Namespace) -> int:
    return demo.demo(folder, arguments.edges)


if __name__ == "__main__":
    sys.exit(main())
