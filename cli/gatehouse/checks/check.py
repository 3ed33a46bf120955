"""A check, and running many of them beside one another, each for a limited time."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from gatehouse.aws.session import AwsError
from gatehouse.errors import REFUSED, CommandError
from gatehouse.findings import Finding, problem, warning


@dataclass(frozen=True, slots=True)
class Check:
    """``look`` may raise CommandError, which becomes a finding."""

    name: str
    look: Callable[[], Iterable[Finding]]


@dataclass(slots=True)
class _Running:
    check: Check
    findings: list[Finding] = field(default_factory=list)
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        # A daemon: whatever hangs in a system call must not keep the command from ending.
        self.thread = threading.Thread(target=self._look, name=self.check.name, daemon=True)
        self.thread.start()

    def _look(self) -> None:
        self.findings = list(_found(self.check))


def run_all(checks: Sequence[Check], seconds: float) -> Iterator[Finding]:
    """In the order of the checks. One that takes longer than ``seconds`` after its predecessor was waited for is given
    up and said to hang."""
    running = [_Running(check) for check in checks]
    for one in running:
        one.thread.join(seconds)
        if one.thread.is_alive():
            advice = "is something on the way silently dropping packets?"
            yield problem(one.check.name, f"{one.check.name}: no answer within {seconds:g} s", advice)
        else:
            yield from one.findings


def _found(check: Check) -> Iterator[Finding]:
    """What was found before an error counts."""
    try:
        yield from check.look()
    except AwsError as error:
        if error.status == REFUSED:  # we may not look: that says nothing about what is there
            yield warning(check.name, f"{check.name}: {error.text}", "docs/guides/connecting-a-directory.md, policy")
        else:
            yield problem(check.name, f"{check.name}: {error.text}")
    except CommandError as error:
        yield problem(check.name, f"{check.name}: {error.text}")
    except Exception as error:  # noqa: BLE001 -- one broken check must not hide the others
        yield problem(check.name, f"{check.name}: this should not happen ({type(error).__name__})")
