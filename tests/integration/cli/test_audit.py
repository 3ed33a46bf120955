"""gatehouse trace and gatehouse audit verify, against the real function on loopback."""

import json
from datetime import UTC, datetime

import pytest

from tests.fakes.receipt_world import ReceiptWorld, login
from tests.functions.enrollment.world import World
from tests.integration.cli.conftest import Run, error_of


@pytest.fixture
def receipts(world: World) -> ReceiptWorld:
    """What was received, in the same store; the command asks for the time of this machine."""
    world.clock.time = datetime.now(UTC).timestamp() - 4 * 3600
    return ReceiptWorld(store=world.store, vault=world.vault, clock=world.clock)  # type: ignore[arg-type] # fakes, here


def alice(world: World) -> str:
    world.add_user("alice")
    return next(iter(world.store.state.profiles))


@pytest.mark.usefixtures("url")
def test_a_trace_is_sentences_in_the_order_of_time(world: World, receipts: ReceiptWorld, run: Run) -> None:
    user, at_ms = alice(world), int(world.clock.now() * 1000)
    rejected = login(2, user_id=user, at_ms=at_ms, outcome="reject", reason="code_used")
    receipts.take(login(1, user_id=user, at_ms=at_ms - 5000), rejected)
    first, second = run("trace", "alice", "--since", "30m").stdout.splitlines()
    assert first.endswith("alice typed a code at vpn from 10.0.1.5: let in (login login-1)")
    assert second.startswith(f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M:%S} alice")
    assert "rejected, the code had been used before" in second
    lines = json.loads(run("trace", "alice", "--since", "30m", "--json").stdout)["lines"]
    assert [line["facts"]["outcome"] for line in lines] == ["accept", "reject"]


@pytest.mark.usefixtures("url")
def test_a_trace_of_nothing_says_so(world: World, receipts: ReceiptWorld, run: Run) -> None:
    receipts.take(login(1, user_id=alice(world), at_ms=int(world.clock.now() * 1000) - 7_300_000))
    assert run("trace", "alice").stdout.startswith("Nothing happened to alice in the last 2h.")
    assert "let in" in run("trace", "alice", "--since", "1d").stdout


@pytest.mark.usefixtures("url")
def test_a_user_that_nobody_is_has_no_trace(world: World, run: Run) -> None:
    error = error_of(run("trace", "mallory", "--json"))
    assert (error["code"], "one who was removed is in the log" in error["message"]) == ("not-found", True)
    assert error_of(run("trace", "mallory", "--since", "soon", "--json"))["code"] == "bad-span"


@pytest.mark.usefixtures("url")
def test_what_a_name_holds_moves_no_cursor(world: World, receipts: ReceiptWorld, run: Run) -> None:
    at_ms = int(world.clock.now() * 1000)
    receipts.take(login(1, user_id=alice(world), at_ms=at_ms, username="\x1b[2Kalice"))
    assert "\x1b" not in run("trace", "alice").stdout


@pytest.mark.usefixtures("url")
def test_an_audit_that_nobody_touched_is_whole(receipts: ReceiptWorld, run: Run) -> None:
    receipts.take(login(1), login(2, user_id=None))
    first = int(receipts.clock.now()) // 60
    receipts.seal_until(first + 90)
    span = ("--from", f"{datetime.fromtimestamp(first * 60, UTC):%Y-%m-%dT%H:%M}", "--to", "1m")
    result = run("audit", "verify", *span)
    assert "91 minutes, 2 entries" in result.stdout, "over the hour that one call answers"
    assert "All of it is as it was sealed." in result.stdout
    assert result.exit_code == 0
    begins = next(line for line in run("audit", "verify", "--to", "1m").stdout.splitlines() if "Chain begins" in line)
    assert begins.split()[2:] >= f"{datetime.fromtimestamp(first * 60, UTC):%Y-%m-%d %H:%M:%S} UTC".split()


@pytest.mark.usefixtures("url")
def test_an_audit_that_somebody_touched_is_told_in_words_and_by_the_exit_status(
    world: World, receipts: ReceiptWorld, run: Run
) -> None:
    receipts.take(login(1))
    receipts.seal_until(int(receipts.clock.now()) // 60)
    for key in [key for key in receipts.store.state.entries if key[0] == "receipt"]:
        del receipts.store.state.entries[key]
    result = run("audit", "verify", "--from", "5h", "--to", "1m")
    assert result.exit_code == 1
    assert "1 of 2 entries that were received at" in result.stdout
    found = json.loads(run("audit", "verify", "--from", "5h", "--json").stdout)
    assert [finding["kind"] for finding in found["findings"]] == ["missing"]


@pytest.mark.usefixtures("url")
def test_a_sealer_that_stopped_is_told_apart_from_what_was_touched(receipts: ReceiptWorld, run: Run) -> None:
    receipts.take(login(1))
    receipts.seal_until(int(receipts.clock.now()) // 60)
    receipts.clock.time = datetime.now(UTC).timestamp()
    result = run("audit", "verify", "--from", "5h")
    assert result.exit_code == 3
    assert result.stdout.count("on is sealed: the sealer is late or has stopped") == 1, "not once for each hour"
    assert "Nothing shows that what was sealed has been touched." in result.stdout
    for key in [key for key in receipts.store.state.entries if key[0] == "receipt"]:
        del receipts.store.state.entries[key]
    touched = run("audit", "verify", "--from", "5h")
    assert touched.exit_code == 1
    assert "2 findings: this is not what was sealed, or not all of it." in touched.stdout


@pytest.mark.usefixtures("url")
@pytest.mark.parametrize("span", [("--from", "yesterday"), ("--from", "1h", "--to", "2h"), ("--to", "1x")])
def test_a_time_that_is_none_is_said_in_a_line(run: Run, span: tuple[str, ...]) -> None:
    assert error_of(run("audit", "verify", *span, "--json"))["code"] in {"bad-time", "bad-span"}
