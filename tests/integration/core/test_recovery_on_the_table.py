"""Recovery and bypass codes on the real adapters: calls counted, races run (THREATS C12)."""

from collections import Counter
from collections.abc import Sequence

import pytest

from mfa.domain.reasons import RejectReason
from tests.fakes.aws import AwsInProcess, raw_items
from tests.fakes.login_world import Answer, LoginWorld
from tests.fakes.races import all_at_once
from tests.fakes.recovery_world import RecoveryWorld

pytestmark = pytest.mark.integration
PACKET = b"one packet, twice"[:16]
WRONG = "ABCD-EFGH-JKMN"


def race(world: LoginWorld, texts: Sequence[str], login_id: bytes | None = None) -> list[Answer]:
    world.login("not a code")  # configuration and clients are there, as on a warm function
    requests = [world.request(text, login_id=login_id) for text in texts]
    return all_at_once([lambda request=request: world.send(request) for request in requests])  # type: ignore[misc]


@pytest.mark.parametrize("kind", ["right", "wrong"])
def test_dynamodb_calls_per_login(world: LoginWorld, aws: AwsInProcess, kind: str) -> None:
    code = RecoveryWorld(world).codes()[0]
    world.login(world.wrong_code())
    before = len(aws.calls)
    world.login(code if kind == "right" else WRONG)
    reads_and_writes = ["UpdateItem", "GetItem", "UpdateItem", "UpdateItem"]
    assert aws.calls[before:] == (reads_and_writes if kind == "right" else reads_and_writes[:3])


def test_c12_twenty_parallel_uses_of_one_recovery_code_are_one_accept(world: LoginWorld, rounds: int) -> None:
    recovery = RecoveryWorld(world)
    for _ in range(max(1, rounds // 4)):
        answers = race(world, [recovery.codes()[0]] * 20)
        assert Counter(answer.outcome for answer in answers) == {"accept": 1, "reject": 19}
        assert {answer.reason for answer in answers} <= {None, RejectReason.CODE_USED, RejectReason.LOCKED}
        assert recovery.left() == 9
        world.store.subscribers.unlock(world.item().user_id)


@pytest.mark.parametrize("uses", [1, 4])
def test_twenty_parallel_uses_of_one_bypass_code_are_as_many_accepts_as_it_has_uses(
    world: LoginWorld, rounds: int, uses: int
) -> None:
    recovery = RecoveryWorld(world)
    for _ in range(max(1, rounds // 10)):
        made = recovery.bypass(uses=uses)
        answers = race(world, [made.code] * 20)
        assert sum(answer.outcome == "accept" for answer in answers) == uses
        held = world.store.recovery.read(world.item().user_id).bypasses
        assert held[made.bypass.bypass_id].left == 0
        recovery.revoke(made.bypass.bypass_id)
        world.store.subscribers.unlock(world.item().user_id)


def test_the_same_packet_at_many_edges_is_accepted_at_all_and_uses_one_code(world: LoginWorld) -> None:
    recovery = RecoveryWorld(world)
    answers = race(world, [recovery.codes()[0]] * 4, login_id=PACKET)
    assert {answer.outcome for answer in answers} == {"accept"}
    assert (recovery.left(), world.tries(), world.item().throttle.successes) == (9, 0, 1)


def test_a_bypass_code_ends_and_leaves_the_count(world: LoginWorld) -> None:
    made = RecoveryWorld(world).bypass(uses=5, seconds=60)
    world.login(world.wrong_code())
    assert world.login(made.code).outcome == "accept"
    assert world.tries() == 1
    world.clock.advance(60)
    assert world.login(made.code).reason is RejectReason.BYPASS_EXPIRED


def test_nothing_that_is_stored_holds_a_code(world: LoginWorld) -> None:
    recovery = RecoveryWorld(world)
    codes = [*recovery.codes(), recovery.bypass().code]
    world.login(codes[0])
    stored = repr(raw_items())
    assert all(code not in stored and code.replace("-", "") not in stored for code in codes)
