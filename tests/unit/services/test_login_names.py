"""Names at a login: probes, one identity, look-alikes (THREATS A26, F1-F3)."""

import pytest

from mfa.domain.reasons import RejectReason
from tests.fakes.login_world import HOLD_MS, LoginWorld
from tests.fakes.store import InMemoryStore


@pytest.fixture
def world() -> LoginWorld:
    world = LoginWorld()
    world.add_user("alice", "alice@corp.example.test")
    return world


@pytest.mark.parametrize("name", ["fakeusername", "FakeUserName", "awsfakeuser", " fakeusername "])
@pytest.mark.parametrize("text", ["123456", "push", "anything"])
def test_a26_a_probe_is_answered_at_once_and_touches_nothing(world: LoginWorld, name: str, text: str) -> None:
    assert isinstance(world.store, InMemoryStore)
    world.store.calls.clear()
    answer = world.login(text, username=name)
    assert (answer.outcome, answer.reason, answer.response.hold_ms) == ("reject", RejectReason.PROBE_NAME, 0)
    assert not [call for call in world.store.calls if not call.startswith("configurations.")]


@pytest.mark.parametrize(
    "spelling", ["alice", "ALICE", "CORP\\alice", "corp\\Alice", "alice@corp.example.test", "ALICE@CORP.EXAMPLE.TEST"]
)
def test_f1_one_identity_for_every_spelling(world: LoginWorld, spelling: str) -> None:
    answer = world.login(world.code(), username=spelling)
    assert answer.outcome == "accept"
    assert world.audit.logins[-1].user_id == world.item().user_id
    assert world.audit.logins[-1].username == spelling  # as sent: whoever reads the record sees what came


@pytest.mark.parametrize(
    "name",
    [
        "\u0430lice",
        "ali\u200bce",
        "\u202ealice",
        "al\u0338ice",
        "alice\0",
        "ali\nce",
        "OTHER\\alice",
        "alice@evil.test",
    ],
)
def test_f2_f3_what_only_looks_like_her_is_not_her(world: LoginWorld, name: str) -> None:
    answer = world.login(world.code(), username=name)
    assert (answer.outcome, answer.reason, answer.response.hold_ms) == ("reject", RejectReason.NAME_REFUSED, HOLD_MS)
    assert world.tries() == 0


def test_two_unknown_names_do_not_share_anything(world: LoginWorld) -> None:
    reasons = {world.login(world.code(), username=f"nobody{number}").reason for number in range(30)}
    assert reasons == {RejectReason.UNKNOWN_USER}


def test_a_removed_user_is_unknown(world: LoginWorld) -> None:
    user_id = world.item().user_id
    subscriber = world.store.subscribers.read(user_id)
    assert subscriber is not None
    world.store.subscribers.remove(subscriber)
    assert world.login(world.code()).reason is RejectReason.UNKNOWN_USER
