"""HOTP (RFC 4226), with its own test values: the window, the counter that only goes forward, and resynchronising."""

from dataclasses import replace

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa.domain import otp
from mfa.domain.factors import (
    AcceptedCode,
    CodeFactor,
    FactorState,
    FarCode,
    HotpFactor,
    HotpParameters,
    TotpFactor,
    TotpParameters,
)
from mfa.domain.otp import LOOK_AHEAD, MAX_DRIFT, code_at, find_counter, time_step_at
from mfa.domain.proofs import CodeProof
from mfa.domain.reasons import RejectReason
from mfa.domain.resync import RESYNC_SECONDS, RESYNC_WINDOW, find_pair
from mfa.domain.sealing import Sealed
from mfa.domain.verification import FoundFar, Verdict, verify_code

SEED = b"12345678901234567890"
APPENDIX_D = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]
NOW = 1_800_000_000.0


def hotp(last: int = -1, **changes: object) -> HotpFactor:
    values = {
        "factor_id": "f-1",
        "name": "Token",
        "state": FactorState.ACTIVE,
        "parameters": HotpParameters(),
        "seed": Sealed(1, b""),
        "last_accepted_counter": last,
        "created_at": 0,
    }
    return HotpFactor(**(values | changes))  # type: ignore[arg-type]


def totp(last: int = -1, serial: str | None = "T-1", far: FarCode | None = None) -> TotpFactor:
    return TotpFactor(
        factor_id="f-1",
        name="Token",
        state=FactorState.ACTIVE,
        parameters=TotpParameters(),
        seed=Sealed(1, b""),
        last_accepted_time_step=last,
        created_at=0,
        serial=serial,
        far=far,
    )


def code(moving_factor: int, factor: CodeFactor | None = None, seed: bytes = SEED) -> CodeProof:
    return CodeProof(code_at(moving_factor, seed, (factor or hotp()).parameters))


def verify(proof: CodeProof, factor: CodeFactor, now: float = NOW) -> Verdict:
    return verify_code(proof, [(factor, SEED)], now)


def accepted(counter: int) -> AcceptedCode:
    return AcceptedCode(factor_id="f-1", moving_factor=counter)


@pytest.mark.parametrize(("counter", "value"), list(enumerate(APPENDIX_D)))
def test_rfc_4226_appendix_d(counter: int, value: str) -> None:
    assert code_at(counter, SEED, HotpParameters()) == value
    assert verify(CodeProof(value), hotp(counter - 1)) == accepted(counter)


@given(st.binary(min_size=14, max_size=64), st.integers(0, 2**40), st.sampled_from([6, 8]))
def test_codes_are_those_of_pyotp(seed: bytes, counter: int, digits: int) -> None:
    reference = pyotp.HOTP(otp._base32(seed), digits=digits).at(counter)
    assert code_at(counter, seed, HotpParameters(digits)) == reference


def test_a_seed_of_80_bits_makes_codes() -> None:
    assert verify(code(0, seed=SEED[:10]), hotp()) is RejectReason.WRONG_CODE
    assert verify_code(code(0, seed=SEED[:10]), [(hotp(), SEED[:10])], NOW) == accepted(0)


@given(st.integers(-1, 2**32), st.integers(1, LOOK_AHEAD))
def test_each_of_the_next_ten_codes_is_accepted(last: int, ahead: int) -> None:
    found = find_counter(hotp(last), SEED, code(last + ahead).proves)
    assert found is not None
    assert found.moving_factor > last


@pytest.mark.parametrize("ahead", [LOOK_AHEAD + 1, LOOK_AHEAD + 2, RESYNC_WINDOW - 1])
def test_c11_one_code_further_ahead_is_refused_and_remembered(ahead: int) -> None:
    assert verify(code(50 + ahead), hotp(50)) == FoundFar("f-1", FarCode(50 + ahead, int(NOW)))


@pytest.mark.parametrize("ahead", [RESYNC_WINDOW, RESYNC_WINDOW + 1, 10_000])
def test_c11_a_code_beyond_the_wider_window_is_wrong(ahead: int) -> None:
    assert verify(code(50 + ahead), hotp(50)) is RejectReason.WRONG_CODE


@given(st.integers(0, 2**32), st.integers(0, LOOK_AHEAD - 1))
def test_c2_the_counter_only_goes_forward(last: int, back: int) -> None:
    verdict = verify(code(max(0, last - back)), hotp(last))
    assert verdict is RejectReason.CODE_USED or (isinstance(verdict, AcceptedCode) and verdict.moving_factor > last)


def test_a_code_that_was_used_long_ago_is_wrong() -> None:
    assert verify(code(0), hotp(50)) is RejectReason.WRONG_CODE


def test_the_code_after_a_far_one_is_accepted() -> None:
    assert verify(code(81), hotp(50, far=FarCode(80, int(NOW) - 30))) == accepted(81)


@pytest.mark.parametrize("counter", [79, 80, 82, 83, 90])
def test_c11_any_other_code_after_a_far_one_is_only_another_far_one(counter: int) -> None:
    far = FarCode(80, int(NOW) - 30)
    assert verify(code(counter), hotp(50, far=far)) == FoundFar("f-1", FarCode(counter, int(NOW)))


def test_c11_two_far_codes_too_long_apart_open_nothing() -> None:
    far = FarCode(80, int(NOW) - RESYNC_SECONDS - 1)
    assert isinstance(verify(code(81), hotp(50, far=far)), FoundFar)


