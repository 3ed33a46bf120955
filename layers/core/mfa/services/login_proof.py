"""From the credential of a request to what the claimant showed, or to the reason why that is nothing.

Nothing is read or written here, and no try is counted.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from mfa.contract.credentials import ChapCredential, MsChap2Credential, MsChapCredential, PapCredential
from mfa.contract.login import LoginRequest, MessageAuthenticatorState
from mfa.domain.candidates import find_word
from mfa.domain.configuration import ClientMode, ClientPolicy, DangerousSwitch
from mfa.domain.ms_chap import Des
from mfa.domain.proofs import ChapProof, CodeProof, MsChap2Proof, MsChapProof, Proof
from mfa.domain.rate_limit import TokenBuckets
from mfa.domain.reasons import RejectReason
from mfa.domain.typed_login import TypedFactor, TypedPassword, read_password, read_typed_login
from mfa.domain.typed_text import FactorWord, TypedCode, TypedWord

NOT_A_CODE_BURST: Final = 60
NOT_A_CODE_PER_SECOND: Final = 1.0
_STARTABLE: Final = frozenset({FactorWord.PUSH, FactorWord.PHONE, FactorWord.SMS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Proof of a code, a recovery or bypass code, a word that asks for a prompt, a call or a message, a password, one
    of these beside a password, or nothing: then a factor is chosen without a password. Where the word was found by
    trying, ``word_proof`` and ``word_text`` tell how."""

    proof: Proof | None = None
    password: bytes | None = field(default=None, repr=False)
    word: TypedWord | None = None
    word_proof: Proof | None = None
    word_text: str = field(default="", repr=False)
    recovery_code: str | None = field(default=None, repr=False)

    @property
    def kind(self) -> str:
        """For the record: which kinds of things were shown, never the things."""
        parts = [
            ("password", self.password is not None),
            ("code", self.proof is not None),
            ("recovery_code", self.recovery_code is not None),
            ("" if self.word is None else self.word.word.value, self.word is not None),
        ]
        return "+".join(name for name, is_shown in parts if is_shown) or "nothing"


NOTHING_SHOWN: Final = Shown()


class CredentialReader:
    """``des`` gives the cipher; it is asked for when MS-CHAP needs it."""

    def __init__(self, des: Callable[[], Des]) -> None:
        self._des = des
        self._nonsense = TokenBuckets[tuple[str, str]](burst=NOT_A_CODE_BURST, per_second=NOT_A_CODE_PER_SECOND)

    def read(
        self, request: LoginRequest, policy: ClientPolicy, now: float, *, answers_challenge: bool
    ) -> Shown | RejectReason:
        if isinstance(request.credential, PapCredential):
            shown = _typed(request.credential.text, policy, answers_challenge=answers_challenge)
            may_ask = policy.may_ask_without_password or policy.waives(DangerousSwitch.ASK_WITHOUT_PASSWORD, now)
            return RejectReason.PASSWORD_MISSING if shown == NOTHING_SHOWN and not may_ask else shown
        if policy.mode is not ClientMode.SECOND_FACTOR:
            return RejectReason.PASSWORD_NEEDS_PAP
        proof = self._response(request.credential, request.username)
        found = find_word(proof.proves)
        if found is None:
            return Shown(proof=proof)
        text, word = found
        if word.word not in _STARTABLE:
            return RejectReason.FACTOR_NOT_OFFERED
        return Shown(word=word, word_proof=proof, word_text=text)

    def charged(self, reason: RejectReason, request: LoginRequest, now: float) -> RejectReason:
        """What is nothing that may be typed is charged to its source, not to the user."""
        if reason is not RejectReason.NOT_A_CODE or self._nonsense.take((request.client, request.source_ip), now):
            return reason
        return RejectReason.RATE_LIMITED

    def _response(self, credential: ChapCredential | MsChapCredential | MsChap2Credential, username: str) -> Proof:
        match credential:
            case ChapCredential():
                return ChapProof(credential)
            case MsChapCredential():
                return MsChapProof(credential, self._des())
            case MsChap2Credential():
                return MsChap2Proof.of(credential, username, self._des())


def password_without_factor(request: LoginRequest, policy: ClientPolicy) -> bytes | None:
    """The password of a user who is not asked for a factor; None if there is none in the text."""
    credential = request.credential
    return read_password(credential.text, policy) if isinstance(credential, PapCredential) else None


def refused_at_sight(request: LoginRequest, policy: ClientPolicy, now: float) -> RejectReason | None:
    """What no text could mend. The edge has checked the protocol before; a second look costs nothing."""
    if request.username.strip(" ").casefold() in policy.probe_names:
        return RejectReason.PROBE_NAME
    if request.state is not None and policy.mode is not ClientMode.CHALLENGE:
        return RejectReason.UNKNOWN_STATE
    if request.credential.protocol not in policy.edge.protocols:
        return RejectReason.PROTOCOL_NOT_ALLOWED
    if isinstance(request.credential, PapCredential):
        return None
    proven = request.message_authenticator is MessageAuthenticatorState.VALID
    # Without it nothing in such a packet shows that its sender knows the shared secret.
    if proven or policy.waives(DangerousSwitch.CHAP_WITHOUT_MESSAGE_AUTHENTICATOR, now):
        return None
    return RejectReason.MESSAGE_AUTHENTICATOR_MISSING


def _typed(text: str, policy: ClientPolicy, *, answers_challenge: bool) -> Shown | RejectReason:
    typed = read_typed_login(text, policy, answers_challenge=answers_challenge)
    match typed:
        case RejectReason():
            return typed
        case TypedFactor(factor):
            return _shown(factor, None)
        case TypedPassword(password, None):
            return Shown(password=password)
        case TypedPassword(password, factor) if factor is not None:
            return _shown(factor, password)
        case _:
            return NOTHING_SHOWN


def _shown(factor: TypedCode | TypedWord, password: bytes | None) -> Shown | RejectReason:
    if isinstance(factor, TypedCode):
        return Shown(password=password, proof=CodeProof(factor.digits))
    if factor.code is not None:
        return Shown(password=password, recovery_code=factor.code)
    is_startable = factor.word in _STARTABLE
    return Shown(password=password, word=factor) if is_startable else RejectReason.FACTOR_NOT_OFFERED
