"""``POST /v1/accounting``: one authenticated Accounting-Request, to be stored exactly once (RFC 2866)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from mfa.contract import fields
from mfa.contract.errors import ContractError

MAX_ATTRIBUTES: Final = 64
_MOST: Final = 2**64 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountingRequest:
    """``event_time`` (Unix seconds) is Event-Timestamp, or receipt minus Acct-Delay-Time where ``exact_time`` is
    False. ``nas`` is NAS-Identifier, else the NAS address, else the source. Octet counts have their gigawords in.
    ``attributes`` are the others worth keeping, by name."""

    client: str
    config_revision: str
    source_ip: str
    nas: str
    session_id: str
    status: int
    username: str
    event_time: int
    exact_time: bool
    session_time: int | None = None
    input_octets: int | None = None
    output_octets: int | None = None
    attributes: Mapping[str, str]

    def to_json(self) -> bytes:
        message: dict[str, object] = {
            "version": fields.VERSION,
            "client": self.client,
            "config_revision": self.config_revision,
            "source_ip": self.source_ip,
            "nas": self.nas,
            "session_id": self.session_id,
            "status": self.status,
            "username": self.username,
            "event_time": self.event_time,
            "exact_time": self.exact_time,
            "attributes": self.attributes,
        }
        for name in ("session_time", "input_octets", "output_octets"):
            if (value := getattr(self, name)) is not None:
                message[name] = value
        return fields.encode_object(message)

    @classmethod
    def from_json(cls, body: bytes | str) -> Self:
        message = fields.decode_object(body)
        fields.refuse_unknown(message, _FIELDS)
        fields.check_version(message)
        return cls(
            client=fields.text(message, "client", max_octets=64),
            config_revision=fields.text(message, "config_revision", max_octets=64),
            source_ip=fields.text(message, "source_ip", max_octets=45),
            nas=fields.text(message, "nas", max_octets=253),
            session_id=fields.text(message, "session_id", max_octets=253, empty=True),
            status=fields.integer(message, "status", lowest=0, highest=2**32 - 1),
            username=fields.text(message, "username", max_octets=253, empty=True),
            event_time=fields.integer(message, "event_time", lowest=0, highest=2**40),
            exact_time=fields.truth(message, "exact_time"),
            session_time=fields.optional_integer(message, "session_time", lowest=0, highest=2**32 - 1),
            input_octets=fields.optional_integer(message, "input_octets", lowest=0, highest=_MOST),
            output_octets=fields.optional_integer(message, "output_octets", lowest=0, highest=_MOST),
            attributes=fields.text_map(message, "attributes", most=MAX_ATTRIBUTES, max_octets=253),
        )


@dataclass(frozen=True, slots=True)
class AccountingResponse:
    """The record is stored, now or before: the edge may acknowledge it. There is no other answer of this kind."""

    def to_json(self) -> bytes:
        return fields.encode_object({"version": fields.VERSION, "stored": True})

    @classmethod
    def from_json(cls, body: bytes | str) -> Self:
        message = fields.decode_object(body)
        fields.check_version(message)
        if not fields.truth(message, "stored"):
            raise ContractError("stored must be true")
        return cls()


_FIELDS = frozenset(
    {
        "version", "client", "config_revision", "source_ip", "nas", "session_id", "status", "username",
        "event_time", "exact_time", "session_time", "input_octets", "output_octets", "attributes",
    }
)  # fmt: skip
