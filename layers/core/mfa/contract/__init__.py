"""What the edge and the edge API say to each other: frozen messages, JSON codec, version 1.

Ground floor: standard library only, no I/O. It is the one package of ``mfa`` that the edge imports, so
nothing here may know about users, factors or policy. Unknown fields are refused in requests (a newer edge
must not be half understood) and ignored in responses (an older edge must go on).
"""

from mfa.contract.clients import EdgeClient, EdgeConfiguration, MessageAuthenticatorPolicy
from mfa.contract.credentials import (
    ChapCredential,
    Credential,
    MsChap2Credential,
    MsChap2Success,
    MsChapCredential,
    PapCredential,
)
from mfa.contract.errors import ContractError
from mfa.contract.login import LoginRequest, LoginResponse, MessageAuthenticatorState, Outcome
from mfa.contract.problems import Problem

__all__ = [
    "ChapCredential",
    "ContractError",
    "Credential",
    "EdgeClient",
    "EdgeConfiguration",
    "LoginRequest",
    "LoginResponse",
    "MessageAuthenticatorPolicy",
    "MessageAuthenticatorState",
    "MsChap2Credential",
    "MsChap2Success",
    "MsChapCredential",
    "Outcome",
    "PapCredential",
    "Problem",
]
