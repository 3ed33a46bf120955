"""The options of the commands about a directory, each described once."""

import re
from pathlib import Path
from typing import Annotated, Final

import typer

from gatehouse.directory_case import DEFAULT_PORT, DEFAULT_STACK, STACK_VARIABLE
from gatehouse.errors import CommandError
from gatehouse.output import printable

_ID: Final = re.compile(r"d-[0-9a-f]{10}")  # AWS's own rule
DIRECTORY_SECRET: Final = "GATEHOUSE_DIRECTORY_SECRET"  # noqa: S105 -- the name of a variable, not a secret
NEW_SECRET: Final = "GATEHOUSE_NEW_DIRECTORY_SECRET"  # noqa: S105 -- as above


def _checked_id(text: str) -> str:
    """Before anybody is asked for credentials."""
    if not _ID.fullmatch(text):
        words = f"{printable(text)!r} is no id such as d-1234567890; `aws ds describe-directories` lists them"
        raise CommandError("bad-directory", words)
    return text


DirectoryId = Annotated[
    str,
    typer.Argument(metavar="DIRECTORY", help="The directory's id, such as d-1234567890.", callback=_checked_id),
]
StackName = Annotated[
    str | None,
    typer.Option(
        "--stack",
        help=f"The stack, whose outputs name API and edges (default {DEFAULT_STACK}); or set {STACK_VARIABLE}.",
        metavar="NAME",
    ),
]
Edges = Annotated[
    list[str] | None,
    typer.Option(
        "--edge", help="Address of an edge, for each; the stack's RadiusAddresses if omitted.", metavar="ADDRESS"
    ),
]
Port = Annotated[
    int | None,
    typer.Option(help=f"The edges' authentication port (default: the stack's, else {DEFAULT_PORT}).", metavar="PORT"),
]
Protocol = Annotated[
    str | None,
    typer.Option(help="PAP, CHAP, MS-CHAPv1 or MS-CHAPv2 (default: as it is, else PAP).", metavar="PROTOCOL"),
]
SecretFile = Annotated[
    Path | None,
    typer.Option("--secret-from-file", help=f"File with the shared secret; or set {DIRECTORY_SECRET}.", metavar="FILE"),
]
NewSecretFile = Annotated[
    Path | None,
    typer.Option(
        "--new-secret-from-file", help=f"File with the new shared secret; or set {NEW_SECRET}.", metavar="FILE"
    ),
]
Source = Annotated[
    str | None, typer.Option("--from", help="Address of this machine to ask the edges from.", metavar="IP")
]
WithoutProof = Annotated[
    bool, typer.Option("--without-proof", help="Go on though it could not be proved from here that the edges answer.")
]
LeaveGroup = Annotated[bool, typer.Option("--leave-security-group", help="Do not open the directory's security group.")]
Again = Annotated[bool, typer.Option("--again", help="Send the settings though the directory has the same.")]
WaitMinutes = Annotated[
    float, typer.Option("--wait-minutes", help="How long to wait for the directory.", min=0, max=120)
]
EdgeLogGroup = Annotated[
    str | None,
    typer.Option(help="Log group of the edges (default: /gatehouse/STACK/edge).", metavar="NAME"),
]
EdgeLog = Annotated[
    Path | None, typer.Option(help="A file with an edge's log, where it is not in CloudWatch.", metavar="FILE")
]
Minutes = Annotated[
    int, typer.Option(help="How many minutes back to look for what reached the edges.", min=1, max=1440)
]
