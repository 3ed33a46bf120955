"""Logins with hardware tokens: each code once, the counter forward only, and a way back for a token that ran away."""

from collections import Counter

import pytest

from mfa.domain.factors import HotpParameters, TotpParameters
from mfa.domain.reasons import RejectReason
from mfa.domain.user_names import Alias, AliasKind
from mfa.services.token_errors import TokenRefusedError, TokenTriesSpentError
from tests.fakes.challenge_response import PROTOCOLS, under
from tests.fakes.login_world import HOLD_MS, REALM, SEED, Answer, LoginWorld
from tests.fakes.races import all_at_once

PACKET = b"one packet, twice"[:16]
TOTP_SEED = b"an app of the same user, too"


@pytest.fixture
def world() -> LoginWorld:
    return with_token()


def with_token(counter: int = 0) -> LoginWorld:
    """Alice has an app and a token whose next code is that of ``counter``."""
    world = LoginWorld()
    world.add_user("alice", seed=TOTP_SEED)
    world.add_token(counter=counter)
    return world


def login(world: LoginWorld, counter: int, protocol: str = "pap", login_id: bytes | None = None) -> Answer:
    return world.send(under(protocol, world.request(world.token_code(counter), login_id=login_id)))


@pytest.mark.parametrize("protocol", ["pap", *PROTOCOLS])
def test_codes_are_accepted_in_their_order_each_once(world: LoginWorld, protocol: str) -> None:
    for counter in (0, 1, 5, 15):
        answer = login(world, counter, protocol)
        assert (answer.outcome, answer.response.hold_ms) == ("accept", 0), counter
    for counter in (15, 7):
        answer = login(world, counter, protocol)
        assert (answer.outcome, answer.reason) == ("reject", RejectReason.CODE_USED)
    assert world.tries() == 0


@pytest.mark.parametrize("protocol", ["pap", *PROTOCOLS])
def test_the_same_packet_gets_the_same_answer(world: LoginWorld, protocol: str) -> None:
    first = login(world, 3, protocol, PACKET)
    again = login(world, 3, protocol, PACKET)
    assert (first.outcome, first.replayed) == ("accept", False)
    assert (again.outcome, again.replayed) == ("accept", True)
    assert again.response.ms_chap == first.response.ms_chap


def test_the_same_packet_gets_the_same_keys_after_later_logins(world: LoginWorld) -> None:
    first = login(world, 0, "mschapv2", PACKET)
    for counter in (10, 20, 30):
        assert login(world, counter).outcome == "accept"
    again = login(world, 0, "mschapv2", PACKET)
    assert (again.outcome, again.response.ms_chap) == ("accept", first.response.ms_chap)


def test_an_app_and_a_token_of_one_user_both_work(world: LoginWorld) -> None:
    assert world.login(world.code(seed=TOTP_SEED)).outcome == "accept"
    assert login(world, 0).outcome == "accept"
    assert world.login(world.code(seed=TOTP_SEED)).reason is RejectReason.CODE_USED


@pytest.mark.parametrize("protocol", ["pap", *PROTOCOLS])
def test_c11_a_code_beyond_the_window_is_refused_like_a_wrong_one(world: LoginWorld, protocol: str) -> None:
    """RFC 4226 section 7.4: ten counters may come next."""
    answer = login(world, 10, protocol)
    expected = RejectReason.CODE_FAR_OFF if protocol == "pap" else RejectReason.WRONG_CODE
    assert (answer.outcome, answer.reason, answer.response.hold_ms) == ("reject", expected, HOLD_MS)
    assert world.tries() == 1
    assert login(world, 9, protocol).outcome == "accept"


def test_c11_two_codes_in_a_row_bring_a_token_back(world: LoginWorld) -> None:
    assert login(world, 40).reason is RejectReason.CODE_FAR_OFF
    assert login(world, 41).outcome == "accept"
    assert world.tries() == 0
    for counter in (0, 40, 41):
        assert login(world, counter).outcome == "reject"
    assert login(world, 42).outcome == "accept"


def test_c11_two_codes_that_do_not_follow_each_other_bring_nothing_back(world: LoginWorld) -> None:
    for counter in (40, 42, 41, 60, 40):
        assert login(world, counter).reason is RejectReason.CODE_FAR_OFF
    assert world.tries() == 5


def test_c11_the_same_far_code_twice_opens_nothing(world: LoginWorld) -> None:
    for _ in range(2):
        assert login(world, 40).reason is RejectReason.CODE_FAR_OFF


def test_c11_far_codes_are_tries_and_lock_like_wrong_ones(world: LoginWorld) -> None:
    for counter in range(30, 50, 2):
        assert login(world, counter).reason is RejectReason.CODE_FAR_OFF
    assert login(world, 49).reason is RejectReason.LOCKED
    assert login(world, 0).reason is RejectReason.LOCKED


def test_c11_the_second_code_must_come_soon(world: LoginWorld) -> None:
    login(world, 40)
    world.clock.advance(601)
    assert login(world, 41).reason is RejectReason.CODE_FAR_OFF


def test_c11_beyond_the_wider_window_nothing_helps(world: LoginWorld) -> None:
    for counter in (100, 101):
        assert login(world, counter).reason is RejectReason.WRONG_CODE


