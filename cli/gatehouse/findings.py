"""What was found when something was looked at: how good it is, what it is, and what to do about it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final

from gatehouse.output import printable


class Grade(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """``advice`` says what to do; empty where there is nothing to do."""

    check: str
    grade: Grade
    text: str
    advice: str = ""


_MARKS: Final[Mapping[Grade, str]] = {Grade.OK: "ok     ", Grade.WARNING: "warning", Grade.PROBLEM: "PROBLEM"}


def ok(check: str, text: str) -> Finding:
    return Finding(check=check, grade=Grade.OK, text=text)


def warning(check: str, text: str, advice: str = "") -> Finding:
    return Finding(check=check, grade=Grade.WARNING, text=text, advice=advice)


def problem(check: str, text: str, advice: str = "") -> Finding:
    return Finding(check=check, grade=Grade.PROBLEM, text=text, advice=advice)


def problems_of(findings: Iterable[Finding]) -> list[Finding]:
    return [one for one in findings if one.grade is Grade.PROBLEM]


def show_findings(findings: Sequence[Finding]) -> None:
    for finding in findings:
        print(f"{_MARKS[finding.grade]}  {printable(finding.text)}")
        if finding.advice:
            print(f"         -> {printable(finding.advice)}")


def as_documents(findings: Iterable[Finding]) -> list[dict[str, str]]:
    return [asdict(finding) for finding in findings]
