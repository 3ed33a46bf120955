"""The table of waiting logins and its polls: batches, beats, bounds, and what a pending login weighs."""

import asyncio
import gc
import math
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Sequence
from types import SimpleNamespace

import pytest

from mfa.contract import LoginResponse, MessageAuthenticatorState, Outcome, PapCredential
from mfa.contract.polls import PollResponse
from mfa.services.push_prompts import POLL_SECONDS
from radius_edge.backend import PollAnswer
from radius_edge.clients import Sender
from radius_edge.deadlines import Deadlines
from radius_edge.gateway.faults import Fault
from radius_edge.login import Login
from radius_edge.polling import MAX_QUESTIONS, Poller
from radius_edge.protocol.access_request import Ask
from radius_edge.protocol.duplicates import DuplicateCache
from radius_edge.protocol.packet import read_packet
from radius_edge.protocol.radius_client import RadiusClient
from radius_edge.waiting import WaitingLogins
from tests.fakes.edge_configuration import SECRET, client
from tests.fakes.radius_client import access_request

TICKET_OCTETS = 263  # one of the backend's is about as long, with what Python adds to a text


def sender(name: str = "corp", **members: object) -> Sender:
    return Sender(RadiusClient(client(name, **members)), "127.0.0.1")


class World:
    """A poller between a backend and ends that only take notes. Time is a number."""

    def __init__(self) -> None:
        self.polls: list[tuple[list[str], Callable[[PollAnswer], None]]] = []
        self.decided_as: dict[bytes, Outcome] = {}
        self.ended: list[Login] = []
        self.faults: list[Fault] = []
        self.deadlines = Deadlines()
        self.duplicates = DuplicateCache()
        self.poller = Poller(self, self.deadlines, self)  # type: ignore[arg-type]
        self.sender = sender(timeout_seconds=50)

    def poll(self, tickets: Sequence[str], deadline: float, then: Callable[[PollAnswer], None]) -> None:
        self.polls.append((list(tickets), then))

    def decided(self, login: Login, answer: LoginResponse) -> None:
        if login.ticket is not None:
            self.poller.end(login)
        self.decided_as[login.login_id] = answer.outcome

    def due(self, login: Login, now: float) -> None:
        self.poller.due(login, now)

    def patience_ended(self, login: Login, now: float) -> None:
        self.poller.end(login)
        self.ended.append(login)

    def poll_failed(self, fault: Fault, now: float) -> None:
        self.faults.append(fault)

    def login(self, number: int, at: float, by: Sender | None = None) -> Login:
        octets = access_request(f"user-{number}", "push", secret=SECRET, identifier=number % 256)
        packet, address = read_packet(octets), ("127.0.0.1", 1024 + number)
        login_id = number.to_bytes(16)
        arrival = SimpleNamespace(packet=packet, address=address, port=None, at=at, sender=by or self.sender)
        entry = self.duplicates.begin(address, packet.identifier, packet.authenticator, login_id, proven=True)
        secret = self.sender.client.secrets[0]
        ask = Ask(secret, MessageAuthenticatorState.VALID, f"user-{number}", PapCredential("push"), None)
        return Login(self, arrival, ask, login_id, entry)  # type: ignore[arg-type]

    def wait(self, number: int, at: float, poll_after_ms: int = 1000) -> Login:
        login = self.login(number, at)
        first = result(login, Outcome.PENDING, ticket=f"ticket-{number}-" + "x" * 200, poll_after_ms=poll_after_ms)
        assert self.poller.begin(login, first, at)
        return login


def result(login: Login, outcome: Outcome, **members: object) -> LoginResponse:
    nonce = login.nonce or login.login_id[::-1]
    return LoginResponse(login_id=login.login_id, nonce=nonce, outcome=outcome, **members)  # type: ignore[arg-type]


async def run_until(world: World, now: float) -> None:
    world.deadlines.run_due(now)
    await asyncio.sleep(0)


def test_logins_share_their_questions_and_none_is_asked_too_early() -> None:
    async def main() -> None:
        world, start = World(), time.monotonic()
        logins = [world.wait(number, start + number * 0.0005) for number in range(250)]
        await run_until(world, start + 0.99)
        assert world.polls == []
        await run_until(world, start + 1.7)
        assert [len(tickets) for tickets, _ in world.polls] == [100, 100, 50]
        for tickets, then in world.polls[:]:
            asked = [login for login in logins if login.ticket in tickets]
            then(PollResponse([result(login, Outcome.ACCEPT) for login in asked]))
        assert set(world.decided_as.values()) == {Outcome.ACCEPT}
        assert len(world.decided_as) == 250
        assert world.poller.pending == 0

    asyncio.run(main())


