"""Controllers that hang, refuse or vanish: the next one is asked, quickly, until the password was sent."""

import socket
import ssl
import time

import pytest

from mfa.adapters.ldap import directory, race
from mfa.contract.directory import DirectoryResult
from tests.fakes.ldap_server import Controller, Step
from tests.integration.ldap.conftest import HOSTS, Asker, Start

pytestmark = pytest.mark.integration


def timed(ask: Asker, *controllers: Controller, seconds: float = 5.0) -> tuple[DirectoryResult, str | None, float]:
    started = time.monotonic()
    answer = ask(*controllers, seconds=seconds)
    return answer.result, answer.controller, time.monotonic() - started


@pytest.mark.parametrize("step", [Step.CONNECTED, Step.SERVICE_BIND, Step.SEARCH])
@pytest.mark.parametrize("fault", ["halt", "hang_up"])
def test_a_first_controller_that_breaks_before_the_bind_costs_less_than_a_second(
    start: Start, ask: Asker, step: Step, fault: str
) -> None:
    first, second = start(**{fault: step}), start()
    result, controller, took = timed(ask, first, second)
    assert (result, controller) == (DirectoryResult.PASSWORD_RIGHT, HOSTS[1])
    assert took < 1.0
    assert (len(first.user_binds), len(second.user_binds)) == (0, 1)


@pytest.mark.parametrize("fault", ["halt", "hang_up"])
def test_a_controller_that_breaks_between_search_and_bind_is_left(start: Start, ask: Asker, fault: str) -> None:
    """The account is looked for once more: the count of wrong passwords is another at each controller."""
    first, second = start(**{fault: Step.USER_CONNECTED}), start()
    result, controller, took = timed(ask, first, second)
    assert (result, controller) == (DirectoryResult.PASSWORD_RIGHT, HOSTS[1])
    assert took < 2.0
    assert (len(first.user_binds), len(second.user_binds)) == (0, 1)


def test_a_port_that_nobody_listens_on_is_passed_over_at_once(start: Start, ask: Asker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = Controller(certificate=start().certificate, port=taken.getsockname()[1])
    result, controller, took = timed(ask, nobody, start())
    assert (result, controller) == (DirectoryResult.PASSWORD_RIGHT, HOSTS[1])
    assert took < 1.0


def test_two_hung_controllers_leave_the_third(start: Start, ask: Asker) -> None:
    hung = [start(halt=Step.CONNECTED), start(halt=Step.SEARCH)]
    result, controller, took = timed(ask, *hung, start())
    assert (result, controller) == (DirectoryResult.PASSWORD_RIGHT, HOSTS[2])
    assert took < 1.5


def test_as_long_as_the_first_controller_is_well_the_second_hears_nothing(
    start: Start, ask: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(race, "HEAD_START_SECONDS", 60.0)  # a busy machine is no ill controller
    monkeypatch.setattr(directory, "PATIENCE_SECONDS", 60.0)
    first, second = start(), start()
    for _ in range(5):
        assert timed(ask, first, second)[1] == HOSTS[0]
    assert second.connections == 0


def test_a_slow_controller_is_still_listened_to_when_the_others_are_dead(start: Start, ask: Asker) -> None:
    slow, hung = start(delay=0.3), start(halt=Step.CONNECTED)
    result, controller, _took = timed(ask, slow, hung)
    assert (result, controller) == (DirectoryResult.PASSWORD_RIGHT, HOSTS[0])


def test_the_bind_goes_out_once_although_two_controllers_were_asked(start: Start, ask: Asker) -> None:
    slow, quick = start(delay=0.5), start()
    result, controller, _took = timed(ask, slow, quick)
    assert (result, controller) == (DirectoryResult.PASSWORD_RIGHT, HOSTS[1])
    time.sleep(0.2)  # whatever the slow one might still be sent
    assert (len(slow.user_binds), len(quick.user_binds)) == (0, 1)


@pytest.mark.parametrize("step", [Step.CONNECTED, Step.SERVICE_BIND, Step.SEARCH, Step.USER_CONNECTED, Step.USER_BIND])
def test_when_everything_hangs_the_answer_is_there_by_the_deadline(start: Start, ask: Asker, step: Step) -> None:
    result, _controller, took = timed(ask, start(halt=step), start(halt=step), seconds=0.8)
    assert result is DirectoryResult.UNAVAILABLE
    assert 0.5 < took < 2.0


@pytest.mark.parametrize("connection", [1, 2], ids=["service bind", "user's bind"])
def test_an_answer_that_never_ends_is_cut_off(start: Start, ask: Asker, connection: int) -> None:
    """An octet now and then would keep any limit of a single read from ever being reached."""
    controller = start()
    answer_well = controller._answer

    def dribble(tls: ssl.SSLSocket, message: bytes, number: int) -> None:
        if number != connection:
            answer_well(tls, message, number)
            return
        for octet in b"\x30\x84\x7f\xff\xff\xff" * 20:
            tls.sendall(bytes((octet,)))
            time.sleep(0.05)

    controller._answer = dribble  # type: ignore[method-assign]
    result, _controller, took = timed(ask, controller, seconds=1.0)
    assert result is DirectoryResult.UNAVAILABLE
    assert took < 2.0


@pytest.mark.parametrize(
    "garbage", [b"\x00", b"0" * 64, b"\x30\x05\x02\x01\x02\x61\x00", b"\x30\x80\x00\x00", bytes(2000)]
)
def test_garbage_is_unavailable(start: Start, ask: Asker, garbage: bytes) -> None:
    controller = start()
    controller._answer = lambda tls, message, number: tls.sendall(garbage)  # type: ignore[method-assign]
    result, _controller, _took = timed(ask, controller, seconds=0.6)
    assert result is DirectoryResult.UNAVAILABLE
