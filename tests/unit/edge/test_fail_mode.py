"""Accept while the backend is unreachable: every condition of it, and everything that must not count."""

import asyncio
import time
from collections.abc import Callable
from email.utils import formatdate

import pytest

from mfa.contract import LoginRequest, LoginResponse, MessageAuthenticatorState, Outcome, PapCredential
from mfa.contract.credentials import MsChap2Credential
from radius_edge import fail_mode
from radius_edge.fail_mode import OUTAGE_SECONDS, PING_PAUSE_SECONDS, PINGS, FailMode, Outage
from radius_edge.gateway.faults import Fault
from radius_edge.gateway.server_clock import ServerClock

UNTIL = 2_000_000_000
DOWN = Fault.UNREACHABLE


def request(client: str = "corp", **changes: object) -> LoginRequest:
    members: dict[str, object] = {
        "login_id": bytes(16),
        "nonce": bytes(range(16)),
        "client": client,
        "config_revision": "1",
        "source_ip": "127.0.0.1",
        "message_authenticator": MessageAuthenticatorState.VALID,
        "nas": {},
        "username": "alice",
        "credential": PapCredential("password-canary"),
        "deadline_ms": 1000,
        **changes,
    }
    return LoginRequest(**members)  # type: ignore[arg-type]


class Scene:
    """A fail mode for the client corp, with scripted pings and a clock that the pause between them moves."""

    def __init__(self, *pings: Fault | Exception | None, until: int = UNTIL) -> None:
        self.pings = list(pings)
        self.sent = 0
        self.now = 1000.0
        self.unix = UNTIL - 1.0
        self.alarms: list[tuple[str, dict[str, object]]] = []
        self.mode = FailMode(self._ping, self._alarm, lambda: self.now, lambda: self.unix)
        self.mode.allowed = {"corp": until}

    async def _ping(self) -> Fault | None:
        self.sent += 1
        if not self.pings:
            await asyncio.sleep(3600)
        ping = self.pings.pop(0)
        if isinstance(ping, Exception):
            raise ping
        return ping

    def _alarm(self, reason: str, **fields: object) -> None:
        self.alarms.append((reason, fields))

    def reasons(self) -> list[str]:
        return [reason for reason, _ in self.alarms]

    def play(self, monkeypatch: pytest.MonkeyPatch, then: Callable[[], None], fault: Fault = DOWN) -> None:
        """A login fails, all pings are sent, then ``then``."""
        real_sleep = asyncio.sleep

        async def pause(seconds: float) -> None:
            if seconds == PING_PAUSE_SECONDS:
                self.now += seconds
                await real_sleep(0)
            else:
                await real_sleep(seconds)

        monkeypatch.setattr(fail_mode.asyncio, "sleep", pause)

        async def scene() -> None:
            assert self.answer(fault) is fault, "the first failure is never an Accept"
            for _ in range(50):
                await real_sleep(0)
            then()
            self.mode.close()

        asyncio.run(scene())

    def answer(self, *faults: Fault, **changes: object) -> LoginResponse | Fault:
        """What becomes of a login whose attempts end so, as the gateway tells it; ``never asked`` is no attempt."""
        end = (faults or (DOWN,))[-1]
        attempts = tuple(fault for fault in faults or (DOWN,) if fault is not Fault.NEVER_ASKED)
        for fault in attempts:
            self.mode.attempt_ended(fault)
        return self.mode.instead_of(end, attempts, request(**changes))  # type: ignore[arg-type]


def accepted(answer: LoginResponse | Fault) -> bool:
    return isinstance(answer, LoginResponse) and answer.outcome is Outcome.ACCEPT and answer.answers(request())


@pytest.mark.parametrize("evidence", [Fault.UNREACHABLE, Fault.FAILED])
@pytest.mark.parametrize("fault", [Fault.UNREACHABLE, Fault.FAILED, Fault.NEVER_ASKED])
def test_three_failed_pings_over_fifteen_seconds_and_a_failed_login_are_an_accept_with_an_alarm(
    monkeypatch: pytest.MonkeyPatch, evidence: Fault, fault: Fault
) -> None:
    scene = Scene(*[evidence] * PINGS)

    def then() -> None:
        assert scene.mode.outage
        assert accepted(scene.answer(fault))
        assert accepted(scene.answer(fault))

    scene.play(monkeypatch, then)
    assert scene.reasons() == ["fail_mode_began"] + ["accepted_without_second_factor"] * 2
    assert scene.alarms[1][1] == {
        "client": "corp",
        "user_name": "alice",
        "login_id": "AAAAAAAAAAAAAAAAAAAAAA",
        "fault": fault,
    }
    assert "password-canary" not in repr(scene.alarms)


