"""Races for a prompt on the in-memory table, whose conditions are those of the real one (THREATS B1, B9, D8)."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from mfa.contract.fields import base64url
from mfa.contract.login import LoginRequest
from mfa.domain.login_transactions import TransactionState
from mfa.domain.push import PushWait
from mfa.domain.push_ledger import PushLedger
from mfa.domain.reasons import RejectReason
from mfa.errors import ConditionRefusedError
from tests.fakes.login_world import Answer
from tests.fakes.push_world import EDGE, TIMEOUT, PushWorld, policy
from tests.fakes.races import all_at_once

PACKET = b"one packet, twice"[:16]


def race(world: PushWorld, texts: list[str], login_id: bytes | None = None) -> list[Answer]:
    requests = [world.request(text, login_id=login_id) for text in texts]
    return all_at_once(
        [lambda request=request: world.send(request, world.another_instance(), role=EDGE) for request in requests]  # type: ignore[misc]
    )


def prompts(world: PushWorld) -> set[str]:
    """By login: an execution has its login's name, so each is started once, however often it is asked for."""
    return {login_id for login_id, _ in world.starter.started}


def test_b1_many_copies_of_one_packet_at_two_edges_are_one_prompt(rounds: int) -> None:
    for _ in range(rounds):
        world = PushWorld()
        answers = race(world, ["push 47"] * 6, login_id=PACKET)
        assert {answer.outcome for answer in answers} == {"pending"}
        assert prompts(world) == {base64url(PACKET)}
        assert world.tries() == 0
        world.decide(base64url(PACKET))
        assert {world.poll(answer).outcome.value for answer in answers} == {"accept"}


def test_many_packets_of_one_user_at_once_are_one_prompt(rounds: int) -> None:
    for _ in range(rounds):
        world = PushWorld()
        answers = race(world, [f"push 1{number}" for number in range(8)])
        assert Counter(answer.outcome for answer in answers) == {"pending": 1, "reject": 7}
        assert {answer.reason for answer in answers} == {None, RejectReason.PUSH_OPEN}
        assert len(prompts(world)) == 1
        assert world.tries() == 0


def test_b9_retries_at_both_edges_at_once_join_one_login(rounds: int) -> None:
    for _ in range(rounds):
        world = PushWorld()
        world.configure(policy(wait=PushWait.ALL_RETRIES))
        first = world.ask("push 47")
        world.clock.advance(TIMEOUT)
        retries = race(world, ["push 47"] * 2)
        joined = [answer for answer in retries if answer.outcome == "pending"]
        assert 1 <= len(joined) <= 2  # of two in one moment the second is early, and may be anybody's
        assert prompts(world) == {base64url(first.response.login_id)}
        world.decide(base64url(first.response.login_id))
        assert {world.poll(answer).outcome.value for answer in (first, *joined)} == {"accept"}


def test_d8_approving_at_the_end_is_an_accept_or_an_expiry_and_all_agree(rounds: int) -> None:
    for number in range(rounds):
        world = PushWorld()
        answer = world.ask("push 47")
        login_id = base64url(answer.response.login_id)
        end = world.transaction(answer).expires_at
        world.clock.advance(end - world.clock.now() - (0.001 if number % 2 else 0))

        def approve(world: PushWorld = world, login_id: str = login_id) -> bool:
            try:
                world.decide(login_id)
            except ConditionRefusedError:
                return False
            return True

        approved, polled = all_at_once(_both(approve, lambda world=world, answer=answer: world.poll(answer)))  # type: ignore[misc]
        state = world.transaction(answer).state
        assert state is (TransactionState.APPROVED if approved else TransactionState.EXPIRED)
        assert polled.outcome.value in ({"pending", "accept"} if approved else {"reject"})
        assert world.poll(answer).outcome.value == ("accept" if approved else "reject")


def test_an_approval_is_told_to_a_retry_or_to_the_edge_that_asked_but_never_to_a_later_packet(rounds: int) -> None:
    for _ in range(rounds):
        world = PushWorld()
        first = world.ask("push 47")
        world.clock.advance(5)
        world.decide(base64url(first.response.login_id))
        world.clock.advance(TIMEOUT - 5)
        retry, polled = all_at_once(
            _both(lambda world=world: world.ask("push 47"), lambda world=world, first=first: world.poll(first))  # type: ignore[misc]
        )
        assert polled.outcome.value == "accept"
        if retry.outcome == "pending":
            assert world.poll(retry).outcome.value == "accept"
        world.clock.advance(TIMEOUT)
        assert world.ask("push 47").reason is RejectReason.PUSH_ENDED


def _both(one: Callable[[], object], other: Callable[[], object]) -> list[Callable[[], object]]:
    return [one, other]


def test_b1_a_copy_that_reads_between_the_writes_of_another_is_no_old_packet() -> None:
    """The race that threads hardly ever meet: the ledger is read, a copy writes all it has to, the login is read."""
    world = PushWorld()
    world.decide(base64url(world.ask("push 46").response.login_id))
    world.clock.advance(60)
    request = world.request("push 47")
    ledgers = _OvertakenOnce(world, request)
    late = world.send(request, world.another_instance(ledgers=ledgers), role=EDGE)
    assert ledgers.overtaken
    assert (late.outcome, late.reason) == ("pending", None)


class _OvertakenOnce:
    """The ledgers of an instance that is overtaken right after its first read, by a copy that writes all but the
    end."""

    def __init__(self, world: PushWorld, request: LoginRequest) -> None:
        self._world, self._request = world, request
        self.overtaken = False

    def read(self, user_id: str) -> PushLedger:
        found = self._world.store.push_ledgers.read(user_id)
        if not self.overtaken:
            self.overtaken = True
            self._world.memory.faults.before["logins.wait"] = 1  # the copy does not get to its last write
            self._world.send(self._request, role=EDGE)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world.store.push_ledgers, name)
