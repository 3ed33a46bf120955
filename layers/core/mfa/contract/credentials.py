"""How a claimant proved himself to the RADIUS client, as the edge passes it on. No repr shows any of it."""

import re
from dataclasses import dataclass, field
from typing import ClassVar, Final, Self

from mfa.contract import fields
from mfa.contract.errors import ContractError

MAX_PAP_OCTETS: Final = 128  # RFC 2865 section 5.2
_SUCCESS: Final = re.compile(r"S=[0-9A-F]{40}")
_MPPE_KEY_OCTETS: Final = 16  # RFC 3079 section 3.3: 128 bits


@dataclass(frozen=True, slots=True)
class PapCredential:
    """The text of a User-Password, decoded by the edge."""

    protocol: ClassVar[str] = "pap"
    text: str = field(repr=False)

    def to_message(self) -> dict[str, object]:
        return {"pap": self.text}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChapCredential:
    """RFC 2865 section 5.3: ``response`` = MD5(identifier, text, challenge). The challenge has 1 to 253 octets."""

    protocol: ClassVar[str] = "chap"
    identifier: int
    challenge: bytes = field(repr=False)
    response: bytes = field(repr=False)

    def to_message(self) -> dict[str, object]:
        return {"chap": {"id": self.identifier, **_encoded(challenge=self.challenge, response=self.response)}}


@dataclass(frozen=True, slots=True, kw_only=True)
class MsChapCredential:
    """RFC 2433 by RFC 2548 section 2.1.3: the 24-octet NT response to an 8-octet challenge. LM is not taken."""

    protocol: ClassVar[str] = "mschap"
    challenge: bytes = field(repr=False)
    response: bytes = field(repr=False)

    def to_message(self) -> dict[str, object]:
        return {"mschap": _encoded(challenge=self.challenge, response=self.response)}


@dataclass(frozen=True, slots=True, kw_only=True)
class MsChap2Credential:
    """RFC 2759 by RFC 2548 section 2.3.2: both challenges have 16 octets, the response 24."""

    protocol: ClassVar[str] = "mschapv2"
    authenticator_challenge: bytes = field(repr=False)
    peer_challenge: bytes = field(repr=False)
    response: bytes = field(repr=False)

    def to_message(self) -> dict[str, object]:
        return {
            "mschapv2": _encoded(
                authenticator_challenge=self.authenticator_challenge,
                peer_challenge=self.peer_challenge,
                response=self.response,
            )
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class MsChap2Success:
    """What an Accept under MS-CHAPv2 must carry: ``success`` proves to the client that the server knew the text
    (RFC 2759 section 5). The two MPPE keys come both or not at all, and as a rule not at all: made from a code they
    protect no more than a code can."""

    success: str
    send_key: bytes | None = field(default=None, repr=False)
    recv_key: bytes | None = field(default=None, repr=False)

    def to_message(self) -> dict[str, object]:
        if self.send_key is None or self.recv_key is None:
            return {"success": self.success}
        return {"success": self.success, **_encoded(send_key=self.send_key, recv_key=self.recv_key)}

    @classmethod
    def optional(cls, value: object) -> Self | None:
        return None if value is None else cls.from_message(fields.object_of(value, "ms_chap"))

    @classmethod
    def from_message(cls, message: fields.JsonObject) -> Self:
        if ("send_key" in message) != ("recv_key" in message):
            raise ContractError("send_key and recv_key come both or not at all")
        return cls(
            success=_success(message),
            send_key=fields.optional_octets(message, "send_key", lowest=_MPPE_KEY_OCTETS, highest=_MPPE_KEY_OCTETS),
            recv_key=fields.optional_octets(message, "recv_key", lowest=_MPPE_KEY_OCTETS, highest=_MPPE_KEY_OCTETS),
        )


type Credential = PapCredential | ChapCredential | MsChapCredential | MsChap2Credential


def credential_from_message(value: object) -> Credential:
    """Exactly one kind, with exactly its fields; raises ContractError."""
    message = fields.object_of(value, "credential")
    if len(message) != 1:
        raise ContractError("credential must be exactly one of pap, chap, mschap, mschapv2")
    kind, inner = next(iter(message.items()))
    match kind:
        case "pap":
            return PapCredential(fields.text(message, "pap", max_octets=MAX_PAP_OCTETS))
        case "chap":
            return _chap(fields.object_of(inner, "chap"))
        case "mschap":
            return _ms_chap(fields.object_of(inner, "mschap"))
        case "mschapv2":
            return _ms_chap_2(fields.object_of(inner, "mschapv2"))
        case _:
            raise ContractError("credential must be exactly one of pap, chap, mschap, mschapv2")


def _chap(message: fields.JsonObject) -> ChapCredential:
    fields.refuse_unknown(message, frozenset({"id", "challenge", "response"}))
    return ChapCredential(
        identifier=fields.integer(message, "id", lowest=0, highest=255),
        challenge=fields.octets(message, "challenge", lowest=1, highest=253),
        response=fields.octets(message, "response", lowest=16, highest=16),
    )


def _ms_chap(message: fields.JsonObject) -> MsChapCredential:
    fields.refuse_unknown(message, frozenset({"challenge", "response"}))
    return MsChapCredential(
        challenge=fields.octets(message, "challenge", lowest=8, highest=8),
        response=fields.octets(message, "response", lowest=24, highest=24),
    )


def _ms_chap_2(message: fields.JsonObject) -> MsChap2Credential:
    fields.refuse_unknown(message, frozenset({"authenticator_challenge", "peer_challenge", "response"}))
    return MsChap2Credential(
        authenticator_challenge=fields.octets(message, "authenticator_challenge", lowest=16, highest=16),
        peer_challenge=fields.octets(message, "peer_challenge", lowest=16, highest=16),
        response=fields.octets(message, "response", lowest=24, highest=24),
    )


def _success(message: fields.JsonObject) -> str:
    success = fields.text(message, "success", max_octets=42)
    if not _SUCCESS.fullmatch(success):
        raise ContractError("success must be S= and 40 hexadecimal digits in upper case")
    return success


def _encoded(**octets: bytes) -> dict[str, object]:
    return {name: fields.base64url(value) for name, value in octets.items()}
