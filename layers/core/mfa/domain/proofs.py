"""What a claimant showed, as something that a text known to the server can be held against.

Under PAP it is the typed text itself. Under CHAP and MS-CHAP it is a response that only the right text explains, so
the server tries those it knows: the codes of the moment and the words that may be typed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Protocol

from mfa.contract.credentials import ChapCredential, MsChap2Credential, MsChap2Success, MsChapCredential
from mfa.domain import ms_chap
from mfa.domain.candidates import word_hashes
from mfa.domain.chap import verify_chap_response
from mfa.domain.ms_chap import Des


class Proof(Protocol):
    def proves(self, text: str) -> bool:
        """True if the claimant typed ``text``. Constant time."""
        ...

    def may_have_digits(self, digits: int) -> bool:
        """False if a code of so many digits cannot be what was typed."""
        ...


@dataclass(frozen=True, slots=True)
class CodeProof:
    """A code in clear: PAP."""

    code: str = field(repr=False)

    def proves(self, text: str) -> bool:
        return compare_digest(self.code.encode(), text.encode())

    def may_have_digits(self, digits: int) -> bool:
        return digits == len(self.code)


@dataclass(frozen=True, slots=True)
class ChapProof:
    credential: ChapCredential

    def proves(self, text: str) -> bool:
        shown = self.credential
        return verify_chap_response(shown.identifier, shown.challenge, shown.response, text)

    def may_have_digits(self, _digits: int) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class MsChapProof:
    credential: MsChapCredential
    des: Des = field(repr=False)

    def proves(self, text: str) -> bool:
        shown = self.credential
        return ms_chap.verify_nt_response([shown.challenge], shown.response, _nt_hash(text), self.des) is not None

    def may_have_digits(self, _digits: int) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class MsChap2Proof:
    """``challenges`` are the 8-octet ones (RFC 2759 section 8.2), one for each form of the user name that the client
    may have hashed."""

    credential: MsChap2Credential
    challenges: Sequence[bytes] = field(repr=False)
    des: Des = field(repr=False)

    @classmethod
    def of(cls, credential: MsChap2Credential, username: str, des: Des) -> "MsChap2Proof":
        challenges = [
            ms_chap.challenge_hash(credential.peer_challenge, credential.authenticator_challenge, name.encode())
            for name in name_forms(username)
        ]
        return cls(credential, challenges, des)

    def proves(self, text: str) -> bool:
        return self._challenge(_nt_hash(text)) is not None

    def may_have_digits(self, _digits: int) -> bool:
        return True

    def success(self, text: str, *, with_keys: bool) -> MsChap2Success:
        """What the client wants to see before it believes us. ``text`` must be the one that was proven."""
        password_hash, response = _nt_hash(text), self.credential.response
        challenge = self._challenge(password_hash)
        if challenge is None:
            raise ValueError("that text was not proven")
        success = ms_chap.authenticator_response(password_hash, response, challenge)
        if not with_keys:
            return MsChap2Success(success=success)
        send_key, recv_key = ms_chap.mppe_keys(password_hash, response)
        return MsChap2Success(success=success, send_key=send_key, recv_key=recv_key)

    def _challenge(self, password_hash: bytes) -> bytes | None:
        return ms_chap.verify_nt_response(self.challenges, self.credential.response, password_hash, self.des)


def name_forms(username: str) -> Sequence[str]:
    """RFC 2759 section 8.2 hashes the name without its domain; not every client keeps to it, and they differ in what
    they take for the domain. As sent, without ``DOMAIN\\``, without ``@suffix``; each once."""
    without_domain = username.rpartition("\\")[2]
    return list(dict.fromkeys((username, without_domain, without_domain.partition("@")[0])))


def _nt_hash(text: str) -> bytes:
    return word_hashes().get(text) or ms_chap.nt_hash(text)
