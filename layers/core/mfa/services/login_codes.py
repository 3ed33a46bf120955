"""Codes against the factors of one user: sealed seeds are opened, and every candidate is compared."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from mfa.domain.factor_choice import usable_factors
from mfa.domain.factors import Accepted, AcceptedCode, CodeFactor, CodeFactors
from mfa.domain.policy import FactorKind
from mfa.domain.proofs import Proof
from mfa.domain.reasons import RejectReason
from mfa.domain.sealing import seed_context
from mfa.domain.sent_code_verification import OpenedCodes, used_text, verify_sent_code
from mfa.domain.sent_codes import SENT_CODE_DIGITS, AcceptedMessage, code_context, opened
from mfa.domain.verification import FoundFar, accepted_text, code_of, factors_for, verify_code
from mfa.ports import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedCode:
    """A right code, and its text."""

    accepted: Accepted
    text: str = field(repr=False)


class LoginCodes:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def check(
        self, proof: Proof, item: CodeFactors, now: float, *, client: str, factors: Collection[FactorKind]
    ) -> CheckedCode | FoundFar | RejectReason:
        """Right means: not used when ``item`` was read. A code of a token within its window is looked for first;
        one beyond it is none if it was sent. ``factors`` are those that may be used, ``client`` is where a code that
        was sent must have been asked for."""
        own = self._opened(proof, item) if FactorKind.CODE in factors else ()
        sent = self._sent(proof, item) if FactorKind.SMS in factors else ()
        verdict = verify_code(proof, own, now) if own else RejectReason.NOT_ENROLLED
        message = verify_sent_code(proof, sent, item, client, now)
        if isinstance(verdict, AcceptedCode):
            return CheckedCode(accepted=verdict, text=code_of(verdict, own))
        if isinstance(message, AcceptedMessage):
            used = (message.code_id, message.place)
            text = next(code.text for code in sent if (code.message.code_id, code.place) == used)
            return CheckedCode(accepted=message, text=text)
        if verdict is RejectReason.NOT_ENROLLED and FactorKind.SMS in usable_factors(tuple(factors), item):
            verdict = RejectReason.WRONG_CODE
        return verdict if message is None or verdict is RejectReason.CODE_USED else message

    def accepted_text(self, proof: Proof, item: CodeFactors) -> str | None:
        """The text by which this proof was accepted a short time ago."""
        return accepted_text(proof, self._opened(proof, item)) or used_text(proof, self._sent(proof, item))

    def _sent(self, proof: Proof, item: CodeFactors) -> OpenedCodes:
        if not proof.may_have_digits(SENT_CODE_DIGITS):
            return ()
        return [
            code
            for one in item.messages
            for code in opened(one, self._vault.open(one.code, code_context(item.user_id, one.code_id)))
        ]

    def _opened(self, proof: Proof, item: CodeFactors) -> Sequence[tuple[CodeFactor, bytes]]:
        return [
            (factor, self._vault.open(factor.seed, seed_context(item.user_id, factor.factor_id)))
            for factor in factors_for(proof, item)
        ]
