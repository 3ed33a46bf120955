"""A subscriber whose token is known already can log in at once."""

import pytest

from mfa.errors import ConflictError, InvalidInputError
from tests.fakes.login_world import LoginWorld


@pytest.fixture
def world() -> LoginWorld:
    return LoginWorld()


def test_a_provisioned_token_works_at_once(world: LoginWorld) -> None:
    world.add_user("alice", "alice@corp.example.test")
    assert world.login(world.code()).outcome == "accept"
    assert world.login(world.code(1), username="alice@corp.example.test").outcome == "accept"


def test_a_taken_name_is_a_conflict_and_changes_nothing(world: LoginWorld) -> None:
    world.add_user("alice")
    with pytest.raises(ConflictError):
        world.add_user("bob", "ALICE", seed=b"a completely new seed")
    assert world.login(world.code()).outcome == "accept"
    assert world.login(world.code(1), username="bob").outcome == "reject"


@pytest.mark.parametrize(
    ("names", "seed", "code"),
    [
        (("alice",), b"short", "seed-too-short"),
        (("al|ce",), b"12345678901234567890", "name-refused"),
        (("alice@elsewhere.test",), b"12345678901234567890", "name-refused"),
        ((), b"12345678901234567890", "name-missing"),
    ],
)
def test_what_can_never_work_is_refused(world: LoginWorld, names: tuple[str, ...], seed: bytes, code: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        world.add_user(*names, seed=seed)
    assert refused.value.code == code
