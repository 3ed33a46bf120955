"""``make run``: the whole product, until somebody ends it."""

import time
from typing import Final

from local.demo_world import CLIENT, TRIAL_USER, USERS
from local.errors import LocalError
from local.layout import RunFolder
from local.login import code_of, log_in, transcript
from local.modes import try_modes
from local.phone_simulator import PAGE
from local.progress import complain, say, step
from local.push_trial import log_in_by_push
from local.up import Gatehouse, announce, running
from local.warm import warm_up

LOOK_SECONDS: Final = 1.0


def run(folder: RunFolder, edge_count: int, controller_count: int = 0) -> int:
    with running(folder, edge_count, controller_count=controller_count) as gatehouse:
        with step("warming the functions up, for bursts of logins"):
            warm_up(gatehouse)
        _try_out(gatehouse)
        _try_push(gatehouse)
        if controller_count:
            try_modes(gatehouse)
        announce(gatehouse)
        say(_where(gatehouse))
        _wait(gatehouse)
    return 0


def _try_out(gatehouse: Gatehouse) -> None:
    edge = gatehouse.edges[0]
    answer = log_in(edge, TRIAL_USER, code_of(TRIAL_USER))
    say(transcript(edge, TRIAL_USER, "right code", answer))
    if not answer.accepted:
        raise LocalError(f"the right code was not accepted; see {gatehouse.folder.path}/log")


def _try_push(gatehouse: Gatehouse) -> None:
    """A slow machine may miss a prompt's deadline; all else works there, so the run goes on."""
    try:
        log_in_by_push(gatehouse)
    except LocalError as error:
        complain(f"{error}")


def _where(gatehouse: Gatehouse) -> str:
    edges = ", ".join(f"{edge.host}:{edge.auth_port}" for edge in gatehouse.edges)
    return "".join(f"Active Directory on ldaps://{one.address}, {one.host}.\n" for one in gatehouse.controllers) + (
        f"Ready. RADIUS on {edges} (shared secret {CLIENT.edge.secrets[0].decode()}), "
        f"users {', '.join(user.username for user in USERS)}.\n"
        f"Push: open {gatehouse.portal.origin}{PAGE}, pair the browser, log in with: push 47\n"
        f"Everything a tool must know stands in {gatehouse.folder.ready_file}. Ctrl-C ends it all."
    )


def _wait(gatehouse: Gatehouse) -> None:
    """An edge that dies is reported and the others go on, as in a fleet; without the emulator there is nothing left."""
    living = list(gatehouse.edges)
    while True:
        gatehouse.emulator.process.check()
        for edge in list(living):
            try:
                edge.process.check()
            except LocalError as error:
                complain(str(error))
                living.remove(edge)
        time.sleep(LOOK_SECONDS)
