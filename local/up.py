"""The set-up, from nothing to a file that says that it is ready, and back to nothing."""

import fcntl
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import IO, Final

from local import ready, seed
from local.build import build
from local.callers import edge_user
from local.deploy import Stack, deploy
from local.domain_controller import Domain, DomainController
from local.edges import Edge, Fleet, start_edges
from local.emulator import Emulator
from local.errors import LocalError
from local.layout import RunFolder
from local.ports import free_tcp_port
from local.progress import step

FIRST_RADIUS_PORT: Final = 1812


@dataclass(frozen=True, slots=True)
class Gatehouse:
    """The product, running."""

    folder: RunFolder
    emulator: Emulator
    stack: Stack
    edges: Sequence[Edge] = field(default_factory=tuple)
    controllers: Sequence[DomainController] = field(default_factory=tuple)


@contextmanager
def running(
    folder: RunFolder, edge_count: int = 1, radius_port: int = FIRST_RADIUS_PORT, *, controller_count: int = 0
) -> Iterator[Gatehouse]:
    """Start everything with fresh state; at the end of the block end it all, whatever happened."""
    with ExitStack() as ending:
        ending.enter_context(_fresh(folder))
        controllers = _start_directory(folder, controller_count, ending)
        with step("building the functions (sam build, only after a change)"):
            build()
        with step("starting the emulator"):
            emulator = Emulator(folder, free_tcp_port())
            ending.callback(emulator.stop)
            emulator.wait_until_ready()
        with step("deploying the template (sam deploy)"):
            stack = deploy(emulator.url)
        with step("adding the demo client and users"):
            _seed(emulator, stack, controllers)
        with step(f"starting {edge_count} RADIUS edge{'s'[: edge_count - 1]}"):
            fleet = Fleet(count=edge_count, first_port=radius_port, credentials=edge_user(emulator.url, stack))
            edges = start_edges(fleet, folder, emulator, stack, ending)
        ending.callback(folder.ready_file.unlink, missing_ok=True)
        yield Gatehouse(folder, emulator, stack, edges, controllers)


def _start_directory(folder: RunFolder, count: int, ending: ExitStack) -> Sequence[DomainController]:
    if not count:
        return ()
    with step("making an Active Directory domain (Samba)"):
        domain = Domain.make(folder.directory)
    with step(f"starting {count} domain controller{'s'[: count - 1]}"):
        return [ending.enter_context(domain.controller(f"dc{number}")) for number in range(1, count + 1)]


def _seed(emulator: Emulator, stack: Stack, controllers: Sequence[DomainController]) -> None:
    if not controllers:
        seed.demonstration(emulator.url, stack)
        return
    seed.service_account(emulator.url, stack)
    domain = controllers[0].domain
    seed.with_directory(emulator.url, stack, domain.address_of(*controllers), controllers[0].group_sids())


def announce(gatehouse: Gatehouse) -> None:
    """Tell tools that all is ready. The file goes away before the first process is ended."""
    document = ready.document(gatehouse.emulator, gatehouse.stack, gatehouse.edges)
    if gatehouse.controllers:
        document |= ready.with_directory(gatehouse.controllers)
    ready.write(gatehouse.folder.ready_file, document)


@contextmanager
def _fresh(folder: RunFolder) -> Iterator[None]:
    """Own the folder for this run, and empty it. Logs of a run stay until the next one."""
    folder.path.mkdir(parents=True, exist_ok=True)
    with folder.lock_file.open("a") as lock:
        _lock(lock, folder)
        for entry in folder.path.iterdir():
            if entry == folder.lock_file:
                continue
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        yield


def _lock(lock: IO[str], folder: RunFolder) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LocalError(
            f"another run uses {folder.path}: end it first, or set GATEHOUSE_LOCAL to another folder"
        ) from None
