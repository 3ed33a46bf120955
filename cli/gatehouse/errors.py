"""The one error of the command: a sentence for the person at the terminal, a code for scripts, an exit status."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

REFUSED: Final = 1  # the server decided against it
FAILED: Final = 2  # nothing was decided: wrong use, no connection, no answer


@dataclass(frozen=True, slots=True)
class Finding:
    """One of several mistakes. ``path`` is a JSON Pointer into the document; ``file`` and ``line`` where it stands."""

    path: str
    text: str
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.file else self.path or "the document"
        return f"{place}: {self.text}"


class CommandError(Exception):
    """Raised wherever the command cannot go on. It is printed as one line, never as a traceback; ``findings``, where
    there are several things to say, on a line each before it. ``facts`` are for scripts, further fields of the JSON."""

    def __init__(
        self,
        code: str,
        text: str,
        status: int = FAILED,
        findings: Sequence[Finding] = (),
        facts: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.status = status
        self.findings = tuple(findings)
        self.facts = dict(facts or {})
