"""``POST /v1/logins``: one Access-Request asked, one outcome answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from mfa.contract import fields
from mfa.contract.credentials import Credential, MsChap2Success, credential_from_message
from mfa.contract.errors import ContractError

LOGIN_ID_OCTETS: Final = 16
NONCE_OCTETS: Final = 16
MAX_NAME_OCTETS: Final = 253  # the longest value of one RADIUS attribute (RFC 2865 section 5)
MAX_DEADLINE_MS: Final = 60_000
MAX_NAS_ATTRIBUTES: Final = 16
MAX_REPLY_ATTRIBUTES: Final = 64
MAX_TICKET_OCTETS: Final = 1024


class MessageAuthenticatorState(StrEnum):
    """What the edge found in the packet. An invalid one never gets this far: that packet is discarded."""

    VALID = "valid"
    ABSENT = "absent"


class Outcome(StrEnum):
    ACCEPT = "accept"
    REJECT = "reject"
    CHALLENGE = "challenge"
    PENDING = "pending"
    DROP = "drop"
    FORWARD = "forward"  # an old RADIUS server decides: the edge asks it, and passes its answer on


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRequest:
    """One Access-Request, decoded. ``deadline_ms`` counts from the moment of sending."""

    login_id: bytes
    nonce: bytes
    client: str
    config_revision: str
    source_ip: str
    message_authenticator: MessageAuthenticatorState
    nas: Mapping[str, str]
    username: str
    credential: Credential
    state: bytes | None = None
    deadline_ms: int

    def to_json(self) -> bytes:
        message: dict[str, object] = {
            "version": fields.VERSION,
            "login_id": fields.base64url(self.login_id),
            "nonce": fields.base64url(self.nonce),
            "client": self.client,
            "config_revision": self.config_revision,
            "source_ip": self.source_ip,
            "ma": self.message_authenticator.value,
            "nas": self.nas,
            "username": self.username,
            "credential": self.credential.to_message(),
            "deadline_ms": self.deadline_ms,
        }
        if self.state is not None:
            message["state"] = fields.base64url(self.state)
        return fields.encode_object(message)

    @classmethod
    def from_json(cls, body: bytes | str) -> Self:
        message = fields.decode_object(body)
        fields.refuse_unknown(message, _REQUEST_FIELDS)
        fields.check_version(message)
        return cls(
            login_id=fields.octets(message, "login_id", lowest=LOGIN_ID_OCTETS, highest=LOGIN_ID_OCTETS),
            nonce=fields.octets(message, "nonce", lowest=NONCE_OCTETS, highest=NONCE_OCTETS),
            client=fields.text(message, "client", max_octets=64),
            config_revision=fields.text(message, "config_revision", max_octets=64),
            source_ip=fields.text(message, "source_ip", max_octets=45),
            message_authenticator=_message_authenticator(message),
            nas=fields.text_map(message, "nas", most=MAX_NAS_ATTRIBUTES, max_octets=MAX_NAME_OCTETS),
            username=fields.text(message, "username", max_octets=MAX_NAME_OCTETS),
            credential=credential_from_message(message.get("credential")),
            state=fields.optional_octets(message, "state", lowest=1, highest=253),
            deadline_ms=fields.integer(message, "deadline_ms", lowest=1, highest=MAX_DEADLINE_MS),
        )


_REQUEST_FIELDS = frozenset(
    (
        "version",
        "login_id",
        "nonce",
        "client",
        "config_revision",
        "source_ip",
        "ma",
        "nas",
        "username",
        "credential",
        "state",
        "deadline_ms",
    )
)


def _message_authenticator(message: fields.JsonObject) -> MessageAuthenticatorState:
    try:
        return MessageAuthenticatorState(fields.text(message, "ma", max_octets=16))
    except ValueError:
        raise ContractError("ma must be 'valid' or 'absent'") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginResponse:
    """The answer to one LoginRequest; ``login_id`` and ``nonce`` are its echo and must match.

    ``hold_ms`` is how long after the packet's arrival the edge keeps a Reject back. ``ticket`` and
    ``poll_after_ms`` come with ``pending`` only; a result of a poll that is pending again has no ticket, because the
    one that was asked with stays good. ``attributes`` are (name, value) pairs for the reply. ``ms_chap`` comes with
    an Accept under MS-CHAPv2 only, ``upstream`` (the old server's name) with ``forward`` only.
    """

    login_id: bytes
    nonce: bytes
    outcome: Outcome
    hold_ms: int = 0
    reply_message: str | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    state: bytes | None = None
    ticket: str | None = None
    poll_after_ms: int | None = None
    ms_chap: MsChap2Success | None = None
    upstream: str | None = None

    def to_json(self) -> bytes:
        return fields.encode_object({"version": fields.VERSION, **self.to_message()})

    def to_message(self) -> dict[str, object]:
        """Without a version: the response inside another message."""
        message: dict[str, object] = {
            "login_id": fields.base64url(self.login_id),
            "nonce": fields.base64url(self.nonce),
            "outcome": self.outcome.value,
            "hold_ms": self.hold_ms,
            "attributes": [list(pair) for pair in self.attributes],
        }
        if self.reply_message is not None:
            message["reply_message"] = self.reply_message
        if self.state is not None:
            message["state"] = fields.base64url(self.state)
        if self.ticket is not None:
            message["ticket"] = self.ticket
        if self.poll_after_ms is not None:
            message["poll_after_ms"] = self.poll_after_ms
        if self.ms_chap is not None:
            message["ms_chap"] = self.ms_chap.to_message()
        if self.upstream is not None:
            message["upstream"] = self.upstream
        return message

    @classmethod
    def from_json(cls, body: bytes | str) -> Self:
        message = fields.decode_object(body)
        fields.check_version(message)
        return cls.from_message(message)

    @classmethod
    def from_message(cls, message: fields.JsonObject) -> Self:
        return cls(
            login_id=fields.octets(message, "login_id", lowest=LOGIN_ID_OCTETS, highest=LOGIN_ID_OCTETS),
            nonce=fields.octets(message, "nonce", lowest=NONCE_OCTETS, highest=NONCE_OCTETS),
            outcome=_outcome(message),
            hold_ms=fields.integer(message, "hold_ms", lowest=0, highest=MAX_DEADLINE_MS)
            if "hold_ms" in message
            else 0,
            reply_message=fields.optional_text(message, "reply_message", max_octets=1024),
            attributes=_attributes(message),
            state=fields.optional_octets(message, "state", lowest=1, highest=253),
            ticket=fields.optional_text(message, "ticket", max_octets=MAX_TICKET_OCTETS),
            poll_after_ms=fields.optional_integer(message, "poll_after_ms", lowest=1, highest=MAX_DEADLINE_MS),
            ms_chap=MsChap2Success.optional(message.get("ms_chap")),
            upstream=fields.optional_text(message, "upstream", max_octets=64),
        )

    def answers(self, request: LoginRequest) -> bool:
        """True if this response was made for that request: an Accept for another login must never be used."""
        return self.login_id == request.login_id and self.nonce == request.nonce


def _outcome(message: fields.JsonObject) -> Outcome:
    try:
        return Outcome(fields.text(message, "outcome", max_octets=16))
    except ValueError:
        raise ContractError(f"outcome must be one of {', '.join(Outcome)}") from None


def _attributes(message: fields.JsonObject) -> tuple[tuple[str, str], ...]:
    if "attributes" not in message:
        return ()
    pairs = []
    for pair in fields.items(message, "attributes", most=MAX_REPLY_ATTRIBUTES):
        match pair:
            case [str(name), str(value)]:
                pairs.append((name, value))
            case _:
                raise ContractError("attributes must be pairs of strings")
    return tuple(pairs)
