"""RFC 4226 and RFC 6238, with their own test values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa.domain import otp
from mfa.domain.factors import FactorState, TotpAlgorithm, TotpFactor, TotpParameters
from mfa.domain.proofs import CodeProof
from mfa.domain.sealing import Sealed

DIGITS = b"1234567890"
SEEDS: dict[TotpAlgorithm, bytes] = {
    "SHA1": DIGITS * 2,
    "SHA256": DIGITS * 3 + b"12",
    "SHA512": DIGITS * 6 + b"1234",
}
# RFC 6238 appendix B: Unix seconds, then the 8-digit codes.
APPENDIX_B = [
    (59, "94287082", "46119246", "90693936"),
    (1111111109, "07081804", "68084774", "25091201"),
    (1111111111, "14050471", "67062674", "99943326"),
    (1234567890, "89005924", "91819424", "93441116"),
    (2000000000, "69279037", "90698825", "38618901"),
    (20000000000, "65353130", "77737706", "47863826"),
]
RFC_4226 = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]
VECTORS = [
    (at, algorithm, code)
    for at, *codes in APPENDIX_B
    for algorithm, code in zip(("SHA1", "SHA256", "SHA512"), codes, strict=True)
]


def typed(code: str) -> otp.IsTyped:
    return CodeProof(code).proves


def factor(**changes: object) -> TotpFactor:
    values = {
        "factor_id": "f",
        "name": "Phone",
        "state": FactorState.ACTIVE,
        "parameters": TotpParameters(),
        "seed": Sealed(1, b""),
        "created_at": 0,
    }
    return TotpFactor(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(("at", "algorithm", "code"), VECTORS)
def test_rfc_6238_appendix_b(at: int, algorithm: TotpAlgorithm, code: str) -> None:
    parameters = TotpParameters(algorithm=algorithm, digits=8)
    step = otp.time_step_at(at, parameters)
    assert otp.code_at(step, SEEDS[algorithm], parameters) == code
    assert otp.matching_time_step(typed(code), SEEDS[algorithm], parameters, step) == step


@pytest.mark.parametrize(("counter", "code"), list(enumerate(RFC_4226)))
def test_rfc_4226_appendix_d(counter: int, code: str) -> None:
    assert otp.code_at(counter, SEEDS["SHA1"], TotpParameters()) == code


@pytest.mark.parametrize("algorithm", ["SHA1", "SHA256", "SHA512"])
@pytest.mark.parametrize("digits", [6, 8])
@pytest.mark.parametrize("period", [30, 60])
@pytest.mark.parametrize("offset", [-3, -2, -1, 0, 1, 2, 3])
def test_one_step_to_either_side_is_accepted_and_no_more(
    algorithm: TotpAlgorithm, digits: int, period: int, offset: int
) -> None:
    parameters = TotpParameters(algorithm=algorithm, digits=digits, period=period)
    now = 1_700_000_000
    step = otp.time_step_at(now, parameters) + offset
    found = otp.find_time_step(
        factor(parameters=parameters), SEEDS[algorithm], typed(otp.code_at(step, SEEDS[algorithm], parameters)), now
    )
    assert (found and found.moving_factor) == (step if abs(offset) <= 1 else None)


def test_of_two_steps_with_the_same_code_the_higher_one_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(otp, "code_at", lambda step, *_: "111111" if step in {99, 101} else "222222")
    assert otp.matching_time_step(typed("111111"), b"", TotpParameters(), 100) == 101


def test_the_window_is_around_the_known_drift() -> None:
    seed, parameters = SEEDS["SHA1"], TotpParameters()
    ahead = otp.code_at(otp.time_step_at(1_700_000_000, parameters) + 4, seed, parameters)
    assert otp.find_time_step(factor(), seed, typed(ahead), 1_700_000_000) is None
    found = otp.find_time_step(factor(drift=3), seed, typed(ahead), 1_700_000_000)
    assert found is not None
    assert found.offset == 1


@pytest.mark.parametrize(
    ("drift", "last_offset", "offset", "expected"),
    [
        (0, 0, 0, (0, 0)),
        (0, 0, 1, (0, 1)),  # once: perhaps a slow typist
        (0, 1, 1, (1, 0)),  # twice in a row: the clock
        (0, -1, -1, (-1, 0)),
        (0, 1, -1, (0, -1)),
        (0, 1, 0, (0, 0)),
        (2, -1, -1, (1, 0)),
        (otp.MAX_DRIFT, 1, 1, (otp.MAX_DRIFT, 1)),  # no further
        (-otp.MAX_DRIFT, -1, -1, (-otp.MAX_DRIFT, -1)),
    ],
)
def test_two_codes_with_the_same_offset_move_the_drift(
    drift: int, last_offset: int, offset: int, expected: tuple[int, int]
) -> None:
    seed, parameters, now = SEEDS["SHA1"], TotpParameters(), 1_700_000_000
    code = otp.code_at(otp.time_step_at(now, parameters) + drift + offset, seed, parameters)
    found = otp.find_time_step(factor(drift=drift, last_offset=last_offset), seed, typed(code), now)
    assert found is not None
    assert (found.drift, found.offset) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12345",
        "1234567",
        "123456789",
        "１２３４５６",
        "١٢٣٤٥٦",
        "12345²",
        "+12345",
        "-12345",
        "12 345",
        "12345\n",
        "1e4567",
    ],
)
def test_what_is_not_six_or_eight_ascii_digits_is_no_code(text: str) -> None:
    assert not otp.is_code(text)


def test_full_width_digits_of_the_right_code_do_not_match() -> None:
    code = otp.code_at(100, SEEDS["SHA1"], TotpParameters())
    full_width = code.translate({ord("0") + digit: ord("０") + digit for digit in range(10)})
    assert otp.matching_time_step(typed(full_width), SEEDS["SHA1"], TotpParameters(), 100) is None


@given(st.integers(0, 10**6 - 1), st.integers(2, 2**40))
def test_only_the_codes_of_the_window_match(guess: int, centre: int) -> None:
    code = f"{guess:06}"
    window = {otp.code_at(centre + offset, SEEDS["SHA1"], TotpParameters()) for offset in otp.WINDOW}
    assert (otp.matching_time_step(typed(code), SEEDS["SHA1"], TotpParameters(), centre) is not None) == (
        code in window
    )


def test_the_first_steps_of_time_do_not_fail() -> None:
    code = otp.code_at(0, SEEDS["SHA1"], TotpParameters())
    assert otp.matching_time_step(typed(code), SEEDS["SHA1"], TotpParameters(), 0) == 0


def test_an_authenticator_app_reads_the_uri() -> None:
    uri = otp.provisioning_uri(
        SEEDS["SHA256"], TotpParameters("SHA256", 8, 60), issuer="Example Corp", account="alice@corp"
    )
    assert uri.startswith("otpauth://totp/Example%20Corp:alice%40corp?secret=GEZDGNBV")
    assert uri.endswith("&issuer=Example%20Corp&algorithm=SHA256&digits=8&period=60")
