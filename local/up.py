"""The set-up, from nothing to a file that says that it is ready, and back to nothing."""

import fcntl
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import IO, Final

from gatehouse.deployment import Target
from gatehouse.enrollment_api import EnrollmentApi
from local import aws, contact_flow, ready, seed
from local.build import build
from local.callers import edge_user
from local.connect_service import ConnectService
from local.demo_world import USERS
from local.deploy import Stack, deploy
from local.domain_controller import Domain, DomainController
from local.edges import Edge, Fleet, start_edges
from local.emulator import Emulator
from local.errors import LocalError
from local.layout import RunFolder
from local.phone_simulator import PhoneSimulator
from local.portal import Portal
from local.ports import free_tcp_port
from local.progress import step
from local.push_service import PushService

FIRST_RADIUS_PORT: Final = 1812


@dataclass(frozen=True, slots=True)
class Gatehouse:
    """The product, running."""

    folder: RunFolder
    emulator: Emulator
    stack: Stack
    portal: Portal
    push_service: PushService
    connect_service: ConnectService
    edges: Sequence[Edge] = field(default_factory=tuple)
    controllers: Sequence[DomainController] = field(default_factory=tuple)


@contextmanager
def running(
    folder: RunFolder,
    edge_count: int = 1,
    radius_port: int = FIRST_RADIUS_PORT,
    *,
    controller_count: int = 0,
    parameters: Mapping[str, str] | None = None,
) -> Iterator[Gatehouse]:
    """Start everything with fresh state; at the end of the block end it all, whatever happened. ``parameters`` are of
    the template, and win over those of samconfig.toml."""
    with ExitStack() as ending:
        ending.enter_context(_fresh(folder))
        controllers = _start_directory(folder, controller_count, ending)
        with step("building the functions (sam build, only after a change)"):
            build()
        with step("starting the emulator"):
            emulator = Emulator(folder, free_tcp_port())
            ending.callback(emulator.stop)
            emulator.wait_until_ready()
        portal, push_service, connect_service = _start_portal(ending)
        with step("deploying the template (sam deploy)"):
            stack = deploy(emulator.url, portal.origin, connect_service.url, **(parameters or {}))
        _put_in_service(connect_service, emulator, stack)
        portal.pass_on_to(stack.enrollment_api_url(emulator))
        with step("adding the demo client and users"):
            _seed(emulator, stack, controllers)
        with step(f"starting {edge_count} RADIUS edge{'s'[: edge_count - 1]}"):
            fleet = Fleet(count=edge_count, first_port=radius_port, credentials=edge_user(emulator.url, stack))
            edges = start_edges(fleet, folder, emulator, stack, ending)
        ending.callback(folder.ready_file.unlink, missing_ok=True)
        gatehouse = Gatehouse(folder, emulator, stack, portal, push_service, connect_service, edges, controllers)
        portal.show(_phone_simulator(gatehouse))
        yield gatehouse


def _start_portal(ending: ExitStack) -> tuple[Portal, PushService, ConnectService]:
    """Before the deployment, which is told where they are. All are threads here, and end before the emulator."""
    portal, push_service, connect_service = Portal(), PushService(), ConnectService()
    for one in (portal, push_service, connect_service):
        ending.callback(one.stop)
    return portal, push_service, connect_service


def _put_in_service(connect_service: ConnectService, emulator: Emulator, stack: Stack) -> None:
    """With the contact flow of phone-calls.yaml, which invokes the function that was deployed."""
    if stack.phone_call_function is None:
        raise LocalError("the stack has no function for phone calls")
    connect_service.put_in_service(
        contact_flow.content(stack.phone_call_function),
        lambda function, event: aws.invoke(emulator.url, function, event),
    )


def _phone_simulator(gatehouse: Gatehouse) -> PhoneSimulator:
    api = EnrollmentApi(admin_target(gatehouse))
    return PhoneSimulator(gatehouse.portal.origin, api, gatehouse.edges[0], USERS)


def admin_target(gatehouse: Gatehouse) -> Target:
    """The enrolment API for the admin's command, with the emulator's root user."""
    return Target(gatehouse.stack.enrollment_api_url(gatehouse.emulator), document(gatehouse))


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


def document(gatehouse: Gatehouse) -> dict[str, object]:
    """What tools are told."""
    told = ready.document(
        gatehouse.emulator,
        gatehouse.stack,
        gatehouse.edges,
        gatehouse.portal,
        gatehouse.push_service,
        connect_service=gatehouse.connect_service,
    )
    return told | ready.with_directory(gatehouse.controllers) if gatehouse.controllers else told


def announce(gatehouse: Gatehouse) -> None:
    """Tell tools that all is ready. The file goes away before the first process is ended."""
    ready.write(gatehouse.folder.ready_file, document(gatehouse))


@contextmanager
def _fresh(folder: RunFolder) -> Iterator[None]:
    """Own the folder for this run, and empty it. Logs of a run stay until the next one."""
    is_new = not folder.lock_file.exists()
    with _opened(folder) as lock:
        _lock(lock, folder)
        if is_new and any(entry != folder.lock_file for entry in folder.path.iterdir()):
            folder.lock_file.unlink()
            text = f"{folder.path} holds other things, which a run would delete; name a folder of its own"
            raise LocalError(text)
        for entry in folder.path.iterdir():
            if entry == folder.lock_file:
                continue
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        yield


def _opened(folder: RunFolder) -> IO[str]:
    """Its lock file."""
    try:
        folder.path.mkdir(parents=True, exist_ok=True)
        return folder.lock_file.open("a")
    except OSError as error:
        text = f"{folder.path} cannot be used: {error.strerror}; set GATEHOUSE_LOCAL to a folder that can be written"
        raise LocalError(text) from None


def _lock(lock: IO[str], folder: RunFolder) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LocalError(
            f"another run uses {folder.path}: end it first, or set GATEHOUSE_LOCAL to another folder"
        ) from None
