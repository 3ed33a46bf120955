"""G14: nobody who has the table alone can change, remove, add or move what was sealed without being found."""

from dataclasses import replace

import pytest

from mfa.domain.receipts import Entry, EntryKind, receipt_name
from mfa.domain.seals import FIRST, Seal
from mfa.errors import InvalidInputError, SealBrokenError, UnavailableError
from mfa.services.audit_verification import FindingKind
from tests.fakes.receipt_world import MINUTE, START, ReceiptWorld, login


@pytest.fixture
def world() -> ReceiptWorld:
    """Three minutes with receipts, sealed, and two more minutes without any."""
    world = ReceiptWorld()
    for minute in range(3):
        world.clock.time = START + 60 * minute
        world.take(*(login(minute * 3 + n, at_ms=int(world.clock.now() * 1000) + n) for n in (1, 2, 3)))
    world.seal_until(MINUTE + 4)
    return world


def entry(world: ReceiptWorld, number: int) -> Entry:
    found = (one for one in world.store.state.entries.values() if one.name.endswith(f"#e1#{number}"))
    return next(found)


def put(world: ReceiptWorld, one: Entry) -> None:
    world.store.state.entries[one.kind, one.owner, one.name] = one


def drop(world: ReceiptWorld, one: Entry) -> None:
    del world.store.state.entries[one.kind, one.owner, one.name]


def put_seal(world: ReceiptWorld, seal: Seal) -> None:
    world.store.state.seals[seal.minute] = seal


def test_what_nobody_touched_is_as_it_was_sealed(world: ReceiptWorld) -> None:
    found = world.verify(MINUTE, MINUTE + 4)
    assert (found.seals, found.entries, found.findings) == (5, 9 + 3, ())
    assert found.newest is not None
    assert found.newest.minute == MINUTE + 4


def test_a_receipt_that_was_changed_is_named(world: ReceiptWorld) -> None:
    one = entry(world, 5)
    put(world, replace(one, body=one.body.replace("accept", "reject")))
    (finding,) = world.verify(MINUTE, MINUTE + 4).findings
    assert finding.kind is FindingKind.CHANGED
    assert "e1#5 of user-1" in finding.words


def test_a_receipt_that_was_removed_is_missed(world: ReceiptWorld) -> None:
    drop(world, entry(world, 5))
    (finding,) = world.verify(MINUTE, MINUTE + 4).findings
    assert (finding.kind, finding.minute) == (FindingKind.MISSING, MINUTE + 1)
    assert finding.words.startswith("1 of 4 entries")


def test_a_receipt_that_was_added_is_named(world: ReceiptWorld) -> None:
    name = receipt_name(int(START * 1000), "e1", 77)
    put(world, Entry(kind=EntryKind.RECEIPT, owner="user-9", name=name, minute=MINUTE, body="{}"))
    (finding,) = world.verify(MINUTE, MINUTE + 4).findings
    assert finding.kind is FindingKind.ADDED
    assert "user-9" in finding.words


def test_receipts_that_changed_places_are_found(world: ReceiptWorld) -> None:
    first, second = entry(world, 1), entry(world, 2)
    put(world, replace(first, body=second.body))
    put(world, replace(second, body=first.body))
    assert world.found(MINUTE, MINUTE + 4) == ["changed", "changed"]


def test_a_receipt_that_was_moved_to_another_minute_is_missed_there_and_found_here(world: ReceiptWorld) -> None:
    put(world, replace(entry(world, 1), minute=MINUTE + 2))
    assert world.found(MINUTE, MINUTE + 4) == ["missing", "added"]


def test_a_receipt_that_was_given_to_another_user_is_found(world: ReceiptWorld) -> None:
    one = entry(world, 1)
    drop(world, one)
    put(world, replace(one, owner="user-2"))
    assert sorted(world.found()) == ["added", "missing"]


def test_a_seal_that_was_removed_is_missed_and_the_chain_shows_it(world: ReceiptWorld) -> None:
    del world.store.state.seals[MINUTE + 1]
    (finding,) = world.verify(MINUTE, MINUTE + 4).findings
    assert (finding.kind, finding.minute) == (FindingKind.SEAL_MISSING, MINUTE + 1)


