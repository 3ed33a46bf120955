"""The steps that several commands about a directory take: proving, connecting, waiting, explaining."""

import sys
import time
from collections.abc import Mapping, Sequence
from typing import Final

from gatehouse.directories.connection import Connection
from gatehouse.directories.directory import Directory, Status
from gatehouse.directories.explanation import explain
from gatehouse.directories.learned import learned
from gatehouse.directories.waiting import Patience, Wait
from gatehouse.directory_case import Case, EvidencePlaces
from gatehouse.edge_proofs import SECRET_VARIABLE, Prober
from gatehouse.errors import REFUSED, CommandError
from gatehouse.findings import Finding, problems_of, warning
from gatehouse.secret_sources import read_secret


class SystemPatience:
    def now(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


PATIENCE: Patience = SystemPatience()
CLOCKS_APART_SECONDS: Final = 60  # between this machine and those that write the logs


def proofs(
    case: Case, edges: Sequence[str], port: int, secrets: Mapping[str, str], source: str | None
) -> list[Finding]:
    """A finding for each edge. ``secrets`` by name of RADIUS client."""
    prober = Prober(
        configured=case.clients, secrets=secrets, other_secret=read_secret(SECRET_VARIABLE, None), source=source
    )
    return list(prober.prove(edges, port))


def connection(case: Case, seconds: float) -> Connection:
    """``seconds`` are waited for the directory at most."""
    deployment = case.deployment
    wait = Wait(patience=PATIENCE, seconds=seconds, tell=_tell_progress)
    return Connection(directories=deployment.directories, groups=deployment.groups, wait=wait)


def _tell_progress(waited: int, status: Status | None) -> None:
    print(f"  {waited:>4} s  {status or 'no status yet'}", file=sys.stderr, flush=True)


def explained(case: Case, after: Directory, places: EvidencePlaces, since: float) -> list[Finding]:
    """What reached the edges, and what was learned. That something may not be read must not hide the result."""
    return [*_reached(case, after, places, since), *_learned(case, after)]


def _reached(case: Case, after: Directory, places: EvidencePlaces, since: float) -> list[Finding]:
    try:
        evidence = places.evidence(case.deployment, since)
    except CommandError as error:
        return [warning("arrivals", f"what reached the edges cannot be told: {error.text}")]
    return explain(after.controllers, evidence, failed=after.status is Status.FAILED)


def _learned(case: Case, after: Directory) -> list[Finding]:
    api, names = case.deployment.api, [client["name"] for client in case.clients.of(after.controllers)]
    try:
        return [one for name in names for one in learned(api.client_profile(name), after.controllers)]
    except CommandError as error:
        return [warning("learned", f"what was learned of the client cannot be told: {error.text}")]


def stop_at_problems(findings: Sequence[Finding], otherwise: str = "") -> None:
    found = problems_of(findings)
    if found:
        count = "one problem" if len(found) == 1 else f"{len(found)} problems"
        texts = "; ".join(one.text for one in found)
        raise CommandError("not-possible", f"{count}, nothing was changed: {texts}. Mend it{otherwise}", REFUSED)
