"""What a schedule calls every minute: one login through an edge. The event says nothing."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from mfa.canary_ports import CanaryReport

type Event = Mapping[str, Any]
type Lambda = Callable[[Event, Any], dict[str, object]]
type FaultReport = Callable[[BaseException], None]


class Canary(Protocol):
    def sing(self) -> CanaryReport: ...


class CanaryBrokenError(Exception):
    """Raised if the canary itself is at fault. What it was stands in the function's log."""


def create_app(canary: Canary, report_fault: FaultReport) -> Lambda:
    def lambda_handler(_event: Event, _context: Any) -> dict[str, object]:  # noqa: ANN401 -- the runtime's own type
        try:
            report = canary.sing()
        except Exception as error:  # noqa: BLE001 -- its text could quote a secret
            report_fault(error)
            raise CanaryBrokenError("the canary could not try; its log tells why") from None
        return {"passed": report.fault is None, "fault": report.fault}

    return lambda_handler