def test_a_seal_made_without_the_key_is_found(world: ReceiptWorld) -> None:
    drop(world, entry(world, 5))
    forger = ReceiptWorld(store=world.store, vault=type(world.vault)(key=b"another key"))
    genuine = world.store.state.seals
    forged = {minute: genuine.pop(minute) for minute in sorted(genuine) if minute > MINUTE}
    assert forged
    forger.clock.time = world.clock.now()
    forger.seal()
    assert set(world.found(MINUTE, MINUTE + 4)) == {"seal_changed"}


@pytest.mark.parametrize("change", [{"entries": 3}, {"late": 9}, {"strangers": 1}, {"holes": 1}, {"sealed_at": 5}])
def test_no_count_of_a_seal_can_be_changed(world: ReceiptWorld, change: dict[str, int]) -> None:
    put_seal(world, replace(world.store.state.seals[MINUTE], **change))
    assert world.found() == ["seal_changed"]


def test_two_seals_that_changed_places_are_found(world: ReceiptWorld) -> None:
    first, second = world.store.state.seals[MINUTE + 1], world.store.state.seals[MINUTE + 2]
    put_seal(world, replace(second, minute=MINUTE + 1))
    put_seal(world, replace(first, minute=MINUTE + 2))
    assert {"seal_changed", "chain_broken"} <= set(world.found(MINUTE, MINUTE + 4))


def test_a_genuine_seal_that_is_not_of_this_chain_is_found(world: ReceiptWorld) -> None:
    """Somebody removes the newest and lets the sealer make the time anew, with less in it; then one is put back."""
    old = world.store.state.seals.pop(MINUTE + 2), world.store.state.seals.pop(MINUTE + 3)
    del world.store.state.seals[MINUTE + 4]
    drop(world, entry(world, 8))
    world.seal()
    put_seal(world, old[1])
    assert "chain_broken" in world.found(MINUTE, MINUTE + 4)


def cut_off(world: ReceiptWorld, minute: int) -> None:
    """Somebody removes the seals from ``minute`` on and a receipt of it; the sealer makes the seals anew."""
    for sealed in [one for one in world.store.state.seals if one >= minute]:
        del world.store.state.seals[sealed]
    drop(world, entry(world, 8))
    world.seal()


def test_minutes_that_were_sealed_again_without_a_receipt_are_told(world: ReceiptWorld) -> None:
    world.seal_until(MINUTE + 30)
    cut_off(world, MINUTE + 2)
    (finding,) = world.verify(MINUTE, MINUTE + 30).findings
    assert (finding.kind, finding.minute) == (FindingKind.SEALED_LATE, MINUTE + 2)
    assert "from 2027-01-15 08:02 UTC to 2027-01-15 08:14 UTC were sealed late or again" in finding.words
    assert "compare with the sealer's log" in finding.words
    assert world.found(MINUTE + 2, MINUTE + 2) == ["sealed_late"]


def test_a_seal_may_come_15_minutes_late_and_not_a_second_more(world: ReceiptWorld) -> None:
    due = (MINUTE + 6) * 60 + 120
    world.clock.time = due + 15 * 60
    world.seal()
    assert world.found(MINUTE + 5, MINUTE + 5) == []
    for minute in [one for one in world.store.state.seals if one >= MINUTE + 5]:
        del world.store.state.seals[minute]
    world.clock.advance(1)
    world.seal()
    assert world.found(MINUTE + 5, MINUTE + 5) == ["sealed_late"]


def test_the_hour_before_the_chain_begins_is_sealed_at_once_and_not_late(world: ReceiptWorld) -> None:
    first = min(world.store.state.seals)
    world.seal_until(MINUTE + 20)
    assert world.found(first, first + 40) == []
    assert world.found(first + 30, first + 40) == []
    for minute in [one for one in world.store.state.seals if one > first + 30]:
        del world.store.state.seals[minute]
    world.seal()
    assert world.found(first + 31, first + 40) == ["sealed_late"]


def test_a_beginning_that_gatehouse_did_not_make_excuses_no_late_seal(world: ReceiptWorld) -> None:
    world.seal_until(MINUTE + 30)
    cut_off(world, MINUTE + 2)
    put_seal(world, replace(world.store.state.seals[MINUTE], previous=FIRST, sealed_at=int(world.clock.now())))
    assert world.found(MINUTE + 2, MINUTE + 2) == ["sealed_late"]