@pytest.mark.parametrize(("count", "most"), [(400, 100), (10_000, 400)])
def test_the_more_are_pending_the_shorter_the_beat(count: int, most: int) -> None:
    async def main() -> None:
        world, start = World(), time.monotonic()
        for _ in range(count):
            world.poller.pending += 1
        logins = [world.wait(number, start + number / count) for number in range(count)]
        meeting = Counter(login.tick for login in logins)
        assert max(meeting.values()) <= most
        assert world.polls == []

    asyncio.run(main())


def test_so_many_questions_at_once_and_the_rest_when_one_comes_back() -> None:
    async def main() -> None:
        world, start = World(), time.monotonic()
        for number in range(100 * MAX_QUESTIONS + 150):
            world.wait(number, start)
        await run_until(world, start + 2)
        assert len(world.polls) == MAX_QUESTIONS
        world.polls[0][1](Fault.TIMEOUT)
        assert len(world.polls) == MAX_QUESTIONS + 1
        assert world.faults == [Fault.TIMEOUT]

    asyncio.run(main())


def test_a_login_whose_question_hangs_still_ends_in_time() -> None:
    async def main() -> None:
        world, start = World(), time.monotonic()
        login = world.wait(1, start)
        await run_until(world, start + 2)
        assert len(world.polls) == 1
        await run_until(world, login.patience_ends + 0.1)
        assert world.ended == [login]
        world.polls[0][1](PollResponse([result(login, Outcome.ACCEPT)]))  # too late
        assert world.decided_as == {}
        assert world.poller.pending == 0

    asyncio.run(main())


ON_THE_WAY_SECONDS = 0.2  # from an edge that asks to the function that counts: its prompts end so much later


@pytest.mark.parametrize("answers_after", [0.0, 0.3, 0.6])
@pytest.mark.parametrize("offset", [0.0, 0.1, 0.2, 0.4, 0.6, 0.8])
def test_d8_the_last_look_is_after_the_end_of_the_prompt(
    offset: float, answers_after: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        world, now = World(), math.ceil(time.monotonic()) + 3600 + offset  # before which no alarm rings
        monkeypatch.setattr("radius_edge.polling.time", SimpleNamespace(monotonic=lambda: now))
        world.sender = sender(timeout_seconds=10, retries=0)
        login, looks, last_look = world.wait(1, now), 0, 0.0
        answers_at: float | None = None
        while not world.ended:
            now += 0.02
            await run_until(world, now)
            if len(world.polls) > looks:
                looks, last_look = len(world.polls), now
                answers_at = now + answers_after
            if looks and answers_at is not None and now >= answers_at:
                answers_at = None
                world.polls[-1][1](PollResponse([result(login, Outcome.PENDING, poll_after_ms=750)]))
        assert last_look >= login.patience_ends - POLL_SECONDS + ON_THE_WAY_SECONDS

    asyncio.run(main())


@pytest.mark.parametrize("answer", [Fault.UNREACHABLE, PollResponse([])])
def test_without_an_answer_it_is_asked_again(answer: PollAnswer) -> None:
    async def main() -> None:
        world = World()
        world.wait(1, time.monotonic())
        for turn in range(1, 4):
            await run_until(world, time.monotonic() + 3)
            assert len(world.polls) == turn
            world.polls[-1][1](answer)

    asyncio.run(main())


def test_ten_thousand_pending_logins_weigh_less_than_a_kilobyte_each(rounds: int) -> None:
    """So many by `make test`; fewer weigh as much each."""

    async def main() -> None:
        world, table, start = World(), WaitingLogins(), time.monotonic()
        count = min(10_000, 500 * rounds)
        gc.collect()
        tracemalloc.start()
        for number in range(count):
            login = world.wait(number, start + number / 1000)
            table.add(login)
        gc.collect()
        size = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert len(table) == world.poller.pending == count
        assert size / count - TICKET_OCTETS < 1024, size / count

    asyncio.run(main())


def test_the_table_gives_up_the_stalest_of_the_client_that_has_most() -> None:
    world, table = World(), WaitingLogins(most=5, most_of_one_client=4)
    noisy, quiet = sender("noisy"), sender("quiet")
    first_quiet = world.login(0, 0.0, quiet)
    table.add(first_quiet)
    noise = [world.login(number, float(number), noisy) for number in range(1, 5)]
    for login in noise:
        assert table.in_the_way("noisy") is None
        table.add(login)
    assert table.in_the_way("noisy") is noise[0]  # its own limit
    assert table.in_the_way("quiet") is noise[0]  # the table is full, and not by the quiet one
    assert table.remove(noise[0])
    assert not table.remove(noise[0])
    assert table.in_the_way("quiet") is None
    assert set(table.all()) == {first_quiet, *noise[1:]}
    assert len(table) == 4
