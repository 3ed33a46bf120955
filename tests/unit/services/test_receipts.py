"""Receipts: made of the log's lines, once each, and nothing of them is lost without a trace."""

import json

import pytest

from mfa.domain.canary import CANARY_CLIENT, CANARY_USER
from mfa.domain.receipts import CONFIGURATION, MARK, EntryKind
from mfa.errors import UnavailableError
from tests.fakes.receipt_world import START, ReceiptWorld, change, login


@pytest.fixture
def world() -> ReceiptWorld:
    return ReceiptWorld()


def receipts(world: ReceiptWorld, owner: str = "user-1") -> list[dict[str, object]]:
    found = [one for one in world.store.state.entries.values() if one.kind is EntryKind.RECEIPT and one.owner == owner]
    return [json.loads(one.body) for one in sorted(found, key=lambda one: one.name)]


def tallies(world: ReceiptWorld) -> list[dict[str, object]]:
    return [json.loads(one.body) for one in world.store.state.entries.values() if one.kind is EntryKind.TALLY]


def test_every_decision_about_a_user_leaves_a_receipt(world: ReceiptWorld) -> None:
    world.take(login(1), login(2, outcome="reject", reason="code_used"), change(3, "factor_activated"))
    first, second, third = receipts(world)
    assert (first["login_id"], first["outcome"], first["late"]) == ("login-1", "accept", False)
    assert (second["reason"], second["typed"]) == ("code_used", "code")
    assert (third["kind"], third["event"]) == ("change", "factor_activated")
    assert tallies(world) == [{"numbers": [[1, 3]], "strangers": {}, "canary": 0}]


def test_c8_decisions_about_made_up_names_are_counted_and_fill_nothing(world: ReceiptWorld) -> None:
    spray = [login(n, user_id=None, username=f"user{n}", reason="unknown_user") for n in range(1, 501)]
    world.take(*spray)
    assert len(world.store.state.entries) == 1
    assert tallies(world) == [{"numbers": [[1, 500]], "strangers": {"unknown_user": 500}, "canary": 0}]


def test_the_canary_leaves_no_receipt_and_no_event(world: ReceiptWorld) -> None:
    own = {"client": CANARY_CLIENT, "username": CANARY_USER}
    world.take(login(1, **own), login(2, **own, locks=True, outcome="reject"))
    assert receipts(world) == []
    assert tallies(world) == [{"numbers": [[1, 2]], "strangers": {}, "canary": 2}]
    assert world.bus.events == []


@pytest.mark.parametrize("line", [{"client": CANARY_CLIENT}, {"username": CANARY_USER}])
def test_nobody_hides_behind_the_canarys_client_nor_behind_its_name(world: ReceiptWorld, line: dict[str, str]) -> None:
    world.take(login(1, **line, locks=True, outcome="reject"))
    assert len(receipts(world)) == 1
    assert tallies(world) == [{"numbers": [[1, 1]], "strangers": {}, "canary": 0}]
    assert [event.kind for event in world.bus.events] == ["User locked out"]


def test_a_delivery_that_comes_twice_changes_nothing(world: ReceiptWorld) -> None:
    world.take(login(1), login(2))
    before = dict(world.store.state.entries)
    world.clock.advance(300)
    world.take(login(1), login(2))
    assert world.store.state.entries == before


def test_what_comes_late_is_marked(world: ReceiptWorld) -> None:
    world.clock.advance(121)
    world.take(login(1))
    assert receipts(world)[0]["late"] is True


def test_a_delivery_that_failed_half_way_is_complete_after_the_next(world: ReceiptWorld) -> None:
    world.take(login(1))
    world.store.faults.before["receipts.add"] = 1
    with pytest.raises(UnavailableError):
        world.take(login(2), login(3))
    assert len(tallies(world)) == 1, "the numbers count only once all is kept"
    world.take(login(2), login(3))
    assert len(receipts(world)) == 3
    assert len(tallies(world)) == 2


def test_a_bus_that_is_down_makes_the_delivery_come_again(world: ReceiptWorld) -> None:
    world.bus.is_down = True
    with pytest.raises(UnavailableError):
        world.take(login(1, locks=True))
    world.bus.is_down = False
    world.take(login(1, locks=True))
    assert len(receipts(world)) == len(world.bus.events) == 1


@pytest.mark.parametrize(
    "line",
    [
        json.dumps({MARK: "login"}),
        json.dumps({MARK: "treason", "emitter": "e", "number": 1, "at_ms": 1}),
        json.dumps({MARK: "login", "emitter": "e", "number": "many", "at_ms": 1}),
        "{" + MARK,
    ],
)
def test_a_line_that_makes_no_sense_stops_nothing_and_is_reported(world: ReceiptWorld, line: str) -> None:
    world.take(line, login(1))
    assert len(receipts(world)) == 1
    assert len(world.faults) == 1


@pytest.mark.parametrize("line", [f"somebody wrote {MARK}", json.dumps({"message": MARK}), json.dumps([MARK])])
def test_a_line_that_only_mentions_the_mark_is_none_of_ours(world: ReceiptWorld, line: str) -> None:
    world.take(line)
    assert world.store.state.entries == {}
    assert world.faults == []


def test_changes_of_the_configuration_have_receipts_of_their_own(world: ReceiptWorld) -> None:
    line = {MARK: "configuration", "emitter": "e2", "number": 1, "at_ms": int(START * 1000), "event": "applied"}
    world.take(json.dumps(line | {"subject": "7", "actor": "admin", "details": {}}))
    assert receipts(world, CONFIGURATION)[0]["subject"] == "7"
    assert [event.kind for event in world.bus.events] == ["Configuration changed"]


# ---- events


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (login(1, outcome="reject", reason="wrong_code", locks=True), "User locked out"),
        (change(1, "push_reported"), "Prompt reported"),
        (change(1, "factor_activated"), "Factors changed"),
        (change(1, "bypass_code_made"), "Factors changed"),
        (json.dumps({MARK: "alarm", "at_ms": 5, "event": "day_spent", "detail": "10.00"}), "Alarm"),
    ],
)
def test_what_others_act_on_is_an_event(world: ReceiptWorld, line: str, kind: str) -> None:
    world.take(line)
    (event,) = world.bus.events
    assert event.kind == kind
    assert event.detail["schema"] == 1
    assert event.detail["record"]


@pytest.mark.parametrize(
    "line",
    [
        login(1),
        login(1, outcome="reject", reason="locked"),
        change(1, "device_renamed"),
        change(1, "portal_signed_in"),
        json.dumps({MARK: "configuration", "emitter": "e", "number": 1, "at_ms": 5, "event": "client_profile_changed"}),
    ],
)
def test_what_happens_all_day_is_none(world: ReceiptWorld, line: str) -> None:
    world.take(line)
    assert world.bus.events == []


def test_an_event_names_who_and_where_and_no_more(world: ReceiptWorld) -> None:
    world.take(login(1, locks=True, outcome="reject", reason="wrong_code", nas={"User-Password": "x"}))
    assert world.bus.events[0].detail == {
        "schema": 1,
        "record": "e1#1",
        "at_ms": int(START * 1000) + 1,
        "login_id": "login-1",
        "client": "vpn",
        "source_ip": "10.0.1.5",
        "username": "alice",
        "user_id": "user-1",
        "reason": "wrong_code",
    }
