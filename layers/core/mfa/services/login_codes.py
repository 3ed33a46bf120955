"""Codes against the factors of one user: sealed seeds are opened, and every candidate is compared."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from mfa.domain.factors import AcceptedCode, CodeFactor, CodeFactors
from mfa.domain.proofs import Proof
from mfa.domain.reasons import RejectReason
from mfa.domain.sealing import seed_context
from mfa.domain.verification import FoundFar, accepted_text, code_of, factors_for, verify_code
from mfa.ports import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedCode:
    """A right code, and its text."""

    accepted: AcceptedCode
    text: str = field(repr=False)


class LoginCodes:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def check(self, proof: Proof, item: CodeFactors, now: float) -> CheckedCode | FoundFar | RejectReason:
        """Right means: of a step or counter that was not used when ``item`` was read."""
        opened = self._opened(proof, item)
        verdict = verify_code(proof, opened, now) if opened else RejectReason.NOT_ENROLLED
        if isinstance(verdict, AcceptedCode):
            return CheckedCode(accepted=verdict, text=code_of(verdict, opened))
        return verdict

    def accepted_text(self, proof: Proof, item: CodeFactors) -> str | None:
        """The text by which this proof was accepted a short time ago."""
        return accepted_text(proof, self._opened(proof, item))

    def _opened(self, proof: Proof, item: CodeFactors) -> Sequence[tuple[CodeFactor, bytes]]:
        return [
            (factor, self._vault.open(factor.seed, seed_context(item.user_id, factor.factor_id)))
            for factor in factors_for(proof, item)
        ]
