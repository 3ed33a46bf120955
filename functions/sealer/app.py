"""What a schedule calls every minute: whatever is over and not sealed is sealed. The event says nothing."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from mfa.services.sealing import SealReport

type Event = Mapping[str, Any]
type Lambda = Callable[[Event, Any], dict[str, object]]
type FaultReport = Callable[[BaseException], None]


class Seals(Protocol):
    def seal(self) -> SealReport: ...


class SealLog(Protocol):
    def sealed(self, report: SealReport) -> None: ...


class SealingFailedError(Exception):
    """Raised instead of any other error. What it was stands in the function's log."""


def create_app(seals: Seals, log: SealLog, report_fault: FaultReport) -> Lambda:
    def lambda_handler(_event: Event, _context: Any) -> dict[str, object]:  # noqa: ANN401 -- the runtime's own type
        try:
            report = seals.seal()
        except Exception as error:  # noqa: BLE001 -- an alarm counts the failed runs
            report_fault(error)
            raise SealingFailedError("nothing more was sealed; the function's log tells why") from None
        log.sealed(report)
        return {"sealed": report.sealed, "behind": report.behind}

    return lambda_handler
