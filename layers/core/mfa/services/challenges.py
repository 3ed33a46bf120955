"""Access-Challenges: the State that the client carries back, and its one use.

State is sealed: client, user, address and end are read from it alone, so what is forged, borrowed or late is refused
without a look into the table. Only that it answers one login and no other is kept there.
"""

from typing import Final

from mfa.contract.login import LoginRequest
from mfa.domain.challenges import Challenge
from mfa.domain.reasons import RejectReason
from mfa.domain.sealing import Sealed
from mfa.errors import ConditionRefusedError, SealBrokenError
from mfa.ports import ChallengeStore, Vault

MAX_STATE_OCTETS: Final = 253  # the longest value of one attribute (RFC 2865 section 5.24)
_CONTEXT: Final = b"challenge|v1"
_VERSION_OCTETS: Final = 2


class Challenges:
    def __init__(self, *, store: ChallengeStore, vault: Vault) -> None:
        self._store = store
        self._vault = vault

    def put(self, challenge: Challenge) -> None:
        self._store.put(challenge)

    def seal(self, challenge: Challenge) -> bytes:
        sealed = self._vault.seal(_canonical(challenge), _CONTEXT)
        state = sealed.key_version.to_bytes(_VERSION_OCTETS) + sealed.octets
        if len(state) > MAX_STATE_OCTETS:
            raise ValueError("the State of a challenge is too long for an attribute")
        return state

    def open(self, request: LoginRequest) -> Challenge | RejectReason:
        """The challenge that the request answers, as far as its State tells. Whose it is the caller compares."""
        challenge = self._opened(request.state or b"")
        if challenge is None:
            return RejectReason.UNKNOWN_STATE
        if (challenge.client, challenge.source_ip) != (request.client, request.source_ip):
            return RejectReason.STATE_MISMATCH
        return challenge

    def answer(self, challenge: Challenge, login_id: str, now: float) -> RejectReason | None:
        """Use the challenge up for that login; why not otherwise."""
        if now >= challenge.expires_at:
            return RejectReason.STATE_EXPIRED
        try:
            self._store.answer(challenge.challenge_id, login_id, int(now))
        except ConditionRefusedError:
            return RejectReason.STATE_USED
        return None

    def _opened(self, state: bytes) -> Challenge | None:
        version, octets = int.from_bytes(state[:_VERSION_OCTETS]), state[_VERSION_OCTETS:]
        # Only the key that seals now: for another the vault would look into the table, at anybody's wish.
        if version != self._vault.seal(b"", _CONTEXT).key_version:
            return None
        try:
            return _parsed(self._vault.open(Sealed(version, octets), _CONTEXT))
        except SealBrokenError:
            return None


def _canonical(challenge: Challenge) -> bytes:
    """No part can hold a NUL, but for a client's name that would not open again."""
    parts = (
        challenge.challenge_id, challenge.client, challenge.user_id, challenge.source_ip, str(challenge.expires_at)
    )  # fmt: skip
    return "\0".join(parts).encode()


def _parsed(octets: bytes) -> Challenge | None:
    parts = octets.decode().split("\0")
    if len(parts) != 5:
        return None
    challenge_id, client, user_id, source_ip, expires_at = parts
    return Challenge(
        challenge_id=challenge_id, client=client, user_id=user_id, source_ip=source_ip, expires_at=int(expires_at)
    )
