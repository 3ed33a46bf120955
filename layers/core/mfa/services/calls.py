"""One phone call: counted, then placed."""

from typing import Final

from mfa.call_ports import CallResult, PhoneCaller, PlacedCall, WantedCall
from mfa.domain.reasons import RejectReason
from mfa.domain.sms_caps import CallPolicy
from mfa.ports import Vault
from mfa.services.outbound import Outbound, Reasons, Recipient
from mfa.sms_ports import SmsEvent, SmsStore, SmsTrail

_EVENTS: Final = {CallResult.PLACED: SmsEvent.TAKEN, CallResult.UNKNOWN: SmsEvent.UNCONFIRMED}
_REASONS: Final = Reasons(
    country=RejectReason.CALL_COUNTRY_REFUSED,
    capped=RejectReason.CALL_CAPPED,
    spent=RejectReason.CALL_BUDGET_SPENT,
)


class Calls(Outbound):
    def __init__(
        self, *, store: SmsStore, caller: PhoneCaller, policy: CallPolicy, vault: Vault, trail: SmsTrail
    ) -> None:
        super().__init__(store=store, policy=policy, vault=vault, trail=trail, reasons=_REASONS)
        self._caller = caller

    def place(self, recipient: Recipient, wanted: WantedCall) -> PlacedCall:
        placed = self._caller.call(recipient.number, wanted)
        event = _EVENTS.get(placed.result, SmsEvent.CALL_FAILED)
        self._note(event, recipient, message_id=placed.contact_id, detail=told(placed))
        return placed

    def hang_up(self, contact_id: str) -> None:
        self._caller.hang_up(contact_id)


def told(placed: PlacedCall) -> str:
    """What became of it, for logs and records."""
    return f"{placed.result.value}: {placed.detail}" if placed.detail else placed.result.value
