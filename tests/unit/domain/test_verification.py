"""Which factor a code belongs to, and whether it was used."""

from dataclasses import replace

import pytest

from mfa.domain.factors import AcceptedCode, FactorState, TotpFactor, TotpParameters
from mfa.domain.otp import code_at, time_step_at
from mfa.domain.proofs import CodeProof
from mfa.domain.reasons import RejectReason
from mfa.domain.sealing import Sealed
from mfa.domain.verification import verify_code

SEED, OTHER_SEED = b"the seed of one token", b"the seed of another token"
NOW = 1_800_000_000.0
STEP = time_step_at(NOW, TotpParameters())


def factor(factor_id: str, last_step: int = -1, parameters: TotpParameters | None = None) -> TotpFactor:
    return TotpFactor(
        factor_id=factor_id,
        name="Token",
        state=FactorState.ACTIVE,
        parameters=parameters or TotpParameters(),
        seed=Sealed(1, b"sealed"),
        last_accepted_time_step=last_step,
        created_at=0,
    )


def code(seed: bytes) -> CodeProof:
    return CodeProof(code_at(STEP, seed, TotpParameters()))


def test_the_factor_that_made_the_code_is_found_wherever_it_stands() -> None:
    candidates = [(factor("f-1"), OTHER_SEED), (factor("f-2"), SEED)]
    for order in (candidates, candidates[::-1]):
        assert verify_code(code(SEED), order, NOW) == AcceptedCode(
            factor_id="f-2", moving_factor=STEP, drift=0, offset=0
        )


def test_a_code_of_no_factor_is_wrong() -> None:
    assert verify_code(code(b"a stranger's token seed"), [(factor("f-1"), SEED)], NOW) is RejectReason.WRONG_CODE


def test_a_used_step_is_refused() -> None:
    assert verify_code(code(SEED), [(factor("f-1", last_step=STEP), SEED)], NOW) is RejectReason.CODE_USED


@pytest.mark.parametrize("turn", [1, -1])
def test_a_token_that_was_enrolled_twice_gives_each_code_once(turn: int) -> None:
    candidates = [(factor("f-1", last_step=STEP), SEED), (factor("f-2"), SEED)][::turn]
    assert verify_code(code(SEED), candidates, NOW) is RejectReason.CODE_USED


def test_steps_of_another_length_are_not_compared() -> None:
    slow = replace(factor("f-2", last_step=STEP), parameters=TotpParameters(period=60))
    fit = verify_code(code(SEED), [(factor("f-1"), SEED), (slow, SEED)], NOW)
    assert isinstance(fit, AcceptedCode)
