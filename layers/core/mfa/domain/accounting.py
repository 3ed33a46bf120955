"""Which accounting records are the same record, sent again.

RFC 2866 asks a client to send a request until it is acknowledged, so each arrives once or more, through any edge. Two
requests are the same record if client, NAS, session, status and user agree, and the event happened at the same time;
interim updates must agree in session time and octets as well, because they are told apart by little else.

Event-Timestamp is the client's own word and the same each time. Where there is none, the time is counted back from the
arrival by Acct-Delay-Time, which has whole seconds and counts from a clock that the network disturbs: such times are
compared coarsely (docs/decisions/0016).
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from mfa.contract.accounting import AccountingRequest
from mfa.contract.fields import encode_object

INTERIM_UPDATE: Final = 3  # RFC 2869 section 2.1
_PLACES: Final = ("NAS-Port", "NAS-Port-Id", "Calling-Station-Id", "Framed-IP-Address")
NEAR_SECONDS: Final = 20
"""Times without Event-Timestamp that differ by no more are one event; those that differ by twice as much are two. It
covers whole seconds, the network, two edges' clocks and a client that repeats itself without Acct-Delay-Time for some
seconds; and interim updates come every minute at most (RFC 2869 section 2.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountingRecord:
    """One event to be kept until ``expires_at``. Times in Unix seconds."""

    event: AccountingRequest
    received_at: int
    expires_at: int

    @property
    def session(self) -> str:
        """A digest of all that one event has in common with itself, but the time."""
        event = self.event
        common: dict[str, object] = {
            "client": event.client,
            "nas": event.nas,
            "session_id": event.session_id,
            "status": event.status,
            "username": event.username,
        }
        if not event.session_id:  # RFC 2866 section 5.5 demands one; without it, all that tells two sessions apart
            common["place"] = {name: event.attributes.get(name) for name in _PLACES}
        if event.status == INTERIM_UPDATE:
            common["session_time"] = event.session_time
            common["octets"] = [event.input_octets, event.output_octets]
        return hashlib.sha256(encode_object(common)).hexdigest()

    @property
    def moment(self) -> str:
        """When, as precisely as it is known: under one ``session`` each moment is kept once."""
        if self.event.exact_time:
            return f"AT#{self.event.event_time}"
        return _near(self.event.event_time // NEAR_SECONDS)

    @property
    def neighbours(self) -> tuple[str, ...]:
        """The moments at which the same event may have been kept already, beside its own."""
        if self.event.exact_time:
            return ()
        slot = self.event.event_time // NEAR_SECONDS
        return (_near(slot - 1), _near(slot + 1))


def _near(slot: int) -> str:
    return f"NEAR#{slot}"
