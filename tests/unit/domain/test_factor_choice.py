"""Which factors a login may use."""

from dataclasses import replace

from mfa.domain.factor_choice import admitted_factors, automatic_factor, is_enrolled
from mfa.domain.factors import CodeFactors, FactorState, SubscriberState, TotpFactor, TotpParameters
from mfa.domain.policy import DEFAULT_FACTORS, FactorKind
from mfa.domain.sealing import Sealed
from mfa.domain.throttle import FRESH

PUSH, CODE, SMS = FactorKind.PUSH, FactorKind.CODE, FactorKind.SMS
TOKEN = TotpFactor(
    factor_id="token",
    name="Phone",
    state=FactorState.ACTIVE,
    parameters=TotpParameters(),
    seed=Sealed(1, b""),
    created_at=0,
)


def item(*factors: TotpFactor) -> CodeFactors:
    return CodeFactors(
        user_id="u",
        state=SubscriberState.ACTIVE,
        throttle=FRESH,
        factors={factor.factor_id: factor for factor in factors},
        recent={},
    )


def test_a_rule_narrows_what_the_client_admits_and_never_widens_or_reorders_it() -> None:
    assert admitted_factors((PUSH, CODE), None) == (PUSH, CODE)
    assert admitted_factors((PUSH, CODE), (SMS, CODE, PUSH)) == (PUSH, CODE)
    assert admitted_factors((PUSH, CODE), (SMS,)) == ()


def test_no_factor_can_be_started_without_typing_yet() -> None:
    assert automatic_factor(DEFAULT_FACTORS) is None


def test_only_an_active_factor_makes_a_user_enrolled() -> None:
    assert is_enrolled(item(TOKEN))
    assert not is_enrolled(item(replace(TOKEN, state=FactorState.PENDING)))
    assert not is_enrolled(item())
    assert not is_enrolled(None)
