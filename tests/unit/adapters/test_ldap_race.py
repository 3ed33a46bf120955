"""The race between controllers, with lanes that never touch a network."""

import time
from collections.abc import Callable

import pytest

from mfa.adapters.ldap import race as race_module
from mfa.adapters.ldap.channel import Channel
from mfa.adapters.ldap.faults import ControllerFaultError, ServiceAccountRefusedError, TooLateError
from mfa.adapters.ldap.race import race
from mfa.contract.directory import DomainController

FIRST, SECOND, THIRD = (DomainController(host=f"dc{number}") for number in (1, 2, 3))


class Course:
    """Who was connected and asked, and what becomes of it: a function per controller and step."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.connecting: dict[str, Callable[[], None]] = {}
        self.asking: dict[str, Callable[[], None]] = {}

    def run(self, *controllers: DomainController, seconds: float = 5.0, patience: float = 0.2) -> tuple[str, str]:
        winner, answer = race(controllers, self.connect, self.ask, time.monotonic() + seconds, patience=patience)
        return winner.host, answer

    def connect(self, controller: DomainController) -> Channel:
        self.events.append(f"connect {controller.host}")
        self.connecting.get(controller.host, _nothing)()
        return _Nowhere()

    def ask(self, controller: DomainController, _channel: Channel) -> str:
        self.events.append(f"ask {controller.host}")
        self.asking.get(controller.host, _nothing)()
        return f"answer of {controller.host}"


class _Nowhere(Channel):
    def __init__(self) -> None:
        self.deadline = 0.0

    def close(self) -> None: ...

    def interrupt(self) -> None: ...


def _nothing() -> None: ...


def fault() -> None:
    raise ControllerFaultError("broken")


@pytest.fixture
def course() -> Course:
    return Course()


@pytest.fixture
def stuck() -> "Callable[[], None]":
    """Longer than any test waits. The threads are daemons."""
    return lambda: time.sleep(10)


def test_a_well_controller_is_asked_alone(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(race_module, "HEAD_START_SECONDS", 60.0)
    assert course.run(FIRST, SECOND, patience=60.0) == ("dc1", "answer of dc1")
    assert course.events == ["connect dc1", "ask dc1"]


def test_one_that_does_not_connect_loses_its_head_start(course: Course, stuck: Callable[[], None]) -> None:
    course.connecting["dc1"] = stuck
    assert course.run(FIRST, SECOND)[0] == "dc2"
    assert course.events == ["connect dc1", "connect dc2", "ask dc2"]


def test_one_that_fails_is_followed_at_once(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(race_module, "HEAD_START_SECONDS", 60.0)
    course.connecting |= {"dc1": fault, "dc2": fault}
    assert course.run(FIRST, SECOND, THIRD)[0] == "dc3"


def test_one_that_fails_while_asked_is_followed_at_once(course: Course) -> None:
    course.asking["dc1"] = fault
    assert course.run(FIRST, SECOND, patience=60.0)[0] == "dc2"


def test_one_that_is_slow_to_answer_is_joined_by_the_next_and_may_still_win(course: Course) -> None:
    course.asking["dc1"] = lambda: time.sleep(0.6)
    course.asking["dc2"] = lambda: time.sleep(3.0)
    assert course.run(FIRST, SECOND)[0] == "dc1"
    assert course.events == ["connect dc1", "ask dc1", "connect dc2", "ask dc2"]


def test_one_that_is_ready_late_is_not_asked_as_long_as_another_is(course: Course) -> None:
    course.connecting["dc1"] = lambda: time.sleep(0.2)
    course.asking["dc2"] = lambda: time.sleep(0.3)
    assert course.run(FIRST, SECOND, patience=60.0)[0] == "dc2"
    assert "ask dc1" not in course.events


def test_when_all_fail_each_is_named_with_its_fault(course: Course) -> None:
    course.connecting["dc1"] = fault

    def unforeseen() -> None:
        raise ZeroDivisionError

    course.asking["dc2"] = unforeseen
    with pytest.raises(ControllerFaultError, match=r"^dc1: broken; dc2: ZeroDivisionError at test_ldap_race.py:\d+$"):
        course.run(FIRST, SECOND)


def test_a_refused_service_account_ends_the_race(course: Course) -> None:
    def refused() -> None:
        raise ServiceAccountRefusedError("no")

    course.asking["dc1"] = refused
    with pytest.raises(ServiceAccountRefusedError):
        course.run(FIRST, SECOND)
    assert "connect dc2" not in course.events


def test_the_deadline_ends_it_and_says_who_was_silent(course: Course, stuck: Callable[[], None]) -> None:
    course.connecting |= {"dc1": stuck, "dc2": stuck}
    with pytest.raises(TooLateError, match="dc1: no answer in time; dc2: no answer in time"):
        course.run(FIRST, SECOND, seconds=0.3)
