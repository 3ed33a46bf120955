"""How a directory is shown to a person and to a script, and what its status is worth as an exit status."""

from typing import Any

from gatehouse.directories.directory import Directory, Status
from gatehouse.directories.radius_settings import command_to_return_to
from gatehouse.errors import FAILED, REFUSED
from gatehouse.output import show


def show_directory(directory: Directory) -> None:
    radius = directory.radius
    rows = [
        ("Directory", f"{directory.id} {directory.name} ({directory.kind}, {directory.stage})"),
        ("Controllers", ", ".join(directory.controllers) or "none"),
        ("RADIUS", "not enabled" if radius is None else str(directory.status or "unknown")),
    ]
    if radius is not None:
        rows += [
            ("Servers", ", ".join(radius.servers)),
            ("Settings", f"port {radius.port}, {radius.timeout} s, {radius.retries} retries, {radius.protocol}"),
        ]
    show(rows)


def tell_way_back(directory: Directory) -> None:
    """``directory`` as it was before."""
    if directory.radius is not None:
        print("To return to the former settings, with the former secret in FORMER_SECRET:")
        print(f"  {command_to_return_to(directory.id, directory.radius)}")


def exit_status(after: Directory) -> int:
    match after.status:
        case Status.COMPLETED:
            return 0
        case Status.FAILED:
            return REFUSED
        case _:
            return FAILED


def directory_document(directory: Directory) -> dict[str, Any]:
    radius = directory.radius
    return {
        "directory": directory.id,
        "kind": directory.kind,
        "controllers": list(directory.controllers),
        "status": directory.status,
        "servers": [] if radius is None else list(radius.servers),
    }
