"""Which factors a login may use."""

from dataclasses import replace

import pytest

from mfa.domain.factor_choice import (
    admitted_factors,
    as_offered,
    automatic_factor,
    deployed_factors,
    factor_after_password,
    is_enrolled,
    startable_factors,
    usable_factors,
)
from mfa.domain.factors import CodeFactors, FactorState, SubscriberState, TotpFactor, TotpParameters
from mfa.domain.phones import PhoneWay, VerifiedPhone
from mfa.domain.policy import DEFAULT_FACTORS, FactorKind
from mfa.domain.push import PushApproval
from mfa.domain.sealing import Sealed
from mfa.domain.throttle import FRESH
from tests.fakes.mode_world import vpn

PUSH, CODE, SMS, CALL = FactorKind.PUSH, FactorKind.CODE, FactorKind.SMS, FactorKind.PHONE
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


@pytest.mark.parametrize("approval", [PushApproval.TAP, PushApproval.PASSKEY])
def test_a_prompt_is_started_without_typing_unless_it_wants_a_number(approval: PushApproval) -> None:
    assert automatic_factor(DEFAULT_FACTORS, startable_factors(approval)) is PUSH
    assert automatic_factor((CODE, PUSH), startable_factors(approval)) is PUSH
    assert automatic_factor((CODE, SMS), startable_factors(approval)) is None
    assert automatic_factor(DEFAULT_FACTORS, startable_factors(PushApproval.NUMBER)) is None


def test_a_user_may_use_what_is_admitted_and_theirs_in_the_clients_order() -> None:
    both = replace(item(TOKEN), devices=("phone",))
    assert usable_factors((PUSH, SMS, CODE), both) == (PUSH, CODE)
    assert usable_factors((CODE, PUSH), both) == (CODE, PUSH)
    assert usable_factors((CODE, SMS), replace(item(), devices=("phone",))) == ()
    assert usable_factors(DEFAULT_FACTORS, item(replace(TOKEN, state=FactorState.PENDING))) == ()


def test_in_a_dialogue_codes_and_messages_come_in_the_clients_order() -> None:
    tap, number = startable_factors(PushApproval.TAP), startable_factors(PushApproval.NUMBER)
    assert factor_after_password((SMS, CODE, PUSH), tap, may_ask=True) is SMS
    assert factor_after_password((CODE, SMS, PUSH), tap, may_ask=True) is CODE
    assert factor_after_password((PUSH, SMS), tap, may_ask=True) is PUSH
    assert factor_after_password((PUSH, SMS), number, may_ask=True) is SMS
    assert factor_after_password((SMS, CODE, PUSH), tap, may_ask=False) is PUSH
    assert factor_after_password((SMS, CODE), tap, may_ask=False) is None


def test_a_phone_makes_a_user_enrolled_and_able_to_get_messages() -> None:
    phone = VerifiedPhone(phone_id="p", name="Phone", number=Sealed(1, b""), region="DE", verified_at=0)
    with_phone = replace(item(), phones=(phone,))
    assert is_enrolled(with_phone)
    assert usable_factors(DEFAULT_FACTORS, with_phone) == (SMS,)


def test_a_number_is_a_factor_for_what_it_is_reached_by_only() -> None:
    phone = VerifiedPhone(
        phone_id="p", name="Desk", number=Sealed(1, b""), region="DE", verified_at=0, ways=frozenset({PhoneWay.CALL})
    )
    desk = replace(item(), phones=(phone,))
    assert is_enrolled(desk)
    assert usable_factors((*DEFAULT_FACTORS, CALL), desk) == (CALL,)
    both = replace(item(), phones=(replace(phone, ways=frozenset(PhoneWay)),))
    assert usable_factors((SMS, CALL), both) == (SMS, CALL)


def test_calls_are_admitted_only_where_they_are_listed_and_start_whatever_a_push_wants() -> None:
    assert CALL not in DEFAULT_FACTORS
    for approval in PushApproval:
        assert CALL in startable_factors(approval)
    assert automatic_factor((PUSH, CALL), startable_factors(PushApproval.NUMBER)) is CALL
    assert automatic_factor((PUSH, CALL), startable_factors(PushApproval.TAP)) is PUSH


def test_what_a_deployment_has_not_is_no_factor_of_its_clients() -> None:
    client = replace(vpn(), factors=(CALL, PUSH, SMS))
    assert as_offered(client, deployed_factors(messages=True, calls=True)) is client
    assert as_offered(client, deployed_factors(messages=True, calls=False)).factors == (PUSH, SMS)
    assert as_offered(client, deployed_factors(messages=False, calls=False)).factors == (PUSH,)


def test_a_device_alone_makes_a_user_enrolled() -> None:
    assert is_enrolled(replace(item(), devices=("phone",)))


def test_recovery_and_bypass_codes_make_a_user_enrolled_until_their_end() -> None:
    lent = replace(item(), recovery_until=1000)
    assert is_enrolled(lent, 999.9)
    assert usable_factors(DEFAULT_FACTORS, lent, 999.9) == (FactorKind.RECOVERY_CODE,)
    assert not is_enrolled(lent, 1000)
    assert is_enrolled(lent)  # who asks for no moment must not take them for a stranger


def test_only_an_active_factor_makes_a_user_enrolled() -> None:
    assert is_enrolled(item(TOKEN))
    assert not is_enrolled(item(replace(TOKEN, state=FactorState.PENDING)))
    assert not is_enrolled(item())
    assert not is_enrolled(None)
