"""One question for all waiting logins: how each stands, and nothing about those of others (THREATS X1)."""

from dataclasses import replace

import pytest

from mfa.contract.fields import base64url
from mfa.contract.polls import MAX_TICKET_OCTETS, PollResponse
from mfa.domain.login_transactions import LoginTransaction, TransactionState
from mfa.domain.reasons import RejectReason
from mfa.errors import UnavailableError, UnreadableItemError
from tests.fakes.poll_world import EDGE, LIFE_SECONDS, NONCE, PollWorld


@pytest.fixture
def world() -> PollWorld:
    return PollWorld()


def decide(world: PollWorld, login_id: bytes, state: TransactionState) -> None:
    world.store.transactions.move(base64url(login_id), state, int(world.clock.now()))


def state(world: PollWorld, login_id: bytes) -> TransactionState:
    return world.store.transactions.read([base64url(login_id)])[base64url(login_id)].state


def test_a_login_that_waits_is_pending_with_the_next_time_to_ask(world: PollWorld) -> None:
    login_id, ticket = world.waiting()
    (result,) = world.poll(ticket)
    assert (result.login_id, result.nonce, result.outcome.value) == (login_id, NONCE, "pending")
    assert (result.poll_after_ms, result.ticket) == (1000, None)
    world.clock.advance(3)
    assert world.poll(ticket)[0].poll_after_ms == 500


@pytest.mark.parametrize(
    ("decision", "outcome", "hold_ms", "attributes"),
    [
        (TransactionState.APPROVED, "accept", 0, (("Filter-Id", "staff"),)),
        (TransactionState.DENIED, "reject", 0, ()),
        (TransactionState.CANCELLED, "reject", 1000, ()),
    ],
)
def test_a_decision_is_told_as_often_as_it_is_asked_for(
    world: PollWorld,
    decision: TransactionState,
    outcome: str,
    hold_ms: int,
    attributes: tuple[tuple[str, str], ...],
) -> None:
    login_id, ticket = world.waiting()
    decide(world, login_id, decision)
    for _ in range(2):
        (result,) = world.poll(ticket)
        assert (result.outcome.value, result.hold_ms, result.attributes) == (outcome, hold_ms, attributes)
        assert (result.login_id, result.nonce, result.poll_after_ms) == (login_id, NONCE, None)


def test_d12_who_waits_for_a_removed_device_is_told_at_once_and_whoever_could_not_be_asked_is_not(
    world: PollWorld,
) -> None:
    def hold_of(reason: RejectReason) -> int:
        login_id, ticket = world.waiting()
        world.store.transactions.move(base64url(login_id), TransactionState.CANCELLED, int(world.clock.now()), reason)
        (result,) = world.poll(ticket)
        assert result.outcome.value == "reject"
        return result.hold_ms

    assert hold_of(RejectReason.CANCELLED) == 0
    assert hold_of(RejectReason.PUSH_UNAVAILABLE) == hold_of(RejectReason.CALL_FAILED) == 1000


def test_many_logins_are_one_read(world: PollWorld) -> None:
    waiting = [world.waiting() for _ in range(100)]
    before = len(world.store.calls)
    results = world.poll(*(ticket for _, ticket in waiting))
    assert [result.login_id for result in results] == [login_id for login_id, _ in waiting]
    assert world.store.calls[before:] == ["transactions.read"]


# ---- the end


def test_a_login_past_its_end_is_rejected_marked_and_recorded_once(world: PollWorld) -> None:
    login_id, ticket = world.waiting()
    world.clock.advance(LIFE_SECONDS - 1)
    assert world.poll(ticket)[0].outcome.value == "pending"
    world.clock.advance(1)
    for _ in range(3):
        (result,) = world.poll(ticket)
        assert (result.outcome.value, result.hold_ms) == ("reject", 1000)
    assert state(world, login_id) is TransactionState.EXPIRED
    (record,) = world.audit.logins
    assert (record.outcome, record.reason, record.username) == ("reject", RejectReason.EXPIRED, "CORP\\alice")


def test_an_approval_just_before_the_end_counts_even_if_it_is_noticed_after(world: PollWorld) -> None:
    login_id, ticket = world.waiting()
    world.clock.advance(LIFE_SECONDS - 1)
    decide(world, login_id, TransactionState.APPROVED)
    world.clock.advance(30)
    assert world.poll(ticket)[0].outcome.value == "accept"
    assert world.audit.logins == []


