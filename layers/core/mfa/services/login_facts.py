"""What is known of a login while it is being decided."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mfa.contract.credentials import MsChap2Success
from mfa.contract.fields import base64url
from mfa.contract.login import LoginRequest, Outcome
from mfa.domain.configuration import ClientPolicy, DangerousSwitch
from mfa.domain.login_replay import Packet, fingerprint_input
from mfa.domain.policy import FactorKind
from mfa.domain.proofs import MsChap2Proof, Proof
from mfa.domain.reasons import RejectReason
from mfa.domain.user_names import Alias, Realm
from mfa.ports import Attempt, Vault
from mfa.services.configuration import ClientInForce
from mfa.services.login_decision import Decision, nobody, rejected
from mfa.services.login_proof import Shown

if TYPE_CHECKING:
    from mfa.contract.directory import DirectoryAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimant:
    """Who is trying: a possible user of a known client. ``user_id`` is None if nobody has that name, ``role`` is the
    IAM role of the edge that asks. By the ``deadline`` there must be an answer, which may be that the login waits;
    ``client_waits_until`` is when it must be decided. Times in Unix seconds."""

    request: LoginRequest
    client: ClientInForce
    alias: Alias
    user_id: str | None
    started: float
    deadline: float
    client_waits_until: float
    role: str | None = None

    @property
    def policy(self) -> ClientPolicy:
        return self.client.policy

    @property
    def realm(self) -> Realm:
        """Whose user it is: not always the client's own."""
        return next((realm for realm in self.client.realms if realm.name == self.alias.realm), self.client.realm)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A claimant with what was shown. ``factors`` are admitted, unless ``skips_factor``: then none is asked for.
    ``account`` is the directory's, where it was looked up; ``attributes`` are what the policy adds to an Accept."""

    claimant: Claimant
    shown: Shown
    attempt: Attempt
    packet: Packet
    factors: tuple[FactorKind, ...]
    account: "DirectoryAccount | None" = None
    skips_factor: bool = False
    attributes: tuple[tuple[str, str], ...] = ()

    def rejected(self, reason: RejectReason, *, replayed: bool = False) -> Decision:
        user_id = None if reason is RejectReason.UNKNOWN_USER else self.claimant.user_id
        return replace(rejected(reason, user_id=user_id), replayed=replayed)

    def accepted(self, code: str | None = None, *, factor_id: str | None = None, replayed: bool = False) -> Decision:
        """``code`` is the text that was proven: under MS-CHAPv2 the client wants to see that we know it."""
        proof = self.shown.proof
        ms_chap = None if code is None or proof is None else self.success(proof, code)
        return Decision(
            outcome=Outcome.ACCEPT,
            user_id=self.claimant.user_id,
            factor_id=factor_id,
            replayed=replayed,
            ms_chap=ms_chap,
        )

    def challenged(self, at: int, *, replayed: bool = False) -> Decision:
        return Decision(outcome=Outcome.CHALLENGE, user_id=self.claimant.user_id, challenged_at=at, replayed=replayed)

    def success(self, proof: Proof, text: str) -> MsChap2Success | None:
        """What an Accept must show under MS-CHAPv2, where ``text`` was proven; None under any other protocol."""
        return proof.success(text, with_keys=self._with_mppe_keys) if isinstance(proof, MsChap2Proof) else None

    def waiting(self, login_id: str, *, replayed: bool = False) -> Decision:
        """Until that login is decided, which another packet may have begun."""
        return Decision(outcome=Outcome.PENDING, user_id=self.claimant.user_id, waits_for=login_id, replayed=replayed)

    @property
    def _with_mppe_keys(self) -> bool:
        return self.claimant.policy.waives(DangerousSwitch.MPPE_KEYS_FROM_CODES, self.claimant.started)


def begin_login(
    vault: Vault,
    claimant: Claimant,
    shown: Shown,
    *,
    factors: tuple[FactorKind, ...],
    account: "DirectoryAccount | None",
    skips_factor: bool = False,
    attributes: tuple[tuple[str, str], ...] = (),
) -> Login:
    """An unknown user gets an id that nobody has: that costs the same calls."""
    request, policy = claimant.request, claimant.policy
    login_id = base64url(request.login_id)
    fingerprint = vault.digest("login-fingerprint", fingerprint_input(login_id, request.client, request.credential))
    return Login(
        claimant=claimant,
        shown=shown,
        attempt=Attempt(
            user_id=claimant.user_id or nobody(claimant.alias),
            login_id=login_id,
            fingerprint=fingerprint,
            at=int(claimant.started),
        ),
        packet=Packet(login_id=login_id, fingerprint=fingerprint, window_seconds=policy.replay_window_seconds),
        factors=factors,
        account=account,
        skips_factor=skips_factor,
        attributes=attributes,
    )