def test_two_failed_pings_are_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(*[DOWN] * (PINGS - 1))
    scene.play(monkeypatch, lambda: _assert_rejects(scene))


def test_many_failed_pings_in_less_than_fifteen_seconds_are_not_enough() -> None:
    outage = Outage()
    for number in range(100):
        outage.ping_failed(1000 + number * (OUTAGE_SECONDS - 0.01) / 99)
    assert not outage.confirmed
    outage.ping_failed(1000 + OUTAGE_SECONDS)
    assert outage.confirmed


@pytest.mark.parametrize(
    "other",
    [
        Fault.NOT_AUTHORISED,
        Fault.THROTTLED,
        Fault.BAD_ANSWER,
        Fault.TIMEOUT,
        Fault.LOST,
        Fault.NOT_TRUSTED,
        Fault.NO_CREDENTIALS,
        Fault.LOCAL,
        None,
    ],
)
@pytest.mark.parametrize("at", range(PINGS))
def test_any_other_end_of_a_ping_begins_the_count_anew(
    monkeypatch: pytest.MonkeyPatch, other: Fault | None, at: int
) -> None:
    pings: list[Fault | None] = [DOWN] * PINGS
    pings[at] = other
    scene = Scene(*pings)
    scene.play(monkeypatch, lambda: _assert_rejects(scene))


