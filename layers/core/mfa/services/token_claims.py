"""The user's side of hardware tokens: somebody who holds one takes it as a factor, by its serial number and codes.

The codes prove possession before the token counts, and are used up by that. Whether a serial number is in the
inventory, or somebody else's, is not told apart from a wrong code; tries are counted per user and per token.
"""

from dataclasses import dataclass
from typing import Final

from mfa.domain.factors import MAX_FACTORS, AcceptedCode, CodeFactor, used_up
from mfa.domain.otp import find_code
from mfa.domain.proofs import CodeProof
from mfa.domain.resync import find_pair
from mfa.domain.sealing import token_context
from mfa.domain.tokens import Token, canonical_serial
from mfa.ports import AuditTrail, Clock, Random, SubscriberStore, Vault
from mfa.services.enrollment_errors import FactorLimitError
from mfa.services.enrollment_events import SUBSCRIBER_ACTOR, SubscriberEvent
from mfa.services.enrollment_sessions import Claimant
from mfa.services.token_errors import TokenRefusedError, TokenTakenError
from mfa.services.token_inventory import charge, give, sealed_factor
from mfa.token_ports import TokenStore

CLAIM_SECONDS: Final = 3600
USER_CLAIMS: Final = 10  # serial numbers can be guessed from the one on one's own token; codes must not be
TOKEN_CLAIMS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenClaims:
    store: TokenStore
    subscribers: SubscriberStore
    vault: Vault
    clock: Clock
    random: Random
    audit: AuditTrail

    def claim(self, claimant: Claimant, serial: str, codes: tuple[str, ...]) -> CodeFactor:
        """By the code that the token shows, or two in a row if it has run away from its counter or clock."""
        wanted = canonical_serial(serial)
        if len(claimant.factors.factors) >= MAX_FACTORS:
            raise FactorLimitError
        charge(self.store, f"claims-of|{claimant.user_id}", self.clock, USER_CLAIMS, CLAIM_SECONDS)
        charge(self.store, f"claims|{wanted}", self.clock, TOKEN_CLAIMS, CLAIM_SECONDS)
        token = self.store.read(wanted)
        proven = None if token is None else self._proven(token, claimant, codes)
        if token is None or proven is None:
            self._record(SubscriberEvent.TOKEN_CLAIM_REFUSED, claimant, wanted)
            raise TokenRefusedError
        self._give(token, proven, claimant)
        self._record(SubscriberEvent.TOKEN_CLAIMED, claimant, wanted)
        return proven

    def _proven(self, token: Token, claimant: Claimant, codes: tuple[str, ...]) -> CodeFactor | None:
        """The token as the claimant's factor, with the codes used up; None if they are not its own, or it is taken."""
        factor = sealed_factor(token, claimant.user_id, self.vault, self.random, self.clock)
        used = self._used(token, factor, codes)
        return None if used is None or token.owner is not None else used_up(factor, used, int(self.clock.now()))

    def _used(self, token: Token, factor: CodeFactor, codes: tuple[str, ...]) -> AcceptedCode | None:
        seed, now = self.vault.open(token.seed, token_context(token.serial)), self.clock.now()
        proves = [CodeProof(code).proves for code in codes]
        if len(proves) == 2:
            return find_pair(factor, seed, proves[0], proves[1], now)
        used = find_code(factor, seed, proves[0], now)
        return used if used is not None and used.moving_factor > factor.last_moving_factor else None

    def _give(self, token: Token, factor: CodeFactor, claimant: Claimant) -> None:
        try:
            give(self.store, self.subscribers, token, factor, claimant.user_id)
        except TokenTakenError:  # somebody who holds it as well was faster
            self._record(SubscriberEvent.TOKEN_CLAIM_REFUSED, claimant, token.serial)
            raise TokenRefusedError from None

    def _record(self, event: SubscriberEvent, claimant: Claimant, serial: str) -> None:
        self.audit.subscriber_changed(event, claimant.user_id, {"serial": serial}, SUBSCRIBER_ACTOR)
