"""``python -m radius_edge``: serve until SIGTERM or SIGINT; SIGHUP loads the configuration anew."""

import asyncio
import contextlib
import gc
import json
import os
import signal
import stat
import sys
from collections.abc import Mapping, Sequence
from typing import Final

import uvloop

from radius_edge.edge import Edge, EdgeError
from radius_edge.settings import Settings, SettingsError
from radius_edge.supervisor import StartError, Supervisor

BAD_SETTINGS: Final = 2
ENDED: Final = 1
STANDARD_INPUT: Final = 0
STANDARD_OUTPUT: Final = 1


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    _hold_standard_output()
    try:
        settings = Settings.parse(arguments, environ)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(
                _serve(settings, environ) if settings.processes == 1 else _supervise(settings, arguments, environ)
            )
    except SettingsError as error:
        print(f"radius_edge: {error}", file=sys.stderr)  # noqa: T201 - the one line for the person who starts it
        return BAD_SETTINGS
    except StartError as error:  # that process has said why
        return error.code if error.code > 0 else ENDED
    except EdgeError as error:
        print(f"radius_edge: {error}", file=sys.stderr)  # noqa: T201 - as above
        return ENDED
    return 0


async def _serve(settings: Settings, environ: Mapping[str, str]) -> None:
    edge = Edge(settings, environ)
    _obey_signals(edge)
    if settings.shared_ports:
        _stop_with_supervisor(edge)
    await edge.run(_announce)


def _stop_with_supervisor(edge: Edge) -> None:
    """It never writes to our standard input; the pipe becomes readable when it ends, however it ended."""
    loop = asyncio.get_running_loop()

    def supervisor_ended() -> None:
        loop.remove_reader(STANDARD_INPUT)
        edge.stop()

    mode = os.fstat(STANDARD_INPUT).st_mode
    if stat.S_ISSOCK(mode) or stat.S_ISFIFO(mode):  # libuv's pipes are sockets
        loop.add_reader(STANDARD_INPUT, supervisor_ended)


async def _supervise(settings: Settings, arguments: Sequence[str], environ: Mapping[str, str]) -> None:
    supervisor = Supervisor(settings, arguments, environ)
    _obey_signals(supervisor)
    await supervisor.run(_announce)


def _obey_signals(served: Edge | Supervisor) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, served.stop)
    loop.add_signal_handler(signal.SIGINT, served.stop)
    loop.add_signal_handler(signal.SIGHUP, served.reload)


def _announce(listening: dict[str, object]) -> None:
    """The first line, written at once: whoever starts the edge with port 0 waits for it."""
    with contextlib.suppress(OSError):
        os.write(STANDARD_OUTPUT, json.dumps(listening).encode() + b"\n")
    _settle_garbage_collector()


def _settle_garbage_collector() -> None:
    """What lives now lives for ever; and packets make few cycles, so look for them rarely."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _hold_standard_output() -> None:
    """If it was closed, the next socket would get its number, and log lines would go to whoever is on the other end."""
    try:
        os.fstat(STANDARD_OUTPUT)
    except OSError:
        nothing = os.open(os.devnull, os.O_WRONLY)
        if nothing != STANDARD_OUTPUT:
            os.dup2(nothing, STANDARD_OUTPUT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
