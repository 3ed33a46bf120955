"""``POST /v1/polls``: one question for all logins that an edge holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from mfa.contract import fields
from mfa.contract.errors import ContractError
from mfa.contract.login import MAX_TICKET_OCTETS, LoginResponse

MAX_TICKETS: Final = 100
MAX_BODY_OCTETS: Final = 128 * 1024  # so many tickets of the longest kind, with room


@dataclass(frozen=True, slots=True)
class PollRequest:
    """Tickets as the backend handed them out, each at most once."""

    tickets: Sequence[str]

    def to_json(self) -> bytes:
        return fields.encode_object({"version": fields.VERSION, "tickets": list(self.tickets)})

    @classmethod
    def from_json(cls, body: bytes | str) -> Self:
        message = fields.decode_object(body)
        fields.refuse_unknown(message, frozenset({"version", "tickets"}))
        fields.check_version(message)
        tickets = tuple(
            fields.text({"tickets": value}, "tickets", max_octets=MAX_TICKET_OCTETS)
            for value in fields.items(message, "tickets", most=MAX_TICKETS)
        )
        if len(set(tickets)) != len(tickets):
            raise ContractError("a ticket stands twice")
        return cls(tickets)


@dataclass(frozen=True, slots=True)
class PollResponse:
    """One LoginResponse for each ticket that the caller may ask about; the others are left out."""

    results: Sequence[LoginResponse]

    def to_json(self) -> bytes:
        return fields.encode_object(
            {"version": fields.VERSION, "results": [result.to_message() for result in self.results]}
        )

    @classmethod
    def from_json(cls, body: bytes | str) -> Self:
        message = fields.decode_object(body)
        fields.check_version(message)
        return cls(
            tuple(
                LoginResponse.from_message(fields.object_of(value, "results"))
                for value in fields.items(message, "results", most=MAX_TICKETS)
            )
        )
