"""Requests that a person has turned off by reporting one: seen, and turned on again by whoever has just proven to be
that person. An administrator can do the same (services/enrollment_subscribers.py)."""

from dataclasses import dataclass

from mfa.ports import AuditTrail
from mfa.push_ports import PushLedgerStore
from mfa.services.enrollment_events import SUBSCRIBER_ACTOR, SubscriberEvent
from mfa.services.enrollment_sessions import Claimant


@dataclass(frozen=True, slots=True, kw_only=True)
class PushMuting:
    ledgers: PushLedgerStore
    audit: AuditTrail

    def muted_at(self, claimant: Claimant) -> int | None:
        """Unix seconds of the report; None while requests come. Raises UnavailableError."""
        return self.ledgers.read(claimant.user_id).muted_at

    def unmute(self, claimant: Claimant) -> None:
        """Nothing happens, and nothing is recorded, if they come. Raises UnavailableError."""
        if self.muted_at(claimant) is None:
            return
        self.ledgers.unmute(claimant.user_id)
        self.audit.subscriber_changed(SubscriberEvent.PUSH_UNMUTED, claimant.user_id, {}, SUBSCRIBER_ACTOR)