def test_a_decision_that_came_between_reading_and_marking_stands(
    world: PollWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    login_id, ticket = world.waiting()
    world.clock.advance(LIFE_SECONDS)
    stale = world.store.transactions.read([base64url(login_id)])
    world.store.transactions.move(base64url(login_id), TransactionState.APPROVED, int(world.clock.now()) - 1)
    read = world.store.transactions.read
    answers = [stale]
    monkeypatch.setattr(
        world.store.transactions, "read", lambda login_ids: answers.pop() if answers else read(login_ids)
    )
    assert world.poll(ticket)[0].outcome.value == "accept"


def test_an_end_that_cannot_be_written_leaves_the_login_pending_and_never_accepted(world: PollWorld) -> None:
    login_id, ticket = world.waiting()
    world.clock.advance(LIFE_SECONDS)
    world.store.faults.before["transactions.move"] = 1
    assert world.poll(ticket)[0].outcome.value == "pending"
    assert state(world, login_id) is TransactionState.PENDING
    assert world.poll(ticket)[0].outcome.value == "reject"


def test_a_ticket_ends_a_while_after_its_login(world: PollWorld) -> None:
    login_id, ticket = world.waiting()
    decide(world, login_id, TransactionState.APPROVED)
    world.clock.advance(LIFE_SECONDS + 59)
    assert world.poll(ticket)[0].outcome.value == "accept"
    world.clock.advance(1)
    assert world.poll(ticket) == ()


# ---- whose ticket it is


@pytest.mark.parametrize("role", ["another-edge", None, ""])
def test_x1_a_ticket_of_another_edge_gets_no_answer(world: PollWorld, role: str | None) -> None:
    _, ticket = world.waiting()
    login_id, own = world.waiting(role=role)
    assert [result.login_id for result in world.poll(ticket, own, role=role)] == [login_id]
    assert world.poll(ticket, role=EDGE)[0].outcome.value == "pending"


def test_x1_foreign_tickets_are_not_even_looked_up(world: PollWorld) -> None:
    login_id, ticket = world.waiting()
    world.clock.advance(LIFE_SECONDS)
    world.poll(ticket, role="another-edge")
    assert state(world, login_id) is TransactionState.PENDING


@pytest.mark.parametrize(
    "forged",
    ["", "1", "1.", ".", "x.AAAA", "1.AAAA", "-1.AAAA", "1.%%%%", "1." + "A" * (MAX_TICKET_OCTETS - 2), "١.AAAA"],
)
def test_a_forged_ticket_gets_no_answer(world: PollWorld, forged: str) -> None:
    login_id, ticket = world.waiting()
    assert [result.login_id for result in world.poll(forged, ticket)] == [login_id]


def test_a_changed_ticket_gets_no_answer(world: PollWorld) -> None:
    _, ticket = world.waiting()
    changed = [ticket[:at] + ("A" if ticket[at] != "A" else "B") + ticket[at + 1 :] for at in range(2, len(ticket) - 1)]
    assert world.poll(*changed) == ()


def test_what_was_sealed_for_another_purpose_is_no_ticket(world: PollWorld) -> None:
    sealed = world.vault.seal(b"{}", b"seed|u|f")
    assert world.poll(f"{sealed.key_version}.{base64url(sealed.octets)}") == ()


def test_a_ticket_for_the_login_of_another_client_is_never_an_accept(world: PollWorld) -> None:
    login_id, _ = world.waiting()
    decide(world, login_id, TransactionState.APPROVED)
    stored = world.store.transactions.read([base64url(login_id)])[base64url(login_id)]
    assert isinstance(stored, LoginTransaction)
    (result,) = world.poll(world.ticket(replace(stored, client="desktops"), login_id, EDGE))
    assert (result.outcome.value, result.attributes) == ("reject", ())


def test_a_ticket_whose_login_is_gone_is_rejected(world: PollWorld) -> None:
    _, ticket = world.waiting()
    world.store.state.transactions.clear()
    assert world.poll(ticket)[0].outcome.value == "reject"


def test_a_ticket_says_nothing_to_its_holder_and_is_short(world: PollWorld) -> None:
    _, ticket = world.waiting(role="r" * 64, client="c" * 64)
    assert len(ticket) <= MAX_TICKET_OCTETS // 2
    assert base64url(NONCE) not in repr(world.tickets.open(ticket))


def test_a_fault_of_the_vault_is_a_fault_and_not_a_forgery(world: PollWorld) -> None:
    _, ticket = world.waiting()
    world.vault.available = False
    with pytest.raises(UnavailableError):
        world.poll(ticket)


# ---- what makes no sense


def test_a_login_that_cannot_be_read_is_rejected_and_reported_and_the_others_are_answered(world: PollWorld) -> None:
    waiting = [world.waiting() for _ in range(3)]
    world.store.transactions.spoil(base64url(waiting[1][0]))
    decide(world, waiting[2][0], TransactionState.APPROVED)
    results = world.poll(*(ticket for _, ticket in waiting))
    assert [result.outcome.value for result in results] == ["pending", "reject", "accept"]
    assert [result.login_id for result in results] == [login_id for login_id, _ in waiting]
    (fault,) = world.faults
    assert isinstance(fault, UnreadableItemError)
    assert base64url(waiting[1][0]) in str(fault)


def test_a_login_that_becomes_unreadable_between_reading_and_marking_is_rejected(
    world: PollWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    login_id, ticket = world.waiting()
    world.clock.advance(LIFE_SECONDS)
    stale = world.store.transactions.read([base64url(login_id)])
    world.store.transactions.spoil(base64url(login_id))
    read = world.store.transactions.read
    answers = [stale]
    monkeypatch.setattr(
        world.store.transactions, "read", lambda login_ids: answers.pop() if answers else read(login_ids)
    )
    assert world.poll(ticket)[0].outcome.value == "reject"
    assert [type(fault) for fault in world.faults] == [UnreadableItemError]


def test_an_accept_that_breaks_the_contract_is_rejected_and_reported_and_the_others_are_answered(
    world: PollWorld,
) -> None:
    (login_id, ticket), (_, other) = world.waiting(), world.waiting()
    too_many = tuple(("Class", str(number)) for number in range(1_000))
    world.store.state.transactions[base64url(login_id)] = replace(
        world.store.state.transactions[base64url(login_id)], state=TransactionState.APPROVED, attributes=too_many
    )
    results = world.poll(ticket, other)
    assert [result.outcome.value for result in results] == ["reject", "pending"]
    assert PollResponse.from_json(PollResponse(results).to_json()).results == results
    assert [type(fault) for fault in world.faults] == [UnreadableItemError]


def test_a_hold_that_breaks_the_contract_is_no_hold(world: PollWorld) -> None:
    login_id, ticket = world.waiting()
    found = world.store.state.transactions[base64url(login_id)]
    world.store.state.transactions[base64url(login_id)] = replace(found, state=TransactionState.DENIED, hold_ms=-1)
    assert (world.poll(ticket)[0].outcome.value, world.poll(ticket)[0].hold_ms) == ("reject", 0)


def test_a_ticket_whose_seal_is_broken_costs_the_others_nothing(world: PollWorld) -> None:
    """Nothing in it says which login it is of, so there is nothing to answer; the edge's own deadline rejects it."""
    login_id, ticket = world.waiting()
    version, _, octets = world.waiting()[1].partition(".")
    broken = [f"{version}.{octets[:-4]}AAAA", f"99.{octets}", f"{version}.{octets[:20]}", "9" * 1_000 + ".AAAA"]
    assert [result.login_id for result in world.poll(*broken, ticket)] == [login_id]
    assert world.faults == []


# ---- push: several packets wait for one login


def test_a_packet_that_joined_hears_of_the_login_that_it_joined(world: PollWorld) -> None:
    login_id, ticket = world.waiting()
    transaction = world.store.transactions.read([base64url(login_id)])[base64url(login_id)]
    assert isinstance(transaction, LoginTransaction)
    joined = world.ticket(transaction, b"the other packet", EDGE)
    assert [result.login_id for result in world.poll(ticket, joined)] == [login_id, b"the other packet"]
    decide(world, login_id, TransactionState.APPROVED)
    assert [result.outcome.value for result in world.poll(ticket, joined)] == ["accept", "accept"]


def test_that_an_approval_was_told_is_noted_once(world: PollWorld) -> None:
    login_id, ticket = world.waiting()
    decide(world, login_id, TransactionState.APPROVED)
    told = []
    for _ in range(3):
        world.poll(ticket)
        found = world.store.transactions.read([base64url(login_id)])[base64url(login_id)]
        assert isinstance(found, LoginTransaction)
        told.append(found.told_at)
        world.clock.advance(1)
    assert told == [told[0]] * 3
    assert world.store.calls.count("transactions.note_told") == 1


def test_a_denial_is_not_noted_as_told(world: PollWorld) -> None:
    login_id, ticket = world.waiting()
    decide(world, login_id, TransactionState.DENIED)
    world.poll(ticket)
    assert "transactions.note_told" not in world.store.calls
