"""The options that several commands share, each described once."""

from typing import Annotated

import typer

Url = Annotated[
    str | None,
    typer.Option(
        "--enrollment-url",
        help="URL of the enrolment API (output EnrollmentApiUrl of the stack); or set GATEHOUSE_ENROLLMENT_URL.",
        metavar="URL",
    ),
]
Local = Annotated[
    bool, typer.Option("--local", help="Use the set-up that `make run` started here (.local/ready.json).")
]
Realm = Annotated[
    str | None,
    typer.Option("--realm", help="The realm, where the configuration has more than one.", metavar="REALM"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document; errors go to standard error as JSON.")]
UserName = Annotated[str, typer.Argument(help=r"Any spelling: alice, 'CORP\alice', alice@corp.example.test.")]
EnrollmentCode = Annotated[str, typer.Argument(metavar="CODE", help="The enrolment code from your administrator.")]
ValidMinutes = Annotated[
    int | None,
    typer.Option(
        "--valid-minutes",
        help="How long an enrolment code works (default 24 hours, at most 7 days).",
        min=1,
        max=7 * 24 * 60,
        metavar="MINUTES",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")]
