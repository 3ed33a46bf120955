"""From the credential of a request to a proof of something that may be typed, or to the reason why there is none.

Nothing is read or written here, and no try is counted.
"""

from collections.abc import Callable
from typing import Final

from mfa.contract.credentials import ChapCredential, MsChap2Credential, MsChapCredential, PapCredential
from mfa.contract.login import LoginRequest, MessageAuthenticatorState
from mfa.domain.candidates import find_word
from mfa.domain.configuration import ClientPolicy, DangerousSwitch
from mfa.domain.ms_chap import Des
from mfa.domain.proofs import ChapProof, CodeProof, MsChap2Proof, MsChapProof, Proof
from mfa.domain.rate_limit import TokenBuckets
from mfa.domain.reasons import RejectReason
from mfa.domain.typed_text import TypedCode, read_typed_text

NOT_A_CODE_BURST: Final = 60
NOT_A_CODE_PER_SECOND: Final = 1.0


class CredentialReader:
    """``des`` gives the cipher; it is asked for when MS-CHAP needs it."""

    def __init__(self, des: Callable[[], Des]) -> None:
        self._des = des
        self._nonsense = TokenBuckets[tuple[str, str]](burst=NOT_A_CODE_BURST, per_second=NOT_A_CODE_PER_SECOND)

    def read(self, request: LoginRequest, policy: ClientPolicy, now: float) -> Proof | RejectReason:
        refused = _refused(request, policy, now)
        if refused is not None:
            return refused
        if isinstance(request.credential, PapCredential):
            return self._typed(request, request.credential.text, now)
        proof = self._response(request.credential, request.username)
        return proof if find_word(proof.proves) is None else RejectReason.FACTOR_NOT_OFFERED

    def _typed(self, request: LoginRequest, text: str, now: float) -> Proof | RejectReason:
        typed = read_typed_text(text)
        if typed is None:
            allowed = self._nonsense.take((request.client, request.source_ip), now)
            return RejectReason.NOT_A_CODE if allowed else RejectReason.RATE_LIMITED
        return CodeProof(typed.digits) if isinstance(typed, TypedCode) else RejectReason.FACTOR_NOT_OFFERED

    def _response(self, credential: ChapCredential | MsChapCredential | MsChap2Credential, username: str) -> Proof:
        match credential:
            case ChapCredential():
                return ChapProof(credential)
            case MsChapCredential():
                return MsChapProof(credential, self._des())
            case MsChap2Credential():
                return MsChap2Proof.of(credential, username, self._des())


def _refused(request: LoginRequest, policy: ClientPolicy, now: float) -> RejectReason | None:
    """The edge has checked this before; a second look costs nothing and does not trust it."""
    if request.credential.protocol not in policy.edge.protocols:
        return RejectReason.PROTOCOL_NOT_ALLOWED
    if isinstance(request.credential, PapCredential):
        return None
    proven = request.message_authenticator is MessageAuthenticatorState.VALID
    # Without it nothing in such a packet shows that its sender knows the shared secret.
    if proven or policy.waives(DangerousSwitch.CHAP_WITHOUT_MESSAGE_AUTHENTICATOR, now):
        return None
    return RejectReason.MESSAGE_AUTHENTICATOR_MISSING
