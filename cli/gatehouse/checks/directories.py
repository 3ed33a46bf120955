"""The directories that ask the edges: whether AWS says that their RADIUS settings work."""

from collections.abc import Collection, Iterator

from gatehouse.aws.directory_service import DirectoryService
from gatehouse.directories.clients import Clients
from gatehouse.directories.directory import Directory, Status
from gatehouse.findings import Finding, ok, problem, warning


def directories(service: DirectoryService, configured: Clients, edges: Collection[str]) -> Iterator[Finding]:
    """Those that ask an edge of ours, or whose controllers are a RADIUS client here. Others are nobody's business."""
    ours = [one for one in service.all() if _is_ours(one, configured, edges)]
    for directory in ours:
        yield _judged(directory)
    if not ours:
        yield ok("directories", "no AWS directory of this account and region asks these edges")


def _is_ours(directory: Directory, configured: Clients, edges: Collection[str]) -> bool:
    asks = directory.radius is not None and not set(directory.radius.servers).isdisjoint(edges)
    return asks or bool(configured.of(directory.controllers))


def _judged(directory: Directory) -> Finding:
    advice = f"gatehouse directory status {directory.id}"
    match directory.status:
        case Status.COMPLETED:
            return ok("directories", f"{directory.id} {directory.name}: RADIUS is Completed")
        case Status.CREATING:
            return warning("directories", f"{directory.id}: RADIUS is Creating, and nobody can log in", advice)
        case Status.FAILED:
            return problem("directories", f"{directory.id}: RADIUS is Failed", advice)
        case _:
            text = f"{directory.id}: RADIUS is not enabled: nobody is asked for a second factor"
            return problem("directories", text, f"gatehouse directory connect {directory.id}")
