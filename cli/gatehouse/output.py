"""Printing: a result on standard output, an error as one line on standard error; both as JSON where asked.

What a server sent is printed without control characters: a name must not be able to move the cursor.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime

from gatehouse.errors import CommandError


def printable(text: str) -> str:
    """The text on one line, every character that does not print written as an escape."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)


def show(rows: Iterable[tuple[str, str]]) -> None:
    """Labels and values in two columns."""
    lines = list(rows)
    width = max((len(label) for label, _ in lines), default=0)
    for label, value in lines:
        print(f"{label:<{width}}  {printable(value)}")


def show_json(document: Mapping[str, object]) -> None:
    print(json.dumps(document, indent=2))


def show_error(error: CommandError, *, as_json: bool) -> None:
    if as_json:
        document: dict[str, object] = {"code": error.code, "message": error.text, **error.facts}
        if error.findings:
            document["findings"] = [asdict(finding) for finding in error.findings]
        print(json.dumps({"error": document}), file=sys.stderr)
        return
    for finding in error.findings:
        print(printable(str(finding)), file=sys.stderr)
    print(f"gatehouse: {printable(error.text)}", file=sys.stderr)


def moment(unix_seconds: object) -> str:
    """A time as people write it; "never" for none."""
    if not isinstance(unix_seconds, int):
        return "never"
    return f"{datetime.fromtimestamp(unix_seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
