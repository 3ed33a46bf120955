"""Guessing ends after few tries, locks end by themselves, and nobody gets around them (THREATS C4-C6)."""

import pytest

from mfa.domain.reasons import RejectReason
from tests.fakes.login_world import HOLD_MS, LoginWorld


@pytest.fixture
def world() -> LoginWorld:
    world = LoginWorld()
    world.add_user("alice", "alice@corp.example.test")
    return world


def fail(world: LoginWorld, times: int) -> list[RejectReason | None]:
    return [world.login(world.wrong_code()).reason for _ in range(times)]


def test_c5_ten_wrong_codes_lock_even_the_right_one(world: LoginWorld) -> None:
    assert fail(world, 12) == [RejectReason.WRONG_CODE] * 10 + [RejectReason.LOCKED] * 2
    answer = world.login(world.code())
    assert (answer.outcome, answer.reason, answer.response.hold_ms) == ("reject", RejectReason.LOCKED, HOLD_MS)


def test_tries_while_locked_do_not_make_the_lock_longer(world: LoginWorld) -> None:
    fail(world, 10)
    world.clock.advance(59)
    fail(world, 5)
    world.clock.advance(1)
    assert world.login(world.code()).outcome == "accept"


def test_a_lock_ends_by_itself_and_the_next_one_is_longer(world: LoginWorld) -> None:
    fail(world, 10)
    world.clock.advance(60)
    assert fail(world, 11) == [RejectReason.WRONG_CODE] * 10 + [RejectReason.LOCKED]
    world.clock.advance(119)
    assert world.login(world.code()).reason is RejectReason.LOCKED
    world.clock.advance(1)
    assert world.login(world.code()).outcome == "accept"
    assert fail(world, 11)[-1] is RejectReason.LOCKED
    world.clock.advance(60)  # a success begins anew: one minute again
    assert world.login(world.code()).outcome == "accept"


def test_c5_a_hundred_failures_stop_codes_until_an_admin_unlocks(world: LoginWorld) -> None:
    checked = 0
    for _ in range(30):
        checked += fail(world, 10).count(RejectReason.WRONG_CODE)
        world.clock.advance(3600)
    assert checked == 100
    assert world.login(world.code()).reason is RejectReason.LOCKED_HARD
    world.clock.advance(365 * 86_400)
    assert world.login(world.code()).reason is RejectReason.LOCKED_HARD
    world.store.subscribers.unlock(world.item().user_id)
    assert world.login(world.code()).outcome == "accept"


def test_locked_attempts_write_nothing(world: LoginWorld) -> None:
    fail(world, 10)
    before = world.item()
    fail(world, 5)
    world.login(world.code())
    assert world.item() == before


@pytest.mark.parametrize(
    "spelling",
    [
        "ALICE",
        "CORP\\alice",
        "corp\\Alice",
        "alice ",
        "alice.",
        "ａｌｉｃｅ",
        "alice@corp.example.test",
        "Alice@CORP.example.test",
    ],
)
def test_c6_f1_every_spelling_counts_on_the_same_user(world: LoginWorld, spelling: str) -> None:
    fail(world, 9)
    assert world.login(world.wrong_code(), username=spelling).reason is RejectReason.WRONG_CODE
    assert world.login(world.code()).reason is RejectReason.LOCKED
    assert world.login(world.code(), username=spelling).reason is RejectReason.LOCKED


def test_c6_another_edge_instance_or_client_counts_on_the_same_user(world: LoginWorld) -> None:
    instances = [world.service, world.another_instance(), world.another_instance()]
    reasons = [
        world.send(world.request(world.wrong_code(), client_name=name), instance).reason
        for instance in instances
        for name in ("vpn", "desktops")
        for _ in range(2)
    ]
    assert reasons == [RejectReason.WRONG_CODE] * 10 + [RejectReason.LOCKED] * 2


def test_a_used_code_played_again_and_again_locks_nobody(world: LoginWorld) -> None:
    code = world.code()
    world.login(code)
    assert {world.login(code).reason for _ in range(50)} == {RejectReason.CODE_USED}
    world.clock.advance(30)
    assert world.login(world.code()).outcome == "accept"


def test_all_failures_look_the_same_on_the_wire(world: LoginWorld) -> None:
    world.add_user("locked")
    for _ in range(10):
        world.login(world.wrong_code(), username="locked")
    code = world.code()
    world.login(code)
    answers = {
        RejectReason.WRONG_CODE: world.login(world.wrong_code()),
        RejectReason.CODE_USED: world.login(code),
        RejectReason.UNKNOWN_USER: world.login(code, username="nobody"),
        RejectReason.LOCKED: world.login(code, username="locked"),
        RejectReason.NAME_REFUSED: world.login(code, username="al\u0456ce"),
        RejectReason.NOT_A_CODE: world.login("12345"),
        RejectReason.FACTOR_NOT_OFFERED: world.login("phone"),
        RejectReason.NUMBER_MISSING: world.login("push"),
    }
    assert {reason: answer.reason for reason, answer in answers.items()} == {reason: reason for reason in answers}
    shapes = {
        (one.response.outcome, one.response.hold_ms, one.response.reply_message, one.response.attributes)
        for one in answers.values()
    }
    assert len(shapes) == 1


def test_the_record_of_the_failure_that_locks_says_so_and_no_other(world: LoginWorld) -> None:
    fail(world, 13)
    world.clock.advance(60)
    fail(world, 12)
    locking = [number for number, record in enumerate(world.audit.logins, start=1) if record.locks]
    assert locking == [10, 23], "the tenth, and the tenth after the lock ended"


def test_the_same_packet_again_locks_nobody_twice(world: LoginWorld) -> None:
    fail(world, 9)
    for _ in range(2):
        world.login(world.wrong_code(), login_id=b"0123456789abcdef")
    assert [record.locks for record in world.audit.logins[-2:]] == [True, False]


@pytest.mark.parametrize(
    ("text", "typed"),
    [("123456", "code"), ("push 47", "push"), ("sms", "sms"), ("ABCD-EFGH-JKMN", "recovery_code"), ("let me in", None)],
)
def test_the_record_says_what_kind_of_text_was_typed_and_never_the_text(
    world: LoginWorld, text: str, typed: str | None
) -> None:
    world.login(text)
    assert world.audit.logins[-1].typed == typed
    assert text == typed or text not in repr(world.audit.logins)
