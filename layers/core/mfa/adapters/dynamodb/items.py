"""The hot item as the domain's values, and back."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from mfa.adapters.dynamodb.tables import FactorsItem, plain, plain_or_none
from mfa.domain.factors import (
    Accepted,
    AcceptedCode,
    ClaimedCode,
    CodeFactor,
    CodeFactors,
    CodeParameters,
    FactorState,
    FarCode,
    HotpFactor,
    HotpParameters,
    RecentLogin,
    RecentOutcome,
    SubscriberState,
    Throttle,
    TotpAlgorithm,
    TotpFactor,
    TotpParameters,
)
from mfa.domain.phones import PhoneWay, VerifiedPhone
from mfa.domain.sealing import Sealed
from mfa.domain.sent_codes import MAX_BATCH, SentCode
from mfa.ports import Attempt

_BY_MESSAGE: Final = frozenset({PhoneWay.MESSAGE})

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
        factors={factor_id: code_factor(factor_id, raw) for factor_id, raw in plain(item.factors).items()},
        recent={login_id: _recent_login(raw) for login_id, raw in plain(item.recent).items()},
        object_guid=item.object_guid,
        devices=tuple(item.devices or ()),
        phones=tuple(_phone(raw) for raw in _maps(item.phones)),
        messages=tuple(_sent_code(code_id, raw) for code_id, raw in (plain_or_none(item.messages) or {}).items()),
        recovery_until=int(item.recovery_until or 0),
    )


def code_factor(factor_id: str, raw: RawMap) -> CodeFactor:
    """``last_step`` is the last used moving factor of either kind, so that one condition serves both."""
    return _hotp_factor(factor_id, raw) if raw["type"] == "hotp" else _totp_factor(factor_id, raw)


def _hotp_factor(factor_id: str, raw: RawMap) -> HotpFactor:
    return HotpFactor(
        factor_id=factor_id,
        name=raw["name"],
        state=FactorState(raw["state"]),
        parameters=HotpParameters(raw["digits"]),
        seed=Sealed(raw["key_version"], raw["seed"]),
        last_accepted_counter=raw["last_step"],
        created_at=raw["created_at"],
        last_used_at=raw.get("last_used_at"),
        serial=raw.get("serial"),
        far=_far_code(raw.get("far")),
    )


def _totp_factor(factor_id: str, raw: RawMap) -> TotpFactor:
    return TotpFactor(
        factor_id=factor_id,
        name=raw["name"],
        state=FactorState(raw["state"]),
        parameters=_totp_parameters(raw),
        seed=Sealed(raw["key_version"], raw["seed"]),
        last_accepted_time_step=raw["last_step"],
        drift=raw["drift"],
        last_offset=raw["offset"],
        created_at=raw["created_at"],
        last_used_at=raw.get("last_used_at"),
        serial=raw.get("serial"),
        far=_far_code(raw.get("far")),
    )


def raw_factor(factor: CodeFactor) -> dict[str, object]:
    raw: dict[str, object] = {
        "name": factor.name,
        "state": factor.state.value,
        "key_version": factor.seed.key_version,
        "seed": factor.seed.octets,
        "last_step": factor.last_moving_factor,
        "created_at": factor.created_at,
        "confirmations": 0,
        **raw_parameters(factor.parameters),
    }
    if isinstance(factor, TotpFactor):
        raw |= {"drift": factor.drift, "offset": factor.last_offset}
    far = None if factor.far is None else raw_far_code(factor.far)
    optional = {"last_used_at": factor.last_used_at, "serial": factor.serial, "far": far}
    return raw | {name: value for name, value in optional.items() if value is not None}


def raw_parameters(parameters: CodeParameters) -> dict[str, object]:
    if isinstance(parameters, HotpParameters):
        return {"type": "hotp", "digits": parameters.digits}
    return {
        "type": "totp",
        "algorithm": parameters.algorithm,
        "digits": parameters.digits,
        "period": parameters.period,
    }


def code_parameters(raw: RawMap) -> CodeParameters:
    if raw["type"] == "hotp":
        return HotpParameters(raw["digits"])
    return _totp_parameters(raw)


def _totp_parameters(raw: RawMap) -> TotpParameters:
    return TotpParameters(algorithm=cast(TotpAlgorithm, raw["algorithm"]), digits=raw["digits"], period=raw["period"])


def raw_far_code(code: FarCode) -> dict[str, object]:
    return {"step": code.moving_factor, "at": code.at}


def _far_code(raw: RawMap | None) -> FarCode | None:
    return None if raw is None else FarCode(raw["step"], raw["at"])


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


def raw_claimed(code: Accepted) -> dict[str, object]:
    return {"factor": code.factor_id, "step": code.moving_factor if isinstance(code, AcceptedCode) else 0}


def _claimed(raw: RawMap | None) -> ClaimedCode | None:
    return None if raw is None else ClaimedCode(factor_id=raw["factor"], moving_factor=raw["step"])


def raw_phone(phone: VerifiedPhone) -> dict[str, object]:
    """Names within these maps are short: each is stored with each phone and each code, in the hot item."""
    raw: dict[str, object] = {
        "id": phone.phone_id,
        "name": phone.name,
        "v": phone.number.key_version,
        "n": phone.number.octets,
        "in": phone.region,
        "at": phone.verified_at,
    }
    return raw if phone.ways == _BY_MESSAGE else {**raw, "by": " ".join(sorted(phone.ways))}


def _phone(raw: RawMap) -> VerifiedPhone:
    return VerifiedPhone(
        phone_id=raw["id"],
        name=raw["name"],
        number=Sealed(raw["v"], raw["n"]),
        region=raw["in"],
        verified_at=raw["at"],
        ways=frozenset(map(PhoneWay, raw["by"].split())) if "by" in raw else _BY_MESSAGE,
    )


def raw_sent_code(code: SentCode) -> dict[str, object]:
    raw: dict[str, object] = {
        "p": code.phone_id,
        "at": code.client_key,
        "v": code.code.key_version,
        "c": code.code.octets,
        "end": code.expires_at,
        "n": code.tries,
        "era": code.successes,
    }
    more = {} if code.size == 1 else {"of": code.size}
    return {**raw, **more, **{used_mark(place): True for place in code.used}}


def used_mark(place: int) -> str:
    """A mark of its own for each code of a batch: so a use is one condition on one attribute."""
    return f"used{place}" if place else "used"


def _sent_code(code_id: str, raw: RawMap) -> SentCode:
    return SentCode(
        code_id=code_id,
        phone_id=raw["p"],
        client_key=raw["at"],
        code=Sealed(raw["v"], raw["c"]),
        expires_at=float(raw["end"]),
        tries=raw["n"],
        successes=raw["era"],
        size=int(raw.get("of", 1)),
        used=frozenset(place for place in range(MAX_BATCH) if raw.get(used_mark(place))),
    )


def _maps(listed: Sequence[Any] | None) -> list[RawMap]:
    """PynamoDB reads maps within a list as its own, and octets in them as they are."""
    return [one.as_dict() if hasattr(one, "as_dict") else one for one in listed or ()]