@pytest.mark.parametrize(
    "fault",
    [
        Fault.NOT_AUTHORISED,
        Fault.THROTTLED,
        Fault.BAD_ANSWER,
        Fault.TIMEOUT,
        Fault.LOST,
        Fault.NOT_TRUSTED,
        Fault.NO_CREDENTIALS,
    ],
)
def test_in_an_outage_a_login_that_failed_in_another_way_is_a_reject(
    monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    scene = Scene(*[DOWN] * PINGS)

    def then() -> None:
        assert scene.answer(fault) is fault

    scene.play(monkeypatch, then)
    assert "accepted_without_second_factor" not in scene.reasons()


@pytest.mark.parametrize(
    "fault",
    [
        Fault.NOT_AUTHORISED,
        Fault.THROTTLED,
        Fault.BAD_ANSWER,
        Fault.NOT_TRUSTED,
        Fault.LOST,
        Fault.TIMEOUT,
    ],
)
def test_a_login_that_shows_that_somebody_is_there_ends_the_outage(
    monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    scene = Scene(*[DOWN] * PINGS)

    def then() -> None:
        scene.answer(fault)
        _assert_rejects(scene)

    scene.play(monkeypatch, then)
    assert scene.reasons() == ["fail_mode_began", "fail_mode_ended"]


@pytest.mark.parametrize(
    "faults",
    [
        (Fault.THROTTLED, Fault.FAILED),
        (Fault.LOST, Fault.FAILED),
        (Fault.TIMEOUT, Fault.UNREACHABLE),
        (Fault.NOT_TRUSTED, Fault.FAILED),
        (Fault.THROTTLED, Fault.NEVER_ASKED),
        (Fault.FAILED, Fault.NEVER_ASKED),
        (Fault.LOCAL, Fault.UNREACHABLE),
        (Fault.FAILED, Fault.LOCAL),
        (Fault.LOCAL,),
    ],
)
def test_one_attempt_that_is_no_evidence_makes_a_login_a_reject(
    monkeypatch: pytest.MonkeyPatch, faults: tuple[Fault, ...]
) -> None:
    scene = Scene(*[DOWN] * PINGS)

    def then() -> None:
        assert scene.mode.outage
        assert scene.answer(*faults) is faults[-1]

    scene.play(monkeypatch, then)
    assert "accepted_without_second_factor" not in scene.reasons()


@pytest.mark.parametrize("other", [Fault.THROTTLED, Fault.LOST, Fault.TIMEOUT, Fault.NOT_TRUSTED])
def test_an_earlier_attempt_forbids_an_accept_even_if_the_outage_has_been_confirmed_again_since(
    monkeypatch: pytest.MonkeyPatch, other: Fault
) -> None:
    scene = Scene(*[DOWN] * PINGS)

    def then() -> None:
        assert scene.mode.outage
        for end in (Fault.UNREACHABLE, Fault.FAILED, Fault.NEVER_ASKED):
            attempts = (other,) if end is Fault.NEVER_ASKED else (other, end)
            assert scene.mode.instead_of(end, attempts, request()) is end

    scene.play(monkeypatch, then)


def test_two_attempts_that_are_evidence_are_an_accept(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(*[DOWN] * PINGS)

    def then() -> None:
        assert accepted(scene.answer(Fault.FAILED, Fault.FAILED))
        assert accepted(scene.answer(Fault.UNREACHABLE, Fault.UNREACHABLE))
        assert accepted(scene.answer(Fault.UNREACHABLE, Fault.FAILED))

    scene.play(monkeypatch, then)


def test_an_answer_to_any_question_ends_the_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(*[DOWN] * PINGS)

    def then() -> None:
        scene.mode.attempt_ended(None)
        _assert_rejects(scene)

    scene.play(monkeypatch, then)
    assert scene.reasons() == ["fail_mode_began", "fail_mode_ended"]


def test_a_fault_of_the_edge_itself_neither_confirms_nor_ends_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(*[DOWN] * PINGS)

    def then() -> None:
        assert scene.answer(Fault.LOCAL) is Fault.LOCAL
        assert scene.mode.outage

    scene.play(monkeypatch, then)
    _assert_never_confirmed(monkeypatch, Fault.LOCAL)


def _assert_never_confirmed(monkeypatch: pytest.MonkeyPatch, ping: Fault) -> None:
    scene = Scene(ping, *[DOWN] * (PINGS - 1))
    scene.play(monkeypatch, lambda: _assert_rejects(scene))


def test_a_wrong_correction_of_the_clock_never_puts_off_the_end_of_a_permission() -> None:
    clock = ServerClock()
    assert clock.learn(formatdate(time.time() - 40 * 86_400, usegmt=True))
    assert clock.now() < time.time() - 39 * 86_400
    assert clock.latest() >= int(time.time())
    assert clock.learn(formatdate(time.time() + 40 * 86_400, usegmt=True))
    assert clock.latest() > time.time() + 39 * 86_400


def test_a_ping_that_succeeds_ends_the_outage_with_an_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(*[DOWN] * PINGS, None)
    scene.play(monkeypatch, lambda: _assert_rejects(scene))
    assert scene.reasons() == ["fail_mode_began", "fail_mode_ended"]


def test_an_error_of_ours_while_pinging_ends_the_outage_and_the_next_failure_begins_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Scene(*[DOWN] * PINGS, RuntimeError("canary"))
    scene.play(monkeypatch, lambda: _assert_rejects(scene))
    assert scene.reasons() == ["fail_mode_began", "fail_mode_broken", "fail_mode_ended"]
    assert "canary" not in repr(scene.alarms)


def test_after_the_date_nothing_is_accepted_and_no_ping_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(*[DOWN] * PINGS)

    def then() -> None:
        scene.unix = UNTIL
        assert scene.answer() is DOWN

    scene.play(monkeypatch, then)
    late = Scene(*[DOWN] * PINGS, until=UNTIL - 1)
    late.play(monkeypatch, lambda: _assert_rejects(late))
    assert late.sent == 0


def test_another_client_is_never_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(*[DOWN] * PINGS)

    def then() -> None:
        assert scene.answer(client="other") is DOWN

    scene.play(monkeypatch, then)


def test_ms_chap_v2_is_never_accepted_because_the_edge_cannot_prove_the_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Scene(*[DOWN] * PINGS)
    credential = MsChap2Credential(authenticator_challenge=bytes(16), peer_challenge=bytes(16), response=bytes(24))

    def then() -> None:
        assert scene.answer(credential=credential) is DOWN

    scene.play(monkeypatch, then)


def _assert_rejects(scene: Scene) -> None:
    assert not scene.mode.outage
    assert scene.answer() is DOWN