def test_a_far_code_that_was_left_behind_opens_nothing() -> None:
    assert verify(code(81), hotp(95, far=FarCode(80, int(NOW)))) is RejectReason.WRONG_CODE


def test_codes_of_eight_digits_belong_to_tokens_of_eight() -> None:
    eight = hotp(parameters=HotpParameters(8))
    assert verify(code(3, eight), eight) == accepted(3)
    assert verify(code(3), eight) is RejectReason.WRONG_CODE


def test_a_token_that_was_assigned_twice_gives_each_code_once() -> None:
    candidates = [(hotp(5), SEED), (hotp(-1, factor_id="f-2"), SEED)]
    for order in (candidates, candidates[::-1]):
        assert verify_code(code(5), order, NOW) is RejectReason.CODE_USED


def pair(first: int, second: int, factor: CodeFactor) -> AcceptedCode | None:
    return find_pair(factor, SEED, code(first, factor).proves, code(second, factor).proves, NOW)


@given(st.integers(-1, 2**32), st.integers(1, RESYNC_WINDOW - 1))
def test_two_codes_in_a_row_are_found_anywhere_in_the_wider_window(last: int, ahead: int) -> None:
    assert pair(last + ahead, last + ahead + 1, hotp(last)) == accepted(last + ahead + 1)


@pytest.mark.parametrize(
    ("first", "second"),
    [(60, 62), (61, 60), (60, 60), (49, 50), (50, 51), (50 + RESYNC_WINDOW, 51 + RESYNC_WINDOW)],
    ids=["a gap", "the wrong way round", "one twice", "both used", "the first used", "too far"],
)
def test_c11_no_other_two_codes_resynchronise(first: int, second: int) -> None:
    assert pair(first, second, hotp(50)) is None


STEP = time_step_at(NOW, TotpParameters())


@pytest.mark.parametrize("drift", [-MAX_DRIFT, -5, -1, 0, 1, 5, MAX_DRIFT])
def test_two_codes_in_a_row_set_the_clock_of_a_token(drift: int) -> None:
    found = pair(STEP + drift - 1, STEP + drift, totp())
    expected = AcceptedCode(factor_id="f-1", moving_factor=STEP + drift, drift=drift)
    assert found == (expected if drift > -MAX_DRIFT else None)  # its first code lies outside


def test_two_codes_of_a_clock_that_is_too_far_off_are_nothing() -> None:
    assert pair(STEP + MAX_DRIFT, STEP + MAX_DRIFT + 1, totp()) is None


def test_two_codes_of_used_steps_are_nothing() -> None:
    assert pair(STEP - 3, STEP - 2, totp(last=STEP - 2)) is None


@pytest.mark.parametrize("offset", [-9, -4, 4, 9])
@pytest.mark.parametrize("later", [0, 30, 60, 290])
def test_a_token_whose_clock_is_off_comes_back_with_two_logins(offset: int, later: int) -> None:
    found = verify(code(STEP + offset, totp()), totp())
    assert found == FoundFar("f-1", FarCode(STEP + offset, int(NOW)))
    assert isinstance(found, FoundFar)
    passed = later // 30 or 1
    again = verify(code(STEP + offset + passed, totp()), totp(far=found.code), NOW + later)
    assert isinstance(again, AcceptedCode)
    assert again.moving_factor == STEP + offset + passed
    assert again.drift == STEP + offset + passed - time_step_at(NOW + later, TotpParameters())


def test_the_same_far_code_twice_is_refused_twice() -> None:
    far = FarCode(STEP + 5, int(NOW))
    assert isinstance(verify(code(STEP + 5, totp()), totp(far=far)), FoundFar)


def test_an_app_is_not_followed_beyond_its_window() -> None:
    """Whoever looked over a shoulder some minutes ago would know two codes in a row."""
    app = totp(serial=None)
    assert verify(code(STEP - 5, app), app) is RejectReason.WRONG_CODE


def test_a_far_code_is_searched_for_codes_in_clear_only() -> None:
    class Response:
        def proves(self, text: str) -> bool:
            return code(70).proves(text)

        def may_have_digits(self, digits: int) -> bool:
            return True

    assert verify_code(Response(), [(hotp(50), SEED)], NOW) is RejectReason.WRONG_CODE
    assert verify_code(Response(), [(hotp(65), SEED)], NOW) == accepted(70)


@given(st.integers(0, 10**6 - 1), st.integers(-1, 2**32))
def test_only_the_codes_of_the_window_are_accepted(guess: int, last: int) -> None:
    typed = f"{guess:06}"
    ahead = {code_at(last + offset, SEED, HotpParameters()) for offset in range(1, LOOK_AHEAD + 1)}
    assert isinstance(verify(CodeProof(typed), hotp(last)), AcceptedCode) == (typed in ahead)


def test_of_two_counters_with_the_same_code_the_higher_one_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(otp, "code_at", lambda counter, *_: "111111" if counter in {52, 57} else "222222")
    assert find_counter(hotp(50), SEED, CodeProof("111111").proves) == accepted(57)


def test_a_pair_is_compared_as_a_whole() -> None:
    factor = replace(hotp(), far=FarCode(80, int(NOW)))
    assert pair(20, 21, factor) == accepted(21)
