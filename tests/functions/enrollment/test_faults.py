"""Faults of ours are answered with 500 and recorded; what the request said is in neither."""

from collections.abc import Mapping
from dataclasses import replace

from enrollment.app import create_app
from mfa.adapters.faults import fault_report
from mfa.errors import UnavailableError
from tests.fakes.clock import FakeClock
from tests.functions.enrollment.world import Answer, World, real_event


class RecordingLog:
    def __init__(self) -> None:
        self.lines: list[Mapping[str, object]] = []

    def error(self, message: str, /, *, extra: Mapping[str, object]) -> None:
        self.lines.append({"message": message, **extra})


class BrokenClock(FakeClock):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def now(self) -> float:
        raise self._error


def ask_broken(world: World, error: Exception) -> tuple[Answer, RecordingLog]:
    log = RecordingLog()
    sessions = replace(world.services.sessions, clock=BrokenClock(error))
    world.app = create_app(replace(world.services, sessions=sessions), fault_report(log))
    return world.send(real_event("redeem_code.json")), log


def test_a_foreign_error_is_recorded_by_kind_and_place_but_not_quoted(world: World) -> None:
    """THREATS F6: int("…") and its like quote what they could not read."""
    answered, log = ask_broken(world, ValueError("7K3M-Q0XZ-9TBD-4HWE"))
    assert (answered.status, answered.code) == (500, "internal-fault")
    (line,) = log.lines
    assert (line["message"], line["error"], line["text"]) == ("request failed", "ValueError", None)
    assert any("redeem" in str(place) for place in list(line["where"]))  # type: ignore[call-overload] # a list of places
    assert "7K3M" not in answered.body + repr(log.lines)


def test_our_own_error_is_recorded_with_its_text_and_not_shown_to_the_caller(world: World) -> None:
    answered, log = ask_broken(world, UnavailableError("DynamoDB did not do it: ThrottlingException"))
    assert (answered.status, answered.code) == (503, "unavailable")
    assert log.lines[0]["text"] == "DynamoDB did not do it: ThrottlingException"
    assert "DynamoDB" not in answered.body
