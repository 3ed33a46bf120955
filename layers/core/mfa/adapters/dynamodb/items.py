"""The hot item as the domain's values, and back."""

from collections.abc import Mapping
from typing import Any, cast

from mfa.adapters.dynamodb.tables import FactorsItem, plain
from mfa.domain.factors import (
    ClaimedCode,
    CodeFactors,
    FactorState,
    RecentLogin,
    RecentOutcome,
    SubscriberState,
    Throttle,
    TotpAlgorithm,
    TotpFactor,
    TotpParameters,
)
from mfa.domain.sealing import Sealed
from mfa.ports import AcceptedCode, Attempt

type RawMap = Mapping[str, Any]


def code_factors(user_id: str, item: FactorsItem) -> CodeFactors:
    return CodeFactors(
        user_id=user_id,
        state=SubscriberState(item.state),
        throttle=Throttle(
            tries=int(item.tries),
            gate=int(item.gate),
            last_try_at=int(item.last_try_at),
            successes=int(item.successes),
        ),
        factors={factor_id: totp_factor(factor_id, raw) for factor_id, raw in plain(item.factors).items()},
        recent={login_id: _recent_login(raw) for login_id, raw in plain(item.recent).items()},
        object_guid=item.object_guid,
        devices=tuple(item.devices or ()),
        recovery_until=int(item.recovery_until or 0),
    )


def totp_factor(factor_id: str, raw: RawMap) -> TotpFactor:
    return TotpFactor(
        factor_id=factor_id,
        name=raw["name"],
        state=FactorState(raw["state"]),
        parameters=TotpParameters(
            algorithm=cast(TotpAlgorithm, raw["algorithm"]), digits=raw["digits"], period=raw["period"]
        ),
        seed=Sealed(raw["key_version"], raw["seed"]),
        last_accepted_time_step=raw["last_step"],
        drift=raw["drift"],
        last_offset=raw["offset"],
        created_at=raw["created_at"],
        last_used_at=raw.get("last_used_at"),
    )


def raw_factor(factor: TotpFactor) -> dict[str, object]:
    raw: dict[str, object] = {
        "type": "totp",
        "name": factor.name,
        "state": factor.state.value,
        "algorithm": factor.parameters.algorithm,
        "digits": factor.parameters.digits,
        "period": factor.parameters.period,
        "key_version": factor.seed.key_version,
        "seed": factor.seed.octets,
        "last_step": factor.last_accepted_time_step,
        "drift": factor.drift,
        "offset": factor.last_offset,
        "created_at": factor.created_at,
        "confirmations": 0,
    }
    return raw if factor.last_used_at is None else {**raw, "last_used_at": factor.last_used_at}


def raw_recent(attempt: Attempt, outcome: RecentOutcome, reason: str | None = None) -> dict[str, object]:
    raw: dict[str, object] = {"outcome": outcome.value, "fingerprint": attempt.fingerprint, "at": attempt.at}
    return raw if reason is None else {**raw, "reason": reason}


def _recent_login(raw: RawMap) -> RecentLogin:
    return RecentLogin(
        outcome=RecentOutcome(raw["outcome"]),
        reason=raw.get("reason"),
        fingerprint=raw["fingerprint"],
        at=raw["at"],
        claimed=_claimed(raw.get("claimed")),
        prompt=raw.get("prompt"),
    )


def raw_claimed(code: AcceptedCode) -> dict[str, object]:
    return {"factor": code.factor_id, "step": code.time_step}


def _claimed(raw: RawMap | None) -> ClaimedCode | None:
    return None if raw is None else ClaimedCode(factor_id=raw["factor"], time_step=raw["step"])
