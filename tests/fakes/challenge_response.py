"""The claimant's side of CHAP and MS-CHAP: a typed text as the credential that a client would send."""

from dataclasses import replace

from mfa.adapters.des import des
from mfa.contract import (
    ChapCredential,
    Credential,
    LoginRequest,
    MsChap2Credential,
    MsChapCredential,
    PapCredential,
)
from mfa.domain import chap, ms_chap

PROTOCOLS = ("chap", "mschap", "mschapv2")
PEER_CHALLENGE = b"a peer challenge"
CHALLENGE = b"16 octets asked."


def credential(protocol: str, text: str, username: str) -> Credential:
    match protocol:
        case "pap":
            return PapCredential(text)
        case "chap":
            response = chap.chap_response(7, text, CHALLENGE)
            return ChapCredential(identifier=7, challenge=CHALLENGE, response=response)
        case "mschap":
            response = ms_chap.nt_response(CHALLENGE[:8], ms_chap.nt_hash(text), des)
            return MsChapCredential(challenge=CHALLENGE[:8], response=response)
        case "mschapv2":
            challenge = ms_chap.challenge_hash(PEER_CHALLENGE, CHALLENGE, username.encode())
            response = ms_chap.nt_response(challenge, ms_chap.nt_hash(text), des)
            return MsChap2Credential(
                authenticator_challenge=CHALLENGE, peer_challenge=PEER_CHALLENGE, response=response
            )
    raise AssertionError(protocol)


def under(protocol: str, request: LoginRequest) -> LoginRequest:
    """The same login, said by another protocol."""
    assert isinstance(request.credential, PapCredential)
    return replace(request, credential=credential(protocol, request.credential.text, request.username))
