"""Which second factor a login may use, and which is chosen for a user who typed none."""

from collections.abc import Sequence
from typing import Final

from mfa.domain.factors import CodeFactors, FactorState
from mfa.domain.policy import FactorKind

# What can be started without the user typing anything, once it is there: a prompt, a call, a message.
STARTABLE: Final[frozenset[FactorKind]] = frozenset()


def admitted_factors(client: Sequence[FactorKind], rule: Sequence[FactorKind] | None) -> tuple[FactorKind, ...]:
    """A rule narrows what the client admits; the order stays the client's."""
    return tuple(kind for kind in client if rule is None or kind in rule)


def automatic_factor(admitted: Sequence[FactorKind]) -> FactorKind | None:
    """The first that can be started now; None if the user has to type something."""
    return next((kind for kind in admitted if kind in STARTABLE), None)


def is_enrolled(item: CodeFactors | None) -> bool:
    return item is not None and any(factor.state is FactorState.ACTIVE for factor in item.factors.values())