def test_fingerprints_that_were_changed_hide_nothing(world: ReceiptWorld) -> None:
    drop(world, entry(world, 1))
    put_seal(world, replace(world.store.state.seals[MINUTE], fingerprints=b"\0" * 48))
    assert world.found() == ["different"]


def test_all_seals_of_a_time_removed_is_no_quiet_time(world: ReceiptWorld) -> None:
    for minute in (MINUTE, MINUTE + 1):
        del world.store.state.seals[minute]
    assert "seal_missing" in world.found(MINUTE, MINUTE + 1)
    assert "seal_missing" in world.found(MINUTE, MINUTE + 4)


def test_where_the_chain_begins_is_told(world: ReceiptWorld) -> None:
    first = min(world.store.state.seals)
    found = world.verify(first - 10, first + 5)
    assert (found.began_at, found.findings) == (world.store.state.seals[first].sealed_at, ())
    assert found.began_at is not None
    assert found.began_at >= START, "not before there was anything"


def test_before_sealing_began_there_is_nothing_to_find(world: ReceiptWorld) -> None:
    first = min(world.store.state.seals)
    assert world.verify(first - 50, first - 10).findings == ()


def test_a_sealer_that_stopped_is_told(world: ReceiptWorld) -> None:
    world.clock.advance(1800)
    assert world.found(MINUTE, MINUTE + 20) == ["not_sealed"]
    (finding,) = ReceiptWorld().verify(MINUTE - 19, MINUTE - 9).findings
    assert finding.kind is FindingKind.NOT_SEALED
    assert "nothing at all is sealed" in finding.words


@pytest.mark.parametrize("seconds", [0, 1, 59, 61, 119])
def test_a_sealer_that_runs_once_a_minute_is_never_late(world: ReceiptWorld, seconds: int) -> None:
    """It may have run just before a minute was due, and take some time."""
    world.clock.advance(60 + seconds)
    found = world.verify(MINUTE, MINUTE + 50)
    assert (found.last, found.findings) == (MINUTE + 4, ())


def test_seals_cut_off_at_the_end_are_missed_five_minutes_after_the_first_was_due(world: ReceiptWorld) -> None:
    due = (MINUTE + 4) * 60 + 120
    for minute in (MINUTE + 3, MINUTE + 4):
        del world.store.state.seals[minute]
    world.clock.time = due + 5 * 60 - 1
    assert world.found(MINUTE, MINUTE + 50) == []
    world.clock.advance(1)
    (finding,) = world.verify(MINUTE, MINUTE + 50).findings
    assert (finding.kind, finding.minute) == (FindingKind.NOT_SEALED, MINUTE + 3)
    assert "no minute from 2027-01-15 08:03 UTC on is sealed: the sealer is late or has stopped" in finding.words


def test_a_seal_cut_out_before_the_newest_is_missed_at_once(world: ReceiptWorld) -> None:
    del world.store.state.seals[MINUTE + 3]
    assert world.found(MINUTE, MINUTE + 50) == ["seal_missing"]
    assert world.found(MINUTE + 3, MINUTE + 3) == ["seal_missing"]
    assert world.found(MINUTE, MINUTE + 3) == ["seal_missing"]


def test_what_is_too_young_for_a_seal_is_not_judged(world: ReceiptWorld) -> None:
    found = world.verify(MINUTE + 4, MINUTE + 50)
    assert (found.last, found.findings) == (MINUTE + 4, ())


def test_what_is_not_kept_any_more_is_not_missed(world: ReceiptWorld) -> None:
    world.store.state.entries.clear()
    world.store.state.seals.clear()
    world.clock.advance(364 * 24 * 3600)
    world.seal()
    assert world.verify(MINUTE, MINUTE + 4).findings == ()


@pytest.mark.parametrize(("first", "last"), [(MINUTE, MINUTE - 1), (MINUTE, MINUTE + 60)])
def test_a_span_that_is_none_or_too_long_is_refused(world: ReceiptWorld, first: int, last: int) -> None:
    with pytest.raises(InvalidInputError):
        world.verify(first, last)


# ---- records that never arrived


@pytest.fixture
def fresh() -> ReceiptWorld:
    return ReceiptWorld()


def test_a_record_that_never_arrived_is_missed(fresh: ReceiptWorld) -> None:
    fresh.take(login(1), login(2))
    fresh.take(login(4))
    fresh.seal_until(MINUTE)
    (finding,) = fresh.verify().findings
    assert finding.kind is FindingKind.NEVER_ARRIVED
    assert "record 3 has never arrived from e1" in finding.words
    assert fresh.store.state.seals[MINUTE].holes == 1


