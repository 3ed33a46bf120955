"""A person who has reported a request lets them come again, once they have just proven who they are (THREATS D10)."""

import pytest

from mfa.domain.sessions import FRESH_SECONDS
from tests.fakes.mode_world import CORP
from tests.functions.enrollment.test_sign_in import Alice
from tests.functions.enrollment.world import World

PUSH, UNMUTE = "/v1/enrollment/push", "/v1/enrollment/push/unmute"


@pytest.fixture
def alice() -> Alice:
    return Alice(World(realms=(CORP,)))


def mute(alice: Alice) -> int:
    at = int(alice.world.clock.now())
    alice.world.store.push_ledgers.mute(user_id(alice), at)
    return at


def user_id(alice: Alice) -> str:
    return str(alice.world.admin("GET", "/v1/admin/users/alice").json["user_id"])


def is_muted(alice: Alice) -> bool:
    return alice.world.store.push_ledgers.read(user_id(alice)).muted_at is not None


def test_whoever_signs_in_sees_it_and_lifts_it(alice: Alice) -> None:
    at = mute(alice)
    token = alice.signed_in()
    assert alice.world.ask("GET", PUSH, token=token).json == {"muted_at": at}
    assert alice.world.ask("POST", UNMUTE, token=token).status == 204
    assert alice.world.ask("GET", PUSH, token=token).json == {"muted_at": None}
    assert not is_muted(alice)
    assert alice.world.notifier.notices[-1].event == "push_unmuted"


def test_where_nothing_is_muted_nothing_happens(alice: Alice) -> None:
    token = alice.signed_in()
    told = list(alice.world.notifier.notices)
    assert alice.world.ask("POST", UNMUTE, token=token).status == 204
    assert alice.world.notifier.notices == told


def test_a_code_alone_and_an_old_proof_lift_nothing() -> None:
    alice = Alice(World())
    mute(alice)
    token = str(alice.sign_in(password=None).json["token"])
    assert alice.world.ask("GET", PUSH, token=token).status == 200
    refused = alice.world.ask("POST", UNMUTE, token=token)
    assert (refused.status, refused.code) == (403, "changes-not-allowed")
    assert is_muted(alice)


def test_a_session_that_is_no_longer_fresh_has_to_prove_itself_again(alice: Alice) -> None:
    mute(alice)
    token = alice.signed_in()
    alice.world.clock.advance(FRESH_SECONDS)
    refused = alice.world.ask("POST", UNMUTE, token=token)
    assert (refused.status, refused.code) == (403, "sign-in-again")
    assert is_muted(alice)
