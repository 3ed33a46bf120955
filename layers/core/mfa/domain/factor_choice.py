"""Which second factor a login may use, and which is chosen for a user who typed none."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from mfa.domain.configuration import ClientPolicy
from mfa.domain.factors import CodeFactors, FactorState
from mfa.domain.phones import PhoneWay
from mfa.domain.policy import FactorKind
from mfa.domain.push import PushApproval

EVER: Final = 0.0  # as a moment: whoever had recovery or bypass codes at any time has them
_CALL: Final = frozenset({FactorKind.PHONE})
_CALL_OR_PUSH: Final = frozenset({FactorKind.PHONE, FactorKind.PUSH})
_ASKED_FOR: Final = frozenset({FactorKind.CODE, FactorKind.SMS})  # in a dialogue, which goes on after a message


def deployed_factors(*, messages: bool, calls: bool) -> frozenset[FactorKind]:
    """What this deployment has at all."""
    missing = {FactorKind.SMS: not messages, FactorKind.PHONE: not calls}
    return frozenset(kind for kind in FactorKind if not missing.get(kind, False))


def as_offered(client: ClientPolicy, offers: Collection[FactorKind]) -> ClientPolicy:
    """A client admits no more than the deployment has: so the next in its order is chosen."""
    factors = tuple(kind for kind in client.factors if kind in offers)
    return client if factors == client.factors else replace(client, factors=factors)


def admitted_factors(client: Sequence[FactorKind], rule: Sequence[FactorKind] | None) -> tuple[FactorKind, ...]:
    """A rule narrows what the client admits; the order stays the client's."""
    return tuple(kind for kind in client if rule is None or kind in rule)


def startable_factors(approval: PushApproval) -> frozenset[FactorKind]:
    """What can be started without the user typing anything: a call, and a prompt, unless it wants a number that was
    typed."""
    return _CALL if approval is PushApproval.NUMBER else _CALL_OR_PUSH


def automatic_factor(usable: Sequence[FactorKind], startable: frozenset[FactorKind]) -> FactorKind | None:
    """The first that can be started now; None if the user has to type something."""
    return next((kind for kind in usable if kind in startable), None)


def factor_after_password(
    usable: Sequence[FactorKind], startable: frozenset[FactorKind], *, may_ask: bool
) -> FactorKind | None:
    """What comes next, in the client's order. ``may_ask``: the client can ask the user for a code."""
    return automatic_factor(usable, startable | _ASKED_FOR if may_ask else startable)


def usable_factors(admitted: Sequence[FactorKind], item: CodeFactors, now: float = EVER) -> tuple[FactorKind, ...]:
    """Of those that are admitted, the ones that the user has."""
    kinds = factor_kinds(item, now)
    return tuple(kind for kind in admitted if kind in kinds)


def factor_kinds(item: CodeFactors, now: float = EVER) -> frozenset[FactorKind]:
    has_code = any(factor.state is FactorState.ACTIVE for factor in item.factors.values())
    has = {
        FactorKind.CODE: has_code,
        FactorKind.PUSH: bool(item.devices),
        FactorKind.SMS: _is_reached(item, PhoneWay.MESSAGE),
        FactorKind.PHONE: _is_reached(item, PhoneWay.CALL),
        FactorKind.RECOVERY_CODE: item.recovery_until > now,
    }
    return frozenset(kind for kind, is_there in has.items() if is_there)


def _is_reached(item: CodeFactors, way: PhoneWay) -> bool:
    return any(way in phone.ways for phone in item.phones)


def is_enrolled(item: CodeFactors | None, now: float = EVER) -> bool:
    return item is not None and bool(factor_kinds(item, now))