def test_a_retransmission_of_a_far_code_is_the_same_refusal(world: LoginWorld) -> None:
    for _ in range(3):
        assert login(world, 40, login_id=PACKET).reason is RejectReason.CODE_FAR_OFF
    assert world.tries() == 1
    assert login(world, 41).outcome == "accept"


def test_a_token_whose_clock_is_off_comes_back_with_two_logins() -> None:
    world = LoginWorld()
    world.add_user("alice", seed=TOTP_SEED)
    world.add_token(parameters=TotpParameters())
    assert world.login(world.code(6)).reason is RejectReason.CODE_FAR_OFF
    world.clock.advance(30)
    assert world.login(world.code(6)).outcome == "accept"
    world.clock.advance(30)
    assert world.login(world.code(6)).outcome == "accept"
    assert world.login(world.code(0)).outcome == "reject"


def test_eight_digits() -> None:
    world = LoginWorld()
    world.add_user("alice", seed=TOTP_SEED)
    world.add_token(parameters=HotpParameters(8), counter=7)
    assert world.login(world.token_code(7)).outcome == "reject"
    assert world.login(world.token_code(7, digits=8)).outcome == "accept"
    assert world.login(world.token_code(6, digits=8)).outcome == "reject"


def race(world: LoginWorld, counters: list[int]) -> list[Answer]:
    """Each in a packet of its own, at an instance of its own."""
    requests = [world.request(world.token_code(counter)) for counter in counters]
    return all_at_once([lambda request=request: world.send(request, world.another_instance()) for request in requests])  # type: ignore[misc]


def test_b8_twenty_parallel_uses_of_one_code_are_one_accept(rounds: int) -> None:
    for _ in range(rounds):
        world = with_token()
        answers = race(world, [0] * 20)
        assert Counter(answer.outcome for answer in answers) == {"accept": 1, "reject": 19}
        assert {answer.reason for answer in answers} <= {None, RejectReason.CODE_USED, RejectReason.LOCKED}
        assert world.item().throttle.successes == 1


def test_codes_at_once_are_never_accepted_backwards(rounds: int) -> None:
    for _ in range(rounds):
        world = with_token()
        answers = race(world, list(range(8)))
        accepted = [counter for counter, answer in enumerate(answers) if answer.outcome == "accept"]
        assert accepted
        assert max(accepted) == next(
            factor.last_moving_factor for factor in world.item().factors.values() if factor.serial == "T-1"
        )


def test_c11_a_token_that_comes_back_and_goes_to_another_user_does_not_begin_anew(world: LoginWorld) -> None:
    world.add_user("bob", seed=b"what bob had before, in an app")
    assert login(world, 8).outcome == "accept"
    world.inventory.take_back("T-1", "test")
    assert login(world, 9).reason is RejectReason.WRONG_CODE
    world.inventory.assign("t-1", "bob", None, "test")
    for counter in (0, 8):
        assert world.login(world.token_code(counter), username="bob").outcome == "reject"
    assert world.login(world.token_code(9), username="bob").outcome == "accept"


def test_c11_a_token_of_a_user_who_was_removed_does_not_begin_anew(world: LoginWorld) -> None:
    world.add_user("bob", seed=b"what bob had before, in an app")
    assert login(world, 8).outcome == "accept"
    alice = world.store.subscribers.find(Alias(REALM.name, AliasKind.SAM, "alice"))
    assert alice is not None
    world.store.subscribers.remove(alice)
    world.inventory.assign("T-1", "bob", None, "test")
    assert world.login(world.token_code(8), username="bob").outcome == "reject"
    assert world.login(world.token_code(9), username="bob").outcome == "accept"


def resync(world: LoginWorld, first: int, second: int) -> None:
    world.inventory.resynchronise("T-1", (world.token_code(first), world.token_code(second)), "test")


def test_an_administrator_brings_a_token_back_by_two_codes(world: LoginWorld) -> None:
    resync(world, 70, 71)
    for counter in (0, 70, 71):
        assert login(world, counter).outcome == "reject"
    assert login(world, 72).outcome == "accept"


@pytest.mark.parametrize(("first", "second"), [(70, 72), (71, 70), (70, 70), (2, 3), (103, 104)])
def test_c11_other_two_codes_bring_nothing_back(world: LoginWorld, first: int, second: int) -> None:
    assert login(world, 2).outcome == "accept"
    with pytest.raises(TokenRefusedError):
        resync(world, first, second)
    assert login(world, 3).outcome == "accept"


def test_c11_resynchronising_is_rationed_and_heals(world: LoginWorld) -> None:
    for _ in range(5):
        with pytest.raises(TokenRefusedError):
            resync(world, 70, 72)
    with pytest.raises(TokenTriesSpentError):
        resync(world, 70, 71)
    world.clock.advance(3600)
    resync(world, 70, 71)


def test_of_many_at_once_one_resynchronises(rounds: int) -> None:
    for _ in range(rounds):
        world = with_token()

        def once(world: LoginWorld = world) -> bool:
            try:
                resync(world, 70, 71)
            except (TokenRefusedError, TokenTriesSpentError):
                return False
            return True

        assert sum(all_at_once([once] * 8)) == 1


def test_the_seed_of_a_token_opens_for_its_owner_only(world: LoginWorld) -> None:
    token = world.store.tokens.read("T-1")
    assert token is not None
    (factor,) = [one for one in world.item().factors.values() if one.serial]
    assert token.seed != factor.seed
    assert SEED.hex() not in repr(token) + repr(factor)
