"""Any history of packets, copies, crashes and pauses, in any password mode: the promises hold at each of its points."""

from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mfa.contract import LoginRequest
from mfa.contract.login import Outcome
from mfa.domain.configuration import ClientMode, ClientPolicy
from mfa.domain.directory import PASSWORD_TRIES_WINDOW_SECONDS
from mfa.domain.login_replay import MAX_REPLAY_WINDOW_SECONDS
from mfa.domain.reasons import RejectReason
from tests.fakes.mode_world import BUDGET, PASSWORD, ModeWorld, allow_unenrolled, exemption, vpn

# Answers that decide nothing: the same packet may come to something else when it comes again.
UNDECIDED = {RejectReason.UNAVAILABLE, RejectReason.TOO_LATE, RejectReason.REPLAY_EXPIRED}
CALLS = (
    "logins.reserve", "logins.link", "logins.claim", "logins.accept", "logins.reject", "logins.challenge",
    "logins.read", "challenges.put", "password_tries.reserve", "password_tries.settle", "password_tries.read",
)  # fmt: skip
POLICIES: dict[str, ClientPolicy] = {
    "joined": vpn(ClientMode.PASSWORD_AND_FACTOR),
    "challenge": vpn(ClientMode.CHALLENGE),
    "exempt": vpn(ClientMode.PASSWORD_THEN_FACTOR),
    "stranger": vpn(ClientMode.PASSWORD_THEN_FACTOR, unenrolled=allow_unenrolled(2**33)),
}


class CrashError(BaseException):
    pass


def is_wrong(packet: int) -> bool:
    return packet % 3 != 0


class History:
    """Packets of one user, by number; each has one text for ever."""

    def __init__(self, course: str) -> None:
        self.course = course
        self.world = ModeWorld()
        self.world.configure(POLICIES[course], exemptions=[exemption(2**33)] if course == "exempt" else [])
        self.username = "bob" if course == "stranger" else "alice"
        self.account = self.world.directory.add("bob", PASSWORD) if course == "stranger" else self.world.alice
        self.texts: dict[int, str] = {}
        self.answers: dict[int, list[tuple[Outcome, RejectReason | None]]] = defaultdict(list)
        self.binds: dict[int, list[float]] = defaultdict(list)

    def request(self, packet: int) -> LoginRequest:
        password = f"wrong{packet}" if is_wrong(packet) else PASSWORD
        text = f"{password},{self.world.code()}" if self.course == "joined" else password
        text = self.texts.setdefault(packet, text)
        return self.world.request(text, username=self.username, login_id=packet.to_bytes(16))

    def send(self, packet: int, fault: tuple[str, str] | None) -> None:
        request, before = self.request(packet), self.world.binds
        undo = self._fault(*fault) if fault else lambda: None
        with suppress(CrashError):
            answer = self.world.send(request, self.world.another_instance())
            self.answers[packet].append((answer.response.outcome, answer.reason))
        undo()
        self.binds[packet] += [self.world.clock.now()] * (self.world.binds - before)

    def _fault(self, call: str, kind: str) -> Callable[[], None]:
        """One call fails or is the last, without having worked or after it has; nothing is left of it afterwards."""
        if kind in {"before", "after"}:
            getattr(self.world.memory.faults, kind)[call] = 1
            return lambda: getattr(self.world.memory.faults, kind).clear()
        view, name = getattr(self.world.memory, call.split(".", maxsplit=1)[0]), call.split(".")[1]
        original = getattr(view, name)

        def crash(*arguments: object, **named: object) -> None:
            if kind == "crash after":
                original(*arguments, **named)
            raise CrashError

        setattr(view, name, crash)
        return lambda: setattr(view, name, original)

    def check(self) -> None:
        for packet in self.texts:
            times = self.binds[packet]
            assert all(later - earlier > MAX_REPLAY_WINDOW_SECONDS for earlier, later in pairwise(times))
            if is_wrong(packet):
                assert {outcome for outcome, _ in self.answers[packet]} <= {Outcome.REJECT}
        wrong = [at for packet in self.texts if is_wrong(packet) for at in self.binds[packet]]
        for start in wrong:  # windows follow each other: any half hour touches two
            assert sum(start <= at < start + PASSWORD_TRIES_WINDOW_SECONDS for at in wrong) <= 2 * BUDGET
        assert self._spent() <= BUDGET

    def _spent(self) -> int:
        item = self.world.store.password_tries.read(self.account.object_guid)
        return 0 if item is None else item.spent


FAULTS = st.none() | st.tuples(st.sampled_from(CALLS), st.sampled_from(["before", "after", "crash", "crash after"]))
STEPS = st.lists(st.tuples(st.integers(0, 7), FAULTS, st.sampled_from([0, 0, 0, 1, 5, 31, 901])), max_size=25)


@pytest.mark.parametrize("course", POLICIES)
def test_no_history_costs_a_second_bind_or_accepts_a_wrong_password(course: str, rounds: int) -> None:
    @settings(max_examples=rounds * 3, deadline=None, database=None, derandomize=True)
    @given(STEPS)
    def holds(steps: list[tuple[int, tuple[str, str] | None, int]]) -> None:
        history = History(course)
        for packet, fault, pause in steps:
            history.send(packet, fault)
            history.world.clock.advance(pause)
            history.check()

    holds()


@pytest.mark.parametrize("course", POLICIES)
def test_a_history_without_pauses_decides_each_packet_once(course: str, rounds: int) -> None:
    @settings(max_examples=rounds * 3, deadline=None, database=None, derandomize=True)
    @given(st.lists(st.tuples(st.integers(0, 3), FAULTS), max_size=12))
    def holds(steps: list[tuple[int, tuple[str, str] | None]]) -> None:
        history = History(course)
        for packet, fault in steps:
            history.send(packet, fault)
        for packet in history.texts:
            decided = {answer for answer in history.answers[packet] if answer[1] not in UNDECIDED}
            assert len(decided) <= 1, (packet, history.answers[packet])

    holds()