def test_the_first_records_of_an_emitter_are_missed_as_well(fresh: ReceiptWorld) -> None:
    fresh.take(login(3))
    fresh.seal_until(MINUTE)
    assert "records 1 to 2 have never arrived" in fresh.verify().findings[0].words


def test_a_hole_inside_a_delivery_is_missed(fresh: ReceiptWorld) -> None:
    fresh.take(login(1), login(3))
    fresh.seal_until(MINUTE)
    assert fresh.found() == ["never_arrived"]


def test_deliveries_that_overtook_one_another_are_no_hole(fresh: ReceiptWorld) -> None:
    for numbers in ((4, 5), (1, 3), (2,), (6,)):
        fresh.take(*map(login, numbers))
    fresh.seal_until(MINUTE)
    assert fresh.found() == []


def test_a_hole_is_found_across_hours(fresh: ReceiptWorld) -> None:
    fresh.take(login(1))
    fresh.clock.advance(3 * 3600)
    fresh.take(login(3))
    fresh.seal_until(MINUTE + 180)
    assert fresh.found(MINUTE + 180, MINUTE + 180) == ["never_arrived"]
    assert fresh.found() == []


# ---- the sealer


def test_every_minute_is_sealed_once_and_only_when_it_is_over_for_two(fresh: ReceiptWorld) -> None:
    fresh.clock.time = START + 60 + 119
    fresh.seal()
    assert MINUTE not in fresh.store.state.seals
    fresh.clock.time = START + 60 + 120
    assert fresh.seal().sealed == 1
    assert fresh.seal().sealed == 0
    assert fresh.store.state.seals[MINUTE].previous == fresh.store.state.seals[MINUTE - 1].mac


def test_after_a_standstill_the_sealer_catches_up_in_steps(fresh: ReceiptWorld) -> None:
    fresh.seal()
    fresh.clock.advance(200 * 60)
    report = fresh.seal()
    assert (report.sealed, report.behind) == (120, 80)
    assert (fresh.seal().sealed, fresh.seal().sealed) == (80, 0)


def test_a_second_sealer_at_the_same_time_makes_no_second_chain(fresh: ReceiptWorld) -> None:
    fresh.seal()
    fresh.clock.advance(120)
    newest = fresh.store.receipts.newest_seal()
    fresh.seal()
    seals = dict(fresh.store.state.seals)
    stale = ReceiptWorld(store=fresh.store, clock=fresh.clock, vault=fresh.vault)
    stale.store.receipts.newest_seal = lambda: newest  # type: ignore[method-assign] # it looked before the other wrote
    assert stale.seal().sealed == 0
    assert fresh.store.state.seals == seals


def test_a_seal_of_the_future_stops_the_sealer_loudly(fresh: ReceiptWorld) -> None:
    """Behind it the sealer would have nothing to do for years, and say so every minute."""
    fresh.seal()
    put_seal(fresh, replace(fresh.store.state.seals[max(fresh.store.state.seals)], minute=MINUTE + 10**6))
    with pytest.raises(SealBrokenError):
        fresh.seal()


def test_a_fault_leaves_the_rest_to_the_next_run(fresh: ReceiptWorld) -> None:
    fresh.seal()
    fresh.clock.advance(300)
    fresh.store.faults.before["receipts.of_minute"] = 1
    with pytest.raises(UnavailableError):
        fresh.seal()
    assert fresh.seal().sealed == 5


def test_late_receipts_and_strangers_are_counted_in_the_seal(fresh: ReceiptWorld) -> None:
    fresh.clock.advance(300)
    fresh.take(login(1), login(2, user_id=None, reason="unknown_user"))
    fresh.seal_until(MINUTE + 5)
    seal = fresh.store.state.seals[MINUTE + 5]
    assert (seal.entries, seal.late, seal.strangers) == (2, 1, 1)


def test_our_own_seal_verifies_and_another_deployments_does_not(fresh: ReceiptWorld) -> None:
    fresh.take(login(1))
    fresh.seal_until(MINUTE)
    assert fresh.found() == []
    other = ReceiptWorld(store=fresh.store, clock=fresh.clock, vault=type(fresh.vault)(key=b"another key"))
    assert other.found() == ["seal_changed"]
